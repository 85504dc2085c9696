/**
 * Branded identifiers: two ids of different things can't be swapped. All of them travel as plain
 * strings; the brand exists for the compiler only.
 */
declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** One submitted build of one or more recipes. `r` + 16 hex digits of the submission's digest + `-` + a counter. */
export type RunId = Branded<'RunId'>;
/** Node of a run's plan, readable and unique in the run: `stage:NAME:KEY8`, `package:NAME-VERSION-BUILD`, `test:…`. */
export type TaskId = Branded<'TaskId'>;
/** One try of one task by one worker: `TASK_ID#EPOCH`. */
export type AttemptId = Branded<'AttemptId'>;
/** A process (or an embedded pool) that builds. */
export type WorkerId = Branded<'WorkerId'>;
/** Fingerprint of all inputs of a task: 64 hex digits. */
export type InputKey = Branded<'InputKey'>;

const SAFE = /^[A-Za-z0-9][A-Za-z0-9._:#@=+~!-]{0,254}$/;

function checked(kind: string, text: string): string {
  if (!SAFE.test(text)) throw new RangeError(`not a ${kind}: ${JSON.stringify(text.slice(0, 80))}`);
  return text;
}

/** Checks the characters and brands. Throws `RangeError` on text that no id may have. */
export const runId = (text: string): RunId => checked('run id', text) as RunId;
/** See {@link runId}. */
export const taskId = (text: string): TaskId => checked('task id', text) as TaskId;
/** See {@link runId}. */
export const attemptId = (text: string): AttemptId => checked('attempt id', text) as AttemptId;
/** See {@link runId}. */
export const workerId = (text: string): WorkerId => checked('worker id', text) as WorkerId;
/** 64 lower-case hex digits. Throws `RangeError` otherwise. */
export function inputKey(text: string): InputKey {
  if (!/^[0-9a-f]{64}$/.test(text)) throw new RangeError('not an input key');
  return text as InputKey;
}
