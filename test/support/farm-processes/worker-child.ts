/** `worker-child.ts WISH`: a worker process of a test's farm, with faults at places of the test's choice. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { NatsBus } from '#proto/adapters/nats-bus.ts';
import { S3BlobStore } from '#proto/adapters/s3-blob-store.ts';
import { SqliteResultIndex } from '#proto/adapters/sqlite-result-index.ts';
import { systemClock } from '#proto/adapters/system-clock.ts';
import { wrapError } from '#proto/errors.ts';
import { workerId } from '#proto/ids.ts';
import { decodeTaskEvent } from '#proto/messages/task-codec.ts';
import type { Bus, TaskDelivery } from '#proto/ports/bus.ts';
import type { TaskReporter } from '#proto/ports/task-reporter.ts';
import { openLogger } from '#deploy/logger.ts';
import { createInspector } from '#wasm-inspect/host/inspector.ts';
import { createEnvironmentService } from '#workers/environment/environment-service.ts';
import { readWorkerSecrets } from '#workers/secrets/worker-secrets.ts';
import type { TaskExecutor, TaskRequest } from '#workers/shell/task-executor.ts';
import { WorkerPool } from '#workers/shell/worker-pool.ts';
import { createTaskExecutor } from '#workers/tasks/executor.ts';
import { probeWorkerIdentity } from '#workers/tasks/worker-identity.ts';
import { altered } from '../altered.ts';
import { die, say, type WorkerWish, wishOf } from './child-words.ts';

const wish = wishOf<WorkerWish>();
const POOL = 'linux-64';

/** Every step of a task passes here. */
function reach(step: string): void {
  if (wish.diesAt.includes(step)) die(step);
}

function deadlyDelivery(delivery: TaskDelivery): TaskDelivery {
  reach('delivered');
  let isAcknowledging = false;
  const ack = async (): Promise<void> => {
    reach('before-acknowledgement');
    isAcknowledging = true;
    if (wish.acksLateMs !== undefined) await systemClock.sleep(wish.acksLateMs);
    await delivery.ack();
    reach('acknowledged');
    say({ event: 'acknowledged', deliveryCount: delivery.deliveryCount });
  };
  // An acknowledgement that is late is one whose lease isn't kept any more.
  const extend = async (): Promise<void> => {
    if (wish.acksLateMs === undefined || !isAcknowledging) await delivery.extend();
  };
  return altered(delivery, { ack, extend });
}

function deadlyBus(bus: NatsBus): Bus {
  return altered<Bus>(bus, {
    pull: async (queue, waitMs, signal) => {
      const delivery = await bus.pull(queue, waitMs, signal);
      return delivery === undefined ? undefined : deadlyDelivery(delivery);
    },
    publishEvent: async (messageId, body) => {
      const { kind } = decodeTaskEvent(body).body;
      reach(`before-${kind}`);
      await bus.publishEvent(messageId, body);
      reach(kind);
    },
  });
}

function deadlyReporter({ reporter, attempt }: TaskRequest): TaskReporter {
  const { task, epoch } = attempt;
  return {
    report: (news) => {
      reporter.report(news);
      if (news.kind !== 'phase') return;
      say({ event: 'working', task, epoch, phase: news.phase });
      reach(news.phase);
    },
  };
}

function deadlyExecutor(executor: TaskExecutor): TaskExecutor {
  return {
    execute: (request) => executor.execute({ ...request, reporter: deadlyReporter(request) }),
  };
}

async function main(): Promise<void> {
  const { directory, farm, leaseMs, name } = wish;
  await mkdir(directory, { recursive: true });
  const logger = await openLogger({ path: join(directory, 'worker.log'), isVerbose: true });
  const connection = { servers: [wish.nats], name, farm, logger };
  const bus = await NatsBus.connect({ ...connection, publisher: name, leaseMs });
  const blobs = await S3BlobStore.open(wish.s3);
  const results = await SqliteResultIndex.open({ path: wish.resultsPath, clock: systemClock });
  const caller = { PATH: process.env['PATH'] ?? '', HOME: directory };
  const executor = createTaskExecutor({
    environments: createEnvironmentService({
      cacheDir: join(directory, 'environments'),
      blobs,
      logger,
      environment: caller,
    }),
    blobs,
    results,
    clock: systemClock,
    inspector: createInspector(),
    sourceCacheDir: join(directory, 'sources'),
    logDir: directory,
    identity: await probeWorkerIdentity({ system: 'linux x64', path: caller.PATH }),
    caller,
    secrets: await readWorkerSecrets({ environment: process.env }),
    buildRoot: wish.buildRoot,
  });
  const ports = { bus: deadlyBus(bus), blobs, clock: systemClock, logger };
  const pool = await WorkerPool.start({
    ...ports,
    executor: deadlyExecutor(executor),
    worker: workerId(name),
    pools: () => [POOL],
    slots: wish.slots,
  });
  say({ event: 'ready' });
  process.once('SIGTERM', () => void pool.stop().then(() => process.exit(0)));
}

try {
  await main();
} catch (error) {
  const { code, message } = wrapError(error, 'worker');
  say({ event: 'ended', code, message });
  process.exit(3);
}
