/**
 * Workers' news on the in-process bus: stored in order, delivered to the one consumer, delivered again
 * after `leaseMs` until acknowledged. Without a consumer they wait.
 */
import type { EventDelivery, Subscription } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import { StageyardError } from '../errors.ts';
import { type CancelAlarm, setAlarm } from './alarm.ts';

interface StoredEvent {
  readonly body: Uint8Array;
  cancelAlarm: CancelAlarm;
}

type Consumer = (event: EventDelivery) => void;

/** See the file's head. */
export class MemoryEventStream {
  readonly #clock: Clock;
  readonly #leaseMs: number;
  readonly #stored = new Set<StoredEvent>();
  #consumer: Consumer | undefined;

  constructor(clock: Clock, leaseMs: number) {
    this.#clock = clock;
    this.#leaseMs = leaseMs;
  }

  /** Events not yet acknowledged. */
  get length(): number {
    return this.#stored.size;
  }

  add(body: Uint8Array): void {
    const event: StoredEvent = { body, cancelAlarm: () => undefined };
    this.#stored.add(event);
    if (this.#consumer !== undefined) this.#deliver(event, this.#consumer);
  }

  /** Starts with everything that is not acknowledged, in order of storage. */
  consume(onEvent: Consumer): Subscription {
    if (this.#consumer !== undefined) {
      throw new StageyardError('BUS_UNAVAILABLE', 'the events have a consumer already');
    }
    const consumer: Consumer = (event) => onEvent(event);
    this.#consumer = consumer;
    for (const event of this.#stored) this.#deliver(event, consumer);
    return {
      stop: async () => {
        if (this.#consumer === consumer) this.close();
      },
    };
  }

  /** Ends delivery; what is not acknowledged stays stored. */
  close(): void {
    this.#consumer = undefined;
    for (const event of this.#stored) event.cancelAlarm();
  }

  /** In a microtask of its own, so that nobody's callback runs inside somebody's publish. */
  #deliver(event: StoredEvent, consumer: Consumer): void {
    event.cancelAlarm = setAlarm(this.#clock, this.#leaseMs, () => this.#deliver(event, consumer));
    queueMicrotask(() => {
      if (this.#consumer !== consumer || !this.#stored.has(event)) return;
      consumer({
        body: event.body,
        ack: async () => {
          event.cancelAlarm();
          this.#stored.delete(event);
        },
      });
    });
  }
}
