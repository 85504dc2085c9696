/** Fetches the logs of attempts as they end, one at a time. A log that can't be had is no failure of the build. */
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { errorCodeOf, wrapError } from '#proto/errors.ts';
import type { RunId, TaskId } from '#proto/ids.ts';
import type { Logger } from '#proto/ports/logger.ts';
import { logFileName } from '../log-file-name.ts';
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

  /** Writes the log of an attempt to its file. */
  add(task: TaskId, epoch: number): void {
    this.#last = this.#last.then(() => this.#fetch(task, epoch));
  }

  /** Resolves when all are here. */
  async idle(): Promise<void> {
    await this.#last;
  }

  async #fetch(task: TaskId, epoch: number): Promise<void> {
    const { client, run, logDir, logger, signal } = this.#options;
    if (signal.aborted) return;
    const path = join(logDir, logFileName(task, epoch));
    try {
      await mkdir(logDir, { recursive: true });
      await client.log({ run, task, epoch, signal }, async (log) => {
        if (log.epoch !== epoch) return;
        try {
          await pipeline(log.chunks, createWriteStream(path), { signal });
        } catch (error) {
          // A file that can't be written is no outage of the farm.
          throw wrapError(error, `log ${path}`, errorCodeOf(error, 'OUTPUT_UNWRITABLE'));
        }
      });
    } catch (error) {
      const cause = wrapError(error, task).message;
      logger.warn({ task, cause }, 'the log of an attempt could not be fetched');
    }
  }
}
