/** Renewals on a clock that the test moves. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StageyardError } from '#proto/errors.ts';
import type { TaskDelivery } from '#proto/ports/bus.ts';
import { keepLease } from '#workers/shell/lease-keeper.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const LEASE_MS = 60_000;

function kept(extend: () => Promise<void>) {
  const clock = new FakeClock();
  const ended = new AbortController();
  let renewals = 0;
  let outcome: string | undefined;
  const delivery: TaskDelivery = {
    body: new Uint8Array(),
    deliveryCount: 1,
    extend: () => {
      renewals += 1;
      return extend();
    },
    ack: async () => undefined,
    release: async () => undefined,
    abandon: () => undefined,
  };
  const done = keepLease({
    delivery: () => delivery,
    leaseMs: LEASE_MS,
    clock,
    signal: ended.signal,
  }).then((how) => {
    outcome = how;
  });
  return { clock, ended, done, renewals: () => renewals, outcome: () => outcome };
}

describe('the lease keeper', () => {
  it('renews three times per lease until it is ended, and leaves nothing behind', async () => {
    const keeper = kept(async () => undefined);
    await keeper.clock.advance(LEASE_MS * 2);
    assert.equal(keeper.renewals(), 6);
    keeper.ended.abort();
    await keeper.done;
    assert.equal(keeper.outcome(), 'ended');
    assert.equal(keeper.clock.sleeperCount, 0);
  });

  it('survives a short outage by trying more often', async () => {
    let isAway = true;
    const keeper = kept(async () => {
      if (isAway) throw new StageyardError('BUS_UNAVAILABLE', 'away');
    });
    await keeper.clock.advance(35_000);
    isAway = false;
    await keeper.clock.advance(LEASE_MS * 2);
    assert.equal(keeper.outcome(), undefined);
    keeper.ended.abort();
    await keeper.done;
  });

  it('gives up before the lease is over when nothing is confirmed', async () => {
    const keeper = kept(async () => {
      throw new StageyardError('BUS_UNAVAILABLE', 'away');
    });
    await keeper.clock.advance(44_000);
    assert.equal(keeper.outcome(), undefined);
    await keeper.clock.advance(3_000);
    assert.equal(keeper.outcome(), 'lost');
  });

  it('gives up at once when somebody else has the lease', async () => {
    const keeper = kept(async () => {
      throw new StageyardError('LEASE_STALE_EPOCH', 'not yours');
    });
    await keeper.clock.advance(21_000);
    assert.equal(keeper.outcome(), 'lost');
    assert.equal(keeper.renewals(), 1);
  });
});
