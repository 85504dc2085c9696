/**
 * Empty tasks through a coordinator, NATS and eight workers, beside one client that takes as many messages from a
 * queue and has each acknowledgement confirmed. The coordinator is this process, the workers are another; the store
 * costs nothing: what is measured is the way of a task, not a disk.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
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
import { makeLoad, TASKS_PER_RUN } from './farm-load.ts';
import { PlainQueue } from './farm-plain.ts';

/** Both are measured in turns: whatever else the machine does meets both. */
const ROUNDS = 11;
const RUNS_PER_ROUND = 6;
/** Before the clock runs. */
const WARM_UP_RUNS = 10;
const RUNS = WARM_UP_RUNS + ROUNDS * RUNS_PER_ROUND;
const WORKERS = 8;
/** What is measured; the median of all rounds. */
export interface TaskSpeed {
  readonly tasksPerSecond: number;
  readonly plainPerSecond: number;
  /** Of the two, of the same round. */
  readonly ratio: number;
}

/** See the file's head. */
export async function measureTasks(): Promise<TaskSpeed> {
  const server = await NatsServer.start();
  try {
    await using plain = await PlainQueue.open(server.url);
    return await withFarm(server.url, (farm, plans) => inTurns(farm, plans, plain));
  } finally {
    await server.dispose();
  }
}

async function inTurns(
  farm: Farm,
  plans: readonly RunPlan[],
  plain: PlainQueue,
): Promise<TaskSpeed> {
  await through(farm, plans.slice(0, WARM_UP_RUNS));
  const rounds: TaskSpeed[] = [];
  for (let first = WARM_UP_RUNS; first < plans.length; first += RUNS_PER_ROUND) {
    const startedAt = performance.now();
    await through(farm, plans.slice(first, first + RUNS_PER_ROUND));
    const count = RUNS_PER_ROUND * TASKS_PER_RUN;
    const tasksPerSecond = (count * 1_000) / (performance.now() - startedAt);
    const plainPerSecond = await plain.perSecond(count);
    rounds.push({ tasksPerSecond, plainPerSecond, ratio: tasksPerSecond / plainPerSecond });
  }
  return {
    tasksPerSecond: median(rounds.map((round) => round.tasksPerSecond)),
    plainPerSecond: median(rounds.map((round) => round.plainPerSecond)),
    ratio: median(rounds.map((round) => round.ratio)),
  };
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
}

async function withFarm<T>(
  url: string,
  work: (farm: Farm, plans: readonly RunPlan[]) => Promise<T>,
): Promise<T> {
  const logger = new SilentLogger();
  const base = { servers: [url], farm: 'bench', logger };
  const values = await NatsLastValues.connect({ ...base, name: 'register' });
  const bus = await NatsBus.connect({ ...base, name: 'coordinator', publisher: 'coordinator' });
  const assurance = { kind: 'assumed' } as const;
  const journal = await NatsJournal.open({ ...base, name: 'journal', journal: 'farm', assurance });
  const [{ blobs, plans }, workers] = await Promise.all([makeLoad(RUNS), startWorkers(url)]);
  const register = new NatsRunRegister(values);
  const ports = { journal, bus, register, blobs, logger, clock: systemClock };
  const farm = await openFarm({ ...ports, term: 1 });
  try {
    return await work(farm, plans);
  } finally {
    workers.send('end');
    await once(workers, 'exit');
    await farm.close();
    await Promise.all([bus, journal, values].map((open) => open.close()));
  }
}

async function startWorkers(url: string): Promise<ChildProcess> {
  const program = join(import.meta.dirname, 'farm-workers-child.ts');
  const words = [url, String(WORKERS), String(RUNS)];
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
