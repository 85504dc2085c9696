/**
 * Leases: who may try a task, and whose news counts. Each offer has an epoch one above the last; the
 * lease belongs to the first worker that accepts that epoch. The bus keeps leases alive and delivers
 * again when one runs out; the core decides what a second delivery means.
 *
 *     news of            epoch = newest     epoch < newest    older generation
 *     accepted           lease (or: cancel  cancel it         cancel it
 *                        the second holder)
 *     done               commit             refused           refused
 *     failed             verdict of policy  ignored           ignored
 *     second delivery    holder alive: wait, else replaced    drop it
 *                        under a new epoch
 *
 * A result of the newest epoch counts even after the lease was taken away, until the task is offered
 * again: the inputs are the same, and nobody else is at work yet.
 */
import type { WorkerId } from '#proto/ids.ts';
import type { AttemptHead } from '#proto/task-messages.ts';
import { isTerminal, type RunState, type TaskState } from './state.ts';

/** Time beyond an attempt's own limit after which a silent worker has lost it. */
export const DEADLINE_GRACE_MS = 600_000;

/** How a message relates to the state. */
export type Standing =
  | { readonly kind: 'current'; readonly task: TaskState }
  | { readonly kind: 'stale'; readonly why: 'unknown-task' | 'generation' | 'epoch' | 'settled' };

/** The attempt's number and the task it is about. */
export type HeadNumbers = Pick<AttemptHead, 'run' | 'generation' | 'task' | 'epoch'>;

/** Fences a message by run, generation, epoch and phase. */
export function standingOf(state: RunState, head: HeadNumbers): Standing {
  const task = state.tasks.get(head.task);
  if (task === undefined || state.plan?.run !== head.run) {
    return { kind: 'stale', why: 'unknown-task' };
  }
  if (head.generation !== state.generation) return { kind: 'stale', why: 'generation' };
  if (isTerminal(task)) return { kind: 'stale', why: 'settled' };
  if (head.epoch !== task.epoch || head.epoch < 1) return { kind: 'stale', why: 'epoch' };
  return { kind: 'current', task };
}

/** When a running attempt is given up although nothing is heard of it. */
export function deadlineMs(task: TaskState): number {
  return task.sinceMs + task.plan.limits.wallTimeMs + DEADLINE_GRACE_MS;
}

/** What a worker does with a message that was delivered before. */
export type RedeliveryVerdict = 'wait' | 'drop' | 'replace-and-drop';

/** One question of a worker about a second delivery. */
export interface Redelivery {
  readonly head: HeadNumbers;
  readonly claimant: WorkerId;
  /** The holder answered that it is still at work on this attempt. */
  readonly isHolderAlive: boolean;
}

/** See the table at the file's head. The claimant isn't at work on it: it asks. */
export function redeliveryVerdict(state: RunState, asked: Redelivery): RedeliveryVerdict {
  const standing = standingOf(state, asked.head);
  if (standing.kind === 'stale') return 'drop';
  const { phase, worker } = standing.task;
  if (phase === 'offered') return 'replace-and-drop';
  if (phase !== 'running') return 'drop';
  return asked.isHolderAlive && worker !== asked.claimant ? 'wait' : 'replace-and-drop';
}
