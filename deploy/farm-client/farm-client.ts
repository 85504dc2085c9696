/** What clients ask of a farm, typed. */
import type { IncomingMessage } from 'node:http';
import { StageyardError } from '#proto/errors.ts';
import { runId, type RunId, type TaskId } from '#proto/ids.ts';
import { idMember, jsonObject, listMember, objectMember } from '#proto/json-shape.ts';
import { type AbortSignalLike, type Clock, pauseUnlessAborted } from '#proto/ports/clock.ts';
import { taskOutputIn } from '#proto/task-documents.ts';
import type { TaskOutput } from '#proto/task-output.ts';
import { readPlan } from '#coordinator/core/fact-codec.ts';
import { readListing, type RunListing } from '#coordinator/core/run-listing.ts';
import type { RunPlan } from '#coordinator/core/run-plan.ts';
import type { RunEvent, TaskView } from '#coordinator/shell/run-events.ts';
import { FarmLink, type FarmLinkOptions } from './farm-link.ts';
import { HttpBlobStore } from './http-blob-store.ts';
import { linesOf } from './lines.ts';
import type { UploadMemory } from './upload-memory.ts';
import { readRunEvent, readTaskViews, readWorkerRow, type WorkerRow } from './run-answers.ts';

/** A coordinator that was restarted, or another one that took over, is waited for this long. */
export const FARM_PATIENCE_MS = 15 * 60_000;
/** Between the end of one stream of events and the next. */
const RECONNECT_PAUSE_MS = 500;
/** A line of events: `opened` tells a whole run. */
const EVENT_BYTES_MAX = 256 * 1024 * 1024;

/** A run and all its tasks. */
export interface RunStatus {
  readonly listing: RunListing;
  readonly tasks: readonly TaskView[];
}

/** Who works, and what doesn't answer. */
export interface FarmStatus {
  readonly workers: readonly WorkerRow[];
  readonly unreachable: readonly string[];
}

/** A log on its way. */
export interface LogText {
  /** False: only what was heard lately; more may follow. */
  readonly isWhole: boolean;
  /** The attempt that wrote it; 0 when there is nothing. */
  readonly epoch: number;
  /** Index of the first line among all of the attempt. */
  readonly firstLine: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Which log. */
export interface LogQuestion {
  readonly run: RunId;
  readonly task: TaskId;
  readonly epoch?: number;
  /** A person may read it page by page. */
  readonly isQuiet?: boolean;
  readonly signal?: AbortSignalLike;
}

/** All methods reject with `FARM_UNREACHABLE`, `FARM_NOT_READY`, `TOKEN_INVALID`, `MESSAGE_INVALID` or `CANCELLED`. */
export class FarmClient {
  readonly addresses: readonly string[];
  readonly blobs: HttpBlobStore;
  readonly #link: FarmLink;
  readonly #clock: Clock;
  readonly #patienceMs: number;

