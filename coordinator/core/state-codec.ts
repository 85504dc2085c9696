/**
 * The state of a run as a document, so that a coordinator need not replay a run from its first fact. What is
 * derived (queues, counts, edges) is made anew from the plan; equal to a replayed state by `durableView`.
 */
import { StageyardError } from '#proto/errors.ts';
import { inputKey, type TaskId, taskId, workerId } from '#proto/ids.ts';
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
  listMember,
  objectMember,
  parseJsonObject,
} from '#proto/json-shape.ts';
import { FAILURE_CLASSES } from '#proto/task-messages.ts';
import { apply, emptyState } from './apply.ts';
import { PUBLICATION_PLACES, RUN_OUTCOMES, STOP_REASONS } from './facts.ts';
import { readPlan } from './fact-codec.ts';
import { ReadyQueues } from './ready-queues.ts';
import {
  type Publication,
  type RunState,
  taskOf,
  TASK_PHASES,
  type TaskResult,
  type TaskState,
} from './state.ts';

/** Raise it when a field's meaning changes; readers refuse newer ones. */
const STATE_SCHEMA = 1;

/**
 * A state at one moment, to be written as JSON. It is copied quickly; what it shares with the state never changes.
 * `plan` must not be null.
 */
export function cutState(state: RunState): object {
  const tasks = [...state.tasks.values()].map(cutTask);
  const { plan, nowMs, term, generation, isHalted, isCancelled, isPaused, outcome } = state;
  const flags = { isHalted, isCancelled, isPaused, outcome };
  const due = [...state.due].map((task) => task.plan.id);
  return { schema: STATE_SCHEMA, plan, nowMs, term, generation, ...flags, due, tasks };
}

function cutTask(task: TaskState): object {
  const { phase, epoch, sinceMs, worker, notBeforeMs, tally, reopenCount } = task;
  const { result, log, error, root, stopReason, publication } = task;
  return {
    phase,
    epoch,
    sinceMs,
    worker,
    notBeforeMs,
    tally: FAILURE_CLASSES.map((name) => tally[name]),
    reopenCount,
    result,
    log,
    error,
    root,
    stopReason,
    publication,
  };
}

/** The state in a text. Throws `MESSAGE_INVALID`; `JOURNAL_CORRUPT` for a newer schema. */
export function decodeState(text: string): RunState {
  const object = parseJsonObject(text, 'run state');
  const schema = countMember(object, 'schema');
  if (schema !== STATE_SCHEMA) {
    const message = `run state: schema ${schema} was written by another version of stageyard`;
    throw new StageyardError('JOURNAL_CORRUPT', message, { context: { schema } });
  }
  const state = emptyState();
  const plan = readPlan(objectMember(object, 'plan'));
  apply(state, { kind: 'run-submitted', atMs: countMember(object, 'nowMs'), plan });
  state.term = countMember(object, 'term');
  state.generation = countMember(object, 'generation');
  state.isHalted = flagMember(object, 'isHalted');
  state.isCancelled = flagMember(object, 'isCancelled');
  state.isPaused = flagMember(object, 'isPaused');
  state.outcome =
    object.members['outcome'] === null ? null : choiceMember(object, 'outcome', RUN_OUTCOMES);
  const tasks = [...state.tasks.values()];
  const stored = listMember(object, 'tasks', jsonObject);
  if (stored.length !== tasks.length) {
    throw new StageyardError('MESSAGE_INVALID', 'run state: not one entry for each task');
  }
  for (const [index, task] of tasks.entries()) restoreTask(task, stored[index]);
  return derived(state, listMember(object, 'due', jsonId(taskId)));
}

function restoreTask(task: TaskState, object: JsonObject | undefined): void {
  if (object === undefined) return;
  const isNull = (key: string): boolean => object.members[key] === null;
  task.phase = choiceMember(object, 'phase', TASK_PHASES);
  task.epoch = countMember(object, 'epoch');
  task.sinceMs = countMember(object, 'sinceMs');
  task.worker = isNull('worker') ? null : idMember(object, 'worker', workerId);
  task.notBeforeMs = countMember(object, 'notBeforeMs');
  const tally = listMember(object, 'tally', (value) => Number(value));
  for (const [index, name] of FAILURE_CLASSES.entries()) task.tally[name] = tally[index] ?? 0;
  task.reopenCount = countMember(object, 'reopenCount');
  task.result = isNull('result') ? null : readResult(objectMember(object, 'result'));
  task.log = isNull('log') ? null : blobRefMember(object, 'log');
  task.error = isNull('error') ? null : errorMember(object, 'error');
  task.root = isNull('root') ? null : idMember(object, 'root', taskId);
  task.stopReason = isNull('stopReason') ? null : choiceMember(object, 'stopReason', STOP_REASONS);
  task.publication = readPublication(objectMember(object, 'publication'));
}

/** A result as it stands in JSON. Throws `MESSAGE_INVALID`. */
export function readResult(object: JsonObject): TaskResult {
  return {
    output: blobRefMember(object, 'output'),
    exactKey: idMember(object, 'exactKey', inputKey),
    reused: flagMember(object, 'reused'),
    wallMs: countMember(object, 'wallMs'),
    worker: idMember(object, 'worker', workerId),
  };
}

/** Where a package stands, as it stands in JSON. Throws `MESSAGE_INVALID`. */
export function readPublication(object: JsonObject): Publication {
  const kind = choiceMember(object, 'kind', ['none', 'due', 'settled', 'failed']);
  if (kind === 'none') return { kind };
  // Failures of earlier versions don't say where the package was due.
  const isOld = kind === 'failed' && object.members['place'] === undefined;
  const place = isOld ? 'channel' : choiceMember(object, 'place', PUBLICATION_PLACES);
  return kind === 'failed' ? { kind, place, error: errorMember(object, 'error') } : { kind, place };
}

/** Counts, queues and sets, from the tasks' phases. */
function derived(state: RunState, due: readonly TaskId[]): RunState {
  const queues = new ReadyQueues();
  for (const phase of TASK_PHASES) state.counts[phase] = 0;
  for (const task of state.tasks.values()) {
    state.counts[task.phase] += 1;
    task.missingCount = task.prerequisites.filter(({ phase }) => phase !== 'done').length;
    if (task.phase === 'ready') queues.add(task, state.nowMs);
    if (task.phase === 'running') state.running.add(task);
    if (task.phase === 'offered') {
      const { pool } = task.plan;
      state.offeredByPool.set(pool, (state.offeredByPool.get(pool) ?? 0) + 1);
    }
  }
  for (const id of due) state.due.add(taskOf(state, id));
  return { ...state, queues };
}
