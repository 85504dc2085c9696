/**
 * The JSON documents that travel beside messages as blobs: specification, inputs and output of a task.
 * Their bytes are verified by digest, so the readers check version, kind and frame; what is inside was
 * written by the same program.
 */
import { StageyardError } from './errors.ts';
import { inputKey, runId, taskId } from './ids.ts';
import {
  blobRefMember,
  choiceMember,
  countMember,
  idMember,
  type JsonObject,
  jsonObject,
  jsonText,
  listMember,
  objectMember,
  parseJsonObject,
  textMember,
} from './json-shape.ts';
import { TASK_KINDS } from './task-messages.ts';
import type { TaskInputs, TaskSpec } from './task-spec.ts';
import type { TaskOutput } from './task-output.ts';

/** Largest document that is read: a package of a million files stays below. */
export const TASK_DOCUMENT_BYTES_MAX = 256 * 1024 * 1024;

/** Throws `MESSAGE_INVALID`. */
export function readTaskSpec(text: string): TaskSpec {
  const object = parseJsonObject(text, 'task specification');
  checkSchema(object);
  const kind = choiceMember(object, 'kind', TASK_KINDS);
  idMember(object, 'run', runId);
  idMember(object, 'task', taskId);
  idMember(object, 'staticKey', inputKey);
  for (const key of ['recipe', 'platforms', 'timestamp', 'settings']) objectMember(object, key);
  listMember(object, 'channels', jsonObject);
  textMember(objectMember(object, kind === 'stage' ? 'staging' : 'output'), 'name');
  return object.members as unknown as TaskSpec;
}

/** Throws `MESSAGE_INVALID`. */
export function readTaskInputs(text: string): TaskInputs {
  const object = parseJsonObject(text, 'task inputs');
  listMember(object, 'artifacts', (item, at) => {
    const artifact = jsonObject(item, at);
    blobRefMember(artifact, 'blob');
    textMember(objectMember(artifact, 'record'), 'name');
    listMember(artifact, 'files', String);
    return idMember(artifact, 'task', taskId);
  });
  listMember(object, 'snapshots', (item, at) => {
    const snapshot = jsonObject(item, at);
    blobRefMember(snapshot, 'manifest');
    return textMember(snapshot, 'stagingName');
  });
  return object.members as unknown as TaskInputs;
}

/** Throws `MESSAGE_INVALID`. */
export function readTaskOutput(text: string): TaskOutput {
  const object = parseJsonObject(text, 'task output');
  checkSchema(object);
  idMember(object, 'exactKey', inputKey);
  const measures = objectMember(object, 'measures');
  countMember(measures, 'wallMs');
  listMember(object, 'findings', jsonObject);
  checkResult(object);
  return object.members as unknown as TaskOutput;
}

function checkResult(object: JsonObject): void {
  switch (choiceMember(object, 'kind', TASK_KINDS)) {
    case 'stage':
      checkProvenance(object);
      textMember(object, 'stagingName');
      blobRefMember(object, 'manifest');
      return;
    case 'package':
      checkProvenance(object);
      textMember(objectMember(object, 'record'), 'name');
      blobRefMember(object, 'artifact');
      listMember(object, 'files', String);
      return;
    case 'test':
      listMember(object, 'tests', jsonObject);
  }
}

/** Results of the first version have none. */
function checkProvenance(object: JsonObject): void {
  if (object.members['provenance'] === undefined) return;
  const provenance = objectMember(object, 'provenance');
  textMember(provenance, 'recipe');
  textMember(objectMember(provenance, 'environments'), 'host');
  listMember(provenance, 'snapshots', jsonText);
}

function checkSchema(object: JsonObject): void {
  const schema = countMember(object, 'schema');
  if (schema === 1) return;
  const message = `${object.at}: schema ${schema} was written by another version of stageyard`;
  throw new StageyardError('MESSAGE_INVALID', message, { context: { schema } });
}
