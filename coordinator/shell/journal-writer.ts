/**
 * Appends to a journal, one at a time, each behind the last. An append whose outcome is unknown is settled
 * by reading the last entry; an entry of somebody else ends this coordinator.
 */
import { type ErrorContext, StageyardError } from '#proto/errors.ts';
import type { Clock } from '#proto/ports/clock.ts';
import type { AppendOutcome, Journal } from '#proto/ports/journal.ts';

/** Pause before an append whose outcome is unknown is looked at again. */
const SETTLE_PAUSE_MS = 500;
/** Looks at the journal until it is given up. */
const SETTLE_TRIES_MAX = 120;

/** See the file's head. */
export class JournalWriter {
  readonly #journal: Journal;
  readonly #clock: Clock;
  #lastSequence: number;

  /** `lastSequence`: of the newest entry that was replayed, 0 for none. */
  constructor(journal: Journal, clock: Clock, lastSequence: number) {
    this.#journal = journal;
    this.#clock = clock;
    this.#lastSequence = lastSequence;
  }

  /** Of the newest entry known to be stored. */
  get lastSequence(): number {
    return this.#lastSequence;
  }

  /**
   * Stores an entry. Rejects with `JOURNAL_CONFLICT` when another coordinator wrote to this journal, and
   * with the journal's own error when the outcome stays unknown.
   */
  async append(body: Uint8Array): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const outcome = await this.#tryAppend(body, tries);
      if (outcome === 'unknown') continue;
      if (outcome.kind === 'conflict') throw conflict({ lastSequence: outcome.lastSequence });
      this.#lastSequence = outcome.sequence;
      return;
    }
  }

  /**
   * Makes sure that nobody else has written: what was decided without a fact rests on this journal's end.
   * Rejects as {@link append}.
   */
  async confirm(): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const lastSequence = await this.#tryLast(tries);
      if (lastSequence === 'unknown') continue;
      if (lastSequence !== this.#lastSequence) throw conflict({ lastSequence });
      return;
    }
  }

  async #tryLast(tries: number): Promise<number | 'unknown'> {
    try {
      return (await this.#journal.last())?.sequence ?? 0;
    } catch (error) {
      return this.#waitAfter(error, tries);
    }
  }

  async #tryAppend(body: Uint8Array, tries: number): Promise<AppendOutcome | 'unknown'> {
    try {
      const outcome = await this.#journal.append(body, this.#lastSequence);
      const isRepeat = tries > 1 && outcome.kind === 'conflict';
      return isRepeat ? await this.#settled(body, outcome) : outcome;
    } catch (error) {
      return this.#waitAfter(error, tries);
    }
  }

  async #waitAfter(error: unknown, tries: number): Promise<'unknown'> {
    const isUnknown = error instanceof StageyardError && error.code === 'JOURNAL_UNAVAILABLE';
    if (!isUnknown || tries >= SETTLE_TRIES_MAX) throw error;
    await this.#clock.sleep(SETTLE_PAUSE_MS);
    return 'unknown';
  }

  /** An earlier try may have been stored although its answer was lost. */
  async #settled(body: Uint8Array, outcome: AppendOutcome): Promise<AppendOutcome> {
    const last = await this.#journal.last();
    const isOurs = last?.sequence === this.#lastSequence + 1 && sameBytes(last.body, body);
    return isOurs ? { kind: 'appended', sequence: last.sequence } : outcome;
  }
}

function conflict(context: ErrorContext): StageyardError {
  const message = 'another coordinator writes to this journal; this one has stopped';
  return new StageyardError('JOURNAL_CONFLICT', message, { context });
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
