/** One decision under way: collects facts and effects; the state moves with each fact. */
import { apply } from './apply.ts';
import type { Fact } from './facts.ts';
import type { Effect } from './inputs.ts';
import type { RunState, TaskState } from './state.ts';

/** See the file's head. */
export class Step {
  readonly state: RunState;
  readonly facts: Fact[] = [];
  readonly effects: Effect[] = [];
  /** Tasks that failed finally in this step, or before a restart: their dependents are to be blocked. */
  readonly failed: TaskState[] = [];
  /** Packages whose publication became due in this step. */
  readonly newlyDue: TaskState[] = [];

  constructor(state: RunState) {
    this.state = state;
  }

  /** Decides a fact. */
  emit(fact: Fact): void {
    this.newlyDue.push(...apply(this.state, fact));
    this.facts.push(fact);
  }

  /** Wants something done. */
  want(effect: Effect): void {
    this.effects.push(effect);
  }
}
