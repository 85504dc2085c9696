/**
 * A channel in a bucket. Publishers take turns by a claim (no two clocks are compared); one that lost its claim
 * meanwhile does its work once more, and since the index follows from the packages that are there, whatever it may
 * have overwritten is mended by that. Packages and indexes become visible whole or not at all.
 */
import { createWriteStream } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type {
  ChannelFile,
  ChannelPath,
  ChannelPlace,
  SubdirContent,
} from '#coordinator/channel/channel-place.ts';
import { INDEX_NAME, isPackageFileName } from '#coordinator/channel/repodata.ts';
import { digestOfFile } from '#proto/adapters/hashing.ts';
import { currentProcessIdentity } from '#proto/adapters/process-identity.ts';
import { type S3CallLimits, S3Calls, type S3Place } from '#proto/adapters/s3-calls.ts';
import { S3Claims } from '#proto/adapters/s3-claims.ts';
import { S3SmallObjects } from '#proto/adapters/s3-small-objects.ts';
import { uploadFile } from '#proto/adapters/s3-upload.ts';
import { monotonicClock } from '#proto/adapters/system-clock.ts';
import type { BlobRef } from '#proto/digest.ts';
import { errorCodeOf, StageyardError } from '#proto/errors.ts';
import { objectPrefix } from '#proto/object-keys.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import { type AbortSignalLike, type Clock, pauseUnlessAborted } from '#proto/ports/clock.ts';
import { newScratchDirectory } from '../scratch-directory.ts';

const LOCK = 'publishing';
/** Where the claims are, beside the subdirs. */
const LOCK_FOLDER = 'stageyard-locks/';
const LOCK_TTL_MS = 60_000;
const LOCK_RENEWAL_MS = 15_000;
/** Longest wait for others: a whole batch of large packages. */
const WAIT_MS_MAX = 10 * 60_000;
const PAUSE_MS_MIN = 100;
const PAUSE_MS_MAX = 2_000;
/** Being overtaken again and again means that this machine stands still for minutes. */
const TURNS_MAX = 5;
const LIST_PAGE = 1_000;
/** Files of one subdir. */
const FILES_MAX = 1_000_000;
const INDEX_BYTES_MAX = 512 * 1024 * 1024;

/** What it is made with. */
export interface S3ChannelOptions extends S3Place, S3CallLimits {
  readonly prefix: string;
  /** Where packages come from. */
  readonly store: BlobStore;
  readonly signal?: AbortSignalLike | undefined;
  /** One line for people. */
  readonly say: (line: string) => void;
  /** Its `nowMs` never steps. */
  readonly clock?: Clock;
}

/** See the file's head. */
export class S3ChannelPlace implements ChannelPlace {
  readonly name: string;
  readonly #options: S3ChannelOptions;
  readonly #prefix: string;
  readonly #calls: S3Calls;
  readonly #objects: S3SmallObjects;
  readonly #clock: Clock;
  readonly #owner = currentProcessIdentity();
  #claims: S3Claims | undefined;
  #scratch: string | undefined;
  #temporaryCount = 0;

  /** Throws `CONFIG_INVALID` for a prefix that can't be one. */
  constructor(options: S3ChannelOptions) {
    this.#options = options;
    this.#prefix = objectPrefix(options.prefix, 'the channel');
    this.#calls = new S3Calls(options, options);
    this.#objects = new S3SmallObjects(this.#calls);
    this.#clock = options.clock ?? monotonicClock;
    this.name = `s3://${options.bucket}/${this.#prefix}`.replace(/\/$/, '');
  }

