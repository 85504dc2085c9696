/** Directories that users name, where nothing can be made: recursive mkdir of the runtime never returns there. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from '#proto/adapters/system-clock.ts';
import { workerConfig } from '#deploy/config/farm-config.ts';
import { makeWorkerDirectories } from '#deploy/farm/worker.ts';
import { openLogger } from '#deploy/logger.ts';
import { openBlobs } from '#deploy/store/open-blobs.ts';

const nowhere = process.platform === 'linux' ? '/proc/stageyard' : '/dev/stageyard';
const refused = (message: RegExp) => ({ code: 'STORE_UNWRITABLE', message });
const limits = { timeout: 10_000 };

describe('a place where nothing can be made is told at once, with what to change', limits, () => {
  it('as a store', async () => {
    const signal = new AbortController().signal;
    const patience = { clock: systemClock, signal, say: () => undefined, uploadsDir: nowhere };
    await assert.rejects(
      openBlobs({ kind: 'directory', path: nowhere }, patience),
      refused(/the store .*\n.*--store/),
    );
  });

  it('as the directory of a log', async () => {
    await assert.rejects(
      openLogger({ path: `${nowhere}/x.log`, isVerbose: false, flag: '--log' }),
      refused(/of the log .*\n.*--log/),
    );
  });

  it('as directories of a worker', async () => {
    for (const flag of ['cacheDir', 'buildRoot']) {
      const flags = { cacheDir: '/tmp', buildRoot: '/tmp', [flag]: nowhere };
      await assert.rejects(
        makeWorkerDirectories(workerConfig({ file: undefined, environment: {}, flags })),
        refused(/--(cache-dir|build-root)/),
      );
    }
  });
});