  constructor(options: FarmLinkOptions & { readonly uploads?: UploadMemory }) {
    this.#link = new FarmLink(options);
    this.#clock = options.clock;
    this.#patienceMs = options.patienceMs;
    this.addresses = options.addresses;
    this.blobs = new HttpBlobStore(this.#link, options);
  }

  /** As `--farm` takes them. */
  get url(): string {
    return this.addresses.join();
  }

  /** Journaled when it resolves. Also rejects with `CONFIG_INVALID`. */
  async submit(plan: RunPlan): Promise<void> {
    await this.#link.ask({ method: 'POST', path: 'runs', json: { plan } });
  }

  /** Newest first. */
  async runs(limit: number): Promise<readonly RunListing[]> {
    const answer = await this.#link.ask({ method: 'GET', path: `runs?limit=${limit}` });
    return listMember(answer, 'runs', (item, at) => readListing(jsonObject(item, at)));
  }

  /** Also rejects with `RUN_UNKNOWN`, as all that name a run do. */
  async run(run: RunId, signal?: AbortSignalLike): Promise<RunStatus> {
    const answer = await this.#link.ask({ method: 'GET', path: `runs/${encoded(run)}`, signal });
    return {
      listing: readListing(objectMember(answer, 'listing')),
      tasks: readTaskViews(answer),
    };
  }

  /** As it was submitted. */
  async plan(run: RunId): Promise<RunPlan> {
    const answer = await this.#link.ask({ method: 'GET', path: `runs/${encoded(run)}/plan` });
    return readPlan(objectMember(answer, 'plan'));
  }

  /** Journaled when it resolves; of a run that is over it does nothing. */
  async change(
    run: RunId,
    wish: 'cancel' | 'pause' | 'resume',
    signal?: AbortSignalLike,
  ): Promise<RunListing> {
    const path = `runs/${encoded(run)}/${wish}`;
    const answer = await this.#link.ask({ method: 'POST', path, signal });
    return readListing(objectMember(answer, 'listing'));
  }

  async farm(): Promise<FarmStatus> {
    const answer = await this.#link.ask({ method: 'GET', path: 'workers' });
    return {
      workers: listMember(answer, 'workers', readWorkerRow),
      unreachable: listMember(answer, 'unreachable', String),
    };
  }

  /** The document of a done task; undefined before. */
  async outputOf(run: RunId, task: TaskId): Promise<TaskOutput | undefined> {
    const path = `runs/${encoded(run)}/tasks/${encoded(task)}/output`;
    const answer = await this.#link.ask({ method: 'GET', path });
    if (answer.members['output'] === null) return undefined;
    return taskOutputIn(objectMember(answer, 'output'));
  }

  /**
   * Reads the log of an attempt, or of the newest, with `read`: once more from the beginning when it breaks off. What
   * comes may be of another attempt: the one that was asked for left none.
   */
  async log<T>(
    { run, task, epoch, ...how }: LogQuestion,
    read: (log: LogText) => Promise<T>,
  ): Promise<T> {
    const attempt = epoch === undefined ? '' : `?attempt=${epoch}`;
    const path = `runs/${encoded(run)}/tasks/${encoded(task)}/log${attempt}`;
    return this.#link.exchange({ method: 'GET', path, ...how }, (response) =>
      read({
        isWhole: response.headers['x-stageyard-log'] === 'whole',
        epoch: Number(response.headers['x-stageyard-attempt'] ?? 0),
        firstLine: Number(response.headers['x-stageyard-first-line'] ?? 0),
        chunks: this.#link.bytesOf(response),
        // What nobody read would keep its connection.
      }).finally(() => response.destroy()),
    );
  }

  /**
   * Everything that happens in a run, first of all `opened`; ends after `finished`. After an outage of the
   * coordinator `opened` comes again.
   */
  async *events(run: RunId, signal?: AbortSignalLike): AsyncGenerator<RunEvent, void, undefined> {
    let brokenSinceMs: number | undefined;
    for (;;) {
      try {
        for await (const event of this.#oneStream(run, signal)) {
          brokenSinceMs = undefined;
          yield event;
          if (event.kind === 'finished') return;
        }
      } catch (error) {
        if (signal?.aborted === true) throw cancelled(error);
        if (error instanceof StageyardError) throw error;
        // Nothing may have happened in the run for longer than that.
        brokenSinceMs ??= this.#clock.nowMs();
        if (this.#clock.nowMs() - brokenSinceMs >= this.#patienceMs)
          throw this.#link.failureOf(error);
      }
      await pauseUnlessAborted(this.#clock, RECONNECT_PAUSE_MS, signal);
      if (signal?.aborted === true) throw cancelled(signal.reason);
    }
  }

  /** Ends all connections. */
  close(): void {
    this.#link.close();
  }

  async *#oneStream(run: RunId, signal: AbortSignalLike | undefined): AsyncIterable<RunEvent> {
    const path = `runs/${encoded(run)}/events`;
    const response = await this.#link.exchange(
      { method: 'GET', path, signal },
      async (head: IncomingMessage) => head,
    );
    for await (const line of linesOf(response, EVENT_BYTES_MAX)) {
      const event = line === '' ? undefined : readRunEvent(line);
      if (event !== undefined) yield event;
    }
  }
}

/** The run that a person names. Throws `RUN_UNKNOWN`. */
export function namedRun(text: string): RunId {
  try {
    return idMember({ at: 'run', members: { run: text } }, 'run', runId);
  } catch (error) {
    throw new StageyardError('RUN_UNKNOWN', `${JSON.stringify(text.slice(0, 80))} is no run`, {
      cause: error,
    });
  }
}

function encoded(name: string): string {
  return encodeURIComponent(name);
}

function cancelled(cause: unknown): StageyardError {
  return new StageyardError('CANCELLED', 'following the run was ended', { cause });
}
