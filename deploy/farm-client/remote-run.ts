/**
 * A run of a farm as if it were driven here: events come over HTTP, packages come home as they settle, logs of
 * attempts are fetched as they end. What happened during an outage of the coordinator is told afterwards.
 */
import { join } from 'node:path';
import { type ErrorData, wrapError } from '#proto/errors.ts';
import type { RunId, TaskId } from '#proto/ids.ts';
import { type Clock, pauseUnlessAborted } from '#proto/ports/clock.ts';
import type { Logger } from '#proto/ports/logger.ts';
import type { TaskOutput } from '#proto/task-output.ts';
import type { RunOutcome } from '#coordinator/core/facts.ts';
import type { Publication } from '#coordinator/core/state.ts';
import type { OpenRun } from '#coordinator/shell/open-run.ts';
import type { PackagePublisher } from '#coordinator/shell/publication-queue.ts';
import type { RunEvent, TaskView } from '#coordinator/shell/run-events.ts';
import { logFileName } from '../log-file-name.ts';
import type { FarmClient } from './farm-client.ts';
import { LogCollector } from './log-collector.ts';
import { missedEvents, type TaskEvent } from './missed-events.ts';
import { PackageCollector } from './package-collector.ts';

/** What it works with. */
export interface RemoteRunOptions {
  readonly client: FarmClient;
  readonly run: RunId;
  /** Where packages and logs come to; absent for one who only watches. */
  readonly home?: { readonly publisher: PackagePublisher; readonly logDir: string };
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onEvent: (event: RunEvent) => void;
  /** Told now and then why tasks wait, which depends on who works and not on the run alone. */
  readonly onWaiting: (tasks: readonly TaskView[]) => void;
  readonly say: (text: string) => void;
}

/** How often it is looked why tasks wait; less often where looking takes long, as at a large run with many viewers. */
const LOOK_PAUSE_MS = 3_000;
const LOOK_PAUSE_MS_MAX = 60_000;
const PAUSE_PER_LOOK = 20;

/** See the file's head. */
export class RemoteRun implements OpenRun {
  readonly finished: Promise<RunOutcome | undefined>;
  readonly #options: RemoteRunOptions;
  readonly #closed = new AbortController();
  readonly #packages: PackageCollector | undefined;
  readonly #logs: LogCollector | undefined;
  /** In plan order, as the farm has them. */
  readonly #views = new Map<TaskId, TaskView>();
  /** What became of packages here. */
  readonly #atHome = new Map<TaskId, Publication>();
  readonly #outputs = new Map<TaskId, TaskOutput>();
  #isOpened = false;

