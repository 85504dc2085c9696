/**
 * Election by one record. The leader writes it again every two seconds; who watches it unchanged for nine looks takes
 * it. Nobody compares clocks: an observer counts its own looks, and a leader measures by its own clock since when no
 * beat was confirmed, from the moment it began to write. So it has given up before anybody else may begin:
 *
 *     leader    beat ─ 2 s ─ beat ─ 2 s ─ ✗ ─ ✗ ─ gives up 7 s after it began the last confirmed beat
 *     observer      look ─ 1 s ─ look ─ … the same revision, 9 s later ─ takes it with term + 1
 *
 * A record of a process that lived on this machine and is gone is free at once, and so is one of ours: after an outage
 * that ended its leadership a process goes on where it stopped.
 */
import { randomUUID } from 'node:crypto';
import { canonicalJson } from '../canonical-json.ts';
import { StageyardError, wrapError } from '../errors.ts';
import { countMember, flagMember, readIfValid, textMember } from '../json-shape.ts';
import { type Clock, pauseUnlessAborted } from '../ports/clock.ts';
import type { LeaderRecord, StoredLeaderRecord } from '../ports/leader-record.ts';
import type { LeaderElection, Leadership, LeadershipRequest } from '../ports/leadership.ts';
import { isKnownDead } from './process-identity.ts';

const BEAT_PAUSE_MS = 2_000;
const LOOK_PAUSE_MS = 1_000;
/** Looks at an unchanged record, after the first, after which its writer counts as gone. */
const SAME_LOOKS_MAX = 9;
/** Without a confirmed beat for so long a leader gives up; the rest is for timers that are late. */
const UNCONFIRMED_MS_MAX = SAME_LOOKS_MAX * LOOK_PAUSE_MS - 2_000;

/** Who competes. */
export interface RecordElectionOptions {
  readonly record: LeaderRecord;
  /** One that never steps: spans of time are measured by it. */
  readonly clock: Clock;
  /** Of this process (process-identity.ts). */
  readonly identity: string;
  /** For people: host and process. */
  readonly name: string;
}

interface Reign {
  readonly term: number;
  readonly identity: string;
  /** Of one election object: a process may have several. */
  readonly candidate: string;
  readonly name: string;
  readonly isReleased: boolean;
  readonly beat: number;
}

/** See the file's head. One leadership at a time. */
export class RecordElection implements LeaderElection {
  readonly #options: RecordElectionOptions;
  readonly #candidate = randomUUID();

  constructor(options: RecordElectionOptions) {
    this.#options = options;
  }

  async lead({ mode, signal, onWaiting }: LeadershipRequest): Promise<Leadership> {
    const { clock, record } = this.#options;
    let seen: { readonly revision: number; readonly count: number } | undefined;
    for (;;) {
      const stored = await record.read();
      const reign = stored === undefined ? undefined : readReign(stored);
      const revision = stored?.revision ?? 0;
      const count: number = seen?.revision === revision ? seen.count + 1 : 0;
      if (this.#isFree(reign, count)) {
        const leadership = await this.#take(revision, reign);
        if (leadership !== undefined) return leadership;
      } else if (mode === 'refuse' && seen !== undefined && count === 0) {
        throw leads(reign);
      }
      if (seen === undefined && mode === 'standby') onWaiting?.(reign?.name ?? 'since just now');
      seen = { revision, count };
      await clock.sleep(LOOK_PAUSE_MS, signal);
    }
  }

  #isFree(reign: Reign | undefined, sameLookCount: number): boolean {
    if (reign === undefined || reign.isReleased || reign.candidate === this.#candidate) return true;
    return sameLookCount >= SAME_LOOKS_MAX || isKnownDead(reign.identity);
  }

  /** Undefined when somebody else was faster. */
  async #take(
    expectedRevision: number,
    before: Reign | undefined,
  ): Promise<Leadership | undefined> {
    const { clock, identity, name, record } = this.#options;
    const term = (before?.term ?? 0) + 1;
    const candidate = this.#candidate;
    const reign = { term, identity, candidate, name, isReleased: false, beat: 0 };
    const confirmedAtMs = clock.nowMs();
    const revision = await record.write(canonicalJson(reign), expectedRevision);
    if (revision === undefined) return undefined;
    return new Reigning(this.#options, { reign, revision, confirmedAtMs });
  }
}

function leads(reign: Reign | undefined): StageyardError {
  const message = `another coordinator leads this farm (${reign?.name ?? 'just now'}): end it first, or start this one with --standby`;
  return new StageyardError('LEADER_EXISTS', message);
}

