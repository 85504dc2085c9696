/**
 * Stores what a staging script left: two layers, the prefix files that no package brought and the whole
 * work directory, each one deterministic tar in one zstd frame. Every file is read once: hashed,
 * searched for paths and archived on the way. Modification times are kept in whole seconds, so that
 * `make` in a restored tree finds nothing to do: what was newer stays newer or equal.
 */
import { createHash, type Hash, hash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { sha256Digest, type Sha256Digest } from '#proto/digest.ts';
import { errorCodeOf, StageyardError, wrapError } from '#proto/errors.ts';
import type { BlobStore, UploadScope } from '#proto/ports/blob-store.ts';
import type { AbortSignalLike } from '#proto/ports/clock.ts';
import type { PathOccurrence, SnapshotFile, SnapshotLayer } from '#proto/snapshot.ts';
import { type TarEntry, tarSizeBytes, writeTar } from '../archive/tar-writer.ts';
import { ZstdFileWriter } from '../archive/zstd.ts';
import { bothOrFirstFailure } from './both.ts';
import { PathScanner, type RelocatablePaths } from './path-scanner.ts';
import { type TreeEntry, walkTree } from './tree-walk.ts';

/** Fast: a snapshot is read a few times, mostly on the same machine. */
export const SNAPSHOT_ZSTD_LEVEL = 3;
const EMPTY_DIGEST = sha256Digest(hash('sha256', '', 'hex'));

/** Options of {@link captureTrees}. */
export interface CaptureOptions {
  readonly hostPrefix: string;
  readonly workDir: string;
  /** Files that packages brought, relative to the prefix (from `conda-meta`, before the script ran). */
  readonly owned: ReadonlySet<string>;
  readonly blobs: BlobStore;
  readonly scope: UploadScope;
  /** Existing directory for the layers until they are uploaded. */
  readonly scratchDir: string;
  readonly signal?: AbortSignalLike;
}

/** The parts of a snapshot manifest that capturing knows. */
export interface CapturedTrees {
  readonly prefixPath: string;
  readonly workPath: string;
  readonly prefix: SnapshotLayer;
  readonly work: SnapshotLayer;
  /** Files in which a path occurs where a restore can't rewrite it: `prefix/…` or `work/…`. */
  readonly unrewritable: readonly string[];
  /** Sockets, pipes and devices, which aren't stored: `prefix/…` or `work/…`. */
  readonly unstorable: readonly string[];
}

/**
 * Captures both trees (spec 3.5, items 7 to 9). Throws `STAGING_CAPTURE_FAILED` naming the file that
 * couldn't be read, `DISK_FULL`, `CANCELLED` or the codes of the blob store.
 */
export async function captureTrees(options: CaptureOptions): Promise<CapturedTrees> {
  const { hostPrefix, workDir, owned } = options;
  const isForeign = (path: string): boolean => path === 'conda-meta' || owned.has(path);
  // Side by side: while one layer is read, hashed and searched, the other is compressed.
  const [prefix, work] = await bothOrFirstFailure(
    captureLayer('prefix', { ...options, root: hostPrefix, isLeftOut: isForeign }),
    captureLayer('work', { ...options, root: workDir }),
  );
  return {
    prefixPath: hostPrefix,
    workPath: workDir,
    prefix: prefix.layer,
    work: work.layer,
    unrewritable: [...prefix.unrewritable, ...work.unrewritable],
    unstorable: [...prefix.unstorable, ...work.unstorable],
  };
}

interface LayerOptions extends CaptureOptions {
  readonly root: string;
  readonly isLeftOut?: (path: string) => boolean;
}

interface CapturedLayer {
  readonly layer: SnapshotLayer;
  readonly unrewritable: readonly string[];
  readonly unstorable: readonly string[];
}

async function captureLayer(
  name: 'prefix' | 'work',
  options: LayerOptions,
): Promise<CapturedLayer> {
  const archive = join(options.scratchDir, `${name}.tar.zst`);
  try {
    const { entries, unstorable } = walkTree(options.root, options.isLeftOut);
    const recorder = new FileRecorder(options.root, {
      prefix: options.hostPrefix,
      work: options.workDir,
    });
    await archiveEntries(archive, entries, { recorder, options });
    const blob = await options.blobs.putFile(archive, options.scope, options.signal);
    const files = entries.map((entry) => recorder.fileOf(entry));
    const shown = (path: string): string => `${name}/${path}`;
    return {
      layer: { blob, files },
      unrewritable: recorder.unrewritable.map(shown),
      unstorable: unstorable.map(shown),
    };
  } catch (error) {
    throw captureError(error, options.root);
  } finally {
    rmSync(archive, { force: true });
  }
}

/** Store and cancellation keep their codes; whatever else went wrong is a file that couldn't be stored. */
function captureError(error: unknown, root: string): StageyardError {
  const isOwn = error instanceof StageyardError && error.code !== 'INTERNAL';
  if (isOwn) return error;
  const text = error instanceof Error ? error.message : String(error);
  const code =
    error instanceof StageyardError
      ? 'STAGING_CAPTURE_FAILED'
      : errorCodeOf(error, 'STAGING_CAPTURE_FAILED');
  return new StageyardError(code, `${root} cannot be stored in the snapshot: ${text}`, {
    cause: error,
  });
}

async function archiveEntries(
  archive: string,
  entries: readonly TreeEntry[],
  { recorder, options }: { recorder: FileRecorder; options: LayerOptions },
): Promise<void> {
  const { root, signal } = options;
  const members = entries.map((entry) => tarEntryOf(root, entry));
  const writer = new ZstdFileWriter(archive, {
    level: SNAPSHOT_ZSTD_LEVEL,
    pledgedSizeBytes: tarSizeBytes(members),
  });
  try {
    await writeTar(
      members,
      {
        write: async (chunk) => {
          if (signal?.aborted === true)
            throw new StageyardError('CANCELLED', 'storing the snapshot was cancelled');
          await writer.write(chunk);
        },
      },
      { onFileBytes: (entry, chunk, isLast) => recorder.take(entry.path, chunk, isLast) },
    );
    await writer.finish();
  } catch (error) {
    writer.abort();
    throw wrapError(error, 'while archiving');
  }
}

function tarEntryOf(root: string, entry: TreeEntry): TarEntry {
  const { path, kind, mode, mtimeSeconds, linkTarget, sizeBytes } = entry;
  return {
    path,
    kind,
    mode,
    mtimeSeconds: Math.max(0, mtimeSeconds),
    ...(linkTarget === undefined ? {} : { linkTarget }),
    ...(kind === 'file' ? { content: { file: `${root}/${path}`, sizeBytes } } : {}),
  };
}

interface Recorded {
  readonly digest: Sha256Digest;
  readonly occurrences: readonly PathOccurrence[];
}

/** Hashes and searches the files as their bytes pass by. */
class FileRecorder {
  readonly unrewritable: string[] = [];
  readonly #root: string;
  readonly #scanner: PathScanner;
  readonly #recorded = new Map<string, Recorded>();
  #hash: Hash | undefined;

  constructor(root: string, paths: RelocatablePaths) {
    this.#root = root;
    this.#scanner = new PathScanner(paths);
  }

  take(path: string, chunk: Buffer, isLast: boolean): void {
    this.#scanner.push(chunk, isLast);
    if (isLast) {
      this.#record(path, this.#digest(chunk));
    } else {
      this.#hash ??= createHash('sha256');
      this.#hash.update(chunk);
    }
  }

  /** The manifest's entry; call it when all bytes have passed. */
  fileOf(entry: TreeEntry): SnapshotFile {
    const { path, kind, mode, sizeBytes, linkTarget } = entry;
    const recorded = this.#recorded.get(path);
    return {
      path,
      kind,
      mode,
      sizeBytes,
      digest: recorded?.digest ?? EMPTY_DIGEST,
      ...(linkTarget === undefined ? {} : { linkTarget }),
      occurrences: recorded?.occurrences ?? [],
    };
  }

  /** Files in one piece (nearly all) take the one-shot function, which is several times faster. */
  #digest(lastChunk: Buffer): Sha256Digest {
    const stream = this.#hash;
    this.#hash = undefined;
    if (stream === undefined) return sha256Digest(hash('sha256', lastChunk, 'hex'));
    return sha256Digest(stream.update(lastChunk).digest('hex'));
  }

  #record(path: string, digest: Sha256Digest): void {
    const { occurrences, isElsewhere, isCompressed } = this.#scanner.finish();
    this.#recorded.set(path, { digest, occurrences });
    const isHidden =
      isCompressed && this.#scanner.isInCompressed(readFileSync(`${this.#root}/${path}`));
    if (isElsewhere || isHidden) this.unrewritable.push(path);
  }
}
