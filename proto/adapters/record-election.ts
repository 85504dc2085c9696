/**
 * Election by one record. The leader writes it again every two seconds; who watches it unchanged for nine looks takes
 * it. Nobody compares clocks: an observer counts its own looks, a leader that can't write gives up before anybody
 * may take the record.
 *
 *     leader    beat ─ 2 s ─ beat ─ 2 s ─ beat ─ ✗ ─ ✗ ─ ✗  gives up (6 s)
 *     observer  look ─ 1 s ─ look ─ … the same revision, 9 times ─ takes it with term + 1
 */
import { canonicalJson } from '../canonical-json.ts';
import { StageyardError, wrapError } from '../errors.ts';
import { countMember, flagMember, parseJsonObject, textMember } from '../json-shape.ts';
import type { Clock } from '../ports/clock.ts';
import type { LeaderRecord, StoredLeaderRecord } from '../ports/leader-record.ts';
import type { LeaderElection, Leadership, LeadershipRequest } from '../ports/leadership.ts';
import { isKnownDead } from './process-identity.ts';

const BEAT_PAUSE_MS = 2_000;
/** Failed beats in a row after which the leader gives up. */
const FAILED_BEATS_MAX = 3;
const LOOK_PAUSE_MS = 1_000;
/** Looks at an unchanged record after which its writer counts as gone. */
const SAME_LOOKS_MAX = 9;

/** Who competes. */
export interface RecordElectionOptions {
  readonly record: LeaderRecord;
  readonly clock: Clock;
  /** Of this process (process-identity.ts). */
  readonly identity: string;
  /** For people: host and process. */
  readonly name: string;
}

interface Reign {
  readonly term: number;
  readonly identity: string;
  readonly name: string;
  readonly isReleased: boolean;
  readonly beat: number;
}

/** See the file's head. */
export class RecordElection implements LeaderElection {
  readonly #options: RecordElectionOptions;

  constructor(options: RecordElectionOptions) {
    this.#options = options;
  }

  async lead({ mode, signal, onWaiting }: LeadershipRequest): Promise<Leadership> {
    const { clock } = this.#options;
    let seen: { readonly revision: number; readonly count: number } | undefined;
    let isTold = false;
    for (;;) {
      const stored = await this.#options.record.read();
      const reign = stored === undefined ? undefined : readReign(stored);
      const isSame = seen !== undefined && seen.revision === stored?.revision;
      const count = isSame ? (seen?.count ?? 0) + 1 : 1;
      const leadership = isFree(reign, count) ? await this.#take(stored, reign) : undefined;
      if (leadership !== undefined) return leadership;
      if (mode === 'refuse' && seen !== undefined && !isSame) throw leads(reign);
      if (!isTold && mode === 'standby') onWaiting?.(reign?.name ?? '');
      isTold = true;
      seen = { revision: stored?.revision ?? 0, count };
      await clock.sleep(LOOK_PAUSE_MS, signal);
    }
  }

  async #take(
    stored: StoredLeaderRecord | undefined,
    before: Reign | undefined,
  ): Promise<Leadership | undefined> {
    const { identity, name, record } = this.#options;
    const term = (before?.term ?? 0) + 1;
    const reign = { term, identity, name, isReleased: false, beat: 0 };
    const revision = await record.write(canonicalJson(reign), stored?.revision ?? 0);
    return revision === undefined ? undefined : new Reigning(this.#options, reign, revision);
  }
}

function isFree(reign: Reign | undefined, lookCount: number): boolean {
  if (reign === undefined || reign.isReleased) return true;
  return lookCount > SAME_LOOKS_MAX || isKnownDead(reign.identity);
}

function leads(reign: Reign | undefined): StageyardError {
  const message = `another coordinator leads this farm (${reign?.name ?? 'just now'}): end it first, or start this one with --standby`;
  return new StageyardError('LEADER_EXISTS', message);
}

/** A record that can't be read belongs to nobody; its term is not known, the journal's is. */
function readReign({ text }: StoredLeaderRecord): Reign | undefined {
  try {
    const object = parseJsonObject(text, 'leader record');
    return {
      term: countMember(object, 'term'),
      identity: textMember(object, 'identity'),
      name: textMember(object, 'name'),
      isReleased: flagMember(object, 'isReleased'),
      beat: countMember(object, 'beat'),
    };
  } catch (error) {
    if (error instanceof StageyardError) return undefined;
    throw error;
  }
}

class Reigning implements Leadership {
  readonly term: number;
  readonly lost: Promise<StageyardError>;
  readonly #options: RecordElectionOptions;
  readonly #ended = new AbortController();
  readonly #beating: Promise<void>;
  #reign: Reign;
  #revision: number;

  constructor(options: RecordElectionOptions, reign: Reign, revision: number) {
    const { promise, resolve } = Promise.withResolvers<StageyardError>();
    this.term = reign.term;
    this.lost = promise;
    this.#options = options;
    this.#reign = reign;
    this.#revision = revision;
    this.#beating = this.#beat(resolve);
  }

  async release(): Promise<void> {
    this.#ended.abort();
    await this.#beating;
    // Without it the next one waits until it counts as gone.
    await this.#write({ ...this.#reign, isReleased: true }).catch(() => undefined);
  }

  async #beat(lose: (error: StageyardError) => void): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#ended;
    for (let failedCount = 0; failedCount < FAILED_BEATS_MAX; ) {
      await clock.sleep(BEAT_PAUSE_MS, signal).catch(() => undefined);
      if (signal.aborted) return;
      const outcome = await this.#beatOnce();
      if (outcome === 'lost') return lose(deposed('another coordinator leads now'));
      failedCount = outcome === 'beaten' ? 0 : failedCount + 1;
    }
    lose(deposed('leadership could not be confirmed for too long'));
  }

  async #beatOnce(): Promise<'beaten' | 'lost' | 'failed'> {
    try {
      if (await this.#write({ ...this.#reign, beat: this.#reign.beat + 1 })) return 'beaten';
      return (await this.#isOurs()) ? 'beaten' : 'lost';
    } catch (error) {
      if (wrapError(error, 'leader record').code === 'INTERNAL') throw error;
      return 'failed';
    }
  }

  async #write(reign: Reign): Promise<boolean> {
    const revision = await this.#options.record.write(canonicalJson(reign), this.#revision);
    if (revision === undefined) return false;
    this.#revision = revision;
    this.#reign = reign;
    return true;
  }

  /** An earlier beat may have been stored although its answer was lost. */
  async #isOurs(): Promise<boolean> {
    const stored = await this.#options.record.read();
    const reign = stored === undefined ? undefined : readReign(stored);
    if (stored === undefined || reign?.identity !== this.#reign.identity) return false;
    if (reign.term !== this.term || reign.isReleased) return false;
    this.#revision = stored.revision;
    this.#reign = reign;
    return true;
  }
}

function deposed(why: string): StageyardError {
  return new StageyardError('JOURNAL_CONFLICT', `${why}; this one has stopped`);
}
