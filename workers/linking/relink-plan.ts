/**
 * How new run paths get into an ELF file (spec 5.5). Pure: facts in, edits out. In place as long as the new
 * text fits into the room of the old one; otherwise `patchelf` has to move tables.
 *
 *   has rpath / runpath    what happens (linux: wanted tag is DT_RPATH, android: DT_RUNPATH)
 *   wanted only            its text is overwritten
 *   other only             its text is overwritten, its entry gets the wanted tag
 *   both                   the wanted one's text is overwritten; the other's text is blanked and its entry
 *                          becomes a second one for the wanted text (the last entry counts for loaders, so an
 *                          empty one there would undo the first)
 *   neither, or too long   patchelf
 */
import type { BinarySlice, TextPlace } from '#wasm-inspect/host/report.ts';
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

const DT_RPATH = 15;
const DT_RUNPATH = 29;
const tagNumbers: Record<RunPathTag, number> = { rpath: DT_RPATH, runpath: DT_RUNPATH };

/** The tag that packages for a platform use. */
export function wantedTag(platform: string): RunPathTag {
  return platform.startsWith('android') ? 'runpath' : 'rpath';
}

/** Plans the change of one file; `runPath` is the joined list. */
export function planRelink(slice: BinarySlice, wanted: RunPathTag, runPath: string): RelinkPlan {
  const other: RunPathTag = wanted === 'rpath' ? 'runpath' : 'rpath';
  const wantedPlace = slice.places[wanted];
  const otherPlace = slice.places[other];
  if (wantedPlace !== null && otherPlace === null && slice[wanted] === runPath) {
    return { kind: 'unchanged' };
  }
  const place = wantedPlace ?? otherPlace;
  if (place === null) return { kind: 'patchelf', because: 'no-entry' };
  const text = padded(runPath, place.capacity);
  if (text === undefined) return { kind: 'patchelf', because: 'no-room' };
  const edits: FileEdit[] = [{ offset: place.offset, bytes: text }];
  if (otherPlace !== null) {
    edits.push({ offset: otherPlace.entryOffset, bytes: tagBytes(slice, wanted) });
    if (wantedPlace !== null) edits.push(...redirect(slice, otherPlace, wantedPlace));
  }
  return { kind: 'edit', edits };
}

// The whole room is overwritten: the rest of an old path would stay in the package.
function padded(text: string, capacity: number): Uint8Array | undefined {
  const bytes = bytesOfText(text);
  if (bytes.length + 1 > capacity) return undefined;
  const result = new Uint8Array(capacity);
  result.set(bytes);
  return result;
}

function wordSize(slice: BinarySlice): 4 | 8 {
  return slice.bits === 64 ? 8 : 4;
}

function tagBytes(slice: BinarySlice, tag: RunPathTag): Uint8Array {
  const size = wordSize(slice);
  const bytes = new Uint8Array(size);
  bytes[slice.byteOrder === 'little' ? 0 : size - 1] = tagNumbers[tag];
  return bytes;
}

function redirect(slice: BinarySlice, from: TextPlace, to: TextPlace): readonly FileEdit[] {
  const length = wordSize(slice);
  const value: FileEdit = {
    offset: from.entryOffset + length,
    copyFrom: to.entryOffset + length,
    length,
  };
  // A linker stores equal texts, and texts that end alike, once: then the room is in use.
  const isApart =
    from.offset + from.capacity <= to.offset || to.offset + to.capacity <= from.offset;
  return isApart ? [{ offset: from.offset, bytes: new Uint8Array(from.capacity) }, value] : [value];
}
