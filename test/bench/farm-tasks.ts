/**
 * Empty tasks through a coordinator, NATS and eight workers, beside one client that takes as many messages from a
 * queue and has each acknowledgement confirmed. The coordinator is this process, the workers are another; the store
 * costs nothing: what is measured is the way of a task, not a disk.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { AckPolicy, jetstream, RetentionPolicy } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { NatsBus } from '#proto/adapters/nats-bus.ts';
import { NatsJournal } from '#proto/adapters/nats-journal.ts';
import { NatsLastValues } from '#proto/adapters/nats-last-values.ts';
import { NatsRunRegister } from '#proto/adapters/nats-run-register.ts';
import { systemClock } from '#proto/adapters/system-clock.ts';
import type { RunPlan } from '#coordinator/core/run-plan.ts';
import type { Farm } from '#coordinator/shell/farm.ts';
import { openFarm } from '#coordinator/shell/running-farm.ts';
import { NatsServer } from '../support/services/nats-server.ts';
import { SilentLogger } from '../support/silent-logger.ts';
import { makeLoad } from './farm-load.ts';

const RUNS = 200;
/** Before the clock runs. */
const WARM_UP_RUNS = 50;
const WORKERS = 8;
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
    const { tasksPerSecond, taskCount } = await farmSpeed(server.url);
    return { tasksPerSecond, plainPerSecond: await plainSpeed(server.url, taskCount) };
  } finally {
    await server.dispose();
  }
}

async function farmSpeed(url: string): Promise<{ tasksPerSecond: number; taskCount: number }> {
  const logger = new SilentLogger();
  const base = { servers: [url], farm: 'bench', logger };
  const values = await NatsLastValues.connect({ ...base, name: 'register' });
  const bus = await NatsBus.connect({ ...base, name: 'coordinator', publisher: 'coordinator' });
  const assurance = { kind: 'assumed' } as const;
  const journal = await NatsJournal.open({ ...base, name: 'journal', journal: 'farm', assurance });
  const runCount = WARM_UP_RUNS + RUNS;
  const [{ blobs, plans, taskCount: allCount }, workers] = await Promise.all([
    makeLoad(runCount),
    startWorkers(url, runCount),
  ]);
  const register = new NatsRunRegister(values);
  const ports = { journal, bus, register, blobs, logger, clock: systemClock };
  const farm = await openFarm({ ...ports, term: 1 });
  try {
    await through(farm, plans.slice(0, WARM_UP_RUNS));
    const startedAt = performance.now();
    await through(farm, plans.slice(WARM_UP_RUNS));
    const durationMs = performance.now() - startedAt;
    const taskCount = (allCount * RUNS) / runCount;
    return { tasksPerSecond: (taskCount * 1_000) / durationMs, taskCount };
  } finally {
    workers.send('end');
    await once(workers, 'exit');
    await farm.close();
    await Promise.all([bus, journal, values].map((open) => open.close()));
  }
}

async function startWorkers(url: string, runCount: number): Promise<ChildProcess> {
  const program = join(import.meta.dirname, 'farm-workers-child.ts');
  const words = [url, String(WORKERS), String(runCount)];
  const child = fork(program, words, { execArgv: ['--disable-warning=ExperimentalWarning'] });
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('the workers ended')));
  await Promise.race([once(child, 'message'), ended]);
  ended.catch(() => undefined);
  return child;
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

async function plainSpeed(url: string, messageCount: number): Promise<number> {
  const connection = await connect({ servers: url });
  const client = jetstream(connection);
  const manager = await client.jetstreamManager();
  const stream = 'PLAIN';
  const retention = RetentionPolicy.Workqueue;
  await manager.streams.add({ name: stream, subjects: ['plain'], retention });
  const name = 'plain';
  await manager.consumers.add(stream, { durable_name: name, ack_policy: AckPolicy.Explicit });
  const body = new Uint8Array(MESSAGE_BYTES);
  for (let count = 0; count < messageCount; count += 1) await client.publish('plain', body);
  const consumer = await client.consumers.get(stream, name);
  const startedAt = performance.now();
  for (let count = 0; count < messageCount; count += 1) {
    const message = await consumer.next({ expires: PULL_MS });
    await message?.ackAck();
  }
  const durationMs = performance.now() - startedAt;
  await connection.close();
  return (messageCount * 1_000) / durationMs;
}
