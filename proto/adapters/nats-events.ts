/**
 * Follows the events of a farm through one durable consumer. Batches are pulled one after the other; an
 * outage is waited out; what was delivered but not acknowledged when it stops is handed back, so that the
 * next coordinator doesn't wait for leases.
 */
import type { Msg } from '@nats-io/transport-node';
import type { EventDelivery, Subscription } from '../ports/bus.ts';
import { pauseUnlessAborted } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { errorText } from './error-text.ts';
import { deliveryAddress } from './nats-api.ts';
import { NatsDelivery } from './nats-delivery.ts';
import type { NatsLink } from './nats-link.ts';
import type { PullInboxes } from './nats-pull.ts';
import { systemClock } from './system-clock.ts';

const BATCH_EVENTS = 200;
/** A pull that finds nothing ends after this and is made anew. */
const PULL_WAIT_MS = 5_000;
/** After a failure that is no outage. */
const RETRY_PAUSE_MS = 500;
/** An outage has no end that we know. */
const OUTAGE_WAIT_MS = 60_000;

/** What a follower works with. */
export interface EventFollowerOptions {
  readonly link: NatsLink;
  readonly stream: string;
  readonly consumer: string;
  readonly leaseMs: number;
  readonly logger: Logger;
  readonly inboxes: PullInboxes;
  readonly onEvent: (event: EventDelivery) => void;
  /** Makes the consumer again: somebody removed it, or the server lost it. */
  readonly makeConsumer: () => Promise<void>;
}

/** See the file's head. */
export class EventFollower implements Subscription {
  readonly #options: EventFollowerOptions;
  readonly #stopping = new AbortController();
  /** Delivered and not yet acknowledged. */
  readonly #open = new Set<NatsDelivery>();
  readonly #ended: Promise<void>;

  constructor(options: EventFollowerOptions) {
    this.#options = options;
    this.#ended = this.#follow();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#ended;
    if (!this.#options.link.isUp) return;
    const releases = [...this.#open].map((delivery) => delivery.release(0));
    for (const outcome of await Promise.allSettled(releases)) {
      if (outcome.status === 'fulfilled') continue;
      const cause = errorText(outcome.reason);
      this.#options.logger.debug({ cause }, 'an event comes again when its lease ends');
    }
  }

  async #follow(): Promise<void> {
    const { link, logger } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted && !link.isClosed) {
      try {
        await link.untilUp(OUTAGE_WAIT_MS, signal);
        await this.#pull();
      } catch (error) {
        if (signal.aborted || link.isClosed) return;
        logger.debug({ cause: errorText(error) }, 'events could not be pulled');
        await pauseUnlessAborted(systemClock, RETRY_PAUSE_MS, signal);
      }
    }
  }

  async #pull(): Promise<void> {
    const { inboxes, stream, consumer, logger, makeConsumer } = this.#options;
    const { signal } = this.#stopping;
    const onMessage = (message: Msg): void => this.#deliver(message);
    const request = { stream, consumer, batch: BATCH_EVENTS, waitMs: PULL_WAIT_MS };
    const end = await inboxes.pull({ ...request, signal, onMessage });
    if (end !== 'no-consumer') return;
    logger.warn({ stream, consumer }, 'the consumer of events is not there (yet)');
    if (await pauseUnlessAborted(systemClock, RETRY_PAUSE_MS, signal)) await makeConsumer();
  }

  #deliver(message: Msg): void {
    const { link, leaseMs, onEvent } = this.#options;
    const onSettled = (settled: NatsDelivery): void => void this.#open.delete(settled);
    const context = { link, leaseMs, onSettled };
    const count = deliveryAddress(message.reply)?.deliveryCount ?? 1;
    const delivery = new NatsDelivery(message, count, context);
    this.#forgetStale();
    this.#open.add(delivery);
    // An acknowledgement that is lost costs a second delivery, which decides nothing.
    onEvent({ body: delivery.body, ack: async () => delivery.ackUnconfirmed() });
  }

  /** An event that nobody acknowledged in time comes as a delivery of its own. */
  #forgetStale(): void {
    for (const delivery of this.#open) {
      if (!delivery.isLeaseOver) return;
      this.#open.delete(delivery);
    }
  }
}
