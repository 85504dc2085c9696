import assert from 'node:assert/strict';
import test from 'node:test';
import { systemClock } from '#proto/adapters/system-clock.ts';

test('a sleep longer than any timer stays asleep until it is aborted', async () => {
  const control = new AbortController();
  const sleeping = systemClock.sleep(2 ** 40, control.signal);
  await systemClock.sleep(5);
  control.abort(new Error('enough'));
  await assert.rejects(sleeping, /enough/);
});

test('a sleep that is aborted before it begins rejects with the reason', async () => {
  const signal = AbortSignal.abort(new Error('before'));
  await assert.rejects(systemClock.sleep(1, signal), /before/);
});
