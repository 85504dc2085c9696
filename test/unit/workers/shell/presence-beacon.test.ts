/** What a worker says of itself, and when. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryBus } from '#proto/adapters/memory-bus.ts';
import { decodeWorkerAnnouncement } from '#proto/messages/worker-codec.ts';
import { PresenceBeacon } from '#workers/shell/presence-beacon.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { sampleAnnouncement } from '../../../support/sample-messages.ts';
import { SilentLogger } from '../../../support/silent-logger.ts';

test('a worker announces itself every five seconds, at once when something changed, and whatever went wrong before', async () => {
  const clock = new FakeClock();
  const bus = new MemoryBus({ clock });
  const heard: number[] = [];
  await bus.onPresence((_worker, body) => void heard.push(decodeWorkerAnnouncement(body).slots));
  const { worker } = sampleAnnouncement;
  let slots = 1;
  const announcement = async (): Promise<typeof sampleAnnouncement> => {
    if (slots === 3) throw new TypeError('no such thing');
    return { ...sampleAnnouncement, slots };
  };
  const logger = new SilentLogger();
  const beacon = new PresenceBeacon({ presence: bus, clock, logger, worker, announcement });
  await clock.advance(5_001);
  assert.deepEqual(heard, [1, 1]);
  slots = 2;
  await beacon.announce();
  await clock.advance(1);
  assert.deepEqual(heard, [1, 1, 2]);
  slots = 3;
  await clock.advance(5_000);
  slots = 4;
  await clock.advance(5_000);
  assert.deepEqual(heard, [1, 1, 2, 4]);
  assert.equal(logger.lines.length, 1);
  await beacon.stop();
  await clock.advance(10_000);
  assert.deepEqual(heard, [1, 1, 2, 4]);
});
