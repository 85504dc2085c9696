/**
 * What must hold of every journal and every state, whatever happened (design, invariants). A stored fact
 * that breaks one of these is refused at replay; simulations check each step.
 */
import type { Fact } from './facts.ts';
import { RELEASES_MAX } from './retry-policy.ts';
import { isTerminal, type RunState, type TaskState } from './state.ts';

/** Which rule is broken, and by what. */
export interface Violation {
  readonly invariant:
    | 'single-outcome'
    | 'fenced-results'
    | 'dependencies-first'
    | 'attempts-bounded'
    | 'capacity-respected'
    | 'conservation';
  readonly detail: string;
}

/** Rules about a fact, seen before it is applied; undefined when it fits. */
export function factViolation(state: RunState, fact: Fact): Violation | undefined {
  if (!('task' in fact)) return undefined;
  const task = state.tasks.get(fact.task);
  if (task === undefined) return violated('conservation', `${fact.task} is not in the plan`);
  switch (fact.kind) {
    case 'task-offered':
      return offerViolation(task, fact.epoch);
    case 'attempt-accepted':
      return task.phase === 'offered' ? epochViolation(task, fact.epoch) : unexpected(task, fact);
    case 'attempt-failed':
      if (task.phase !== 'offered' && task.phase !== 'running') return unexpected(task, fact);
      return epochViolation(task, fact.epoch);
    case 'task-done':
      return isTerminal(task) ? unexpected(task, fact) : epochViolation(task, fact.epoch);
    case 'task-reopened':
      return task.phase === 'done' ? undefined : unexpected(task, fact);
    case 'task-blocked':
    case 'task-stopped':
      return isTerminal(task) ? unexpected(task, fact) : undefined;
    case 'task-published':
    case 'publish-failed':
      return task.publication.kind === 'due' ? undefined : unexpected(task, fact);
  }
}

/** Rules about a whole state: counts, budgets, queue depth. Looks at every task. */
export function stateViolations(state: RunState): readonly Violation[] {
  const { plan, counts, tasks } = state;
  if (plan === null) return [];
  const violations: Violation[] = [];
  const total = Object.values(counts).reduce((a, b) => a + b, 0);
  if (total !== tasks.size) violations.push(violated('conservation', `${total} of ${tasks.size}`));
  for (const [pool, count] of state.offeredByPool) {
    if (count <= plan.options.queueDepth) continue;
    violations.push(violated('capacity-respected', `${count} offered in ${pool}`));
  }
  const { infraFailuresMax, lossesMax } = plan.options.retry;
  for (const {
    tally,
    plan: { id },
  } of tasks.values()) {
    const finals = tally.user + tally.limit;
    const isBounded = finals <= 1 && tally.infra <= infraFailuresMax && tally.lost <= lossesMax;
    if (isBounded && tally.released + tally.cancelled <= RELEASES_MAX) continue;
    violations.push(violated('attempts-bounded', id));
  }
  return violations;
}

function offerViolation(task: TaskState, epoch: number): Violation | undefined {
  if (task.phase !== 'ready') return unexpected(task, { kind: 'task-offered' });
  const open = task.prerequisites.find(({ phase }) => phase !== 'done');
  if (open !== undefined) {
    return violated('dependencies-first', `${task.plan.id} before ${open.plan.id}`);
  }
  return epoch === task.epoch + 1 ? undefined : stale(task, epoch);
}

function epochViolation(task: TaskState, epoch: number): Violation | undefined {
  return epoch === task.epoch ? undefined : stale(task, epoch);
}

function stale(task: TaskState, epoch: number): Violation {
  return violated(
    'fenced-results',
    `${task.plan.id}: epoch ${epoch} while ${task.epoch} is newest`,
  );
}

function unexpected(task: TaskState, fact: Pick<Fact, 'kind'>): Violation {
  return violated('single-outcome', `${task.plan.id}: ${fact.kind} while ${task.phase}`);
}

function violated(invariant: Violation['invariant'], detail: string): Violation {
  return { invariant, detail };
}
