/** Fetches the logs of attempts as they end, one at a time. A log that can't be had is no failure of the build. */
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { wrapError } from '#proto/errors.ts';
import type { RunId, TaskId } from '#proto/ids.ts';
import type { Logger } from '#proto/ports/logger.ts';
import type { FarmClient } from './farm-client.ts';

/** What it works with. */
export interface LogCollectorOptions {
  readonly client: FarmClient;
  readonly run: RunId;
  readonly logDir: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** See the file's head. */
export class LogCollector {
  readonly #options: LogCollectorOptions;
  #last: Promise<void> = Promise.resolve();

  constructor(options: LogCollectorOptions) {
    this.#options = options;
  }

  /** Writes the log of the task's last attempt to a file of this name. */
  add(task: TaskId, fileName: string): void {
    this.#last = this.#last.then(() => this.#fetch(task, fileName));
  }

  /** Resolves when all are here. */
  async idle(): Promise<void> {
    await this.#last;
  }

  async #fetch(task: TaskId, fileName: string): Promise<void> {
    const { client, run, logDir, logger, signal } = this.#options;
    if (signal.aborted) return;
    try {
      const { chunks } = await client.log(run, task, { follows: false, signal });
      await mkdir(logDir, { recursive: true });
      await pipeline(chunks, createWriteStream(join(logDir, fileName)), { signal });
    } catch (error) {
      const cause = wrapError(error, task).message;
      logger.warn({ task, cause }, 'the log of an attempt could not be fetched');
    }
  }
}
