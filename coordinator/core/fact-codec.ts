/** Facts as journal entries: canonical JSON, one entry per coordinator step. */
import { canonicalJson } from '#proto/canonical-json.ts';
import type { BlobRef } from '#proto/digest.ts';
import { StageyardError } from '#proto/errors.ts';
import { inputKey, type RunId, runId, taskId, workerId } from '#proto/ids.ts';
import {
  blobRefMember,
  choiceMember,
  countMember,
  errorMember,
  flagMember,
  idMember,
  type JsonObject,
  jsonId,
  jsonObject,
  jsonText,
  listMember,
  objectMember,
  parseJsonObject,
  textMember,
} from '#proto/json-shape.ts';
import { FAILURE_CLASSES, TASK_KINDS } from '#proto/task-messages.ts';
import type { AttemptMeasures } from '#proto/task-output.ts';
import { NO_REQUESTS, type TaskRequests } from '#proto/task-requests.ts';
import {
  type AttemptFailed,
  type Fact,
  PUBLICATION_PLACES,
  RUN_OUTCOMES,
  STOP_REASONS,
  type TaskDone,
} from './facts.ts';
import type { RunAbout, RunOptions, RunPlan, RunTask } from './run-plan.ts';

/** Raise it when a fact's meaning changes; readers refuse newer ones. */
const ENTRY_SCHEMA = 1;

/** All facts of one step. */
export interface StepEntry {
  /** Of the coordinator that decided. */
  readonly term: number;
  readonly facts: readonly Fact[];
}

/** Text of an entry. */
export function encodeStep(step: StepEntry): string {
  return canonicalJson({ schema: ENTRY_SCHEMA, term: step.term, facts: step.facts });
}

/** The entry in a text. Throws `MESSAGE_INVALID`; `JOURNAL_CORRUPT` for a newer schema. */
export function decodeStep(text: string): StepEntry {
  const entry = entryObject(text);
  return { term: countMember(entry, 'term'), facts: listMember(entry, 'facts', readFact) };
}

function entryObject(text: string): JsonObject {
  const entry = parseJsonObject(text, 'journal entry');
  const schema = countMember(entry, 'schema');
  if (schema === ENTRY_SCHEMA) return entry;
  const message = `journal entry: schema ${schema} was written by another version of stageyard; finish the run with that version or start a new one`;
  throw new StageyardError('JOURNAL_CORRUPT', message, { context: { schema } });
}

/** Facts of one run in an entry of a farm. */
export interface FarmStep {
  readonly run: RunId;
  /** First step of a run: its plan is too large for an entry and lies in the store. */
  readonly submitted?: { readonly atMs: number; readonly plan: BlobRef };
  /** The others. */
  readonly facts: readonly Fact[];
}

/** Steps of several runs that were stored together. */
export interface FarmEntry {
  readonly term: number;
  readonly steps: readonly FarmStep[];
}

/** Text of one step of an entry. */
export function encodeFarmStep(step: FarmStep): string {
  return canonicalJson(step);
}

/** Text of an entry from those of its steps. */
export function joinFarmEntry(term: number, steps: readonly string[]): string {
  return `{"schema":${ENTRY_SCHEMA},"steps":[${steps.join(',')}],"term":${term}}`;
}

/** The entry in a text. Throws as {@link decodeStep}. */
export function decodeFarmEntry(text: string): FarmEntry {
  const entry = entryObject(text);
  const steps = listMember(entry, 'steps', (value, place) => readStep(jsonObject(value, place)));
  return { term: countMember(entry, 'term'), steps };
}

function readStep(step: JsonObject): FarmStep {
  const head = { run: idMember(step, 'run', runId), facts: listMember(step, 'facts', readFact) };
  if (step.members['submitted'] === undefined) return head;
  const submitted = objectMember(step, 'submitted');
  return { ...head, submitted: { ...at(submitted), plan: blobRefMember(submitted, 'plan') } };
}

type Readers = { readonly [K in Fact['kind']]: (object: JsonObject) => Extract<Fact, { kind: K }> };

const readers: Readers = {
  'run-submitted': (o) => ({
    kind: 'run-submitted',
    ...at(o),
    plan: readPlan(objectMember(o, 'plan')),
  }),
  'run-resumed': (o) => ({ kind: 'run-resumed', ...at(o), term: countMember(o, 'term') }),
  'task-offered': (o) => ({ kind: 'task-offered', ...attempt(o) }),
  'attempt-accepted': (o) => ({ kind: 'attempt-accepted', ...attempt(o), worker: worker(o) }),
  'attempt-failed': readFailed,
  'task-done': readDone,
  'task-reopened': (o) => ({
    kind: 'task-reopened',
    ...task(o),
    missedBy: idMember(o, 'missedBy', taskId),
  }),
  'task-blocked': (o) => ({ kind: 'task-blocked', ...task(o), root: idMember(o, 'root', taskId) }),
  'task-stopped': (o) => ({
    kind: 'task-stopped',
    ...task(o),
    reason: choiceMember(o, 'reason', STOP_REASONS),
  }),
  'task-published': (o) => ({
    kind: 'task-published',
    ...task(o),
    place: choiceMember(o, 'place', PUBLICATION_PLACES),
  }),
  'publish-failed': (o) => ({ kind: 'publish-failed', ...task(o), error: errorMember(o, 'error') }),
  'run-cancelled': (o) => ({
    kind: 'run-cancelled',
    ...at(o),
    generation: countMember(o, 'generation'),
  }),
  'run-paused': (o) => ({
    kind: 'run-paused',
    ...at(o),
    isPaused: flagMember(o, 'isPaused'),
  }),
  'run-finished': (o) => ({
    kind: 'run-finished',
    ...at(o),
    outcome: choiceMember(o, 'outcome', RUN_OUTCOMES),
  }),
};

