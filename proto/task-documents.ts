/**
 * The JSON documents that travel beside messages as blobs: specification, inputs and output of a task. A digest says
 * that the bytes are those that somebody stored, not that this program wrote them: a specification is its submitter's,
 * an output its worker's. So every member is checked before anybody relies on it.
 */
import { StageyardError } from './errors.ts';
import type { Check } from './json-check.ts';
import { countMember, type JsonObject, parseJsonObject } from './json-shape.ts';
import type { TaskOutput } from './task-output.ts';
import { checkTaskOutput } from './task-output-check.ts';
import type { TaskInputs, TaskSpec } from './task-spec.ts';
import { checkTaskInputs, checkTaskSpec } from './task-spec-check.ts';

/** Largest document that is read; far above what a store takes in one piece. */
export const TASK_DOCUMENT_BYTES_MAX = 64 * 1024 * 1024;

/** Throws `MESSAGE_INVALID`. */
export function readTaskSpec(text: string): TaskSpec {
  return ofThisVersion(parseJsonObject(text, 'task specification'), checkTaskSpec);
}

/** Throws `MESSAGE_INVALID`. */
export function readTaskInputs(text: string): TaskInputs {
  const { members, at } = parseJsonObject(text, 'task inputs');
  return checkTaskInputs(members, at);
}

/** Throws `MESSAGE_INVALID`. */
export function readTaskOutput(text: string): TaskOutput {
  return taskOutputIn(parseJsonObject(text, 'task output'));
}

/** The output that is part of another document. Throws `MESSAGE_INVALID`. */
export function taskOutputIn(object: JsonObject): TaskOutput {
  return ofThisVersion(object, checkTaskOutput);
}

/** Another version is told as such, not as what is wrong with it. */
function ofThisVersion<T>(object: JsonObject, check: Check<T>): T {
  const schema = countMember(object, 'schema');
  if (schema === 1) return check(object.members, object.at);
  const message = `${object.at}: schema ${schema} was written by another version of stageyard`;
  throw new StageyardError('MESSAGE_INVALID', message, { context: { schema } });
}
