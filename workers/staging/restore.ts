/**
 * Puts a snapshot's trees back, somewhere else: recorded occurrences of the old paths are replaced in
 * place by the new ones (equal lengths, so nothing moves), links into the old trees point into the new
 * ones. Modes and times are those of the capture. The manifest is the measure: a layer that holds
 * anything else, or less, is invalid.
 *
 * Where the prefix already holds a file of that name (a host dependency brought it), that file stays and
 * the conflict is reported.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { errorCodeOf, StageyardError, wrapError } from '#proto/errors.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { AbortSignalLike } from '#proto/ports/clock.ts';
import type { SnapshotLayer, SnapshotManifest } from '#proto/snapshot.ts';
import { TarParser } from '../archive/tar-parser.ts';
import { decompressZstdFile } from '../archive/zstd.ts';
import { bothOrFirstFailure } from './both.ts';
import { LayerWriter } from './layer-writer.ts';
import { PathRewriter } from './path-rewriter.ts';

/** Headers, long names and padding of one member take less. */
const MEMBER_OVERHEAD_BYTES_MAX = 20 * 1024;
const ARCHIVE_OVERHEAD_BYTES_MAX = 1024 * 1024;

/** Options of {@link restoreSnapshot}. */
export interface RestoreOptions {
  readonly manifest: Pick<SnapshotManifest, 'prefixPath' | 'workPath' | 'prefix' | 'work'>;
  readonly blobs: BlobStore;
  /** New places, as long as the captured ones; made when absent. */
  readonly hostPrefix: string;
  readonly workDir: string;
  readonly layers: 'both' | 'prefix';
  /**
   * Where the prefix layer is written, when not to `hostPrefix` itself (packaging straight from a
   * snapshot): paths inside the files are those of `hostPrefix` all the same.
   */
  readonly prefixDestination?: string;
  /** Which files of the prefix layer are wanted; default all. */
  readonly select?: (path: string) => boolean;
  /** Which files of the work layer are wanted; default all. */
  readonly selectWork?: (path: string) => boolean;
  /** Existing directory for layers on their way. */
  readonly scratchDir: string;
  readonly signal?: AbortSignalLike;
}

/** A file of the snapshot that wasn't written since one of that name was there. */
export interface RestoreConflict {
  /** Relative to the prefix or the work directory. */
  readonly path: string;
  readonly layer: 'prefix' | 'work';
  readonly isIdentical: boolean;
}

/** What was restored. */
export interface RestoreSummary {
  readonly prefixFileCount: number;
  readonly workFileCount: number;
  readonly conflicts: readonly RestoreConflict[];
}

/**
 * Restores a snapshot. Throws `SNAPSHOT_MISSING` (a blob is gone), `SNAPSHOT_INVALID` (a blob is damaged
 * or contradicts the manifest, or lengths differ), `DISK_FULL`, `STORE_UNWRITABLE`, `CANCELLED`. On
 * failure what was written stays: the caller empties the place.
 */
export async function restoreSnapshot(options: RestoreOptions): Promise<RestoreSummary> {
  const { manifest, hostPrefix, workDir } = options;
  const rewriter = new PathRewriter(
    { prefix: manifest.prefixPath, work: manifest.workPath },
    { prefix: hostPrefix, work: workDir },
  );
  const isBoth = options.layers === 'both';
  const prefixRoot = options.prefixDestination ?? hostPrefix;
  const [prefix, work] = await bothOrFirstFailure(
    restoreLayer(manifest.prefix, { ...options, name: 'prefix', root: prefixRoot, rewriter }),
    isBoth
      ? restoreLayer(manifest.work, {
          ...options,
          name: 'work',
          root: workDir,
          rewriter,
          select: options.selectWork ?? all,
        })
      : Promise.resolve(undefined),
  );
  return {
    prefixFileCount: prefix.fileCount,
    workFileCount: work?.fileCount ?? 0,
    conflicts: [...prefix.conflicts, ...(work?.conflicts ?? [])],
  };
}

const all = (): boolean => true;

interface LayerOptions extends RestoreOptions {
  readonly name: 'prefix' | 'work';
  readonly root: string;
  readonly rewriter: PathRewriter;
}

interface RestoredLayer {
  readonly fileCount: number;
  readonly conflicts: readonly RestoreConflict[];
}

async function restoreLayer(layer: SnapshotLayer, options: LayerOptions): Promise<RestoredLayer> {
  const { name, root, rewriter, blobs, signal, select = all } = options;
  const wanted = new Map(
    layer.files.filter(({ path }) => select(path)).map((file) => [file.path, file]),
  );
  const archive = join(options.scratchDir, `restore-${name}.tar.zst`);
  try {
    mkdirSync(root, { recursive: true });
    const isOccupied = readdirSync(root).length > 0;
    const writer = new LayerWriter({ root, wanted, rewriter, isOccupied });
    if (wanted.size > 0) {
      await blobs.getFile(layer.blob, archive, {
        readOnlyLink: true,
        ...(signal === undefined ? {} : { signal }),
      });
      await unpack(archive, { layer, writer, signal });
    }
    writer.finish();
    const conflicts = writer.conflicts.map((conflict) => ({ ...conflict, layer: name }));
    return { fileCount: wanted.size - conflicts.length, conflicts };
  } catch (error) {
    throw restoreError(error, name);
  } finally {
    rmSync(archive, { force: true });
  }
}

async function unpack(
  archive: string,
  {
    layer,
    writer,
    signal,
  }: { layer: SnapshotLayer; writer: LayerWriter; signal: AbortSignalLike | undefined },
): Promise<void> {
  const contentBytes = layer.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const maxOutputBytes =
    contentBytes + layer.files.length * MEMBER_OVERHEAD_BYTES_MAX + ARCHIVE_OVERHEAD_BYTES_MAX;
  const parser = new TarParser(writer, 'SNAPSHOT_INVALID');
  try {
    for await (const chunk of decompressZstdFile(archive, {
      code: 'SNAPSHOT_INVALID',
      maxOutputBytes,
    })) {
      if (signal?.aborted === true)
        throw new StageyardError('CANCELLED', 'restoring the snapshot was cancelled');
      parser.push(chunk);
      if (writer.isComplete) return;
    }
    parser.finish();
  } finally {
    writer.abandon();
  }
}

/** A blob that is gone or damaged is a miss: its producer runs again (design: "Snapshots and the library map"). */
function restoreError(error: unknown, layer: string): StageyardError {
  const prefix = `while restoring the ${layer} layer of the snapshot`;
  const wrapped = wrapError(error, prefix, errorCodeOf(error, 'STORE_UNWRITABLE'));
  const code = {
    BLOB_MISSING: 'SNAPSHOT_MISSING',
    BLOB_DIGEST_MISMATCH: 'SNAPSHOT_INVALID',
  } as const;
  if (wrapped.code === 'BLOB_MISSING' || wrapped.code === 'BLOB_DIGEST_MISMATCH') {
    return new StageyardError(code[wrapped.code], wrapped.message, { cause: error });
  }
  return wrapped;
}
