/**
 * One task queue of the in-process bus. A message is `ready` (may be pulled), `delayed` (handed back,
 * not yet due), `leased` (with a worker until its alarm rings) or `gone` (whoever still holds it holds nothing).
 * Nothing polls: a pull waits in line and is served by whatever makes a message ready.
 */
import type { AbortSignalLike, Clock } from '../ports/clock.ts';
import type { TaskDelivery } from '../ports/bus.ts';
import { type CancelAlarm, setAlarm } from './alarm.ts';

interface QueuedMessage {
  readonly sequence: number;
  readonly body: Uint8Array;
  deliveryCount: number;
  state: 'ready' | 'delayed' | 'leased' | 'gone';
  cancelAlarm: CancelAlarm;
}

type Waiter = (delivery: TaskDelivery | undefined) => void;

const noAlarm: CancelAlarm = () => undefined;

/** See the file's head. */
export class MemoryQueue {
  readonly #clock: Clock;
  readonly #leaseMs: number;
  readonly #messages = new Map<number, QueuedMessage>();
  /** Sequences in the order in which they became ready. */
  readonly #ready = new Set<number>();
  readonly #waiters = new Set<Waiter>();

  constructor(clock: Clock, leaseMs: number) {
    this.#clock = clock;
    this.#leaseMs = leaseMs;
  }

  /** Queued and leased messages. */
  get length(): number {
    return this.#messages.size;
  }

  add(sequence: number, body: Uint8Array): void {
    const message: QueuedMessage = {
      sequence,
      body,
      deliveryCount: 0,
      state: 'delayed',
      cancelAlarm: noAlarm,
    };
    this.#messages.set(sequence, message);
    this.#makeReady(message);
  }

  /** True while it is queued or leased. */
  has(sequence: number): boolean {
    return this.#messages.has(sequence);
  }

  /** True when it was still here and with nobody. */
  withdraw(sequence: number): boolean {
    const message = this.#messages.get(sequence);
    if (message === undefined || message.state === 'leased') return false;
    this.#remove(message);
    return true;
  }

  pull(waitMs: number, signal: AbortSignalLike | undefined): Promise<TaskDelivery | undefined> {
    if (signal?.aborted) return Promise.resolve(undefined);
    const message = this.#firstReady();
    if (message !== undefined) return Promise.resolve(this.#deliver(message));
    return waitMs <= 0 ? Promise.resolve(undefined) : this.#wait(waitMs, signal);
  }

  /** Ends all waiting and all alarms; leases can't be renewed afterwards. */
  close(): void {
    for (const message of this.#messages.values()) {
      message.cancelAlarm();
      message.state = 'delayed';
    }
    for (const waiter of this.#waiters) waiter(undefined);
  }

  #wait(waitMs: number, signal: AbortSignalLike | undefined): Promise<TaskDelivery | undefined> {
    const { promise, resolve } = Promise.withResolvers<TaskDelivery | undefined>();
    const giveUp = (): void => waiter(undefined);
    const waiter: Waiter = (delivery) => {
      this.#waiters.delete(waiter);
      cancelAlarm();
      signal?.removeEventListener('abort', giveUp);
      resolve(delivery);
    };
    const cancelAlarm = setAlarm(this.#clock, waitMs, giveUp);
    signal?.addEventListener('abort', giveUp, { once: true });
    this.#waiters.add(waiter);
    return promise;
  }

  #firstReady(): QueuedMessage | undefined {
    const [sequence] = this.#ready;
    return sequence === undefined ? undefined : this.#messages.get(sequence);
  }

  #makeReady(message: QueuedMessage): void {
    message.cancelAlarm();
    message.state = 'ready';
    this.#ready.add(message.sequence);
    const [waiter] = this.#waiters;
    waiter?.(this.#deliver(message));
  }

  #deliver(message: QueuedMessage): TaskDelivery {
    this.#ready.delete(message.sequence);
    message.deliveryCount += 1;
    this.#lease(message);
    const deliveryCount = message.deliveryCount;
    let settled = false;
    const holds = (): boolean =>
      !settled && message.state === 'leased' && message.deliveryCount === deliveryCount;
    return {
      body: message.body,
      deliveryCount,
      extend: async () => {
        if (holds()) this.#lease(message);
      },
      ack: async () => {
        settled = true;
        this.#remove(message);
      },
      release: async (delayMs) => {
        if (holds()) this.#release(message, delayMs);
        settled = true;
      },
      abandon: () => {
        settled = true;
      },
    };
  }

  #lease(message: QueuedMessage): void {
    message.cancelAlarm();
    message.state = 'leased';
    message.cancelAlarm = setAlarm(this.#clock, this.#leaseMs, () => this.#makeReady(message));
  }

  #release(message: QueuedMessage, delayMs: number): void {
    message.cancelAlarm();
    if (delayMs <= 0) {
      this.#makeReady(message);
      return;
    }
    message.state = 'delayed';
    message.cancelAlarm = setAlarm(this.#clock, delayMs, () => this.#makeReady(message));
  }

  #remove(message: QueuedMessage): void {
    message.cancelAlarm();
    message.state = 'gone';
    this.#ready.delete(message.sequence);
    this.#messages.delete(message.sequence);
  }
}
