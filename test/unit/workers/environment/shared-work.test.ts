import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StageyardError } from '#proto/errors.ts';
import { mapFew, settleAll, shareWork, unlessCancelled } from '#workers/environment/shared-work.ts';

const cancelled = new StageyardError('CANCELLED', 'another task');
const isCancelled = (error: unknown): boolean =>
  error instanceof StageyardError && error.code === 'CANCELLED';

test('work under way is joined, and started where there is none', async () => {
  const start = (): Promise<string> => Promise.resolve('started');
  const open = Promise.resolve('joined');
  assert.equal(await shareWork({ find: () => open, start }), 'joined');
  assert.equal(await shareWork({ find: () => undefined, start }), 'started');
});

test('work that ended with another task is started anew, other failures are passed on', async () => {
  const found: (Promise<string> | undefined)[] = [Promise.reject(cancelled), undefined];
  const start = (): Promise<string> => Promise.resolve('started');
  assert.equal(await shareWork({ find: () => found.shift(), start }), 'started');
  const broken = Promise.reject(new Error('broken'));
  await assert.rejects(shareWork({ find: () => broken, start }), /broken/);
});

test('who waits for others can be cancelled alone', async () => {
  const cancel = new AbortController();
  const { promise: open } = Promise.withResolvers<string>();
  const start = (): Promise<string> => Promise.resolve('started');
  const waiting = shareWork({ find: () => open, start, signal: cancel.signal });
  cancel.abort();
  await assert.rejects(waiting, isCancelled);
  await assert.rejects(unlessCancelled(open, AbortSignal.abort()), isCancelled);
});

test('a failure of one is told when all have ended', async () => {
  const { promise: slow, resolve } = Promise.withResolvers<string>();
  let hasEnded = false;
  const all = settleAll([slow, Promise.reject(new Error('first'))]).catch(() => {
    hasEnded = true;
  });
  await Promise.resolve();
  assert.equal(hasEnded, false);
  resolve('late');
  await all;
  assert.deepEqual(await settleAll([Promise.resolve(1), Promise.resolve(2)]), [1, 2]);
});

test('a few items are worked on at a time, in order, and none after a failure', async () => {
  let running = 0;
  let most = 0;
  const doubled = await mapFew([1, 2, 3, 4, 5, 6, 7], async (item) => {
    running += 1;
    most = Math.max(most, running);
    await Promise.resolve();
    running -= 1;
    return item * 2;
  });
  assert.deepEqual(doubled, [2, 4, 6, 8, 10, 12, 14]);
  assert.equal(most, 4);
  const seen: number[] = [];
  const failing = mapFew([1, 2, 3, 4, 5, 6], (item) => {
    seen.push(item);
    return item === 2 ? Promise.reject(new Error('two')) : Promise.resolve(item);
  });
  await assert.rejects(failing, /two/);
  assert.ok(!seen.includes(6), String(seen));
});
