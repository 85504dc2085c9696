/**
 * Makes packages visible in a channel directory: archive first, under a temporary name until it is
 * whole, index last and at once. Whatever is killed in between, the channel has the old or the new
 * index, and every file that an index names is there; what was left half-done goes with the next call.
 * Calls of several processes take turns.
 */
import type { RepodataRecord } from '#proto/conda/package-record.ts';
import type { BlobRef } from '#proto/digest.ts';
import { type ErrorData, StageyardError, wrapError } from '#proto/errors.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { AbortSignalLike, Clock } from '#proto/ports/clock.ts';
import type { Logger } from '#proto/ports/logger.ts';
import { outputError, sumsOfFile, writingTo } from './channel-files.ts';
import type { ChannelPlace } from './channel-place.ts';
import { DirectoryPlace } from './directory-place.ts';
import { indexEntry, isPackageFileName, isSubdirName } from './repodata.ts';
import { type PackageIndexReader, SubdirIndex } from './subdir-index.ts';

/** Every channel has it, or clients take it for no channel. */
const NOARCH = 'noarch';
const BROKEN_NAME = 'broken';
const REMEDY_DEFAULT = 'raise build.number, or give --force to replace it';

/** What is needed to write to a channel, wherever it is. */
export interface ChannelTarget {
  readonly place: ChannelPlace;
  readonly clock: Clock;
  readonly reader: PackageIndexReader;
  readonly logger: Logger;
  /** A package of the same name and other content is replaced instead of refused. */
  readonly replacesExisting?: boolean;
  /** What to do about one that is refused. */
  readonly remedy?: string;
  /** One that is refused keeps all others out: the call then rejects with `OUTPUT_EXISTS`. */
  readonly isAllOrNothing?: boolean;
  readonly signal?: AbortSignalLike | undefined;
}

/** A channel directory and what is needed to write to it. */
export interface ChannelAccess extends Omit<ChannelTarget, 'place'> {
  readonly channelDir: string;
  readonly store: BlobStore;
}

/** A finished package. */
export interface ChannelArtifact {
  readonly record: RepodataRecord;
  readonly blob: BlobRef;
}

/**
 * Publishes packages; doing it again is harmless. One answer per artifact, in order: null when it is in
 * the channel, else why not (`OUTPUT_EXISTS`: another package has its name). Rejects as a whole with
 * `OUTPUT_UNWRITABLE`, `DISK_FULL`, `CANCELLED` or the codes of the place.
 */
export async function publishTo(
  target: ChannelTarget,
  artifacts: readonly ChannelArtifact[],
): Promise<readonly (ErrorData | null)[]> {
  return inChannel(target, () => new Publication(target).publish(artifacts));
}

/** The same into a directory. */
export async function publishToChannel(
  channel: ChannelAccess,
  artifacts: readonly ChannelArtifact[],
): Promise<readonly (ErrorData | null)[]> {
  return publishTo(targetOf(channel), artifacts);
}

/** Makes the directory a channel, possibly an empty one, and so finds out early whether it can be written. */
export async function prepareChannel(channel: ChannelAccess): Promise<void> {
  await publishToChannel(channel, []);
}

/** Puts packages that failed their tests into `broken/`, where no index lists them. Answers as above. */
export async function moveToBroken(
  channel: ChannelAccess,
  artifacts: readonly ChannelArtifact[],
): Promise<readonly (ErrorData | null)[]> {
  const target = targetOf(channel);
  return inChannel(target, async () => {
    const publication = new Publication(target);
    const answers: (ErrorData | null)[] = [];
    for (const artifact of artifacts) answers.push(await publication.breakOff(artifact));
    return answers;
  });
}

function targetOf(channel: ChannelAccess): ChannelTarget {
  return { ...channel, place: new DirectoryPlace(channel) };
}

async function inChannel<T>({ place }: ChannelTarget, step: () => Promise<T>): Promise<T> {
  return writingTo(place.name, () => place.alone(step));
}

