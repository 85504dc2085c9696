/** `coordinator-child.ts WISH`: a coordinator process of a test's farm, with faults at places of the test's choice. */
import { readFileSync } from 'node:fs';
import { NatsBus } from '#proto/adapters/nats-bus.ts';
import { NatsJournal } from '#proto/adapters/nats-journal.ts';
import { S3BlobStore } from '#proto/adapters/s3-blob-store.ts';
import { systemClock } from '#proto/adapters/system-clock.ts';
import { wrapError } from '#proto/errors.ts';
import type { Journal } from '#proto/ports/journal.ts';
import { ChannelPublisher } from '#coordinator/channel/channel-publisher.ts';
import { decodeStep } from '#coordinator/core/fact-codec.ts';
import type { RunPlan } from '#coordinator/core/run-plan.ts';
import { openRun } from '#coordinator/shell/open-run.ts';
import type { RunEvent } from '#coordinator/shell/run-events.ts';
import { openLogger } from '#deploy/logger.ts';
import { packageIndexReader } from '#deploy/package-index-reader.ts';
import { altered } from '../altered.ts';
import { type CoordinatorWish, die, say, wishOf } from './child-words.ts';

const wish = wishOf<CoordinatorWish>();

function planOf(path: string): RunPlan {
  const [fact] = decodeStep(readFileSync(path, 'utf8')).facts;
  if (fact?.kind !== 'run-submitted') throw new RangeError(`${path} holds no plan`);
  return fact.plan;
}

function deadly(journal: Journal): Journal {
  let count = 0;
  return altered(journal, {
    append: async (body, expected) => {
      const outcome = await journal.append(body, expected);
      count += 1;
      if (count === wish.diesAfterEntries) die(`entry ${expected + 1}`);
      return outcome;
    },
  });
}

function doubled(bus: NatsBus): NatsBus {
  if (wish.offersTwice !== true) return bus;
  return altered(bus, {
    offer: async (queue, messageId, body) => {
      await bus.offer(queue, `${messageId}/again`, body);
      return bus.offer(queue, messageId, body);
    },
  });
}

function tell(event: RunEvent): void {
  if (event.kind !== 'task') return;
  const { id: task, epoch, worker } = event.task;
  say({ event: 'task', what: event.what, task, epoch, worker });
}

async function main(): Promise<void> {
  const logger = await openLogger({ path: wish.logPath, isVerbose: true });
  const { farm, leaseMs } = wish;
  const connection = { servers: [wish.nats], name: 'coordinator', farm, logger };
  const bus = await NatsBus.connect({ ...connection, publisher: 'coordinator', leaseMs });
  const blobs = await S3BlobStore.open(wish.s3);
  const journal = await NatsJournal.open({
    ...connection,
    journal: 'run',
    assurance: { kind: 'assumed' },
  });
  const run = await openRun({
    journal: deadly(journal),
    bus: doubled(bus),
    blobs,
    clock: systemClock,
    logger,
    publisher: new ChannelPublisher({
      channelDir: wish.channelDir,
      store: blobs,
      clock: systemClock,
      reader: packageIndexReader,
      logger,
      replacesExisting: false,
    }),
    plan: planOf(wish.planPath),
    isBusLost: false,
    onEvent: tell,
  });
  say({ event: 'ready' });
  say({ event: 'finished', outcome: (await run.finished) ?? 'closed' });
}

try {
  await main();
  process.exit(0);
} catch (error) {
  const { code, message } = wrapError(error, 'coordinator');
  say({ event: 'ended', code, message });
  process.exit(3);
}
