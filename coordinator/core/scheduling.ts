/** What follows from any change: who is blocked, who is stopped, who is offered next, whether it is over. */
import { failAttempt, released, workerLost } from './attempt-news.ts';
import type { RunOutcome, StopReason } from './facts.ts';
import { deadlineMs } from './lease.ts';
import { isTerminal, type RunState, type TaskState } from './state.ts';
import type { Step } from './step.ts';

/** Draws all conclusions of a step. */
export function settle(step: Step): void {
  if (step.state.plan === null || step.state.outcome !== null) return;
  blockDependents(step);
  stopWhatMustNotRun(step);
  offerReady(step);
  publishDue(step);
  finishRun(step);
}

/** Gives up running attempts that are far beyond their own limit. */
export function loseOverdue(step: Step): void {
  const overdue = [...step.state.running].filter((task) => deadlineMs(task) <= step.state.nowMs);
  for (const task of overdue) {
    if (task.worker !== null) wantCancelled(step, task);
    failAttempt(step, task, { class: 'lost', error: workerLost(task), logTail: [] });
  }
}

/** Every lease of a queue that died with its workers goes back; nobody is to blame. */
export function releaseAll(step: Step): void {
  for (const task of step.state.tasks.values()) {
    if (task.phase !== 'offered' && task.phase !== 'running') continue;
    failAttempt(step, task, { class: 'released', error: released(task), logTail: [] });
  }
}

function blockDependents(step: Step): void {
  for (const failed of step.failed) {
    const blocked = new Set<TaskState>();
    const pending = [...failed.dependents];
    for (let task = pending.pop(); task !== undefined; task = pending.pop()) {
      if (blocked.has(task) || isTerminal(task)) continue;
      blocked.add(task);
      pending.push(...task.dependents);
    }
    for (const task of [...blocked].toSorted((a, b) => a.index - b.index)) {
      wantGone(step, task);
      const { nowMs: atMs } = step.state;
      const root = failed.root ?? failed.plan.id;
      step.emit({ kind: 'task-blocked', atMs, task: task.plan.id, root });
    }
  }
}

/**
 * A cancelled run stops everything. After a failure only what hasn't begun is stopped: results of
 * running attempts are worth having.
 */
function stopWhatMustNotRun(step: Step): void {
  const { isCancelled, isHalted, counts } = step.state;
  if (!isCancelled && !isHalted) return;
  const reason: StopReason = isCancelled ? 'run-cancelled' : 'stopped-after-failure';
  const open = counts.waiting + counts.ready + counts.offered + (isCancelled ? counts.running : 0);
  if (open === 0) return;
  for (const task of step.state.tasks.values()) {
    if (isTerminal(task) || (task.phase === 'running' && !isCancelled)) continue;
    wantGone(step, task);
    step.emit({ kind: 'task-stopped', atMs: step.state.nowMs, task: task.plan.id, reason });
  }
}

/** Takes a task's offer back or stops its attempt. */
function wantGone(step: Step, task: TaskState): void {
  if (task.phase === 'offered') {
    step.want({ kind: 'withdraw', task: task.plan.id, epoch: task.epoch });
  } else if (task.phase === 'running') {
    wantCancelled(step, task);
  }
}

function wantCancelled(step: Step, task: TaskState): void {
  if (task.worker === null) return;
  const { worker, epoch } = task;
  step.want({ kind: 'cancel-attempt', task: task.plan.id, epoch, worker });
}

function offerReady(step: Step): void {
  const { state } = step;
  if (state.isHalted || state.isCancelled || state.isPaused || state.plan === null) return;
  const { queueDepth } = state.plan.options;
  state.queues.wake(state.nowMs);
  for (const pool of state.queues.pools) {
    while ((state.offeredByPool.get(pool) ?? 0) < queueDepth) {
      const task = state.queues.first(pool, state.nowMs);
      if (task === undefined) break;
      const epoch = task.epoch + 1;
      step.emit({ kind: 'task-offered', atMs: state.nowMs, task: task.plan.id, epoch });
      step.want({ kind: 'offer', task: task.plan.id, epoch });
    }
  }
}

/** Publications that became due in this step. */
function publishDue(step: Step): void {
  for (const task of step.newlyDue) {
    if (task.publication.kind !== 'due') continue;
    step.want({ kind: 'publish', task: task.plan.id, place: task.publication.place });
  }
}

function finishRun(step: Step): void {
  const { state } = step;
  const { waiting, ready, offered, running } = state.counts;
  if (waiting + ready + offered + running > 0 || state.due.size > 0) return;
  step.emit({ kind: 'run-finished', atMs: state.nowMs, outcome: outcomeOf(state) });
  step.want({ kind: 'finish' });
}

function outcomeOf(state: RunState): RunOutcome {
  if (state.isCancelled) return 'cancelled';
  const { failed, blocked, stopped } = state.counts;
  const unpublished = [...state.tasks.values()].some(
    ({ publication }) => publication.kind === 'failed',
  );
  return failed + blocked + stopped > 0 || unpublished ? 'failed' : 'succeeded';
}
