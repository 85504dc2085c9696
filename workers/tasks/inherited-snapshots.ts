/** The snapshots that a task inherits from, nearest first, and how they come into a build place. */
import { StageyardError, wrapError } from '#proto/errors.ts';
import type { BlobRef } from '#proto/digest.ts';
import { loadSnapshotManifest } from '#proto/messages/codec.ts';
import type { SnapshotManifest } from '#proto/snapshot.ts';
import type { TaskRequest } from '../shell/task-executor.ts';
import { restoreSnapshot } from '../staging/restore.ts';
import type { BuildSession } from './build-session.ts';
import type { TaskServices } from './services.ts';

/** One snapshot with its manifest. */
export interface InheritedSnapshot {
  readonly ref: BlobRef;
  /** The task that made it: it runs again when the snapshot is gone. */
  readonly producer: string;
  readonly manifest: SnapshotManifest;
}

const MISSING: ReadonlySet<string> = new Set([
  'BLOB_MISSING',
  'BLOB_DIGEST_MISMATCH',
  'SNAPSHOT_MISSING',
  'SNAPSHOT_INVALID',
  'MESSAGE_INVALID',
]);

/** A snapshot that can't be read is a miss: the error names the task that has to run again. */
async function blamingProducer<T>(producer: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof StageyardError) || !MISSING.has(error.code))
      throw wrapError(error, 'while reading a snapshot');
    const code =
      error.code === 'SNAPSHOT_INVALID' || error.code === 'SNAPSHOT_MISSING'
        ? error.code
        : 'SNAPSHOT_MISSING';
    throw new StageyardError(code, error.message, {
      context: { ...error.context, producer },
      cause: error,
    });
  }
}

/** Loads the manifests of the staging outputs `names` (nearest first). Rejects with `SNAPSHOT_MISSING`, naming the producer. */
export async function inheritedSnapshots(
  services: TaskServices,
  request: TaskRequest,
  names: readonly string[],
): Promise<readonly InheritedSnapshot[]> {
  const found: InheritedSnapshot[] = [];
  for (const name of names) {
    const snapshot = request.inputs.snapshots.find(({ stagingName }) => stagingName === name);
    if (snapshot === undefined)
      throw new StageyardError(
        'INTERNAL',
        `the snapshot of ${name} is not among the inputs of ${request.spec.task}`,
      );
    const loading = loadSnapshotManifest(snapshot.manifest, services.blobs, request.signal);
    found.push({
      ref: snapshot.manifest,
      producer: snapshot.task,
      manifest: await blamingProducer(snapshot.task, loading),
    });
  }
  return found;
}

/** What to restore. */
export interface RestoreJob {
  readonly session: BuildSession;
  /** Only the nearest is restored: it holds what it inherited itself. */
  readonly inherited: readonly InheritedSnapshot[];
  readonly layers: 'both' | 'prefix';
  readonly select?: (path: string) => boolean;
  readonly selectWork?: (path: string) => boolean;
}

/** Restores the nearest snapshot into the place, if there is one. */
export async function restoreInherited(
  services: TaskServices,
  request: TaskRequest,
  job: RestoreJob,
): Promise<void> {
  const [nearest] = job.inherited;
  if (nearest === undefined) return;
  request.reporter.report({
    kind: 'phase',
    phase: 'restoring',
    detail: nearest.manifest.stagingName,
  });
  const { place, scratchDir } = job.session;
  const restoring = restoreSnapshot({
    manifest: nearest.manifest,
    blobs: services.blobs,
    hostPrefix: place.hostPrefix,
    workDir: place.workDir,
    layers: job.layers,
    scratchDir,
    signal: request.signal,
    ...(job.select === undefined ? {} : { select: job.select }),
    ...(job.selectWork === undefined ? {} : { selectWork: job.selectWork }),
  });
  await blamingProducer(nearest.producer, restoring);
}
