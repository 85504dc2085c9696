/**
 * Which packages may become visible. A package goes to the channel when it passed its own test and everything of
 * this run that it was made with or is installed with goes there too: nobody finds a package whose dependency
 * failed its test. Packages behind one that stays away stay away with it.
 */
import type { PublicationPlace } from './facts.ts';
import { type RunState, taskOf, type TaskState } from './state.ts';

/** A package that was built twice is published once; answers whether it became due. */
export function setDue(state: RunState, task: TaskState, place: PublicationPlace): boolean {
  if (task.publication.kind !== 'none') return false;
  task.publication = { kind: 'due', place };
  state.due.add(task);
  return true;
}

/** Sets a package due for the channel, and those that waited for it; answers them, dependencies first. */
export function promote(state: RunState, first: TaskState): readonly TaskState[] {
  const promoted: TaskState[] = [];
  const pending = [first];
  for (let task = pending.pop(); task !== undefined; task = pending.pop()) {
    if (!isPassed(state, task) || withholder(task) !== undefined) continue;
    if (!setDue(state, task, 'channel')) continue;
    promoted.push(task);
    addDependentPackages(task, pending);
  }
  return promoted;
}

/** The package, a prerequisite, that keeps this one out of the channel; undefined: nothing does. */
export function withholder(task: TaskState): TaskState | undefined {
  // Each is looked at once, however many ways lead there.
  const stages = new Set([task]);
  for (const { prerequisites } of stages) {
    for (const before of prerequisites) {
      if (before.plan.kind === 'stage') stages.add(before);
      else if (before.plan.kind === 'package' && !isPromoted(before)) return before;
    }
  }
  return undefined;
}

function isPromoted({ publication }: TaskState): boolean {
  switch (publication.kind) {
    case 'none':
      return false;
    case 'due':
    case 'settled':
    case 'failed':
      // One that couldn't be put there (another package has its name, or the disk is full) says so of itself.
      return publication.place === 'channel';
  }
}

function isPassed(state: RunState, { plan, phase }: TaskState): boolean {
  if (plan.kind !== 'package' || phase !== 'done') return false;
  return plan.testedBy === null || taskOf(state, plan.testedBy).phase === 'done';
}

function addDependentPackages(task: TaskState, packages: TaskState[]): void {
  const stages = new Set([task]);
  for (const { dependents } of stages) {
    for (const after of dependents) {
      if (after.plan.kind === 'stage') stages.add(after);
      else if (after.plan.kind === 'package') packages.push(after);
    }
  }
}
