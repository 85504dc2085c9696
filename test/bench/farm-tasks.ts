/**
 * Empty tasks through a coordinator, NATS and eight workers, beside one client that takes as many messages from a
 * queue and has each acknowledgement confirmed. Coordinator and workers share this process, its store is in memory:
 * what is measured is the way of a task, not a disk.
 */
import { AckPolicy, jetstream, RetentionPolicy } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { NatsBus } from '#proto/adapters/nats-bus.ts';
import { NatsJournal } from '#proto/adapters/nats-journal.ts';
import { NatsLastValues } from '#proto/adapters/nats-last-values.ts';
import { NatsRunRegister } from '#proto/adapters/nats-run-register.ts';
import { systemClock } from '#proto/adapters/system-clock.ts';
import { runId, workerId } from '#proto/ids.ts';
import type { RunRegister } from '#proto/ports/run-register.ts';
import { farmRetryPolicy } from '#coordinator/core/retry-policy.ts';
import type { RunPlan } from '#coordinator/core/run-plan.ts';
import { planRun } from '#coordinator/plan/plan-run.ts';
import type { Farm } from '#coordinator/shell/farm.ts';
import { openFarm } from '#coordinator/shell/running-farm.ts';
import { storePlan } from '#coordinator/shell/stored-plan.ts';
import { WorkerPool } from '#workers/shell/worker-pool.ts';
import { FakeBlobStore } from '../support/fake-blob-store.ts';
import { MadeUpExecutor, madeResult } from '../support/made-results.ts';
import { output, planInput, recipe } from '../support/rendered-outputs.ts';
import { NatsServer } from '../support/services/nats-server.ts';
import { SilentLogger } from '../support/silent-logger.ts';

const RUNS = 200;
const TASKS_PER_RUN = 20;
const TASKS = RUNS * TASKS_PER_RUN;
const WORKERS = 8;
/** Before the clock runs. */
const WARM_UP_RUNS = 20;
const POOL = 'linux-64';
/** About the size of an offer. */
const MESSAGE_BYTES = 600;
const PULL_MS = 5_000;

/** What is measured. */
export interface TaskSpeed {
  readonly tasksPerSecond: number;
  readonly plainPerSecond: number;
}

/** See the file's head. */
export async function measureTasks(): Promise<TaskSpeed> {
  const server = await NatsServer.start();
  try {
    const tasksPerSecond = await farmSpeed(server.url);
    return { tasksPerSecond, plainPerSecond: await plainSpeed(server.url) };
  } finally {
    await server.dispose();
  }
}

async function farmSpeed(url: string): Promise<number> {
  const logger = new SilentLogger();
  const blobs = new FakeBlobStore();
  const base = { servers: [url], farm: 'bench', logger };
  const values = await NatsLastValues.connect({ ...base, name: 'register' });
  const register = new NatsRunRegister(values);
  const bus = await NatsBus.connect({ ...base, name: 'coordinator', publisher: 'coordinator' });
  const assurance = { kind: 'assumed' } as const;
  const journal = await NatsJournal.open({ ...base, name: 'journal', journal: 'farm', assurance });
  const ports = { journal, bus, register, blobs, logger, clock: systemClock };
  const farm = await openFarm({ ...ports, term: 1 });
  const plans: RunPlan[] = [];
  for (let index = 0; index < WARM_UP_RUNS + RUNS; index += 1) plans.push(await plan(blobs, index));
  const names = Array.from({ length: WORKERS }, (_, index) => `w${index}`);
  const buses = await Promise.all(
    names.map((name) => NatsBus.connect({ ...base, name, publisher: name })),
  );
  const pools = await Promise.all(
    buses.map((own, index) => worker(`w${index}`, { bus: own, blobs, register })),
  );
  await through(farm, plans.slice(0, WARM_UP_RUNS));
  const startedAt = performance.now();
  await through(farm, plans.slice(WARM_UP_RUNS));
  const durationMs = performance.now() - startedAt;
  await Promise.all(pools.map((pool) => pool.drain()));
  await farm.close();
  await Promise.all([...buses, bus, journal, values].map((open) => open.close()));
  return (TASKS * 1_000) / durationMs;
}

/** Submits runs and waits for all of them. */
async function through(farm: Farm, plans: readonly RunPlan[]): Promise<void> {
  const ends = plans.map(async (one) => {
    await farm.submit(one);
    const { promise, resolve } = Promise.withResolvers<string>();
    await farm.run(one.run)?.follow((event) => {
      if (event.kind === 'finished') resolve(event.outcome);
    });
    if ((await promise) !== 'succeeded') throw new Error(`${one.run} did not succeed`);
  });
  await Promise.all(ends);
}

function worker(
  name: string,
  parts: { readonly bus: NatsBus; readonly blobs: FakeBlobStore; readonly register: RunRegister },
): Promise<WorkerPool> {
  const { blobs, register, bus } = parts;
  const executor = new MadeUpExecutor(async ({ spec }) => {
    const made = madeResult(spec);
    if (made.kind === 'package') blobs.blobs.set(made.artifact.digest, new Uint8Array(1));
  });
  const ports = { bus, blobs, executor, clock: systemClock, logger: new SilentLogger() };
  const place = { worker: workerId(name), pools: () => [POOL], slots: 1, standings: register };
  return WorkerPool.start({ ...ports, ...place });
}

async function plan(blobs: FakeBlobStore, index: number): Promise<RunPlan> {
  const outputs = Array.from({ length: TASKS_PER_RUN }, (_, task) =>
    output({ name: `p${index}-${task}` }),
  );
  const planned = planRun(planInput([recipe(outputs)], { runOf: () => runId(`r-${index}`) }));
  if (!planned.ok) throw new Error(planned.failure.message);
  const options = { continueOnFailure: true, queueDepth: 16, retry: farmRetryPolicy };
  return storePlan({ plan: planned.value, blobs, options, poolOf: () => POOL });
}

async function plainSpeed(url: string): Promise<number> {
  const connection = await connect({ servers: url });
  const client = jetstream(connection);
  const manager = await client.jetstreamManager();
  const stream = 'PLAIN';
  const retention = RetentionPolicy.Workqueue;
  await manager.streams.add({ name: stream, subjects: ['plain'], retention });
  const name = 'plain';
  await manager.consumers.add(stream, { durable_name: name, ack_policy: AckPolicy.Explicit });
  const body = new Uint8Array(MESSAGE_BYTES);
  for (let count = 0; count < TASKS; count += 1) await client.publish('plain', body);
  const consumer = await client.consumers.get(stream, name);
  const startedAt = performance.now();
  for (let count = 0; count < TASKS; count += 1) {
    const message = await consumer.next({ expires: PULL_MS });
    await message?.ackAck();
  }
  const durationMs = performance.now() - startedAt;
  await connection.close();
  return (TASKS * 1_000) / durationMs;
}
