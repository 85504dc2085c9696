/**
 * Short questions between coordinator and workers, with an answer or none (the bus's `request`). JSON:
 * they are rare, and a person who watches the bus can read them.
 *
 *     coordinator → worker   cancel   stop this attempt; answered with whether it was running
 *                            holds    are you at work on this attempt?
 *     worker → coordinator   redelivered   I was given a message that was delivered before: may I?
 *
 * Nobody may rely on an answer: no answer is an outcome of its own. What a coordinator says names its term: to a
 * worker that holds an offer of a later one it is nothing. Errors: MESSAGE_INVALID.
 */
import { canonicalJson } from './canonical-json.ts';
import { type RunId, runId, type TaskId, taskId, type WorkerId, workerId } from './ids.ts';
import {
  choiceMember,
  countMember,
  flagMember,
  idMember,
  objectMember,
  parseJsonObject,
} from './json-shape.ts';

/** The attempt that a question is about. */
export interface AttemptName {
  readonly run: RunId;
  readonly generation: number;
  readonly task: TaskId;
  readonly epoch: number;
}

/** To a worker. */
export interface WorkerRequest {
  readonly kind: 'cancel' | 'holds';
  readonly attempt: AttemptName;
  readonly term: number;
}

/** From a worker: whether it was (is) at work on the attempt. */
export interface WorkerAnswer {
  readonly holds: boolean;
}

/** To the coordinator of a run. */
export interface CoordinatorRequest {
  readonly kind: 'redelivered';
  readonly attempt: AttemptName;
  readonly worker: WorkerId;
}

/** From the coordinator: hand the message back and try later, or drop it. */
export interface CoordinatorAnswer {
  readonly verdict: 'wait' | 'drop';
  readonly term: number;
}

/** Where the coordinator of a run answers. */
export const coordinatorAddress = (run: RunId): string => `coordinator.${run}`;

/** Text of a question or an answer of any kind. */
export function controlText(
  message: WorkerRequest | WorkerAnswer | CoordinatorRequest | CoordinatorAnswer,
): string {
  return canonicalJson(message);
}

/** Reads a question to a worker. */
export function readWorkerRequest(text: string): WorkerRequest {
  const object = parseJsonObject(text, 'worker request');
  const kind = choiceMember(object, 'kind', ['cancel', 'holds']);
  const attempt = readAttempt(objectMember(object, 'attempt'));
  return { kind, attempt, term: countMember(object, 'term') };
}

/** Reads a worker's answer. */
export function readWorkerAnswer(text: string): WorkerAnswer {
  return { holds: flagMember(parseJsonObject(text, 'worker answer'), 'holds') };
}

/** Reads a question to the coordinator. */
export function readCoordinatorRequest(text: string): CoordinatorRequest {
  const object = parseJsonObject(text, 'coordinator request');
  return {
    kind: choiceMember(object, 'kind', ['redelivered']),
    attempt: readAttempt(objectMember(object, 'attempt')),
    worker: idMember(object, 'worker', workerId),
  };
}

/** Reads the coordinator's answer. */
export function readCoordinatorAnswer(text: string): CoordinatorAnswer {
  const object = parseJsonObject(text, 'coordinator answer');
  const verdict = choiceMember(object, 'verdict', ['wait', 'drop']);
  return { verdict, term: countMember(object, 'term') };
}

function readAttempt(object: Parameters<typeof countMember>[0]): AttemptName {
  return {
    run: idMember(object, 'run', runId),
    generation: countMember(object, 'generation'),
    task: idMember(object, 'task', taskId),
    epoch: countMember(object, 'epoch'),
  };
}