/** A record that can't be read belongs to nobody; its term is not known, the journal's is. */
function readReign({ text }: StoredLeaderRecord): Reign | undefined {
  return readIfValid(text, 'leader record', (object) => ({
    term: countMember(object, 'term'),
    identity: textMember(object, 'identity'),
    candidate: textMember(object, 'candidate'),
    name: textMember(object, 'name'),
    isReleased: flagMember(object, 'isReleased'),
    beat: countMember(object, 'beat'),
  }));
}

/** The record as this leader wrote it last. */
interface Written {
  readonly reign: Reign;
  readonly revision: number;
  /** When that write began. */
  readonly confirmedAtMs: number;
}

class Reigning implements Leadership {
  readonly term: number;
  readonly lost: Promise<StageyardError>;
  readonly #options: RecordElectionOptions;
  readonly #ended = new AbortController();
  readonly #lose: (error: StageyardError) => void;
  readonly #beating: Promise<void>;
  #written: Written;
  /** Why the last beat was not confirmed. */
  #failure: StageyardError | undefined;

  constructor(options: RecordElectionOptions, written: Written) {
    const { promise, resolve } = Promise.withResolvers<StageyardError>();
    this.term = written.reign.term;
    this.lost = promise;
    this.#lose = resolve;
    this.#options = options;
    this.#written = written;
    this.#beating = this.#beat();
    void this.#watch();
  }

  async release(): Promise<void> {
    const isOurs = !this.#ended.signal.aborted;
    this.#ended.abort();
    await this.#beating;
    // Without it the next one waits until this one counts as gone.
    if (isOurs) await this.#write({ isReleased: true }).catch(() => undefined);
  }

  async #beat(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      await pauseUnlessAborted(this.#options.clock, BEAT_PAUSE_MS, signal);
      if (!signal.aborted) await this.#beatOnce();
    }
  }

  async #beatOnce(): Promise<void> {
    try {
      const beat = this.#written.reign.beat + 1;
      if (await this.#write({ beat })) return;
      const stored = await this.#options.record.read();
      const reign = stored === undefined ? undefined : readReign(stored);
      if (stored === undefined || reign === undefined) return this.#end(forgotten());
      if (await this.#isOurs(reign, stored)) return;
      this.#end(new StageyardError('JOURNAL_CONFLICT', 'another coordinator leads now'));
    } catch (error) {
      const failure = wrapError(error, 'leader record');
      // A beat that the bus didn't take is tried again, until it is too late.
      if (failure.code !== 'BUS_UNAVAILABLE') this.#end(failure);
      this.#failure = failure;
    }
  }

  /** Gives up in time, also while a beat under way is not answered. */
  async #watch(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#ended;
    while (!signal.aborted) {
      const leftMs = this.#written.confirmedAtMs + UNCONFIRMED_MS_MAX - clock.nowMs();
      if (leftMs <= 0) return this.#end(unconfirmed(this.#failure));
      await pauseUnlessAborted(clock, leftMs, signal);
    }
  }

  #end(error: StageyardError): void {
    this.#ended.abort();
    this.#lose(error);
  }

  async #write(change: Partial<Reign>): Promise<boolean> {
    const reign = { ...this.#written.reign, ...change };
    const confirmedAtMs = this.#options.clock.nowMs();
    const { revision: expected } = this.#written;
    const revision = await this.#options.record.write(canonicalJson(reign), expected);
    if (revision === undefined) return false;
    this.#written = { reign, revision, confirmedAtMs };
    this.#failure = undefined;
    return true;
  }

  /** An earlier beat may have been stored although its answer was lost: then the next one is written behind it. */
  async #isOurs(reign: Reign, stored: StoredLeaderRecord): Promise<boolean> {
    if (reign.candidate !== this.#written.reign.candidate) return false;
    if (reign.term !== this.term || reign.isReleased) return false;
    const { confirmedAtMs } = this.#written;
    this.#written = { reign, revision: stored.revision, confirmedAtMs };
    // Nobody knows when it was stored: only a beat of now confirms.
    return this.#write({ beat: reign.beat + 1 });
  }
}

/** Nobody leads by it: whoever takes it next does. */
function forgotten(): StageyardError {
  const message = 'the record of who leads is gone from NATS, or somebody else wrote there';
  return new StageyardError('BUS_UNAVAILABLE', message);
}

function unconfirmed(cause: StageyardError | undefined): StageyardError {
  const seconds = UNCONFIRMED_MS_MAX / 1_000;
  const why = cause?.message ?? 'NATS does not answer';
  const message = `the lead could not be confirmed for ${seconds} s: ${why}`;
  return new StageyardError('BUS_UNAVAILABLE', message, { cause });
}
