/** What a coordinator tells of runs and workers, read from JSON. All readers throw `MESSAGE_INVALID`. */
import { runId, taskId, workerId } from '#proto/ids.ts';
import {
  choiceMember,
  countMember,
  errorMember,
  flagMember,
  idMember,
  type JsonObject,
  jsonObject,
  jsonText,
  listMember,
  objectMember,
  parseJsonObject,
  textMember,
} from '#proto/json-shape.ts';
import { TASK_KINDS } from '#proto/task-messages.ts';
import { readNews } from '#proto/task-news.ts';
import { RUN_OUTCOMES } from '#coordinator/core/facts.ts';
import { TASK_PHASES } from '#coordinator/core/state.ts';
import { readPublication, readResult } from '#coordinator/core/state-codec.ts';
import type { RunEvent, TaskFactKind, TaskView } from '#coordinator/shell/run-events.ts';
import { readReason } from './read-reason.ts';

/** No plan has them in a title: whoever shows it need not fear it. */
const CONTROL_CHARACTERS = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu;

/** A worker as people see it. */
export interface WorkerRow {
  readonly worker: string;
  readonly platform: string;
  readonly system: string;
  readonly labels: readonly string[];
  readonly secretNames: readonly string[];
  readonly slots: number;
  readonly running: readonly {
    readonly run: string;
    readonly task: string;
    readonly title: string;
  }[];
  readonly memoryBytes: number;
  readonly freeDiskBytes: number;
  readonly version: string;
  readonly isDraining: boolean;
  readonly isSick: boolean;
  /** By the coordinator's clock. */
  readonly seenAtMs: number;
  /** Since then, by the same clock; absent where the coordinator doesn't say. */
  readonly silentMs?: number;
  /** Why it can't work for the coordinator; absent for one that can. */
  readonly problem?: string;
}

/** One line of the event stream; undefined for kinds that this version doesn't know. */
export function readRunEvent(line: string): RunEvent | undefined {
  const event = parseJsonObject(line, 'event');
  switch (textMember(event, 'kind')) {
    case 'opened':
      return {
        kind: 'opened',
        run: idMember(event, 'run', runId),
        isResumed: flagMember(event, 'isResumed'),
        tasks: readTaskViews(event),
      };
    case 'task':
      return {
        kind: 'task',
        atMs: countMember(event, 'atMs'),
        // A fact that only a newer version knows is ignored by those who look at the kind.
        what: textMember(event, 'what') as TaskFactKind,
        task: readTaskView(objectMember(event, 'task')),
        logTail: listMember(event, 'logTail', jsonText),
      };
    case 'news': {
      const news = readNews(event.members['news']);
      const task = idMember(event, 'task', taskId);
      return news === undefined ? undefined : { kind: 'news', task, news };
    }
    case 'finished':
      return {
        kind: 'finished',
        atMs: countMember(event, 'atMs'),
        outcome: choiceMember(event, 'outcome', RUN_OUTCOMES),
      };
    default:
      return undefined;
  }
}

/** The member `tasks`. */
export function readTaskViews(object: JsonObject): readonly TaskView[] {
  return listMember(object, 'tasks', (item, at) => readTaskView(jsonObject(item, at)));
}

function readTaskView(object: JsonObject): TaskView {
  const { reason, withheldBy, worker, result, error } = object.members;
  return {
    id: idMember(object, 'id', taskId),
    kind: choiceMember(object, 'kind', TASK_KINDS),
    title: textMember(object, 'title').replace(CONTROL_CHARACTERS, '?'),
    phase: choiceMember(object, 'phase', TASK_PHASES),
    epoch: countMember(object, 'epoch'),
    sinceMs: countMember(object, 'sinceMs'),
    worker: worker === null ? null : idMember(object, 'worker', workerId),
    result: result === null ? null : readResult(objectMember(object, 'result')),
    error: error === null ? null : errorMember(object, 'error'),
    publication: readPublication(objectMember(object, 'publication')),
    ...(reason === undefined ? {} : { reason: readReason(objectMember(object, 'reason')) }),
    ...(withheldBy === undefined ? {} : { withheldBy: idMember(object, 'withheldBy', taskId) }),
  };
}

/** An item of `GET /workers`. */
export function readWorkerRow(value: unknown, at: string): WorkerRow {
  const view = jsonObject(value, at);
  const object = objectMember(view, 'announcement');
  return {
    worker: textMember(object, 'worker'),
    platform: textMember(object, 'platform'),
    system: systemOf(objectMember(object, 'identity')),
    labels: listMember(object, 'labels', jsonText),
    secretNames: listMember(object, 'secretNames', jsonText),
    slots: countMember(object, 'slots'),
    running: listMember(object, 'running', (item, place) => {
      const attempt = jsonObject(item, place);
      return {
        run: textMember(attempt, 'run'),
        task: textMember(attempt, 'task'),
        title: textMember(attempt, 'title'),
      };
    }),
    memoryBytes: countMember(object, 'memoryBytes'),
    freeDiskBytes: countMember(object, 'freeDiskBytes'),
    version: textMember(object, 'version'),
    isDraining: flagMember(object, 'isDraining'),
    isSick: flagMember(object, 'isSick'),
    seenAtMs: countMember(view, 'seenAtMs'),
    ...(view.members['silentMs'] === undefined ? {} : { silentMs: countMember(view, 'silentMs') }),
    ...(view.members['problem'] === undefined ? {} : { problem: textMember(view, 'problem') }),
  };
}

/** `debian 12, glibc 2.36`. */
function systemOf(identity: JsonObject): string {
  const parts = [textMember(identity, 'distribution'), textMember(identity, 'cLibrary')];
  return parts.filter((part) => part !== '').join(', ') || textMember(identity, 'system');
}
