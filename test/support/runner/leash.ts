/**
 * Loaded into the process of a test file before the file. When the runner is gone, however it went, the
 * process and its children follow: the process leads a group of its own, which holds whatever it started. And
 * the runner hears of a test before it begins: a reporter could not tell while a test keeps the thread.
 */
import { afterEach, beforeEach } from 'node:test';
import { isMainThread } from 'node:worker_threads';
import type { FileEvent } from './file-event.ts';

// Threads of the file load this too.
const isOfRunner = process.env['STAGEYARD_TEST_RUNNER'] === String(process.ppid);

if (isMainThread && isOfRunner && process.channel !== undefined && process.channel !== null) {
  // Children that the file forks start without them.
  process.execArgv = process.execArgv.filter((word) => !/^--(import|test)/.test(word));
  process.on('disconnect', () => process.kill(0, 'SIGKILL'));
  // The listener alone would keep a file alive whose tests have ended.
  process.channel.unref();
  const tell = (event: FileEvent): void => void process.send?.(event);
  beforeEach(({ name }) => tell({ kind: 'began', test: name }));
  afterEach(({ name }) => tell({ kind: 'left', test: name }));
}
