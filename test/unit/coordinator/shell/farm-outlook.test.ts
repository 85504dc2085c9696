/** Places in the queues of a farm. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { MemoryRunRegister } from '#proto/adapters/memory-run-register.ts';
import { workerId } from '#proto/ids.ts';
import { encodeWorkerAnnouncement } from '#proto/messages/worker-codec.ts';
import type { WorkerAnnouncement } from '#proto/worker-messages.ts';
import type { RunState } from '#coordinator/core/state.ts';
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

function outlookOn(
  state: RunState,
  {
    clock = new FakeClock(),
    blobs = new FakeBlobStore(),
    signal = new AbortController().signal,
    onService = (_what: string, _problem: string | undefined): void => undefined,
  } = {},
): FarmOutlook {
  const register = new MemoryRunRegister();
  const logger = new SilentLogger();
  const states = (): RunState[] => [state];
  return new FarmOutlook({ register, blobs, clock, logger, signal, states, onService });
}

function hear(outlook: FarmOutlook, more: Partial<WorkerAnnouncement> = {}): void {
  const announcement = { ...sampleAnnouncement, isDraining: false, isSick: false, ...more };
  outlook.hear(announcement.worker, encodeWorkerAnnouncement(announcement));
}

const reasonsOf = (outlook: FarmOutlook, state: RunState) => {
  const views = [...state.tasks.values()].map((task) => viewOf(state, task));
  return outlook.refine(state, views).map(({ reason }) => reason);
};

it('all tasks of a large run have their places soon: offered ones first, then the most urgent', () => {
  const wishes = Array.from({ length: TASKS }, (_, index) => [
    `t${index}`,
    { estimateMs: index + 1 },
  ]);
  const { state } = new DrivenCore(runPlan(Object.fromEntries(wishes), { queueDepth: 2 }));
  const outlook = outlookOn(state);
  hear(outlook);
  const start = process.cpuUsage();
  const positions = reasonsOf(outlook, state).map((reason) =>
    reason?.kind === 'slots-full' ? reason.position : 0,
  );
  const { user } = process.cpuUsage(start);
  assert.ok(user < REFINED_US_MAX, `${user} µs`);
  const [least, next] = positions;
  assert.deepEqual([least, next], [TASKS, TASKS - 1]);
  // Two were offered at the same moment, the most urgent first.
  assert.deepEqual(positions.slice(-3), [3, 2, 1]);
});

it('workers are looked at once for each queue, not for each task, and not for tasks that wait for none', () => {
  const names = Array.from({ length: 100 }, (_, index) => `t${index}`);
  const wishes = names.map((name, index) => [name, { pool: index % 2 ? 'linux-64' : 'osx-64' }]);
  const plan = runPlan({ ...Object.fromEntries(wishes), last: { after: names } });
  const { state } = new DrivenCore(plan);
  const outlook = outlookOn(state);
  for (const worker of names) hear(outlook, { worker: workerId(worker) });
  let looks = 0;
  const list = outlook.workers.bind(outlook);
  outlook.workers = () => {
    looks += 1;
    return list();
  };
  const kinds = reasonsOf(outlook, state).map((reason) => reason?.kind);
  assert.deepEqual(kinds.slice(-3), ['no-worker', 'slots-full', 'needs-tasks']);
  assert.equal(looks, 2);
});

it('who does not answer is away, however long an adapter waits for him', async () => {
  const { state } = new DrivenCore(runPlan({ a: {} }));
  const clock = new FakeClock();
  const end = new AbortController();
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const blobs = Object.assign(new FakeBlobStore(), { has: () => promise });
  const said: unknown[] = [];
  const onService = (...word: unknown[]): void => void said.push(word);
  const outlook = outlookOn(state, { clock, blobs, signal: end.signal, onService });
  hear(outlook);
  outlook.start();
  await clock.advance(9_999);
  assert.deepEqual(outlook.unreachable(), []);
  await clock.advance(1);
  assert.deepEqual(reasonsOf(outlook, state), [{ kind: 'unreachable', what: 'store' }]);
  resolve(false);
  await clock.advance(0);
  assert.deepEqual(outlook.unreachable(), []);
  assert.deepEqual(said, [
    ['store', 'the store: no answer within 10 s'],
    ['store', undefined],
  ]);
  end.abort();
  await outlook.idle();
  assert.equal(clock.sleeperCount, 0);
});

it('workers that take nothing are none, and are not kept secret', () => {
  const { state } = new DrivenCore(runPlan({ a: {} }));
  const outlook = outlookOn(state);
  const nobody = { kind: 'no-worker', platform: 'linux-64', platforms: [] };
  assert.deepEqual(reasonsOf(outlook, state), [{ ...nobody, closedCount: 0 }]);
  hear(outlook, { isSick: true });
  assert.deepEqual(reasonsOf(outlook, state), [{ ...nobody, closedCount: 1 }]);
});
