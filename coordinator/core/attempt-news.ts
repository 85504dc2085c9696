/** What workers' news of attempts means, fenced by lease.ts. */
import type { BlobRef } from '#proto/digest.ts';
import type { ErrorCode } from '#proto/error-codes.ts';
import type { ErrorData } from '#proto/errors.ts';
import type { WorkerId } from '#proto/ids.ts';
import type { FailureClass } from '#proto/task-messages.ts';
import type { AttemptMeasures } from '#proto/task-output.ts';
import { unreachable } from '#proto/result.ts';
import type { AcceptedInput, DoneInput, FailedInput, RedeliveredInput } from './inputs.ts';
import { redeliveryVerdict, type Standing, standingOf } from './lease.ts';
import { retryVerdict } from './retry-policy.ts';
import { taskOf, type TaskState } from './state.ts';
import type { Step } from './step.ts';

/** A result is made again at most this often because it was gone. */
const REOPENINGS_MAX = 2;
/** Codes that say: an input of the task isn't there any more (its context names the producer). */
const MISSING_INPUT_CODES: ReadonlySet<ErrorCode> = new Set([
  'BLOB_MISSING',
  'BLOB_DIGEST_MISMATCH',
  'SNAPSHOT_MISSING',
  'SNAPSHOT_INVALID',
]);

/** Accepted, done or failed. */
export function onAttemptNews(step: Step, input: AcceptedInput | DoneInput | FailedInput): void {
  const standing = standingOf(step.state, input.head);
  switch (input.kind) {
    case 'accepted':
      return onAccepted(step, input, standing);
    case 'done':
      return onDone(step, input, standing);
    case 'failed':
      return onFailed(step, input, standing);
    default:
      return unreachable(input);
  }
}

/** A worker asks about a second delivery; it drops the message or tries again later. */
export function onRedelivery(step: Step, input: RedeliveredInput): void {
  const verdict = redeliveryVerdict(step.state, input);
  if (verdict === 'replace-and-drop') {
    const task = taskOf(step.state, input.head.task);
    const isLost = task.phase === 'running';
    failAttempt(step, task, {
      class: isLost ? 'lost' : 'released',
      error: isLost ? workerLost(task) : released(task),
      logTail: [],
    });
  }
  step.want({ kind: 'answer', token: input.token, verdict: verdict === 'wait' ? 'wait' : 'drop' });
}

/** How an attempt failed. */
export interface AttemptFailure {
  readonly class: FailureClass;
  readonly error: ErrorData;
  readonly logTail: readonly string[];
  readonly measures?: AttemptMeasures;
  readonly log?: BlobRef;
}

/** Ends the current attempt of a task and decides about the next one. */
export function failAttempt(step: Step, task: TaskState, failure: AttemptFailure): void {
  const { state } = step;
  if (state.plan === null) return;
  const verdict = retryVerdict(state.plan.options.retry, {
    class: failure.class,
    error: failure.error,
    tally: task.tally,
    salt: task.index * 31 + task.epoch,
  });
  step.emit({
    kind: 'attempt-failed',
    atMs: state.nowMs,
    task: task.plan.id,
    epoch: task.epoch,
    worker: task.worker,
    ...failure,
    next: verdict.next,
    notBeforeMs: verdict.next === 'retry' ? state.nowMs + verdict.delayMs : 0,
  });
  if (verdict.next === 'final') step.failed.push(task);
}

/** The lease of an attempt ran out, or its worker is gone. */
export function workerLost(task: TaskState): ErrorData {
  const who = task.worker ?? 'its worker';
  const message = `${task.plan.title}: ${who} was lost while it ran the task`;
  return { code: 'WORKER_LOST', message, context: { task: task.plan.id, epoch: task.epoch } };
}

/** An attempt was handed back before anything was done. */
export function released(task: TaskState): ErrorData {
  const message = `${task.plan.title}: the attempt was handed back`;
  return { code: 'CANCELLED', message, context: { task: task.plan.id, epoch: task.epoch } };
}

function onAccepted(step: Step, input: AcceptedInput, standing: Standing): void {
  const { worker, head } = input;
  const task = standing.kind === 'current' ? standing.task : undefined;
  if (task?.phase === 'offered') {
    const { task: id, epoch } = head;
    step.emit({ kind: 'attempt-accepted', atMs: step.state.nowMs, task: id, epoch, worker });
  } else if (task?.phase !== 'running' || task.worker !== worker) {
    cancelAttempt(step, input, worker);
  }
}

function cancelAttempt(step: Step, { head }: AcceptedInput, worker: WorkerId): void {
  step.want({ kind: 'cancel-attempt', task: head.task, epoch: head.epoch, worker });
}

function onDone(step: Step, input: DoneInput, standing: Standing): void {
  if (standing.kind === 'stale') return;
  const { kind: _kind, head, ...done } = input;
  step.emit({
    kind: 'task-done',
    atMs: step.state.nowMs,
    task: head.task,
    epoch: head.epoch,
    ...done,
  });
}

function onFailed(step: Step, input: FailedInput, standing: Standing): void {
  if (standing.kind === 'stale') return;
  const { task } = standing;
  if (task.phase !== 'offered' && task.phase !== 'running') return;
  // An offer that was missed in its queue may be with its worker since. Any other failure takes the message away, that
  // of a second holder who was told to stop too: then nothing keeps the first one's lease, and it is offered anew.
  const isMissed = input.class === 'released' && task.worker !== input.worker;
  if (isMissed && task.phase === 'running') return;
  reopenProducer(step, task, input.error);
  const { kind: _kind, head: _head, worker: _worker, ...failure } = input;
  failAttempt(step, task, failure);
}

/** An input that a worker couldn't get is made again by the task that made it. */
function reopenProducer(step: Step, task: TaskState, error: ErrorData): void {
  const producer = error.context['producer'];
  if (!MISSING_INPUT_CODES.has(error.code) || typeof producer !== 'string') return;
  const made = [...step.state.tasks.values()].find(({ plan }) => plan.id === producer);
  if (made === undefined || made.phase !== 'done' || made.reopenCount >= REOPENINGS_MAX) return;
  const { nowMs: atMs } = step.state;
  step.emit({ kind: 'task-reopened', atMs, task: made.plan.id, missedBy: task.plan.id });
}
