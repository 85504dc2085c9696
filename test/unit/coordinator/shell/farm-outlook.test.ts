/** Places in the queues of a farm. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { MemoryRunRegister } from '#proto/adapters/memory-run-register.ts';
import { encodeWorkerAnnouncement } from '#proto/messages/worker-codec.ts';
import { FarmOutlook } from '#coordinator/shell/farm-outlook.ts';
import { viewOf } from '#coordinator/shell/run-events.ts';
import { FakeBlobStore } from '../../../support/fake-blob-store.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { DrivenCore, runPlan } from '../../../support/run-plans.ts';
import { sampleAnnouncement } from '../../../support/sample-messages.ts';
import { SilentLogger } from '../../../support/silent-logger.ts';

/** Comparing each with all takes seconds for so many. */
const TASKS = 40_000;
const REFINED_US_MAX = 1_000_000;

it('all tasks of a large run have their places soon: offered ones first, then the most urgent', () => {
  const wishes = Array.from({ length: TASKS }, (_, index) => [
    `t${index}`,
    { estimateMs: index + 1 },
  ]);
  const { state } = new DrivenCore(runPlan(Object.fromEntries(wishes), { queueDepth: 2 }));
  const outlook = new FarmOutlook({
    register: new MemoryRunRegister(),
    blobs: new FakeBlobStore(),
    clock: new FakeClock(),
    logger: new SilentLogger(),
    signal: new AbortController().signal,
    states: () => [state],
  });
  const { worker } = sampleAnnouncement;
  const announcement = { ...sampleAnnouncement, isDraining: false, isSick: false };
  outlook.hear(worker, encodeWorkerAnnouncement(announcement));
  const views = [...state.tasks.values()].map((task) => viewOf(state, task));
  const start = process.cpuUsage();
  const positions = outlook
    .refine(state, views)
    .map(({ reason }) => (reason?.kind === 'slots-full' ? reason.position : 0));
  const { user } = process.cpuUsage(start);
  assert.ok(user < REFINED_US_MAX, `${user} µs`);
  const [least, next] = positions;
  assert.deepEqual([least, next], [TASKS, TASKS - 1]);
  // Offered at the same moment.
  assert.deepEqual(positions.slice(-3), [3, 1, 1]);
});
