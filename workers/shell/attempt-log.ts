/**
 * What an attempt reports while it runs: sent to the bus's log stream in chunks, and remembered as far as
 * a failure shows it (last lines, time spent in the script).
 */
import type { TaskId, RunId } from '#proto/ids.ts';
import type { Bus } from '#proto/ports/bus.ts';
import type { Clock } from '#proto/ports/clock.ts';
import type { TaskNews, TaskReporter } from '#proto/ports/task-reporter.ts';
import { taskNewsLine } from '#proto/task-news.ts';
import { type AttemptMeasures, largestUse, type ResourceUse } from '#proto/task-output.ts';
import type { ResourceMeter } from './task-executor.ts';

/** Lines of output that a failure carries. */
const TAIL_LINES_MAX = 200;
/** A chunk is sent when it is this long … */
const CHUNK_LENGTH_MAX = 32 * 1024;
/** … or this old. */
const CHUNK_AGE_MS_MAX = 100;
/** Without one, each end would make an error with a stack. */
const CLOSED = new Error('the log is closed');

/** Names the attempt's log stream. */
export interface AttemptLogOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly run: RunId;
  readonly task: TaskId;
  readonly epoch: number;
}

/** See the file's head. */
export class AttemptLog implements TaskReporter, ResourceMeter {
  readonly #options: AttemptLogOptions;
  readonly #encoder = new TextEncoder();
  readonly #closed = new AbortController();
  readonly #tail: string[] = [];
  readonly #startMs: number;
  #lineCount = 0;
  #chunk = '';
  #isSending = false;
  #scriptMs = 0;
  #scriptSinceMs: number | undefined;
  #use: ResourceUse = {};

  constructor(options: AttemptLogOptions) {
    this.#options = options;
    this.#startMs = options.clock.nowMs();
  }

  report(news: TaskNews): void {
    if (news.kind === 'phase') this.#enterPhase(news.phase === 'script');
    this.#chunk += taskNewsLine(news.kind === 'line' ? this.#numbered(news) : news);
    if (this.#chunk.length >= CHUNK_LENGTH_MAX || news.kind === 'phase') this.#send();
    else if (!this.#isSending) this.#sendSoon();
  }

  use(use: ResourceUse): void {
    this.#use = largestUse(this.#use, use);
  }

  /** Last lines of the script's output. */
  get tail(): readonly string[] {
    return this.#tail;
  }

  /** Time since the attempt began, how much of it the script took, and what else it used. */
  get measures(): AttemptMeasures {
    const nowMs = this.#options.clock.nowMs();
    const open = this.#scriptSinceMs === undefined ? 0 : nowMs - this.#scriptSinceMs;
    return {
      wallMs: Math.max(0, Math.round(nowMs - this.#startMs)),
      scriptMs: Math.max(0, Math.round(this.#scriptMs + open)),
      ...this.#use,
    };
  }

  /** Sends what there is. */
  flush(): void {
    this.#send();
  }

  /** Sends what is left; nothing is reported afterwards. */
  close(): void {
    this.#closed.abort(CLOSED);
    this.#send();
  }

  #enterPhase(isScript: boolean): void {
    const nowMs = this.#options.clock.nowMs();
    if (this.#scriptSinceMs !== undefined) this.#scriptMs += nowMs - this.#scriptSinceMs;
    this.#scriptSinceMs = isScript ? nowMs : undefined;
  }

  /** Remembers the line. The number shows whoever follows that lines before it are missing. */
  #numbered(line: Extract<TaskNews, { kind: 'line' }>): TaskNews {
    this.#tail.push(line.text);
    if (this.#tail.length > TAIL_LINES_MAX) this.#tail.shift();
    const index = this.#lineCount;
    this.#lineCount += 1;
    return { ...line, at: { epoch: this.#options.epoch, index } };
  }

  #sendSoon(): void {
    if (this.#closed.signal.aborted) return this.#send();
    this.#isSending = true;
    const later = (): void => {
      this.#isSending = false;
      this.#send();
    };
    this.#options.clock.sleep(CHUNK_AGE_MS_MAX, this.#closed.signal).then(later, later);
  }

  #send(): void {
    if (this.#chunk === '') return;
    const { bus, run, task } = this.#options;
    bus.publishLog(run, task, this.#encoder.encode(this.#chunk));
    this.#chunk = '';
  }
}
