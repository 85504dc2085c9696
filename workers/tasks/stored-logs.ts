/**
 * On a farm the log of an attempt goes to the store when the attempt ends, however it ends, and leaves the worker:
 * whoever looks at the run is elsewhere.
 */
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { wrapError } from '#proto/errors.ts';
import type { RunId } from '#proto/ids.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { Logger } from '#proto/ports/logger.ts';
import type { TaskExecutor, TaskRequest } from '../shell/task-executor.ts';
import { attemptLogPath } from './build-session.ts';

/** Where logs are, and where they go. */
export interface StoredLogsOptions {
  readonly blobs: BlobStore;
  readonly logDirOf: (run: RunId) => string;
  readonly logger: Logger;
}

/** The executor, with its logs kept in the store. An attempt whose log can't be kept is none the worse. */
export function withStoredLogs(executor: TaskExecutor, options: StoredLogsOptions): TaskExecutor {
  return {
    execute: async (request) => {
      const path = attemptLogPath(options, request);
      await mkdir(dirname(path), { recursive: true });
      try {
        return await executor.execute(request);
      } finally {
        await keep(path, request, options);
      }
    },
  };
}

async function keep(
  path: string,
  { attempt, keepLog }: TaskRequest,
  { blobs, logger }: StoredLogsOptions,
): Promise<void> {
  try {
    if (!existsSync(path)) return;
    keepLog(await blobs.putFile(path, { owner: `${attempt.run}/${attempt.attempt}/log` }));
    await rm(path, { force: true });
  } catch (error) {
    const cause = wrapError(error, path).message;
    logger.warn({ task: attempt.task, cause }, 'the log of an attempt could not be stored');
  }
}
