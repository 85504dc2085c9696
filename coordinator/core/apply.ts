/**
 * What each fact does to the state. Total over facts, no decision of its own, changes its argument: a
 * run of 100,000 tasks is not copied for each of its facts. Live and replayed state come from the same
 * calls, so they are equal.
 */
import type { TaskId } from '#proto/ids.ts';
import { unreachable } from '#proto/result.ts';
import type { AttemptFailed, Fact, PublicationPlace, RunSubmitted, TaskDone } from './facts.ts';
import { ReadyQueues } from './ready-queues.ts';
import type { RunTask } from './run-plan.ts';
import { type RunState, taskOf, type TaskPhase, type TaskState } from './state.ts';

/** A state before its first fact. */
export function emptyState(): RunState {
  return {
    plan: null,
    nowMs: 0,
    term: 1,
    generation: 1,
    tasks: new Map(),
    counts: {
      waiting: 0,
      ready: 0,
      offered: 0,
      running: 0,
      done: 0,
      failed: 0,
      blocked: 0,
      stopped: 0,
    },
    offeredByPool: new Map(),
    queues: new ReadyQueues(),
    due: new Set(),
    running: new Set(),
    isHalted: false,
    isCancelled: false,
    outcome: null,
  };
}

/** Moves the state on by one fact. Throws `RangeError` for a fact about a task that isn't there. */
export function apply(state: RunState, fact: Fact): void {
  state.nowMs = Math.max(state.nowMs, fact.atMs);
  if ('task' in fact) return applyToTask(state, taskOf(state, fact.task), fact);
  switch (fact.kind) {
    case 'run-submitted':
      return submit(state, fact);
    case 'run-resumed':
      state.term = fact.term;
      return;
    case 'run-cancelled':
      state.generation = fact.generation;
      state.isCancelled = true;
      return;
    case 'run-finished':
      state.outcome = fact.outcome;
      return;
    default:
      return unreachable(fact);
  }
}

type TaskFact = Extract<Fact, { task: TaskId }>;

function applyToTask(state: RunState, task: TaskState, fact: TaskFact): void {
  switch (fact.kind) {
    case 'task-offered':
      task.epoch = fact.epoch;
      task.sinceMs = fact.atMs;
      return setPhase(state, task, 'offered');
    case 'attempt-accepted':
      task.worker = fact.worker;
      task.sinceMs = fact.atMs;
      return setPhase(state, task, 'running');
    case 'attempt-failed':
      return failAttempt(state, task, fact);
    case 'task-done':
      return finish(state, task, fact);
    case 'task-reopened':
      return reopen(state, task);
    case 'task-blocked':
      task.root = fact.root;
      return setPhase(state, task, 'blocked');
    case 'task-stopped':
      task.stopReason = fact.reason;
      return setPhase(state, task, 'stopped');
    case 'task-published':
      task.publication = { kind: 'settled', place: fact.place };
      state.due.delete(task);
      return;
    case 'publish-failed':
      task.publication = { kind: 'failed', error: fact.error };
      state.due.delete(task);
      state.isHalted ||= !continuesOnFailure(state);
      return;
    default:
      return unreachable(fact);
  }
}

function submit(state: RunState, fact: RunSubmitted): void {
  state.plan = fact.plan;
  for (const [index, plan] of fact.plan.tasks.entries()) addTask(state, plan, index);
  const tasks = [...state.tasks.values()];
  for (const task of tasks.toReversed()) {
    const after = task.dependents.map(({ priority }) => priority);
    task.priority = Math.max(1, task.plan.estimateMs) + after.reduce((a, b) => Math.max(a, b), 0);
  }
  for (const task of tasks) if (task.phase === 'ready') state.queues.add(task, state.nowMs);
}

function addTask(state: RunState, plan: RunTask, index: number): void {
  const prerequisites = plan.dependsOn.map((id) => taskOf(state, id));
  const phase = prerequisites.length === 0 ? 'ready' : 'waiting';
  const task: TaskState = {
    plan,
    index,
    priority: 0,
    dependents: [],
    prerequisites,
    phase,
    missingCount: prerequisites.length,
    epoch: 0,
    sinceMs: state.nowMs,
    worker: null,
    notBeforeMs: 0,
    tally: { user: 0, limit: 0, infra: 0, lost: 0, released: 0, cancelled: 0 },
    reopenCount: 0,
    result: null,
    error: null,
    root: null,
    stopReason: null,
    publication: { kind: 'none' },
  };
  for (const before of prerequisites) before.dependents.push(task);
  state.tasks.set(plan.id, task);
  state.counts[phase] += 1;
}

function setPhase(state: RunState, task: TaskState, phase: TaskPhase): void {
  if (task.phase === 'offered') addOffered(state, task.plan.pool, -1);
  if (phase === 'offered') addOffered(state, task.plan.pool, 1);
  if (task.phase === 'running') state.running.delete(task);
  if (phase === 'running') state.running.add(task);
  state.counts[task.phase] -= 1;
  state.counts[phase] += 1;
  task.phase = phase;
  if (phase === 'ready') state.queues.add(task, state.nowMs);
}

function addOffered(state: RunState, pool: string, change: number): void {
  state.offeredByPool.set(pool, (state.offeredByPool.get(pool) ?? 0) + change);
}

function failAttempt(state: RunState, task: TaskState, fact: AttemptFailed): void {
  task.tally[fact.class] += 1;
  task.error = fact.error;
  task.worker = null;
  if (fact.next === 'retry') {
    task.notBeforeMs = fact.notBeforeMs;
    setPhase(state, task, task.missingCount > 0 ? 'waiting' : 'ready');
    return;
  }
  setPhase(state, task, 'failed');
  state.isHalted ||= !continuesOnFailure(state);
  if (task.plan.kind === 'test' && fact.class === 'user') settleTested(state, task, 'broken');
}

function finish(state: RunState, task: TaskState, fact: TaskDone): void {
  const { output, exactKey, reused, worker, measures } = fact;
  task.result = { output, exactKey, reused, worker, wallMs: measures.wallMs };
  task.worker = null;
  setPhase(state, task, 'done');
  for (const dependent of task.dependents) {
    dependent.missingCount -= 1;
    if (dependent.missingCount === 0 && dependent.phase === 'waiting') {
      setPhase(state, dependent, 'ready');
    }
  }
  if (task.plan.kind === 'test') settleTested(state, task, 'channel');
  if (task.plan.kind === 'package' && task.plan.testedBy === null) setDue(state, task, 'channel');
}

function settleTested(state: RunState, test: TaskState, place: PublicationPlace): void {
  for (const tested of test.prerequisites) {
    if (tested.plan.testedBy === test.plan.id) setDue(state, tested, place);
  }
}

/** A package that was built twice is published once. */
function setDue(state: RunState, task: TaskState, place: PublicationPlace): void {
  if (task.publication.kind !== 'none') return;
  task.publication = { kind: 'due', place };
  state.due.add(task);
}

function reopen(state: RunState, task: TaskState): void {
  task.reopenCount += 1;
  task.result = null;
  for (const dependent of task.dependents) {
    dependent.missingCount += 1;
    if (dependent.phase === 'ready') setPhase(state, dependent, 'waiting');
  }
  setPhase(state, task, task.missingCount > 0 ? 'waiting' : 'ready');
}

function continuesOnFailure(state: RunState): boolean {
  return state.plan?.options.continueOnFailure ?? false;
}
