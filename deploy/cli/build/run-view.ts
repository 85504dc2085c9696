/** From the coordinator's events to what viewers of a build are told, with the times that the summary needs. */
import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import { errorCodes } from '#proto/error-codes.ts';
import type { ErrorContext } from '#proto/errors.ts';
import type { TaskId } from '#proto/ids.ts';
import type { TaskOutput } from '#proto/task-output.ts';
import type { OpenRun } from '#coordinator/shell/open-run.ts';
import type { RunEvent, TaskView } from '#coordinator/shell/run-events.ts';
import type { SlotsShown } from '../../build-host.ts';
import type { BuildEvent } from '../present/build-event.ts';
import { waitingReasons } from '../present/reason-text.ts';
import type { TaskSummary } from '../present/summary.ts';

/** Of the log of a task whose script didn't fail itself. */
const TAIL_LINES_SHOWN = 10;

type Ending = Omit<Extract<BuildEvent, { event: 'task-ended' }>, 'event' | 'task' | 'reused'>;

/** Turns events around, one by one; also measures in how much wall time at least one script ran. */
export class RunFollower {
  readonly #show: (event: BuildEvent) => void;
  readonly #slots: SlotsShown;
  readonly #nowMs: () => number;
  readonly #inScript = new Set<string>();
  readonly #logTails = new Map<string, readonly string[]>();
  #waitingTold = '[]';
  #scriptSinceMs = 0;
  #scriptWallMs = 0;

  constructor(options: {
    readonly show: (event: BuildEvent) => void;
    readonly slots: SlotsShown;
    readonly nowMs: () => number;
  }) {
    this.#show = options.show;
    this.#slots = options.slots;
    this.#nowMs = options.nowMs;
  }

  /** Wall time in which at least one script ran. */
  get scriptWallMs(): number {
    const open = this.#inScript.size === 0 ? 0 : this.#nowMs() - this.#scriptSinceMs;
    return this.#scriptWallMs + open;
  }

  /** Last lines of the script of a failed task. */
  logTailOf(task: string): readonly string[] {
    return this.#logTails.get(task) ?? [];
  }

  readonly follow = (event: RunEvent): void => {
    const atMs = this.#nowMs();
    switch (event.kind) {
      case 'opened':
        this.#opened(event, atMs);
        break;
      case 'task':
        this.#task(event, atMs);
        break;
      case 'news':
        this.#news(event, atMs);
        break;
      case 'finished':
        break;
    }
  };

  /** Tells why tasks wait when that has changed. */
  readonly waiting = (views: readonly TaskView[]): void => {
    const reasons = waitingReasons(views);
    const told = JSON.stringify(reasons);
    if (told === this.#waitingTold) return;
    this.#waitingTold = told;
    this.#show({ atMs: this.#nowMs(), event: 'waiting', reasons });
  };

  #opened(event: Extract<RunEvent, { kind: 'opened' }>, atMs: number): void {
    const tasks = event.tasks.map(({ id, kind, title }) => ({ task: id, kind, title }));
    this.#show({ atMs, event: 'run-planned', run: event.run, ...this.#slots, tasks });
    if (!event.isResumed) return;
    const finishedTasks = event.tasks.filter(({ phase }) => phase === 'done').length;
    this.#show({ atMs, event: 'run-resumed', run: event.run, finishedTasks });
  }

  #task(event: Extract<RunEvent, { kind: 'task' }>, atMs: number): void {
    const { task, what } = event;
    const spentMs = Math.max(0, event.atMs - task.sinceMs);
    if (what === 'attempt-accepted') {
      this.#show({
        // Who comes later learns since when.
        atMs: Math.min(atMs, task.sinceMs),
        event: 'task-started',
        task: task.id,
        kind: task.kind,
        title: task.title,
        attempt: task.epoch,
      });
    } else if (what === 'attempt-failed') {
      this.#logTails.set(task.id, event.logTail);
      this.#end(task, {
        atMs,
        wallMs: spentMs,
        state: task.phase === 'failed' ? 'failed' : 'retried',
        ...this.#troubleOf(task),
      });
    } else if (what === 'task-done') {
      // What the worker measured counts, as in the summary.
      const wallMs = task.result?.reused === false ? task.result.wallMs : spentMs;
      this.#end(task, { atMs, wallMs, state: 'done' });
    } else if (
      what === 'task-published' &&
      task.publication.kind === 'settled' &&
      task.publication.place === 'channel'
    ) {
      this.#show({ atMs, event: 'published', title: task.title });
    } else if (what === 'task-blocked') {
      this.#end(task, { atMs, wallMs: 0, state: 'blocked' });
    }
  }

  /** There is only one worker where there is no farm. */
  #troubleOf({ error }: TaskView): Pick<Ending, 'message' | 'worker'> {
    const worker = this.#slots.farm === undefined ? undefined : error?.context['worker'];
    return {
      ...(error === null ? {} : { message: error.message }),
      ...(typeof worker === 'string' ? { worker } : {}),
    };
  }

  #end(task: TaskView, ending: Ending): void {
    this.#leaveScript(task.id, ending.atMs);
    const reused = task.result?.reused ?? false;
    this.#show({ event: 'task-ended', task: task.id, reused, ...ending });
  }

  #news({ task, news }: Extract<RunEvent, { kind: 'news' }>, atMs: number): void {
    switch (news.kind) {
      case 'phase':
        if (news.phase === 'script') this.#enterScript(task, atMs);
        else this.#leaveScript(task, atMs);
        this.#show({
          atMs,
          event: 'task-phase',
          task,
          phase: news.phase,
          ...(news.detail === undefined ? {} : { detail: news.detail }),
        });
        break;
      case 'line':
        this.#show({ atMs, event: 'task-line', task, text: news.text });
        break;
      case 'progress':
        this.#show({
          atMs,
          event: 'task-progress',
          task,
          what: news.what,
          doneBytes: news.doneBytes,
          ...(news.totalBytes === undefined ? {} : { totalBytes: news.totalBytes }),
        });
        break;
      case 'notice':
        this.#show({ atMs, event: 'task-notice', task, text: news.text });
        break;
      case 'finding':
        this.#show({ atMs, event: 'task-finding', task, finding: news.finding });
        break;
    }
  }

  #enterScript(task: string, atMs: number): void {
    if (this.#inScript.size === 0) this.#scriptSinceMs = atMs;
    this.#inScript.add(task);
  }

  #leaveScript(task: string, atMs: number): void {
    if (!this.#inScript.delete(task) || this.#inScript.size > 0) return;
    this.#scriptWallMs += atMs - this.#scriptSinceMs;
  }
}

