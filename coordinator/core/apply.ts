/**
 * What each fact does to the state. Total over facts, no decision of its own, changes its argument: a
 * run of 100,000 tasks is not copied for each of its facts. Live and replayed state come from the same
 * calls, so they are equal.
 */
import type { ErrorData } from '#proto/errors.ts';
import type { TaskId } from '#proto/ids.ts';
import { unreachable } from '#proto/result.ts';
import type { AttemptFailed, Fact, PublicationPlace, RunSubmitted, TaskDone } from './facts.ts';
import { promote, setDue } from './promotion.ts';
import { ReadyQueues } from './ready-queues.ts';
import { noFailures } from './retry-policy.ts';
import type { RunTask } from './run-plan.ts';
import { type RunState, taskOf, type TaskPhase, type TaskState } from './state.ts';

const none: readonly TaskState[] = [];

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
    isPaused: false,
    outcome: null,
  };
}

/**
 * Moves the state on by one fact; answers the packages whose publication became due by it. Throws `RangeError`
 * for a fact about a task that isn't there.
 */
export function apply(state: RunState, fact: Fact): readonly TaskState[] {
  state.nowMs = Math.max(state.nowMs, fact.atMs);
  if ('task' in fact) return applyToTask(state, taskOf(state, fact.task), fact);
  switch (fact.kind) {
    case 'run-submitted':
      submit(state, fact);
      return none;
    case 'run-resumed':
      state.term = fact.term;
      return none;
    case 'run-cancelled':
      state.generation = fact.generation;
      state.isCancelled = true;
      return none;
    case 'run-paused':
      state.isPaused = fact.isPaused;
      return none;
    case 'run-finished':
      state.outcome = fact.outcome;
      return none;
    default:
      return unreachable(fact);
  }
}

type TaskFact = Extract<Fact, { task: TaskId }>;

function applyToTask(state: RunState, task: TaskState, fact: TaskFact): readonly TaskState[] {
  switch (fact.kind) {
    case 'task-offered':
      task.epoch = fact.epoch;
      task.sinceMs = fact.atMs;
      setPhase(state, task, 'offered');
      return none;
    case 'attempt-accepted':
      task.worker = fact.worker;
      task.sinceMs = fact.atMs;
      setPhase(state, task, 'running');
      return none;
    case 'attempt-failed':
      return failAttempt(state, task, fact);
    case 'task-done':
      return finish(state, task, fact);
    case 'task-reopened':
      reopen(state, task);
      return none;
    case 'task-blocked':
      task.root = fact.root;
      setPhase(state, task, 'blocked');
      return none;
    case 'task-stopped':
      task.stopReason = fact.reason;
      setPhase(state, task, 'stopped');
      return none;
    case 'task-published':
      task.publication = { kind: 'settled', place: fact.place };
      state.due.delete(task);
      return none;
    case 'publish-failed':
      task.publication = { kind: 'failed', place: dueAt(task), error: fact.error };
      state.due.delete(task);
      state.isHalted ||= !continuesOnFailure(state);
      return none;
    default:
      return unreachable(fact);
  }
}

function dueAt({ publication }: TaskState): PublicationPlace {
  return publication.kind === 'none' ? 'channel' : publication.place;
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
    tally: { ...noFailures },
    reopenCount: 0,
    result: null,
    log: null,
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

function failAttempt(state: RunState, task: TaskState, fact: AttemptFailed): readonly TaskState[] {
  task.tally[fact.class] += 1;
  task.log = fact.log ?? null;
  task.error = errorOf(fact);
  task.worker = null;
  if (fact.next === 'retry') {
    task.notBeforeMs = fact.notBeforeMs;
    setPhase(state, task, task.missingCount > 0 ? 'waiting' : 'ready');
    return none;
  }
  setPhase(state, task, 'failed');
  state.isHalted ||= !continuesOnFailure(state);
  if (fact.class !== 'user') return none;
  return testedBy(task).filter((tested) => setDue(state, tested, 'broken'));
}

/** Whoever looks into it wants to know which machine it was. */
function errorOf({ error, worker }: AttemptFailed): ErrorData {
  return worker === null ? error : { ...error, context: { ...error.context, worker } };
}

function finish(state: RunState, task: TaskState, fact: TaskDone): readonly TaskState[] {
  const { output, exactKey, reused, worker, measures } = fact;
  task.result = { output, exactKey, reused, worker, wallMs: measures.wallMs };
  task.log = fact.log ?? null;
  task.worker = null;
  setPhase(state, task, 'done');
  for (const dependent of task.dependents) {
    dependent.missingCount -= 1;
    if (dependent.missingCount === 0 && dependent.phase === 'waiting') {
      setPhase(state, dependent, 'ready');
    }
  }
  const passed = task.plan.kind === 'test' ? testedBy(task) : [task];
  return passed.flatMap((made) => promote(state, made));
}

/** The package that a test task tests. */
function testedBy(test: TaskState): readonly TaskState[] {
  return test.prerequisites.filter(({ plan }) => plan.testedBy === test.plan.id);
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