  async alone<T>(step: () => Promise<T>): Promise<T> {
    this.#claims ??= await this.#openClaims();
    this.#scratch ??= await newScratchDirectory('channel');
    try {
      for (let turns = 1; turns <= TURNS_MAX; turns += 1) {
        const outcome = await this.#takeTurn(this.#claims, step);
        if (outcome !== undefined) return outcome.value;
        this.#options.say(`${this.name}: another publisher took over; doing it again`);
      }
      const text = `${this.name}: others took over ${TURNS_MAX} times: is this machine standing still?`;
      throw new StageyardError('OUTPUT_UNWRITABLE', text);
    } finally {
      await rm(this.#scratch, { recursive: true, force: true });
      this.#scratch = undefined;
    }
  }

  async contentOf(subdir: string): Promise<SubdirContent> {
    const files = await this.#list(subdir);
    const packages = files.filter(({ name }) => isPackageFileName(name));
    const index = files.find(({ name }) => name === INDEX_NAME);
    if (index === undefined) return { packages };
    const text = await this.#objects.read(this.#key(subdir, INDEX_NAME), INDEX_BYTES_MAX);
    if (text === undefined) return { packages };
    return { packages, index: { text, modifiedMs: index.modifiedMs } };
  }

  async withFile<T>(
    { folder, fn }: ChannelPath,
    use: (localPath: string) => Promise<T>,
  ): Promise<T> {
    return this.#withTemporary(async (path) => {
      await this.#calls.call({
        what: `fetch ${this.name}/${folder}/${fn}`,
        signal: this.#options.signal,
        run: async (client, alive) => {
          const stream = await client.getObject(this.#calls.bucket, this.#key(folder, fn));
          await pipeline(stream, meter(alive), createWriteStream(path)).catch(throwIfFull);
        },
      });
      return use(path);
    });
  }

  async put({ folder, fn }: ChannelPath, blob: BlobRef): Promise<void> {
    const { store, signal } = this.#options;
    await this.#withTemporary(async (path) => {
      await store.getFile(blob, path, signal === undefined ? {} : { signal });
      await this.#upload(this.#key(folder, fn), path, { ref: blob });
    });
  }

  async writeIndex(subdir: string, text: string): Promise<void> {
    await this.#withTemporary(async (path) => {
      await writeFile(path, text).catch(throwIfFull);
      const location = this.#key(subdir, INDEX_NAME);
      const ref = { ...(await digestOfFile(path)), location };
      await this.#upload(location, path, { ref, contentType: 'application/json' });
    });
  }

  async dropFiles(subdir: string, names: readonly string[]): Promise<void> {
    const there = new Set((await this.#list(subdir)).map(({ name }) => name));
    for (const name of names) {
      if (there.has(name)) await this.#objects.remove(this.#key(subdir, name));
    }
  }

  /** Ends its connections. */
  close(): void {
    this.#calls.close();
  }

  async #openClaims(): Promise<S3Claims> {
    const folder = `${this.#prefix}${LOCK_FOLDER}`;
    const isExclusive = await this.#objects.keepsConditions(`${folder}conditional-writes`);
    if (!isExclusive) {
      this.#options.say(
        `${this.#options.endpoint} does no conditional writes (If-None-Match): let only one publish to ${this.name} at a time`,
      );
    }
    return new S3Claims({ objects: this.#objects, folder, clock: this.#clock, isExclusive });
  }

  /** Undefined: another one took over meanwhile. */
  async #takeTurn<T>(
    claims: S3Claims,
    step: () => Promise<T>,
  ): Promise<{ readonly value: T } | undefined> {
    await this.#acquire(claims);
    const stopRenewing = this.#renew(claims);
    const [settled] = await Promise.allSettled([step()]);
    await stopRenewing();
    if (!(await claims.isStillOurs(LOCK))) return undefined;
    await claims.give(LOCK, this.#owner);
    if (settled.status === 'rejected') throw settled.reason;
    return settled;
  }

  async #acquire(claims: S3Claims): Promise<void> {
    const { signal } = this.#options;
    const untilMs = this.#clock.nowMs() + WAIT_MS_MAX;
    for (let pauseMs = PAUSE_MS_MIN; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX)) {
      if (signal?.aborted) throw new StageyardError('CANCELLED', 'publishing was cancelled');
      const taken = await claims.take(LOCK, this.#owner, LOCK_TTL_MS);
      if (taken.kind === 'granted') return;
      if (this.#clock.nowMs() > untilMs) {
        const text = `${this.name} has been in use by ${taken.owner} for ${WAIT_MS_MAX / 60_000} minutes: is it still publishing?`;
        throw new StageyardError('OUTPUT_UNWRITABLE', text);
      }
      await pauseUnlessAborted(this.#clock, pauseMs, signal);
    }
  }

  /** A renewal that fails is no failure: whether the claim is still ours is asked before everything that counts. */
  #renew(claims: S3Claims): () => Promise<void> {
    let renewing: Promise<unknown> = Promise.resolve();
    const timer = setInterval(() => {
      renewing = claims.renew(LOCK, LOCK_TTL_MS).catch(() => undefined);
    }, LOCK_RENEWAL_MS);
    timer.unref();
    return async () => {
      clearInterval(timer);
      await renewing;
    };
  }

  async #upload(
    key: string,
    path: string,
    what: { readonly ref: BlobRef; readonly contentType?: string },
  ): Promise<void> {
    if ((await this.#claims?.isStillOurs(LOCK)) !== true) {
      const text = `${this.name}: another publisher took over`;
      throw new StageyardError('OUTPUT_UNWRITABLE', text);
    }
    const { signal } = this.#options;
    await uploadFile({ calls: this.#calls, key, path, ledger: undefined, signal, ...what });
  }

  async #list(subdir: string): Promise<readonly ChannelFile[]> {
    const folder = this.#key(subdir, '');
    const files: ChannelFile[] = [];
    for (let token = ''; ; ) {
      const page = await this.#calls.call({
        what: `list ${this.name}/${subdir}`,
        signal: this.#options.signal,
        run: (client) =>
          client.listObjectsV2Query(this.#calls.bucket, folder, token, '/', LIST_PAGE, ''),
      });
      for (const { name, size, lastModified } of page.objects) {
        if (name === undefined || lastModified === undefined) continue;
        const modifiedMs = lastModified.getTime();
        files.push({ name: name.slice(folder.length), sizeBytes: size, modifiedMs });
      }
      if (!page.isTruncated) return files;
      token = page.nextContinuationToken;
      // With a part of the list the index would forget the other packages.
      if (token === '' || files.length > FILES_MAX) {
        const text = `${this.name}/${subdir} can't be listed to its end: after ${files.length} files there are more`;
        throw new StageyardError('OUTPUT_UNWRITABLE', text);
      }
    }
  }

  async #withTemporary<T>(use: (path: string) => Promise<T>): Promise<T> {
    this.#temporaryCount += 1;
    const path = join(this.#scratch ?? tmpdir(), String(this.#temporaryCount));
    try {
      return await use(path);
    } finally {
      await rm(path, { force: true });
    }
  }

  #key(folder: string, fn: string): string {
    return `${this.#prefix}${folder}/${fn}`;
  }
}

/** Tells of each piece that passes. */
function meter(alive: () => void): Transform {
  return new Transform({
    transform(chunk, _encoding, done) {
      alive();
      done(null, chunk);
    },
  });
}

/** A full disk here is no failure of the server: it must not be tried again there. */
function throwIfFull(error: unknown): never {
  const code = errorCodeOf(error, 'BLOB_STORE_UNAVAILABLE');
  if (code !== 'DISK_FULL') throw error;
  throw new StageyardError(code, `the disk of ${tmpdir()} is full`, { cause: error });
}
