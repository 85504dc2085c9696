/**
 * Every file below a directory: links are not followed (so nothing is seen twice and no loop exists), pipes,
 * devices and sockets are not opened, and what can't be listed or vanishes meanwhile is a problem of its own.
 */
import { type Dirent, lstatSync, readdirSync, statSync } from 'node:fs';
import { compareBytes } from '#proto/byte-order.ts';
import { describeError } from './map-report.ts';
import { type FileReport, type NotBinaryReason, notBinary, outsideProblem } from './report.ts';
import { systemPath, textOfBytes } from './text.ts';

/** One step of a walk. `path` begins with the root as it was given; no report: a file, still to be inspected. */
export interface WalkStep {
  readonly path: string;
  readonly report: FileReport | undefined;
}

/** What the walk must know of a file without opening it. */
type FileType = NotBinaryReason | 'file';

/** The questions that directory entries and stat results both answer. */
interface TypeQuestions {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
  isFIFO(): boolean;
  isSocket(): boolean;
  isBlockDevice(): boolean;
  isCharacterDevice(): boolean;
}

function typeOf(entry: TypeQuestions): FileType | undefined {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  if (entry.isSymbolicLink()) return 'symlink';
  if (entry.isFIFO()) return 'fifo';
  if (entry.isSocket()) return 'socket';
  return entry.isBlockDevice() || entry.isCharacterDevice() ? 'device' : undefined;
}

interface Pending {
  readonly path: string;
  readonly type: FileType | undefined;
}

/**
 * The file, or every file below the directory, that `root` names (a link to either counts as what it points to),
 * sorted by the bytes of the path (names that are no UTF-8 come last). A directory that can't be listed has a step
 * of its own, any other has none.
 */
export function* walkTree(root: string): Generator<WalkStep> {
  const pending: Pending[] = [{ path: root, type: rootType(root) }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { path } = next;
    const type = next.type ?? lateType(path);
    if (type === 'file') yield { path, report: undefined };
    else if (typeof type !== 'string') yield { path, report: type };
    else if (type !== 'directory') yield { path, report: notBinary(type) };
    else {
      const children = list(path);
      if (Array.isArray(children)) for (const child of children) pending.push(child);
      else yield { path, report: children };
    }
  }
}

function rootType(root: string): FileType | undefined {
  try {
    return typeOf(statSync(systemPath(root)));
  } catch {
    // Vanished or forbidden: opening it says so in its answer.
    return 'file';
  }
}

// Some file systems don't tell types when they list.
function lateType(path: string): FileType | FileReport {
  try {
    return typeOf(lstatSync(systemPath(path))) ?? 'device';
  } catch (error) {
    return outsideProblem('INSPECT_IO', `cannot be examined: ${describeError(error)}`);
  }
}

/** Children in reverse order, ready to be taken from the end. */
function list(path: string): Pending[] | FileReport {
  let entries: { readonly name: string; readonly type: FileType | undefined }[];
  try {
    entries = readEntries(path);
  } catch (error) {
    return outsideProblem('INSPECT_IO', `cannot be listed: ${describeError(error)}`);
  }
  const base = path.endsWith('/') ? path : `${path}/`;
  // A directory sorts as its children's paths do, so that whole paths come out in order.
  const keyed = entries.map(({ name, type }) => ({
    key: type === 'directory' ? `${name}/` : name,
    pending: { path: base + name, type },
  }));
  return keyed.sort((a, b) => compareBytes(b.key, a.key)).map(({ pending }) => pending);
}

function readEntries(path: string): { name: string; type: FileType | undefined }[] {
  const entries = readdirSync(systemPath(path), { withFileTypes: true });
  const isText = entries.every((entry) => !entry.name.includes('\ufffd'));
  if (isText) return entries.map((entry) => ({ name: entry.name, type: typeOf(entry) }));
  const raw: Dirent<Buffer<ArrayBuffer>>[] = readdirSync(systemPath(path), {
    withFileTypes: true,
    encoding: 'buffer',
  });
  return raw.map((entry) => ({ name: textOfBytes(entry.name), type: typeOf(entry) }));
}
