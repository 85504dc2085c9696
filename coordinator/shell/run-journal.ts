/** A run's facts in a journal of its own: one entry per step. */
import { StageyardError } from '#proto/errors.ts';
import type { Clock } from '#proto/ports/clock.ts';
import type { Journal } from '#proto/ports/journal.ts';
import { apply, emptyState } from '#coordinator/core/apply.ts';
import { decodeStep, encodeStep, type StepEntry } from '#coordinator/core/fact-codec.ts';
import type { Fact } from '#coordinator/core/facts.ts';
import { factViolation } from '#coordinator/core/invariants.ts';
import type { RunState } from '#coordinator/core/state.ts';
import { JournalWriter } from './journal-writer.ts';

/** Where a driver leaves the facts of its steps. */
export interface StepLog {
  /**
   * Stores the facts of a step. Rejects with `JOURNAL_CONFLICT` when another coordinator wrote to this
   * journal, and with the journal's own error when the outcome stays unknown.
   */
  append(step: StepEntry): Promise<void>;
  /** Resolves when nobody else has written meanwhile; rejects as {@link append}. */
  confirm(): Promise<void>;
  /** Resolves when the next step may be decided. */
  turn(): Promise<void>;
}

/** See the file's head. */
export class RunJournal implements StepLog {
  readonly #journal: Journal;
  readonly #clock: Clock;
  #writer: JournalWriter;

  constructor(journal: Journal, clock: Clock) {
    this.#journal = journal;
    this.#clock = clock;
    this.#writer = new JournalWriter(journal, clock, 0);
  }

  /** State after all stored facts. Rejects with `JOURNAL_CORRUPT` where an entry can't be read or doesn't fit. */
  async replay(): Promise<RunState> {
    const state = emptyState();
    const decoder = new TextDecoder();
    for await (const { sequence, body } of this.#journal.read(1)) {
      const step = readEntry(sequence, () => decodeStep(decoder.decode(body)));
      state.term = Math.max(state.term, step.term);
      for (const fact of step.facts) applyStored(state, fact, sequence);
      this.#writer = new JournalWriter(this.#journal, this.#clock, sequence);
    }
    return state;
  }

  append(step: StepEntry): Promise<void> {
    return this.#writer.append(new TextEncoder().encode(encodeStep(step)));
  }

  confirm(): Promise<void> {
    return this.#writer.confirm();
  }

  async turn(): Promise<void> {
    // One run, one step at a time.
  }
}

/** What `decode` answers; whatever it throws becomes `JOURNAL_CORRUPT` of this entry. */
export function readEntry<T>(sequence: number, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof StageyardError)) throw error;
    throw corrupt(sequence, error);
  }
}

/** Moves a state on by a stored fact. Throws `JOURNAL_CORRUPT` for one that doesn't fit. */
export function applyStored(state: RunState, fact: Fact, sequence: number): void {
  const violation = factViolation(state, fact);
  if (violation !== undefined) {
    throw corrupt(sequence, new Error(`${violation.invariant}: ${violation.detail}`));
  }
  apply(state, fact);
}

function corrupt(sequence: number, cause: Error): StageyardError {
  const message = `the journal can't be read at entry ${sequence}: ${cause.message}`;
  return new StageyardError('JOURNAL_CORRUPT', message, { cause, context: { sequence } });
}
