/**
 * One delivery of one queued message. The client's own handles acknowledge once and lose what is said
 * while the connection is away; here every word is a request on the reply subject, repeated until the
 * server confirms it. After a lease has run out nothing is said any more but a late `ack`: another worker
 * has the message, and JetStream can't tell two holders apart.
 */
import type { Msg } from '@nats-io/transport-node';
import { StageyardError } from '../errors.ts';
import type { TaskDelivery } from '../ports/bus.ts';
import { type HeldLease, monotonicMs, type NatsLeaseThread } from './nats-lease-thread.ts';
import { NS_PER_MS } from './nats-api.ts';
import { isTimeout, natsError } from './nats-connection.ts';
import type { NatsLink } from './nats-link.ts';
import { systemClock } from './system-clock.ts';

/** An acknowledgement is repeated for so long. */
const SETTLE_TIMEOUT_MS = 120_000;
/** One try of a confirmed word. */
const TRY_TIMEOUT_MS = 1_000;
/** Between tries while the connection is there but the server isn't ready. */
const RETRY_PAUSE_MS = 250;
/** A renewal is given up early, so that the next can be asked. */
const RENEWAL_LEASE_PART = 0.25;
/** Of the lease: as long as this after a renewal there is none to be asked. */
const FRESH_LEASE_PART = 0.25;
/**
 * Words without an answer on a connection that is up. A server that crashed may have forgotten that it delivered
 * the message: then it never answers, and delivers it again.
 */
const UNANSWERED_MAX = 20;
/** Right after a restart the server may not hear a renewal; this long it is repeated. */
const RENEWAL_AFTER_OUTAGE_MS = 5_000;

/** What a delivery works with. */
export interface DeliveryContext {
  readonly link: NatsLink;
  readonly leaseMs: number;
  /** Told once when the delivery is settled. */
  readonly onSettled: (delivery: NatsDelivery) => void;
  /** Keeps the lease too, where there is one. */
  readonly thread?: NatsLeaseThread | undefined;
}

/** See the file's head. */
export class NatsDelivery implements TaskDelivery {
  readonly body: Uint8Array;
  readonly deliveryCount: number;
  readonly #context: DeliveryContext;
  readonly #reply: string;
  readonly #held: HeldLease | undefined;
  /** On the monotonic clock: when this thread last made the lease certain. */
  #askedMs = monotonicMs();
  #isSettled = false;

  constructor(message: Msg, deliveryCount: number, context: DeliveryContext) {
    this.body = message.data;
    this.deliveryCount = deliveryCount;
    this.#reply = message.reply ?? '';
    this.#context = context;
    this.#held = context.thread?.hold(this.#reply);
  }

  /** True from the moment at which somebody else may have it. */
  get isLeaseOver(): boolean {
    return this.#confirmedAgoMs >= this.#context.leaseMs;
  }

  /** Time since the lease was last certain. */
  get #confirmedAgoMs(): number {
    return monotonicMs() - Math.max(this.#askedMs, this.#held?.confirmedMs() ?? 0);
  }

  async extend(): Promise<void> {
    if (this.isLeaseOver) {
      const text = 'the lease of this delivery has run out; another worker may have the task';
      throw new StageyardError('LEASE_STALE_EPOCH', text);
    }
    if (!this.#isSettled && !this.#isKeptByThread) await this.#renew();
  }

  get #isKeptByThread(): boolean {
    const agoMs = monotonicMs() - (this.#held?.confirmedMs() ?? 0);
    return agoMs < this.#context.leaseMs * FRESH_LEASE_PART;
  }

  async #renew(): Promise<void> {
    const { leaseMs } = this.#context;
    const askedMs = monotonicMs();
    try {
      const timeoutMs = Math.min(TRY_TIMEOUT_MS, leaseMs * RENEWAL_LEASE_PART);
      await this.#say('+WPI', timeoutMs);
      this.#askedMs = askedMs;
    } catch (error) {
      throw natsError(error, 'renew a lease');
    }
  }

  /** Renews as soon as the server hears it. False when it can't be relied on. */
  async extendAfterOutage(): Promise<boolean> {
    const deadlineMs = performance.now() + RENEWAL_AFTER_OUTAGE_MS;
    while (!this.isLeaseOver && !this.#context.link.isClosed && performance.now() < deadlineMs) {
      try {
        if (!this.#isSettled) await this.#renew();
        return true;
      } catch (error) {
        if (natsError(error, 'renew').code !== 'BUS_UNAVAILABLE') return false;
        await systemClock.sleep(RETRY_PAUSE_MS);
      }
    }
    return false;
  }

  async ack(): Promise<void> {
    this.#settle();
    await this.#sayUntilConfirmed('+ACK', () => false);
  }

  /**
   * As {@link ack}, without waiting for an answer: for messages that may come again. Throws `BUS_UNAVAILABLE` on a
   * connection that was closed.
   */
  ackUnconfirmed(): void {
    this.#settle();
    try {
      this.#context.link.connection.publish(this.#reply, '+ACK');
    } catch (error) {
      throw natsError(error, 'acknowledge an event');
    }
  }

  async release(delayMs: number): Promise<void> {
    const isKnownSettled = this.#isSettled;
    this.#settle();
    if (isKnownSettled) return;
    const delay =
      delayMs > 0 ? ` ${JSON.stringify({ delay: Math.ceil(delayMs) * NS_PER_MS })}` : '';
    await this.#sayUntilConfirmed(`-NAK${delay}`, () => this.isLeaseOver);
  }

  abandon(): void {
    this.#settle();
  }

  #settle(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#held?.drop();
    this.#context.onSettled(this);
  }

  async #sayUntilConfirmed(word: string, isPointless: () => boolean): Promise<void> {
    const { link } = this.#context;
    const deadlineMs = performance.now() + SETTLE_TIMEOUT_MS;
    for (let unanswered = 0; !isPointless(); ) {
      try {
        return await this.#say(word, TRY_TIMEOUT_MS);
      } catch (error) {
        const leftMs = deadlineMs - performance.now();
        if (isTimeout(error) && link.isUp) unanswered += 1;
        const isOver = link.isClosed || leftMs <= 0 || unanswered >= UNANSWERED_MAX;
        if (isOver) throw natsError(error, 'settle a delivery');
        await systemClock.sleep(Math.min(RETRY_PAUSE_MS, leftMs));
        await link.untilUp(leftMs);
      }
    }
  }

  async #say(word: string, timeoutMs: number): Promise<void> {
    await this.#context.link.ask({ subject: this.#reply, body: word, timeoutMs });
  }
}
