/** Why a task isn't running, for people: a closed set, so that nobody has to guess. */
import type { ErrorCode } from '#proto/error-codes.ts';
import type { TaskId } from '#proto/ids.ts';
import type { StopReason } from './facts.ts';
import type { RunState, TaskState } from './state.ts';

/** Names of at most this many unfinished prerequisites are given. */
const NAMED_TASKS_MAX = 3;

/** See the file's head. */
export type WaitingReason =
  /** Prerequisites aren't done: the first of them, and how many there are. */
  | { readonly kind: 'needs-tasks'; readonly tasks: readonly TaskId[]; readonly count: number }
  /** Ready; the pool's queue is full. */
  | { readonly kind: 'needs-slot'; readonly pool: string }
  /** Queued; no worker has taken it. */
  | { readonly kind: 'needs-worker'; readonly pool: string }
  /** On a farm: nobody there can do it; which platforms there are, and how many of its own take nothing now. */
  | {
      readonly kind: 'no-worker';
      readonly platform: string;
      readonly platforms: readonly string[];
      readonly closedCount: number;
    }
  /** On a farm: workers of its platform lack these. */
  | {
      readonly kind: 'missing';
      readonly labels: readonly string[];
      readonly secrets: readonly string[];
    }
  /** On a farm: everybody who can do it is busy; its place in the queue, from 1. */
  | { readonly kind: 'slots-full'; readonly position: number }
  /** On a farm: without it nothing goes on. */
  | { readonly kind: 'unreachable'; readonly what: 'bus' | 'store' }
  /** Ready, and somebody paused the run. */
  | { readonly kind: 'run-paused' }
  /** An attempt failed; the next one comes later. */
  | { readonly kind: 'backs-off'; readonly untilMs: number; readonly code: ErrorCode | null }
  /** A failed task stands before it. */
  | { readonly kind: 'blocked'; readonly root: TaskId }
  | { readonly kind: 'stopped'; readonly reason: StopReason };

/** The reason; undefined for a task that runs, is done or failed. */
export function waitingReason(state: RunState, task: TaskState): WaitingReason | undefined {
  switch (task.phase) {
    case 'waiting':
      return needsTasks(task);
    case 'ready':
      if (state.isPaused) return { kind: 'run-paused' };
      return task.notBeforeMs > state.nowMs
        ? { kind: 'backs-off', untilMs: task.notBeforeMs, code: task.error?.code ?? null }
        : { kind: 'needs-slot', pool: task.plan.pool };
    case 'offered':
      return { kind: 'needs-worker', pool: task.plan.pool };
    case 'blocked':
      return { kind: 'blocked', root: task.root ?? task.plan.id };
    case 'stopped':
      return { kind: 'stopped', reason: task.stopReason ?? 'run-cancelled' };
    case 'running':
    case 'done':
    case 'failed':
      return undefined;
  }
}

function needsTasks(task: TaskState): WaitingReason {
  const open = task.prerequisites.filter(({ phase }) => phase !== 'done');
  const tasks = open.slice(0, NAMED_TASKS_MAX).map(({ plan }) => plan.id);
  return { kind: 'needs-tasks', tasks, count: open.length };
}