function readFact(value: unknown, place: string): Fact {
  const object = jsonObject(value, place);
  const kind = textMember(object, 'kind');
  if (!isFactKind(kind)) {
    const message = `${place}.kind: ${kind.slice(0, 80)} is not known to this version of stageyard`;
    throw new StageyardError('MESSAGE_INVALID', message);
  }
  return readers[kind](object);
}

function isFactKind(kind: string): kind is Fact['kind'] {
  return Object.hasOwn(readers, kind);
}

const at = (object: JsonObject) => ({ atMs: countMember(object, 'atMs') });
const task = (object: JsonObject) => ({ ...at(object), task: idMember(object, 'task', taskId) });
const attempt = (object: JsonObject) => ({ ...task(object), epoch: countMember(object, 'epoch') });
const worker = (object: JsonObject) => idMember(object, 'worker', workerId);

function readFailed(object: JsonObject): AttemptFailed {
  return {
    kind: 'attempt-failed',
    ...attempt(object),
    worker: object.members['worker'] === null ? null : worker(object),
    class: choiceMember(object, 'class', FAILURE_CLASSES),
    error: errorMember(object, 'error'),
    logTail: listMember(object, 'logTail', jsonText),
    ...readFailedMeasures(object),
    ...readLog(object),
    next: choiceMember(object, 'next', ['retry', 'final']),
    notBeforeMs: countMember(object, 'notBeforeMs'),
  };
}

function readDone(object: JsonObject): TaskDone {
  return {
    kind: 'task-done',
    ...attempt(object),
    worker: worker(object),
    output: blobRefMember(object, 'output'),
    exactKey: idMember(object, 'exactKey', inputKey),
    reused: flagMember(object, 'reused'),
    measures: readMeasures(objectMember(object, 'measures')),
    ...readLog(object),
  };
}

function readMeasures(object: JsonObject): AttemptMeasures {
  const { peakMemoryBytes, diskBytes } = object.members;
  return {
    wallMs: countMember(object, 'wallMs'),
    scriptMs: countMember(object, 'scriptMs'),
    ...(peakMemoryBytes === undefined
      ? {}
      : { peakMemoryBytes: countMember(object, 'peakMemoryBytes') }),
    ...(diskBytes === undefined ? {} : { diskBytes: countMember(object, 'diskBytes') }),
  };
}

function readFailedMeasures(object: JsonObject): { readonly measures?: AttemptMeasures } {
  if (object.members['measures'] === undefined) return {};
  return { measures: readMeasures(objectMember(object, 'measures')) };
}

function readLog(object: JsonObject): { readonly log?: BlobRef } {
  return object.members['log'] === undefined ? {} : { log: blobRefMember(object, 'log') };
}

/** A plan as it stands in JSON. Throws `MESSAGE_INVALID`. */
export function readPlan(object: JsonObject): RunPlan {
  const about = object.members['about'];
  return {
    ...(about === undefined ? {} : { about: readAbout(objectMember(object, 'about')) }),
    run: idMember(object, 'run', runId),
    submissionDigest: textMember(object, 'submissionDigest'),
    tasks: listMember(object, 'tasks', (item, place) => readTask(jsonObject(item, place))),
    options: readOptions(objectMember(object, 'options')),
  };
}

/** What people see of a submission, as it stands in JSON. Throws `MESSAGE_INVALID`. */
export function readAbout(object: JsonObject): RunAbout {
  return {
    label: textMember(object, 'label'),
    submittedBy: textMember(object, 'submittedBy'),
    submittedAtMs: countMember(object, 'submittedAtMs'),
  };
}

function readTask(object: JsonObject): RunTask {
  const limits = objectMember(object, 'limits');
  return {
    id: idMember(object, 'id', taskId),
    kind: choiceMember(object, 'kind', TASK_KINDS),
    title: textMember(object, 'title'),
    pool: textMember(object, 'pool'),
    dependsOn: listMember(object, 'dependsOn', jsonId(taskId)),
    staticKey: idMember(object, 'staticKey', inputKey),
    spec: blobRefMember(object, 'spec'),
    limits: {
      wallTimeMs: countMember(limits, 'wallTimeMs'),
      silentTimeMs: countMember(limits, 'silentTimeMs'),
      logSizeBytesMax: countMember(limits, 'logSizeBytesMax'),
    },
    requests: readRequests(object),
    estimateMs: countMember(object, 'estimateMs'),
    testedBy: object.members['testedBy'] === null ? null : idMember(object, 'testedBy', taskId),
  };
}

/** Journals of the first version say nothing of them. */
function readRequests(task: JsonObject): TaskRequests {
  if (task.members['requests'] === undefined) return NO_REQUESTS;
  const object = objectMember(task, 'requests');
  return {
    memoryBytes: countMember(object, 'memoryBytes'),
    diskBytes: countMember(object, 'diskBytes'),
    labels: listMember(object, 'labels', jsonText),
    secrets: listMember(object, 'secrets', jsonText),
  };
}

function readOptions(object: JsonObject): RunOptions {
  const retry = objectMember(object, 'retry');
  return {
    continueOnFailure: flagMember(object, 'continueOnFailure'),
    queueDepth: countMember(object, 'queueDepth'),
    retry: {
      infraFailuresMax: countMember(retry, 'infraFailuresMax'),
      backoffMs: countMember(retry, 'backoffMs'),
      backoffMsMax: countMember(retry, 'backoffMsMax'),
      lossesMax: countMember(retry, 'lossesMax'),
      singleHost: flagMember(retry, 'singleHost'),
    },
  };
}
