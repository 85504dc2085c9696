/**
 * A run's facts in a journal: one entry per step, one append in flight. An append whose outcome is
 * unknown is settled by reading the last entry; an entry of somebody else ends this coordinator.
 */
import { type ErrorContext, StageyardError } from '#proto/errors.ts';
import type { Clock } from '#proto/ports/clock.ts';
import type { AppendOutcome, Journal } from '#proto/ports/journal.ts';
import { apply, emptyState } from '#coordinator/core/apply.ts';
import { decodeStep, encodeStep, type StepEntry } from '#coordinator/core/fact-codec.ts';
import { factViolation } from '#coordinator/core/invariants.ts';
import type { RunState } from '#coordinator/core/state.ts';

/** Pause before an append whose outcome is unknown is looked at again. */
const SETTLE_PAUSE_MS = 500;
/** Looks at the journal until it is given up. */
const SETTLE_TRIES_MAX = 120;

/** See the file's head. */
export class RunJournal {
  readonly #journal: Journal;
  readonly #clock: Clock;
  #lastSequence = 0;

  constructor(journal: Journal, clock: Clock) {
    this.#journal = journal;
    this.#clock = clock;
  }

  /** State after all stored facts. Rejects with `JOURNAL_CORRUPT` where an entry can't be read or doesn't fit. */
  async replay(): Promise<RunState> {
    const state = emptyState();
    const decoder = new TextDecoder();
    for await (const { sequence, body } of this.#journal.read(1)) {
      const step = readEntry(decoder.decode(body), sequence);
      state.term = Math.max(state.term, step.term);
      for (const fact of step.facts) applyStored(state, fact, sequence);
      this.#lastSequence = sequence;
    }
    return state;
  }

  /**
   * Stores the facts of a step. Rejects with `JOURNAL_CONFLICT` when another coordinator wrote to this
   * journal, and with the journal's own error when the outcome stays unknown.
   */
  async append(step: StepEntry): Promise<void> {
    const body = new TextEncoder().encode(encodeStep(step));
    for (let tries = 1; ; tries += 1) {
      const outcome = await this.#tryAppend(body, tries);
      if (outcome === 'unknown') continue;
      if (outcome.kind === 'conflict') throw conflict({ lastSequence: outcome.lastSequence });
      this.#lastSequence = outcome.sequence;
      return;
    }
  }

  async #tryAppend(body: Uint8Array, tries: number): Promise<AppendOutcome | 'unknown'> {
    try {
      const outcome = await this.#journal.append(body, this.#lastSequence);
      const isRepeat = tries > 1 && outcome.kind === 'conflict';
      return isRepeat ? await this.#settled(body, outcome) : outcome;
    } catch (error) {
      const isUnknown = error instanceof StageyardError && error.code === 'JOURNAL_UNAVAILABLE';
      if (!isUnknown || tries >= SETTLE_TRIES_MAX) throw error;
      await this.#clock.sleep(SETTLE_PAUSE_MS);
      return 'unknown';
    }
  }

  /** An earlier try may have been stored although its answer was lost. */
  async #settled(body: Uint8Array, outcome: AppendOutcome): Promise<AppendOutcome> {
    const last = await this.#journal.last();
    const isOurs = last?.sequence === this.#lastSequence + 1 && sameBytes(last.body, body);
    return isOurs ? { kind: 'appended', sequence: last.sequence } : outcome;
  }
}

function readEntry(text: string, sequence: number): StepEntry {
  try {
    return decodeStep(text);
  } catch (error) {
    if (!(error instanceof StageyardError)) throw error;
    throw corrupt(sequence, error);
  }
}

function applyStored(state: RunState, fact: StepEntry['facts'][number], sequence: number): void {
  const violation = factViolation(state, fact);
  if (violation !== undefined) {
    throw corrupt(sequence, new Error(`${violation.invariant}: ${violation.detail}`));
  }
  apply(state, fact);
}

function corrupt(sequence: number, cause: Error): StageyardError {
  const message = `the run's journal can't be read at entry ${sequence}: ${cause.message}`;
  return new StageyardError('JOURNAL_CORRUPT', message, { cause, context: { sequence } });
}

function conflict(context: ErrorContext): StageyardError {
  const message = 'another coordinator writes to the journal of this run; this one has stopped';
  return new StageyardError('JOURNAL_CONFLICT', message, { context });
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
