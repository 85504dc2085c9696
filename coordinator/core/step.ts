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
  /** Tasks that failed finally in this step: their dependents are to be blocked. */
  readonly failed: TaskState[] = [];
  /** Packages whose publication became due in this step. */
  readonly newlyDue: TaskState[] = [];

  constructor(state: RunState) {
    this.state = state;
  }

  /** Decides a fact. */
  emit(fact: Fact): void {
    const undecided = this.#concerned(fact).filter(
      ({ publication }) => publication.kind === 'none',
    );
    apply(this.state, fact);
    this.facts.push(fact);
    this.newlyDue.push(...undecided.filter(({ publication }) => publication.kind === 'due'));
  }

  /** Wants something done. */
  want(effect: Effect): void {
    this.effects.push(effect);
  }

  /** A test's outcome settles its package's publication, a package's result its own. */
  #concerned(fact: Fact): readonly TaskState[] {
    if (fact.kind !== 'task-done' && fact.kind !== 'attempt-failed') return [];
    const task = this.state.tasks.get(fact.task);
    return task === undefined ? [] : [task, ...task.prerequisites];
  }
}