/** One call, while the channel is ours. */
class Publication {
  readonly #target: ChannelTarget;
  readonly #indexes = new Map<string, SubdirIndex>();

  constructor(target: ChannelTarget) {
    this.#target = target;
  }

  async publish(artifacts: readonly ChannelArtifact[]): Promise<readonly (ErrorData | null)[]> {
    await this.#indexOf(NOARCH);
    if (this.#target.isAllOrNothing === true) await this.#refuseConflicts(artifacts);
    const answers: (ErrorData | null)[] = [];
    for (const artifact of artifacts)
      answers.push(await this.#answer(artifact, () => this.#add(artifact)));
    for (const index of this.#indexes.values()) await index.write();
    return answers;
  }

  async breakOff(artifact: ChannelArtifact): Promise<ErrorData | null> {
    const { blob, record } = artifact;
    return this.#answer(artifact, () =>
      this.#target.place.put({ folder: BROKEN_NAME, fn: record.fn }, blob),
    );
  }

  async #answer({ record }: ChannelArtifact, step: () => Promise<void>): Promise<ErrorData | null> {
    const { place, signal } = this.#target;
    if (signal?.aborted) throw new StageyardError('CANCELLED', 'publishing was cancelled');
    try {
      checkNames(record);
      await step();
      return null;
    } catch (error) {
      return wrapError(outputError(error, place.name), record.fn).toData();
    }
  }

  async #indexOf(subdir: string): Promise<SubdirIndex> {
    const known = this.#indexes.get(subdir);
    if (known !== undefined) return known;
    const { place, reader, logger, clock } = this.#target;
    const index = await SubdirIndex.open({ place, subdir, reader, logger, nowMs: clock.nowMs() });
    this.#indexes.set(subdir, index);
    return index;
  }

  async #refuseConflicts(artifacts: readonly ChannelArtifact[]): Promise<void> {
    const conflicts: string[] = [];
    for (const artifact of artifacts) {
      checkNames(artifact.record);
      const conflict = await this.#conflict(artifact);
      if (conflict !== undefined) conflicts.push(conflict.message);
    }
    if (conflicts.length > 0) throw new StageyardError('OUTPUT_EXISTS', conflicts.join('\n'));
  }

  /** Another package has its name, and may keep it. */
  async #conflict({ record, blob }: ChannelArtifact): Promise<StageyardError | undefined> {
    const { place, replacesExisting, remedy = REMEDY_DEFAULT } = this.#target;
    const { fn, subdir } = record;
    const existing = await (await this.#indexOf(subdir)).digestOf(fn);
    if (existing === undefined || existing === blob.digest || replacesExisting === true) return;
    const path = `${place.name}/${subdir}/${fn}`;
    const text = `${path} exists already with other content (sha256 ${existing}, this build has ${blob.digest}): ${remedy}`;
    return new StageyardError('OUTPUT_EXISTS', text, { context: { path } });
  }

  async #add(artifact: ChannelArtifact): Promise<void> {
    const { place, clock } = this.#target;
    const { record, blob } = artifact;
    const { fn, subdir } = record;
    const index = await this.#indexOf(subdir);
    if ((await index.digestOf(fn)) === blob.digest) return;
    const conflict = await this.#conflict(artifact);
    if (conflict !== undefined) throw conflict;
    await place.put({ folder: subdir, fn }, blob);
    const md5 = record.md5 ?? (await place.withFile({ folder: subdir, fn }, sumsOfFile)).md5;
    const sums = { sha256: blob.digest, md5, sizeBytes: blob.sizeBytes };
    index.set(fn, indexEntry(record, { ...sums, indexedAtMs: clock.nowMs() }));
  }
}

/** Names come from a worker: they must not lead out of the channel. */
function checkNames({ fn, subdir }: RepodataRecord): void {
  if (isPackageFileName(fn) && isSubdirName(subdir)) return;
  const text = `${JSON.stringify(subdir)}/${JSON.stringify(fn)} is no place of a package in a channel`;
  throw new StageyardError('PACKAGE_INVALID', text);
}
