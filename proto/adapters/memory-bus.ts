/**
 * The bus inside one process: for `stageyard build` on one machine and for tests. It behaves as a
 * server would: leases run out, unacknowledged messages come again, bodies are copied, a repeated
 * message id is stored once. Nothing survives the process: the journal does. Time is the injected
 * clock's, so a test that moves the clock moves the leases.
 *
 * A late `ack` removes the message even if another worker has it by now (as JetStream does); a late
 * `extend` or `release` has no effect.
 */
import { StageyardError } from '../errors.ts';
import type { AbortSignalLike, Clock } from '../ports/clock.ts';
import type {
  Bus,
  EventDelivery,
  OfferReceipt,
  QueueName,
  Subscription,
  TaskDelivery,
} from '../ports/bus.ts';
import type { DeadLetter, DeadLetters } from '../ports/dead-letters.ts';
import type { Presence } from '../ports/presence.ts';
import { RepeatWindow, setAlarm } from './alarm.ts';
import { MemoryEventStream } from './memory-event-stream.ts';
import { MemoryQueue } from './memory-queue.ts';

/** Same as the farm's bus. */
const LEASE_MS_DEFAULT = 60_000;
/** NATS's default limit. */
const BODY_BYTES_MAX_DEFAULT = 1024 * 1024;
/** JetStream's default window. */
const REPEAT_WINDOW_MS_DEFAULT = 120_000;
/** Of one queue, and of unacknowledged events: a producer that runs away is told. */
const STORED_MESSAGES_MAX = 1_000_000;

/** Options of {@link MemoryBus}. */
export interface MemoryBusOptions {
  readonly clock: Clock;
  readonly leaseMs?: number;
  readonly maxBodyBytes?: number;
  /** How long a message id is remembered. */
  readonly repeatWindowMs?: number;
}

type Answer = (body: Uint8Array) => Promise<Uint8Array>;
type LogListener = (task: string, chunk: Uint8Array) => void;
type PresenceListener = (worker: string, body: Uint8Array) => void;

/** See the file's head. */
export class MemoryBus implements Bus, Presence, DeadLetters {
  readonly leaseMs: number;
  readonly maxBodyBytes: number;
  readonly #clock: Clock;
  readonly #offered: RepeatWindow<OfferReceipt>;
  readonly #published: RepeatWindow<true>;
  readonly #queues = new Map<string, MemoryQueue>();
  readonly #events: MemoryEventStream;
  readonly #answers = new Map<string, Answer>();
  readonly #logListeners = new Map<string, Set<LogListener>>();
  readonly #presenceListeners = new Set<PresenceListener>();
  #putAsideCount = 0;
  #lastSequence = 0;
  #isClosed = false;

  constructor(options: MemoryBusOptions) {
    this.leaseMs = options.leaseMs ?? LEASE_MS_DEFAULT;
    this.maxBodyBytes = options.maxBodyBytes ?? BODY_BYTES_MAX_DEFAULT;
    this.#clock = options.clock;
    const windowMs = options.repeatWindowMs ?? REPEAT_WINDOW_MS_DEFAULT;
    this.#offered = new RepeatWindow(options.clock, windowMs);
    this.#published = new RepeatWindow(options.clock, windowMs);
    this.#events = new MemoryEventStream(options.clock, this.leaseMs);
  }

