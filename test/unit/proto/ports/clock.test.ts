import assert from 'node:assert/strict';
import { it } from 'node:test';
import { pauseUnlessAborted } from '#proto/ports/clock.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

it('a pause takes all of its time, or ends at once when the signal is aborted', async () => {
  const clock = new FakeClock();
  const control = new AbortController();
  const whole = pauseUnlessAborted(clock, 10, control.signal);
  await clock.advance(10);
  assert.equal(await whole, true);
  const cut = pauseUnlessAborted(clock, 10, control.signal);
  control.abort();
  assert.equal(await cut, false);
  assert.equal(await pauseUnlessAborted(clock, 10, control.signal), false);
  assert.equal(clock.sleeperCount, 0);
});

it('a clock that fails for another reason is told of', async () => {
  const broken = { nowMs: () => 0, sleep: () => Promise.reject(new Error('stopped')) };
  await assert.rejects(pauseUnlessAborted(broken, 1, new AbortController().signal), /stopped/);
});
