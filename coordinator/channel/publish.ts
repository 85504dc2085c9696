/**
 * Makes packages visible in a channel directory: archive first, under a temporary name until it is
 * whole, index last and at once. Whatever is killed in between, the channel has the old or the new
 * index, and every file that an index names is there; what was left half-done goes with the next call.
 * Calls of several processes take turns.
 */
import { constants } from 'node:fs';
import { access, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RepodataRecord } from '#proto/conda/package-record.ts';
import type { BlobRef } from '#proto/digest.ts';
import { type ErrorData, StageyardError, systemErrorCode, wrapError } from '#proto/errors.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { AbortSignalLike, Clock } from '#proto/ports/clock.ts';
import type { Logger } from '#proto/ports/logger.ts';
import { outputError, placeDurably, sumsOfFile, writingTo } from './channel-files.ts';
import { withChannelLock } from './channel-lock.ts';
import { indexEntry, isPackageFileName, isSubdirName } from './repodata.ts';
import { type PackageIndexReader, SubdirIndex } from './subdir-index.ts';

/** Every channel has it, or clients take it for no channel. */
const NOARCH = 'noarch';
const LOCK_NAME = '.stageyard-lock';
const TEMPORARY_NAME = '.stageyard-tmp';
const BROKEN_NAME = 'broken';
/** Keeps the output directory out of sources (`path: ../`), as rattler-build does (spec 1.4). */
const IGNORE_NAME = '.condapackageignore';
const IGNORE_TEXT = '*\n';

/** A channel directory and what is needed to write to it. */
export interface ChannelAccess {
  readonly channelDir: string;
  readonly store: BlobStore;
  readonly clock: Clock;
  readonly reader: PackageIndexReader;
  readonly logger: Logger;
  /** A package of the same name and other content is replaced instead of refused. */
  readonly replacesExisting?: boolean;
  readonly signal?: AbortSignalLike | undefined;
}

/** A finished package. */
export interface ChannelArtifact {
  readonly record: RepodataRecord;
  readonly blob: BlobRef;
}

/**
 * Publishes packages; doing it again is harmless. One answer per artifact, in order: null when it is in
 * the channel, else why not (`OUTPUT_EXISTS`: another package has its name). Rejects as a whole with
 * `OUTPUT_UNWRITABLE`, `DISK_FULL` or `CANCELLED`.
 */
export async function publishToChannel(
  channel: ChannelAccess,
  artifacts: readonly ChannelArtifact[],
): Promise<readonly (ErrorData | null)[]> {
  return inChannel(channel, () => new Publication(channel).publish(artifacts));
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
  return inChannel(channel, async () => {
    const publication = new Publication(channel);
    const answers: (ErrorData | null)[] = [];
    for (const artifact of artifacts) answers.push(await publication.breakOff(artifact));
    return answers;
  });
}

/** Runs a step alone in the channel, in a clean directory. */
async function inChannel<T>(options: ChannelAccess, step: () => Promise<T>): Promise<T> {
  const { channelDir, clock, signal } = options;
  return writingTo(channelDir, async () => {
    await mkdir(channelDir, { recursive: true });
    await access(channelDir, constants.W_OK | constants.X_OK);
    const lock = { path: join(channelDir, LOCK_NAME), clock, signal };
    return withChannelLock(lock, async () => {
      const temporary = join(channelDir, TEMPORARY_NAME);
      await rm(temporary, { recursive: true, force: true });
      await mkdir(temporary);
      try {
        await writeIgnoreFile(channelDir);
        return await step();
      } finally {
        await rm(temporary, { recursive: true, force: true });
      }
    });
  });
}

async function writeIgnoreFile(channelDir: string): Promise<void> {
  const path = join(channelDir, IGNORE_NAME);
  const isThere = await access(path).then(
    () => true,
    (error: unknown) => systemErrorCode(error) !== 'ENOENT',
  );
  if (!isThere) await writeFile(path, IGNORE_TEXT);
}

/** One call, while the channel is ours. */
class Publication {
  readonly #access: ChannelAccess;
  readonly #indexes = new Map<string, SubdirIndex>();
  #temporaryCount = 0;

  constructor(channel: ChannelAccess) {
    this.#access = channel;
  }

  async publish(artifacts: readonly ChannelArtifact[]): Promise<readonly (ErrorData | null)[]> {
    await this.#indexOf(NOARCH);
    const answers: (ErrorData | null)[] = [];
    for (const artifact of artifacts)
      answers.push(await this.#answer(artifact, () => this.#add(artifact)));
    for (const index of this.#indexes.values()) await index.write(this.#temporaryPath());
    return answers;
  }

  async breakOff(artifact: ChannelArtifact): Promise<ErrorData | null> {
    return this.#answer(artifact, async () => {
      const directory = join(this.#access.channelDir, BROKEN_NAME);
      await mkdir(directory, { recursive: true });
      await this.#place(artifact.blob, join(directory, artifact.record.fn));
    });
  }

  async #answer({ record }: ChannelArtifact, step: () => Promise<void>): Promise<ErrorData | null> {
    const { channelDir, signal } = this.#access;
    if (signal?.aborted) throw new StageyardError('CANCELLED', 'publishing was cancelled');
    try {
      checkNames(record);
      await step();
      return null;
    } catch (error) {
      return wrapError(outputError(error, channelDir), record.fn).toData();
    }
  }

  async #indexOf(subdir: string): Promise<SubdirIndex> {
    const known = this.#indexes.get(subdir);
    if (known !== undefined) return known;
    const { channelDir, reader, logger, clock } = this.#access;
    const index = await SubdirIndex.open({
      channelDir,
      subdir,
      reader,
      logger,
      nowMs: clock.nowMs(),
    });
    this.#indexes.set(subdir, index);
    return index;
  }

  async #add({ record, blob }: ChannelArtifact): Promise<void> {
    const index = await this.#indexOf(record.subdir);
    const path = join(this.#access.channelDir, record.subdir, record.fn);
    const existing = await index.digestOf(record.fn);
    if (existing === blob.digest) return;
    if (existing !== undefined && this.#access.replacesExisting !== true) {
      throw otherPackage(path, existing, blob);
    }
    await this.#place(blob, path);
    const md5 = record.md5 ?? (await sumsOfFile(path)).md5;
    const sums = { sha256: blob.digest, md5, sizeBytes: blob.sizeBytes };
    index.set(record.fn, indexEntry(record, { ...sums, indexedAtMs: this.#access.clock.nowMs() }));
  }

  async #place(blob: BlobRef, path: string): Promise<void> {
    const { store, signal } = this.#access;
    const temporary = this.#temporaryPath();
    await store.getFile(blob, temporary, signal === undefined ? {} : { signal });
    await placeDurably(temporary, path);
  }

  #temporaryPath(): string {
    this.#temporaryCount += 1;
    return join(this.#access.channelDir, TEMPORARY_NAME, String(this.#temporaryCount));
  }
}

/** Names come from a worker: they must not lead out of the channel. */
function checkNames({ fn, subdir }: RepodataRecord): void {
  if (isPackageFileName(fn) && isSubdirName(subdir)) return;
  const text = `${JSON.stringify(subdir)}/${JSON.stringify(fn)} is no place of a package in a channel`;
  throw new StageyardError('PACKAGE_INVALID', text);
}

function otherPackage(path: string, existing: string, blob: BlobRef): StageyardError {
  const text = `${path} exists already with other content (sha256 ${existing}, this build has ${blob.digest}): raise build.number, or give --force to replace it`;
  return new StageyardError('OUTPUT_EXISTS', text, { context: { path } });
}
