/**
 * The one loop of a coordinator. Callbacks only enqueue; the loop takes a bounded batch, decides, stores
 * the facts in one entry, and only then tells the world.
 *
 *     post(news) ──> inbox ──batch──> decide ──facts──> journal ──stored──> acks, viewers, effects
 *                      ^                                                         │
 *                      └──────────────── news of effects ───────────────────────┘
 *
 * News that yields no fact may be acknowledged only by the one who leads: a coordinator whose state is old
 * takes everything for stale. So it looks at the journal's end first.
 *
 * When the facts of a step can't be stored the loop ends: state has moved ahead of the journal and is
 * worth nothing. A new coordinator replays.
 */
import { type Clock, pauseUnlessAborted } from '#proto/ports/clock.ts';
import { decide, nextWakeMs, pendingEffects } from '#coordinator/core/decide.ts';
import type { Fact } from '#coordinator/core/facts.ts';
import type { Effect, Input } from '#coordinator/core/inputs.ts';
import type { RunState } from '#coordinator/core/state.ts';
import type { StepLog } from './run-journal.ts';

/** Inputs of one step: bounds the size of an entry and the time between two of them. */
const BATCH_MAX = 256;
/** Without one, each abort would make an error with a stack. */
const WOKEN = new Error('there is news');

/** What the driver works with. */
export interface DriverOptions {
  readonly state: RunState;
  readonly journal: StepLog;
  readonly clock: Clock;
  /** Facts that were stored just now; the state has moved on by them. */
  readonly onFacts: (facts: readonly Fact[]) => void;
  /** Performs effects in the background; must not throw. */
  readonly perform: (effects: readonly Effect[]) => void;
}

interface Posted {
  readonly input: Input;
  readonly stored: () => void;
}

/** See the file's head. */
export class Driver {
  readonly #options: DriverOptions;
  readonly #stopped = new AbortController();
  #inbox: Posted[] = [];
  #wake = new AbortController();

  constructor(options: DriverOptions) {
    this.#options = options;
  }

  /** Enqueues news; `stored` is called once its facts are in the journal. */
  post(input: Input, stored: () => void = () => undefined): void {
    this.#inbox.push({ input, stored });
    this.#wake.abort(WOKEN);
  }

  /** Leaves the loop after the step under way; what is in the inbox is forgotten. */
  stop(): void {
    this.#stopped.abort();
    this.#wake.abort();
  }

  /**
   * Runs until the run is finished or the driver stopped. Rejects with `JOURNAL_*` when facts can't be
   * stored. `resume` repeats effects that may not have been performed. `stored` is for the first step.
   */
  async run(first: Input, stored?: () => void): Promise<void> {
    const { state } = this.#options;
    const isResumed = first.kind === 'resume';
    this.post(first, stored);
    if (!this.#stopped.signal.aborted) await this.#step();
    if (isResumed && !this.#stopped.signal.aborted) this.#options.perform(pendingEffects(state));
    while (state.outcome === null && !this.#stopped.signal.aborted) {
      await this.#waitForNews();
      await this.#step();
    }
  }

  async #waitForNews(): Promise<void> {
    if (this.#inbox.length > 0 || this.#stopped.signal.aborted) return;
    this.#wake = new AbortController();
    const { signal } = this.#wake;
    const { clock, state } = this.#options;
    const wakeMs = nextWakeMs(state);
    if (wakeMs === undefined) {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      return;
    }
    const waitMs = Math.max(0, wakeMs - clock.nowMs());
    if (await pauseUnlessAborted(clock, waitMs, signal)) this.post({ kind: 'tick' });
  }

  async #step(): Promise<void> {
    if (this.#inbox.length === 0) return;
    const { state, journal, clock } = this.#options;
    await journal.turn();
    const batch = this.#inbox.slice(0, BATCH_MAX);
    this.#inbox = this.#inbox.slice(BATCH_MAX);
    const facts: Fact[] = [];
    const effects: Effect[] = [];
    for (const { input } of batch) {
      const decision = decide(state, input, clock.nowMs());
      facts.push(...decision.facts);
      effects.push(...decision.effects);
    }
    if (facts.length > 0) await journal.append({ term: state.term, facts });
    else if (batch.some(({ input }) => input.kind !== 'tick')) await journal.confirm();
    for (const { stored } of batch) stored();
    if (this.#stopped.signal.aborted) return;
    if (facts.length > 0) this.#options.onFacts(facts);
    this.#options.perform(effects);
  }
}
