/**
 * Queues of offers: one durable pull consumer per pool and lane of a work-queue stream. Knows what was delivered and
 * is not settled: after an outage those leases are renewed before anything else.
 */
import type { JetStreamManager } from '@nats-io/jetstream';
import type { Msg } from '@nats-io/transport-node';
import type { OfferReceipt, QueueName, TaskDelivery } from '../ports/bus.ts';
import type { AbortSignalLike } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { FarmNames } from '../subjects.ts';
import { deliveryAddress } from './nats-api.ts';
import { natsError } from './nats-connection.ts';
import type { DurableConsumers } from './nats-consumers.ts';
import { NatsDelivery } from './nats-delivery.ts';
import type { NatsLeaseThread } from './nats-lease-thread.ts';
import type { NatsLink } from './nats-link.ts';
import type { StreamPublisher } from './nats-publisher.ts';
import type { PullInboxes } from './nats-pull.ts';
import { isOfferQueued, withdrawOffer } from './nats-withdraw.ts';
import { systemClock } from './system-clock.ts';

const RETRY_PAUSE_MS = 250;
/** One request to a consumer; longer waits are made of several, so a lost one costs little. */
const PULL_SLICE_MS = 15_000;
/** Before a consumer that is gone is made again. */
const NO_CONSUMER_PAUSE_MS = 500;

/** What queues work with. */
export interface TaskQueuesParts {
  readonly link: NatsLink;
  readonly names: FarmNames;
  readonly manager: JetStreamManager;
  readonly consumers: DurableConsumers;
  readonly publisher: StreamPublisher;
  readonly inboxes: PullInboxes;
  readonly leaseMs: number;
  /** Keeps leases too, where there is one. */
  readonly leaseThread: NatsLeaseThread | undefined;
  readonly logger: Logger;
}

/** See the file's head. */
export class TaskQueues {
  readonly #parts: TaskQueuesParts;
  readonly #held = new Set<NatsDelivery>();

  constructor(parts: TaskQueuesParts) {
    this.#parts = parts;
    parts.link.afterReconnect(() => this.#renewLeases());
  }

  /** As {@link Bus.offer}. */
  async offer(queue: QueueName, messageId: string, body: Uint8Array): Promise<OfferReceipt> {
    const { names, publisher } = this.#parts;
    const message = { subject: names.taskSubject(queue), messageId, body };
    const sequence = await publisher.publish(message, () => this.#ensure(queue));
    return { queue, sequence, messageId };
  }

  /** As {@link Bus.withdraw}. */
  withdraw(receipt: OfferReceipt): Promise<boolean> {
    return this.#atOffer(receipt, withdrawOffer);
  }

  /** As {@link Bus.isQueued}. */
  isQueued(receipt: OfferReceipt): Promise<boolean> {
    return this.#atOffer(receipt, isOfferQueued);
  }

  /** As {@link Bus.pull}. */
  async pull(
    queue: QueueName,
    waitMs: number,
    signal: AbortSignalLike | undefined,
  ): Promise<TaskDelivery | undefined> {
    const { link } = this.#parts;
    const deadlineMs = performance.now() + waitMs;
    for (let leftMs = waitMs; ; leftMs = deadlineMs - performance.now()) {
      if (signal?.aborted) return undefined;
      await link.untilUp(leftMs, signal);
      try {
        const delivery = await this.#pullSlice(queue, Math.min(leftMs, PULL_SLICE_MS), signal);
        if (delivery !== undefined || performance.now() >= deadlineMs) return delivery;
      } catch (error) {
        const known = natsError(error, 'pull');
        const isLate = performance.now() + RETRY_PAUSE_MS >= deadlineMs;
        if (known.code !== 'BUS_UNAVAILABLE' || isLate || link.isClosed) throw known;
        await systemClock.sleep(RETRY_PAUSE_MS);
      }
    }
  }

  async #atOffer(receipt: OfferReceipt, step: typeof withdrawOffer): Promise<boolean> {
    const { link, names, manager } = this.#parts;
    await link.untilUp(0);
    const consumer = names.taskConsumer(receipt.queue);
    const place = { manager, stream: names.tasksStream, consumer };
    try {
      return await link.asked(() => step(place, receipt));
    } catch (error) {
      throw natsError(error, 'look for an offer');
    }
  }

  async #pullSlice(
    queue: QueueName,
    leftMs: number,
    signal: AbortSignalLike | undefined,
  ): Promise<TaskDelivery | undefined> {
    const { names, inboxes, consumers } = this.#parts;
    const waitMs = Math.max(0, Math.ceil(leftMs));
    await this.#ensure(queue);
    const found: NatsDelivery[] = [];
    const onMessage = (message: Msg): void => void found.push(this.#hold(message));
    const consumer = names.taskConsumer(queue);
    const request = { stream: names.tasksStream, consumer, batch: 1, waitMs, signal };
    const end = await inboxes.pull({ ...request, onMessage });
    if (end === 'no-consumer') {
      consumers.forget();
      await systemClock.sleep(Math.min(NO_CONSUMER_PAUSE_MS, waitMs));
    }
    return found[0];
  }

  async #ensure(queue: QueueName): Promise<void> {
    const { names, consumers, leaseMs } = this.#parts;
    const [name, filter] = [names.taskConsumer(queue), names.taskSubject(queue)];
    await consumers.ensure({ stream: names.tasksStream, name, filter, leaseMs });
  }

  #hold(message: Msg): NatsDelivery {
    const { link, leaseMs, leaseThread: thread } = this.#parts;
    const count = deliveryAddress(message.reply)?.deliveryCount ?? 1;
    const onSettled = (settled: NatsDelivery): void => void this.#held.delete(settled);
    const delivery = new NatsDelivery(message, count, { link, leaseMs, onSettled, thread });
    this.#held.add(delivery);
    return delivery;
  }

  async #renewLeases(): Promise<void> {
    for (const delivery of this.#held) if (delivery.isLeaseOver) this.#held.delete(delivery);
    const held = [...this.#held];
    if (held.length === 0) return;
    const renewed = await Promise.all(held.map((delivery) => delivery.extendAfterOutage()));
    const fields = { leases: held.length, renewed: renewed.filter(Boolean).length };
    this.#parts.logger.info(fields, 'leases renewed after an outage');
  }
}