function stateOf(view: TaskView): TaskSummary['state'] {
  switch (view.phase) {
    case 'done':
      return 'done';
    case 'failed':
      return 'failed';
    case 'blocked':
      return 'blocked';
    default:
      return view.reason?.kind === 'stopped' && view.reason.reason === 'stopped-after-failure'
        ? 'skipped'
        : 'cancelled';
  }
}

/** What `summarize` looks up besides the run. */
export interface SummaryLookups {
  readonly follower: RunFollower;
  /** Path of a package in the channel or among the broken ones. */
  readonly publishedPath: (place: 'channel' | 'broken', subdir: string, fileName: string) => string;
  readonly logPathOf: (task: string, epoch: number) => string;
}

function failureOf(view: TaskView, lookups: SummaryLookups): TaskSummary['failure'] {
  if (view.publication.kind === 'failed') {
    const { code, message } = view.publication.error;
    const { exitCode, help } = errorCodes[code];
    return { message: `not published: ${message}`, exitCode, help, logTail: [] };
  }
  if (view.phase !== 'failed' || view.error === null) return undefined;
  const { code, message, context } = view.error;
  // A failed script says the end of its log and the log's path itself.
  const isTold = context['logPath'] !== undefined;
  const logPath = isTold ? undefined : lookups.logPathOf(view.id, view.epoch);
  const { exitCode, help } = errorCodes[code];
  const isAboutLog = code === 'SCRIPT_FAILED' || code === 'TEST_FAILED';
  return {
    message,
    exitCode,
    ...(isTold || isAboutLog ? {} : { help }),
    logTail: isTold ? [] : lookups.follower.logTailOf(view.id).slice(-TAIL_LINES_SHOWN),
    ...(logPath !== undefined && existsSync(logPath) ? { logPath } : {}),
    ...keptWork(context),
  };
}

function keptWork(
  context: ErrorContext,
): Pick<NonNullable<TaskSummary['failure']>, 'workDirectory' | 'shellCommand'> {
  const { workDirectory, environmentScript } = context;
  if (typeof workDirectory !== 'string') return {};
  if (typeof environmentScript !== 'string') return { workDirectory };
  const script = relative(workDirectory, environmentScript);
  const command = `cd ${shellQuoted(workDirectory)} && bash --rcfile ${shellQuoted(script)} -i`;
  return { workDirectory, shellCommand: command };
}

function shellQuoted(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function publishedPath(
  view: TaskView,
  output: TaskOutput,
  lookups: SummaryLookups,
): string | undefined {
  if (output.kind !== 'package' || view.publication.kind !== 'settled') return undefined;
  return lookups.publishedPath(view.publication.place, output.record.subdir, output.record.fn);
}

/** One row a task, in plan order. Rejects as the blob store does. */
export async function summarizeTasks(
  run: Pick<OpenRun, 'tasks' | 'outputOf'>,
  lookups: SummaryLookups,
): Promise<TaskSummary[]> {
  const rows: TaskSummary[] = [];
  const views = run.tasks();
  const titles = new Map(views.map(({ id, kind, title }) => [id, `${kind} ${title}`]));
  for (const view of views) {
    const output = await run.outputOf(view.id);
    const failure = failureOf(view, lookups);
    const published = output === undefined ? undefined : publishedPath(view, output, lookups);
    rows.push({
      task: view.id,
      kind: view.kind,
      name: view.title.split(' ')[0] ?? view.title,
      title: view.title,
      state: stateOf(view),
      ...(output === undefined ? {} : { output }),
      ...(view.result?.reused === true && output !== undefined
        ? { reusedBuiltAtMs: output.builtAtMs }
        : {}),
      ...(published === undefined ? {} : { publishedPath: published }),
      ...(failure === undefined ? {} : { failure }),
      ...(view.reason !== undefined && view.phase === 'blocked'
        ? { blockedBy: blockedBy(view, titles) }
        : {}),
      ...(view.withheldBy === undefined
        ? {}
        : { withheldBy: titles.get(view.withheldBy) ?? view.withheldBy }),
    });
  }
  return rows;
}

function blockedBy({ reason }: TaskView, titles: ReadonlyMap<TaskId, string>): string {
  return reason !== undefined && 'root' in reason
    ? (titles.get(reason.root) ?? reason.root)
    : 'a task that failed';
}
