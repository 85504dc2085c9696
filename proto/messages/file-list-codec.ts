/** File lists of a snapshot's layers: views to wire and back (see snapshot.proto). */
import type { PathOccurrence, SnapshotFile } from '../snapshot.ts';
import type { stageyard } from './generated/messages.js';
import { countOf, digestBytes, digestOf, enumTable, invalidField, nonEmpty } from './wire.ts';

type WireFile = stageyard.v1.SnapshotFile.$Properties;

/** In the wire's list of gaps: adds to the distance without being an offset. */
const GAP_CONTINUES = 0xffff_ffff;
const PERMISSION_BITS = 0o7777;
/** Linux's own limit. */
const PATH_BYTES_MAX = 4096;

const fileKinds = enumTable<SnapshotFile['kind']>({ file: 1, symlink: 2, directory: 3 });
const owners = enumTable<PathOccurrence['of']>({ prefix: 1, work: 2 });
const rewriteModes = enumTable<PathOccurrence['mode']>({ text: 1, binary: 2 });

/** View to wire. */
export function wireFiles(files: readonly SnapshotFile[]): WireFile[] {
  return files.map((file) => ({
    path: file.path,
    kind: fileKinds.toWire(file.kind),
    mode: file.mode,
    sizeBytes: countOf('size_bytes', file.sizeBytes),
    digest: digestBytes(file.digest),
    occurrences: file.occurrences.map(wireOccurrence),
    ...(file.linkTarget === undefined ? undefined : { linkTarget: file.linkTarget }),
  }));
}

/** Wire to view; the paths ascend and stay inside the layer. */
export function viewFiles(field: string, wire: readonly WireFile[]): SnapshotFile[] {
  const files = wire.map((file, index) => viewFile(`${field}.files[${index}]`, file));
  checkAscending(field, files);
  return files;
}

/** Refuses a list in which a path comes twice or before a smaller one (by bytes). */
export function checkAscending(field: string, files: readonly SnapshotFile[]): void {
  let previous = '';
  for (const { path } of files) {
    const isLater = path > previous && !hasSurrogates(path) && !hasSurrogates(previous);
    if (!isLater && Buffer.compare(Buffer.from(path), Buffer.from(previous)) <= 0) {
      throw invalidField(field, `${path} is listed twice or out of order`);
    }
    previous = path;
  }
}

/** Outside the surrogates, comparing UTF-16 units and comparing UTF-8 bytes is the same. */
function hasSurrogates(text: string): boolean {
  return /[\uD800-\uDFFF]/.test(text);
}

function viewFile(field: string, wire: WireFile): SnapshotFile {
  const kind = fileKinds.toView(`${field}.kind`, wire.kind);
  const linkTarget = wire.linkTarget ?? undefined;
  if ((kind === 'symlink') !== (linkTarget !== undefined)) {
    throw invalidField(`${field}.link_target`, 'belongs to links and only to them');
  }
  const mode = wire.mode ?? 0;
  if (mode > PERMISSION_BITS) throw invalidField(`${field}.mode`, 'more than permission bits');
  return {
    path: viewPath(`${field}.path`, wire.path),
    kind,
    mode,
    sizeBytes: countOf(`${field}.size_bytes`, wire.sizeBytes),
    digest: digestOf(`${field}.digest`, wire.digest),
    ...(linkTarget === undefined ? undefined : { linkTarget }),
    occurrences: (wire.occurrences ?? []).map((occurrence) => viewOccurrence(field, occurrence)),
  };
}

/** A relative path without tricks. */
function viewPath(field: string, wire: string | null | undefined): string {
  const path = nonEmpty(field, wire);
  const isPlain = path
    .split('/')
    .every((component) => component !== '' && component !== '.' && component !== '..');
  if (!isPlain || path.includes('\0')) throw invalidField(field, 'not a plain relative path');
  if (path.length > PATH_BYTES_MAX) throw invalidField(field, 'too long');
  return path;
}

function wireOccurrence(occurrence: PathOccurrence): stageyard.v1.PathOccurrence.$Properties {
  const offsetGaps: number[] = [];
  let previous = 0;
  for (const offset of occurrence.offsets) {
    let gap = countOf('offsets', offset - previous);
    for (; gap >= GAP_CONTINUES; gap -= GAP_CONTINUES) offsetGaps.push(GAP_CONTINUES);
    offsetGaps.push(gap);
    previous = offset;
  }
  return {
    of: owners.toWire(occurrence.of),
    mode: rewriteModes.toWire(occurrence.mode),
    offsetGaps,
  };
}

function viewOccurrence(
  field: string,
  wire: stageyard.v1.PathOccurrence.$Properties,
): PathOccurrence {
  const offsets: number[] = [];
  let offset = 0;
  for (const gap of wire.offsetGaps ?? []) {
    offset = countOf(`${field}.offset_gaps`, offset + gap);
    if (gap === GAP_CONTINUES) continue;
    if (offset === offsets.at(-1)) throw invalidField(`${field}.offset_gaps`, 'an offset twice');
    offsets.push(offset);
  }
  const of = owners.toView(`${field}.of`, wire.of);
  return { of, mode: rewriteModes.toView(`${field}.mode`, wire.mode), offsets };
}
