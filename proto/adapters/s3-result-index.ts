/**
 * The result index in S3: `results/KEY` is written once, by a conditional PUT; who is making a result holds a claim
 * on its key (see s3-claims.ts), which goes once the result is there. It is a cache with claims: losing it costs rebuilds, never wrong packages.
 */
import { canonicalJson } from '../canonical-json.ts';
import { StageyardError } from '../errors.ts';
import { inputKey, type InputKey } from '../ids.ts';
import { blobRefMember, countMember, idMember, readIfValid } from '../json-shape.ts';
import { objectPrefix } from '../object-keys.ts';
import type { Clock } from '../ports/clock.ts';
import type { ClaimOutcome, IndexedResult, ResultIndex } from '../ports/result-index.ts';
import { type S3CallLimits, S3Calls, type S3Place } from './s3-calls.ts';
import { S3Claims } from './s3-claims.ts';
import { S3SmallObjects } from './s3-small-objects.ts';

const SCHEMA = 1;
/** Results that vanish or can't be read, in a row, before a commit gives up. */
const COMMIT_TRIES_MAX = 5;

/** Options of {@link S3ResultIndex.open}. */
export interface S3ResultIndexOptions extends S3Place, S3CallLimits {
  /** Of all keys, as that of the blob store. */
  readonly prefix?: string;
  /** Its `nowMs` never steps (`monotonicClock`). */
  readonly clock: Clock;
}

/** See the file's head. */
export class S3ResultIndex implements ResultIndex {
  /** False: this server ignores conditions, and two builds that start at the same moment may both be granted a key. */
  readonly isExclusive: boolean;
  readonly #calls: S3Calls;
  readonly #objects: S3SmallObjects;
  readonly #claims: S3Claims;
  readonly #prefix: string;

  private constructor(
    options: S3ResultIndexOptions,
    parts: { calls: S3Calls; objects: S3SmallObjects; isExclusive: boolean; prefix: string },
  ) {
    const { calls, objects, isExclusive, prefix } = parts;
    const { clock } = options;
    this.#calls = calls;
    this.#objects = objects;
    this.#prefix = prefix;
    this.isExclusive = isExclusive;
    this.#claims = new S3Claims({ objects, clock, isExclusive, folder: `${prefix}claims/` });
  }

  /**
   * Opens it, which writes one small object to find out whether the server does conditional writes. Rejects with
   * `CONFIG_INVALID` or `BLOB_STORE_UNAVAILABLE`.
   */
  static async open(options: S3ResultIndexOptions): Promise<S3ResultIndex> {
    const prefix = objectPrefix(options.prefix ?? '', 'the object store');
    const calls = new S3Calls(options, options);
    const objects = new S3SmallObjects(calls);
    try {
      const isExclusive = await objects.keepsConditions(`${prefix}claims/conditional-writes`);
      return new S3ResultIndex(options, { calls, objects, isExclusive, prefix });
    } catch (error) {
      calls.close();
      throw error;
    }
  }

  async lookup(key: InputKey): Promise<IndexedResult | undefined> {
    const text = await this.#objects.read(this.#resultKey(key));
    return text === undefined ? undefined : resultOf(text, key);
  }

  async claim(key: InputKey, owner: string, ttlMs: number): Promise<ClaimOutcome> {
    const found = await this.#settled(key);
    if (found !== undefined) return found;
    const taken = await this.#claims.take(key, owner, ttlMs);
    if (taken.kind === 'busy') return taken;
    const { kind, epoch, isRenewed } = taken;
    // Whoever had it before us committed first and gave it back then: it may have become free since our first look.
    const committed = isRenewed ? undefined : await this.#settled(key);
    if (committed === undefined) return { kind, epoch };
    await this.#claims.end(key);
    return committed;
  }

  async unclaim(key: InputKey, owner: string): Promise<void> {
    await this.#claims.give(key, owner);
  }

  async commit(result: IndexedResult): Promise<IndexedResult> {
    const kept = await this.#store(result);
    await this.#claims.end(result.key);
    return kept;
  }

  async forget(key: InputKey): Promise<void> {
    await this.#objects.remove(this.#resultKey(key));
  }

  async close(): Promise<void> {
    this.#calls.close();
  }

  async #settled(key: InputKey): Promise<ClaimOutcome | undefined> {
    const result = await this.lookup(key);
    if (result === undefined) return undefined;
    this.#claims.ignore(key);
    return { kind: 'exists', result };
  }

  /** The first result stays; one that can't be read is none. */
  async #store(result: IndexedResult): Promise<IndexedResult> {
    const key = this.#resultKey(result.key);
    const { output, builtAtMs } = result;
    const text = canonicalJson({
      schema: SCHEMA,
      key: result.key,
      output,
      builtAtMs: Math.floor(builtAtMs),
    });
    for (let tries = 0; tries < COMMIT_TRIES_MAX; tries += 1) {
      const answer = await this.#createResult(key, text);
      if (answer === 'created') return result;
      const stored = await this.#objects.read(key);
      const first = stored === undefined ? undefined : resultOf(stored, result.key);
      if (first !== undefined) return first;
      if (stored !== undefined) await this.#objects.remove(key);
    }
    const words = `${key}: what was stored there is not there, again and again`;
    throw new StageyardError('BLOB_STORE_UNAVAILABLE', words);
  }

  async #createResult(key: string, text: string): Promise<'created' | 'exists'> {
    if (this.isExclusive)
      return (await this.#objects.create(key, text)) === 'created' ? 'created' : 'exists';
    if ((await this.#objects.read(key)) !== undefined) return 'exists';
    await this.#objects.write(key, text);
    return 'created';
  }

  #resultKey(key: InputKey): string {
    return `${this.#prefix}results/${key}`;
  }
}

function resultOf(text: string, key: InputKey): IndexedResult | undefined {
  return readIfValid(text, 'result', (object) => {
    if (countMember(object, 'schema') !== SCHEMA) return undefined;
    if (idMember(object, 'key', inputKey) !== key) return undefined;
    const output = blobRefMember(object, 'output');
    return { key, output, builtAtMs: countMember(object, 'builtAtMs') };
  });
}
