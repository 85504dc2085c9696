/**
 * The log of one task as it grows: each line once and in order, through outages of everybody. Lines are numbered by the
 * worker (for an older one by the coordinator). What was not heard live is fetched: from the stored log once the attempt has ended, before that from the last
 * lines that the coordinator remembers. Where they don't reach back far enough it is told how many lines are missing.
 */
import type { RunId, TaskId } from '#proto/ids.ts';
import type { LinePlace } from '#proto/ports/task-reporter.ts';
import { endedAttempt, type TaskView } from '#coordinator/shell/run-events.ts';
import type { FarmClient, LogText } from './farm-client.ts';
import { linesOf } from './lines.ts';

/** Longest line of a log. */
const LINE_BYTES_MAX = 16 * 1024 * 1024;

/** Whose log, and who reads it. */
export interface FollowedLogOptions {
  readonly client: FarmClient;
  readonly run: RunId;
  readonly task: TaskId;
  /** Nothing else is told before it resolves. */
  readonly onLine: (text: string) => Promise<void>;
  /** So many lines are missing between the last line and the next; undefined: it isn't known how many. */
  readonly onMissing: (count: number | undefined) => void;
}

/** See the file's head. One call at a time; all reject as {@link FarmClient.log}. */
export class FollowedLog {
  readonly #options: FollowedLogOptions;
  /** The attempt whose lines are told. */
  #epoch = 0;
  /** Index of its next line. */
  #next = 0;
  /** All is told of attempts up to this one. */
  #closedEpoch = 0;

  constructor(options: FollowedLogOptions) {
    this.#options = options;
  }

  /** Something was told, and be it that lines are missing. */
  get hasBegun(): boolean {
    return this.#next > 0;
  }

  /** A line came live. */
  async hear(text: string, { epoch, index }: LinePlace): Promise<void> {
    if (epoch < this.#epoch || epoch <= this.#closedEpoch) return;
    this.#enter(epoch);
    if (index > this.#next) await this.#fetch(epoch);
    await this.#tell(text, index);
  }

  /** Looks for what was not heard; of an attempt that has ended the rest is told. */
  async look(view: TaskView): Promise<void> {
    if (view.result?.reused === true) return;
    const ended = endedAttempt(view);
    if (ended > this.#closedEpoch) await this.#close(ended, view);
    if (view.phase !== 'running') return;
    this.#enter(view.epoch);
    await this.#fetch(view.epoch);
  }

  async #close(epoch: number, { phase }: TaskView): Promise<void> {
    const isWhole = await this.#fetch(epoch);
    this.#closedEpoch = epoch;
    // A stopped task has no log any more, and nobody waits for one.
    if (!isWhole && epoch === this.#epoch && phase !== 'stopped') this.#breakOff();
  }

  /** Tells what there is of an attempt beyond what was told; answers whether that was all of it. */
  async #fetch(epoch: number): Promise<boolean> {
    const { client, run, task } = this.#options;
    const question = { run, task, epoch, isQuiet: true };
    return client.log(question, async (log) => {
      if (log.epoch !== epoch) return false;
      await this.#tellAll(log);
      return log.isWhole;
    });
  }

  async #tellAll({ epoch, firstLine, chunks }: LogText): Promise<void> {
    let index = firstLine;
    for await (const line of linesOf(chunks, LINE_BYTES_MAX)) {
      this.#enter(epoch);
      await this.#tell(line, index);
      index += 1;
    }
  }

  #enter(epoch: number): void {
    if (epoch <= this.#epoch) return;
    if (this.#epoch > this.#closedEpoch) this.#breakOff();
    this.#epoch = epoch;
    this.#next = 0;
  }

  /** What was told has an end that nobody has. Many tasks have no script. */
  #breakOff(): void {
    if (this.#next > 0) this.#options.onMissing(undefined);
  }

  async #tell(text: string, index: number): Promise<void> {
    if (index < this.#next) return;
    if (index > this.#next) this.#options.onMissing(index - this.#next);
    this.#next = index + 1;
    await this.#options.onLine(text);
  }
}
