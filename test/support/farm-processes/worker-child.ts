/**
 * `worker-child.ts WISH`: the process of `stageyard worker`, with faults at places of the test's choice. What is
 * broken are the ports' classes, before the program begins: its own code is as it is.
 */
import { NatsBus } from '#proto/adapters/nats-bus.ts';
import { S3ResultIndex } from '#proto/adapters/s3-result-index.ts';
import { systemClock } from '#proto/adapters/system-clock.ts';
import { decodeTaskEvent } from '#proto/messages/task-codec.ts';
import type { TaskDelivery } from '#proto/ports/bus.ts';
import type { TaskReporter } from '#proto/ports/task-reporter.ts';
import { runWorker } from '#deploy/farm/worker.ts';
import { openLogger } from '#deploy/logger.ts';
import type { TaskExecution, TaskExecutor, TaskRequest } from '#workers/shell/task-executor.ts';
import { WorkerPool } from '#workers/shell/worker-pool.ts';
import { altered, replaceMethod } from '../altered.ts';
import {
  die,
  type MadeResult,
  runChild,
  say,
  shortenLeases,
  type WorkerWish,
  wishOf,
} from './child-words.ts';

const { config, leaseMs, diesAt, acksLateMs } = wishOf<WorkerWish>();

/** Every step of a task passes here. */
function reach(step: string): void {
  if (diesAt.includes(step)) die(step);
}

function deadlyDelivery(delivery: TaskDelivery): TaskDelivery {
  say({ event: 'delivered', deliveryCount: delivery.deliveryCount });
  reach('delivered');
  let isAcknowledging = false;
  const ack = async (): Promise<void> => {
    reach('before-acknowledgement');
    isAcknowledging = true;
    if (acksLateMs !== undefined) await systemClock.sleep(acksLateMs);
    await delivery.ack();
    reach('acknowledged');
    say({ event: 'acknowledged', deliveryCount: delivery.deliveryCount });
  };
  // An acknowledgement that is late is one whose lease isn't kept any more.
  const extend = async (): Promise<void> => {
    if (acksLateMs === undefined || !isAcknowledging) await delivery.extend();
  };
  return altered(delivery, { ack, extend });
}

function breakBus(): void {
  replaceMethod(
    NatsBus.prototype,
    'pull',
    (pull) =>
      async function (this: NatsBus, queue, waitMs, signal) {
        const delivery = await pull.call(this, queue, waitMs, signal);
        return delivery === undefined ? undefined : deadlyDelivery(delivery);
      },
  );
  replaceMethod(
    NatsBus.prototype,
    'publishEvent',
    (publishEvent) =>
      async function (this: NatsBus, messageId, body) {
        const { kind } = decodeTaskEvent(body).body;
        reach(`before-${kind}`);
        await publishEvent.call(this, messageId, body);
        reach(kind);
      },
  );
}

/** A claim on a result is given up as soon as a lease. */
function shortenClaims(): void {
  replaceMethod(
    S3ResultIndex.prototype,
    'claim',
    (claim) =>
      function (this: S3ResultIndex, key, owner) {
        return claim.call(this, key, owner, leaseMs);
      },
  );
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

/** Does it, and says when and what came of it. */
async function executed(executor: TaskExecutor, request: TaskRequest): Promise<TaskExecution> {
  const { task, epoch } = request.attempt;
  const tell = (made: MadeResult | null): void =>
    say({ event: 'ends', task, epoch, atMs: Date.now(), made });
  say({ event: 'begins', task, epoch, atMs: Date.now() });
  try {
    const execution = await executor.execute({ ...request, reporter: deadlyReporter(request) });
    const { output, reused } = execution;
    tell({ reused, digest: output.kind === 'package' ? output.artifact.digest : null });
    return execution;
  } catch (error) {
    tell(null);
    throw error;
  }
}

function watchExecutors(): void {
  const start = WorkerPool.start.bind(WorkerPool);
  WorkerPool.start = (options) => {
    const execute: TaskExecutor['execute'] = (request) => executed(options.executor, request);
    return start({ ...options, executor: { execute } });
  };
}

shortenLeases(leaseMs, acksLateMs === undefined);
shortenClaims();
breakBus();
watchExecutors();
await runChild(async (surroundings) => {
  const logger = await openLogger({ path: config.logPath, isVerbose: true });
  await runWorker({ ...surroundings, config, logger, environment: process.env });
});
