/**
 * How new run paths get into an ELF file (spec 5.5). Pure: facts in, edits out.
 *
 *   the old text has room       it is overwritten; its entry gets the wanted tag (linux: DT_RPATH, android: DT_RUNPATH)
 *   free bytes behind the       the new text is put there, the string table and its segment grow over it, and
 *   string table                the entry of the old text, or a spare one, refers to it
 *   neither                     `patchelf` has to move tables
 *
 * A file with both tags keeps both entries, both for the same text: the last one counts for loaders. What can be
 * blanked of an old text is blanked, or it would stay in the package.
 */
import type {
  BinarySlice,
  RunPathFacts,
  RunPathRoom,
  TextPlace,
} from '#wasm-inspect/host/report.ts';
import { bytesOfText } from '#wasm-inspect/host/text.ts';

/** Bytes to write, or to copy from another place of the file as it was. */
export type FileEdit =
  | { readonly offset: number; readonly bytes: Uint8Array }
  | { readonly offset: number; readonly copyFrom: number; readonly length: number };

/** What to do with one file. */
export type RelinkPlan =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'edit'; readonly edits: readonly FileEdit[] }
  | { readonly kind: 'patchelf'; readonly because: 'no-room' | 'no-entry' };

/** Which entry of the dynamic table holds the run paths. */
export type RunPathTag = 'rpath' | 'runpath';

/** What is known of one file. `facts` are for a text of the length of `runPath`. */
export interface RelinkPlanInput {
  readonly slice: BinarySlice;
  readonly facts: RunPathFacts;
  readonly wanted: RunPathTag;
  /** The joined list. */
  readonly runPath: string;
}

const tagNumbers: Record<RunPathTag, number> = { rpath: 15, runpath: 29 };

/** The tag that packages for a platform use. */
export function wantedTag(platform: string): RunPathTag {
  return platform.startsWith('android') ? 'runpath' : 'rpath';
}

/** True when the file has just the wanted text under the wanted tag. */
export function isRelinked({ slice, wanted, runPath }: Omit<RelinkPlanInput, 'facts'>): boolean {
  return slice[wanted] === runPath && slice.places[otherTag(wanted)] === null;
}

/** Plans the change of one file. */
export function planRelink(input: RelinkPlanInput): RelinkPlan {
  if (isRelinked(input)) return { kind: 'unchanged' };
  const present = presentTexts(input);
  const edits = overwrite(input, present) ?? useRoom(input, present);
  if (edits !== undefined) return { kind: 'edit', edits };
  return { kind: 'patchelf', because: present.length === 0 ? 'no-entry' : 'no-room' };
}

interface PresentText {
  readonly place: TextPlace;
  /** Bytes that nobody else uses. */
  readonly capacity: number;
  readonly isWanted: boolean;
}

/** The texts of the file, the wanted one first. */
function presentTexts({ slice, facts, wanted }: RelinkPlanInput): readonly PresentText[] {
  return [wanted, otherTag(wanted)].flatMap((tag) => {
    const place = slice.places[tag];
    if (place === null) return [];
    return [{ place, capacity: facts.capacities[tag], isWanted: tag === wanted }];
  });
}

function otherTag(tag: RunPathTag): RunPathTag {
  return tag === 'rpath' ? 'runpath' : 'rpath';
}

function overwrite(
  { slice, wanted, runPath }: RelinkPlanInput,
  [first, second]: readonly PresentText[],
): readonly FileEdit[] | undefined {
  const text = bytesOfText(runPath);
  if (first === undefined || text.length + 1 > first.capacity) return undefined;
  const padded = new Uint8Array(first.capacity);
  padded.set(text);
  const { place } = first;
  const edits: FileEdit[] = [
    { offset: place.offset, bytes: padded },
    { offset: place.entryOffset, bytes: wordBytes(slice, tagNumbers[wanted]) },
  ];
  if (second === undefined) return edits;
  const size = wordSize(slice);
  const value = {
    offset: second.place.entryOffset + size,
    copyFrom: place.entryOffset + size,
    length: size,
  };
  const tag = { offset: second.place.entryOffset, bytes: wordBytes(slice, tagNumbers[wanted]) };
  return [...(isApart(first, second) ? blank(second) : []), ...edits, tag, value];
}

// A linker stores equal texts, and texts that end alike, once: then the bytes are in use.
function isApart({ place: a }: PresentText, { place: b }: PresentText): boolean {
  return a.offset + a.capacity <= b.offset || b.offset + b.capacity <= a.offset;
}

function blank({ place, capacity }: PresentText): readonly FileEdit[] {
  return capacity === 0 ? [] : [{ offset: place.offset, bytes: new Uint8Array(capacity) }];
}

function useRoom(
  { slice, facts, wanted, runPath }: RelinkPlanInput,
  present: readonly PresentText[],
): readonly FileEdit[] | undefined {
  const { room } = facts;
  const entries = present.map(({ place }) => place.entryOffset);
  if (entries.length === 0 && room !== null && room.entryOffset !== null) {
    entries.push(room.entryOffset);
  }
  if (room === null || entries.length === 0) return undefined;
  const size = wordSize(slice);
  return [
    ...present.flatMap(blank),
    ...growOver(slice, room, bytesOfText(`${runPath}\0`)),
    ...entries.flatMap((offset) => [
      { offset, bytes: wordBytes(slice, tagNumbers[wanted]) },
      { offset: offset + size, bytes: wordBytes(slice, room.value) },
    ]),
  ];
}

/** Puts the text behind the string table, and makes table and segment as long as that. */
function growOver(slice: BinarySlice, room: RunPathRoom, text: Uint8Array): readonly FileEdit[] {
  const size = wordSize(slice);
  // Places of p_filesz and p_memsz in a program header.
  const [inFile, inMemory] = slice.bits === 64 ? [32, 40] : [16, 20];
  const segmentSize = wordBytes(slice, room.segmentSize);
  return [
    { offset: room.offset, bytes: text },
    { offset: room.segmentOffset + inFile, bytes: segmentSize },
    { offset: room.segmentOffset + inMemory, bytes: segmentSize },
    { offset: room.sizeEntryOffset + size, bytes: wordBytes(slice, room.value + text.length) },
  ];
}

function wordSize(slice: BinarySlice): 4 | 8 {
  return slice.bits === 64 ? 8 : 4;
}

function wordBytes(slice: BinarySlice, value: number): Uint8Array {
  const bytes = new Uint8Array(wordSize(slice));
  const view = new DataView(bytes.buffer);
  const isLittle = slice.byteOrder === 'little';
  if (bytes.length === 8) view.setBigUint64(0, BigInt(value), isLittle);
  else view.setUint32(0, value, isLittle);
  return bytes;
}