  constructor(options: RemoteRunOptions) {
    const { client, run, home, clock, logger } = options;
    const { signal } = this.#closed;
    this.#options = options;
    if (home !== undefined) {
      this.#packages = new PackageCollector({
        publisher: home.publisher,
        outputOf: (task) => this.outputOf(task),
        onSettled: (task, error) => this.#settled(task, error),
        clock,
        signal,
      });
      this.#logs = new LogCollector({ client, run, logDir: home.logDir, logger, signal });
    }
    this.finished = this.#follow();
    // A rejection is the caller's to look at, whenever it does.
    this.finished.catch(() => undefined);
  }

  cancel(): void {
    const { client, run, say } = this.#options;
    const { signal } = this.#closed;
    client.change(run, 'cancel', signal).catch((error: unknown) => {
      if (!signal.aborted) say(wrapError(error, 'cancelling').message);
    });
  }

  tasks(): readonly TaskView[] {
    return [...this.#views.values()].map((view) => this.#asHere(view));
  }

  async outputOf(task: TaskId): Promise<TaskOutput | undefined> {
    const known = this.#outputs.get(task);
    if (known !== undefined) return known;
    if (this.#views.get(task)?.phase !== 'done') return undefined;
    const output = await this.#options.client.outputOf(this.#options.run, task);
    if (output !== undefined) this.#outputs.set(task, output);
    return output;
  }

  /** Leaves the run alone: it goes on. `finished` resolves with undefined. */
  async close(): Promise<void> {
    this.#closed.abort();
    // How it ended is told to whoever asks `finished`.
    await this.finished.catch(() => undefined);
  }

  async #follow(): Promise<RunOutcome | undefined> {
    const { client, run } = this.#options;
    const { signal } = this.#closed;
    let outcome: RunOutcome | undefined;
    const over = new AbortController();
    const looking = this.#lookAround(AbortSignal.any([signal, over.signal]));
    try {
      for await (const event of client.events(run, signal)) {
        if (event.kind === 'finished') outcome = event.outcome;
        else this.#take(event);
      }
      await Promise.all([this.#packages?.idle(), this.#logs?.idle()]);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      over.abort();
      await looking;
    }
    if (signal.aborted || outcome === undefined) return undefined;
    this.#options.onEvent({ kind: 'finished', atMs: this.#options.clock.nowMs(), outcome });
    const isLost = [...this.#atHome.values()].some(({ kind }) => kind === 'failed');
    return outcome === 'succeeded' && isLost ? 'failed' : outcome;
  }

  /** What the farm says by itself is about the run; why its tasks wait changes without it. */
  async #lookAround(signal: AbortSignal): Promise<void> {
    const { client, run, clock, onWaiting, logger } = this.#options;
    let pauseMs = LOOK_PAUSE_MS;
    while (!signal.aborted) {
      await pauseUnlessAborted(clock, pauseMs, signal);
      if (signal.aborted || !this.#isOpened) continue;
      const beganAtMs = clock.nowMs();
      try {
        const { tasks } = await client.run(run, signal);
        onWaiting(tasks);
      } catch (error) {
        logger.debug({ cause: wrapError(error, run).message }, 'the run could not be looked at');
      }
      const spentMs = clock.nowMs() - beganAtMs;
      pauseMs = Math.min(Math.max(LOOK_PAUSE_MS, spentMs * PAUSE_PER_LOOK), LOOK_PAUSE_MS_MAX);
    }
  }

  #take(event: Exclude<RunEvent, { kind: 'finished' }>): void {
    switch (event.kind) {
      case 'opened':
        return this.#catchUp(event);
      case 'task':
        return this.#tell(event);
      case 'news':
        return this.#options.onEvent(event);
    }
  }

  /** A task that ran again meanwhile was told of by its former result: it is looked at anew. */
  #catchUp(event: Extract<RunEvent, { kind: 'opened' }>): void {
    const isFirst = !this.#isOpened;
    this.#isOpened = true;
    const isWatching = this.#options.home === undefined;
    if (isFirst) {
      const isResumed = isWatching && event.tasks.some(({ phase }) => phase === 'done');
      this.#options.onEvent({ ...event, isResumed });
    }
    for (const view of event.tasks) {
      const heardAtMs = this.#options.clock.nowMs();
      for (const missed of missedEvents(this.#views.get(view.id), view, heardAtMs)) {
        // One who comes later isn't told what was before, but what goes on.
        if (!isFirst || !isWatching || view.phase === 'running') this.#tell(missed);
      }
      this.#views.set(view.id, view);
    }
  }

  #tell(event: TaskEvent): void {
    const { task, what } = event;
    this.#views.set(task.id, task);
    if (what === 'task-reopened') this.#outputs.delete(task.id);
    const hasLog = what === 'task-done' ? task.result?.reused === false : what === 'attempt-failed';
    if (hasLog) this.#logs?.add(task.id, task.epoch);
    const packages = this.#packages;
    if (packages !== undefined) this.#bringHome(packages, task);
    // It is told when it is here.
    if (packages === undefined || what !== 'task-published')
      this.#options.onEvent({ ...event, task: this.#asHere(task) });
  }

  #bringHome(packages: PackageCollector, { id, publication }: TaskView): void {
    if (publication.kind !== 'settled' || this.#atHome.has(id)) return;
    this.#atHome.set(id, { kind: 'due', place: publication.place });
    packages.add(id, publication.place);
  }

  #settled(task: TaskId, error: ErrorData | null): void {
    const before = this.#atHome.get(task);
    const view = this.#views.get(task);
    if (view === undefined || before?.kind !== 'due') return;
    const { place } = before;
    const here: Publication =
      error === null ? { kind: 'settled', place } : { kind: 'failed', place, error };
    this.#atHome.set(task, here);
    this.#options.onEvent({
      kind: 'task',
      atMs: this.#options.clock.nowMs(),
      what: error === null ? 'task-published' : 'publish-failed',
      task: this.#asHere(view),
      logTail: [],
    });
  }

  /** With what became of the package here, and with paths of this machine. */
  #asHere(view: TaskView): TaskView {
    const publication = this.#atHome.get(view.id) ?? view.publication;
    const error = view.error === null ? null : this.#localError(view.error, view);
    return { ...view, publication, error };
  }

  /** The log was fetched; the work directory is where it is. */
  #localError(error: ErrorData, { id, epoch }: TaskView): ErrorData {
    const { environmentScript: _script, workDirectory, logPath, ...context } = error.context;
    const { worker } = context;
    const { home, run } = this.#options;
    const local =
      home === undefined
        ? `stageyard logs ${run} ${id}`
        : join(home.logDir, logFileName(id, epoch));
    const where = typeof worker === 'string' ? `on worker ${worker}` : 'on the worker that had it';
    return {
      code: error.code,
      message:
        typeof logPath === 'string'
          ? error.message.replaceAll(logPath, () => local)
          : error.message,
      context: {
        ...context,
        ...(logPath === undefined ? {} : { logPath: local }),
        ...(workDirectory === undefined ? {} : { workDirectory: `${workDirectory} ${where}` }),
      },
    };
  }
}