  async offer(queue: QueueName, messageId: string, body: Uint8Array): Promise<OfferReceipt> {
    const copy = this.#accept(body);
    const known = this.#offered.find(messageId);
    if (known !== undefined) return known;
    const target = this.#queueOf(queue);
    if (target.length >= STORED_MESSAGES_MAX) throw unavailable('the queue is full');
    this.#lastSequence += 1;
    const receipt = { queue, sequence: this.#lastSequence, messageId };
    this.#offered.remember(messageId, receipt);
    target.add(receipt.sequence, copy);
    return receipt;
  }

  async withdraw(receipt: OfferReceipt): Promise<boolean> {
    this.#checkOpen();
    return this.#queueOf(receipt.queue).withdraw(receipt.sequence);
  }

  async isQueued(receipt: OfferReceipt): Promise<boolean> {
    this.#checkOpen();
    return this.#queueOf(receipt.queue).has(receipt.sequence);
  }

  async pull(
    queue: QueueName,
    waitMs: number,
    signal?: AbortSignalLike,
  ): Promise<TaskDelivery | undefined> {
    this.#checkOpen();
    return this.#queueOf(queue).pull(waitMs, signal);
  }

  async publishEvent(messageId: string, body: Uint8Array): Promise<void> {
    const copy = this.#accept(body);
    if (this.#published.find(messageId) === true) return;
    if (this.#events.length >= STORED_MESSAGES_MAX) throw unavailable('too many events wait');
    this.#published.remember(messageId, true);
    this.#events.add(copy);
  }

  async consumeEvents(onEvent: (event: EventDelivery) => void): Promise<Subscription> {
    this.#checkOpen();
    return this.#events.consume(onEvent);
  }

  async request(
    worker: string,
    body: Uint8Array,
    timeoutMs: number,
  ): Promise<Uint8Array | undefined> {
    const copy = this.#accept(body);
    const answer = this.#answers.get(worker);
    if (answer === undefined) return undefined;
    const { promise, resolve } = Promise.withResolvers<Uint8Array | undefined>();
    const cancelAlarm = setAlarm(this.#clock, timeoutMs, () => resolve(undefined));
    answer(copy).then(
      (reply) => resolve(Uint8Array.from(reply)),
      () => resolve(undefined),
    );
    const reply = await promise;
    cancelAlarm();
    return reply;
  }

  async serveRequests(worker: string, answer: Answer): Promise<Subscription> {
    this.#checkOpen();
    this.#answers.set(worker, answer);
    return {
      stop: async () => {
        if (this.#answers.get(worker) === answer) this.#answers.delete(worker);
      },
    };
  }

  publishLog(run: string, task: string, chunk: Uint8Array): void {
    const listeners = this.#logListeners.get(run);
    if (listeners === undefined || listeners.size === 0) return;
    const copy = Uint8Array.from(chunk);
    queueMicrotask(() => {
      for (const listener of listeners) listener(task, copy);
    });
  }

  async onLog(run: string, onChunk: LogListener): Promise<Subscription> {
    this.#checkOpen();
    const listeners = this.#logListeners.get(run) ?? new Set();
    const listener: LogListener = (task, chunk) => onChunk(task, chunk);
    this.#logListeners.set(run, listeners.add(listener));
    return {
      stop: async () => {
        listeners.delete(listener);
        if (listeners.size === 0 && this.#logListeners.get(run) === listeners) {
          this.#logListeners.delete(run);
        }
      },
    };
  }

  announce(worker: string, body: Uint8Array): void {
    const copy = Uint8Array.from(body);
    queueMicrotask(() => {
      for (const listener of this.#presenceListeners) listener(worker, copy);
    });
  }

  async onPresence(listener: PresenceListener): Promise<Subscription> {
    this.#checkOpen();
    const own: PresenceListener = (worker, body) => listener(worker, body);
    this.#presenceListeners.add(own);
    return { stop: async () => void this.#presenceListeners.delete(own) };
  }

  get putAsideCount(): number {
    return this.#putAsideCount;
  }

  /** Within one process nobody could look at the copy later: it is counted only. */
  async putAside(_letter: DeadLetter): Promise<void> {
    this.#checkOpen();
    this.#putAsideCount += 1;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#presenceListeners.clear();
    for (const queue of this.#queues.values()) queue.close();
    this.#events.close();
    this.#answers.clear();
    this.#logListeners.clear();
  }

  #queueOf({ pool, lane }: QueueName): MemoryQueue {
    const name = `${pool}/${lane}`;
    const queue = this.#queues.get(name) ?? new MemoryQueue(this.#clock, this.leaseMs);
    this.#queues.set(name, queue);
    return queue;
  }

  #checkOpen(): void {
    if (this.#isClosed) throw unavailable('it was closed');
  }

  /** A copy: what the caller does with its buffer afterwards is its own business. */
  #accept(body: Uint8Array): Uint8Array {
    this.#checkOpen();
    if (body.length > this.maxBodyBytes) {
      const text = `a message of ${body.length} bytes; the bus takes ${this.maxBodyBytes}`;
      throw new StageyardError('MESSAGE_INVALID', text);
    }
    return Uint8Array.from(body);
  }
}

function unavailable(why: string): StageyardError {
  return new StageyardError('BUS_UNAVAILABLE', `the in-process bus is not available: ${why}`);
}
