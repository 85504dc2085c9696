/**
 * Brings tasks to workers and news back. Written for JetStream as it is: at least once, possibly out of
 * order between subjects, redelivered when a lease runs out, gone for a minute at any time. The bus
 * only delivers; truth is the journal. Bodies are encoded messages (proto/messages), bounded by
 * `maxBodyBytes`.
 */
import type { AbortSignalLike } from './clock.ts';

/** A queue that workers pull from: a pool (proto/task-requests.ts) and a lane (`u` urgent, `n` normal). */
export interface QueueName {
  readonly pool: string;
  readonly lane: 'u' | 'n';
}

/** Names the queued message so that it can be withdrawn. */
export interface OfferReceipt {
  readonly queue: QueueName;
  readonly sequence: number;
  readonly messageId: string;
}

/** One delivery of one message to one worker. Settle it exactly once: `ack`, `release` or `abandon`. */
export interface TaskDelivery {
  readonly body: Uint8Array;
  /** 1 on the first delivery. Above 1: ask the coordinator before building. */
  readonly deliveryCount: number;
  /** Renews the lease for another `leaseMs`. Resolves when the bus confirmed it. */
  extend(): Promise<void>;
  /** Done with it: never delivered again. Retried until confirmed; late is accepted. */
  ack(): Promise<void>;
  /** Hands it back; another worker may get it after `delayMs`. Costs no attempt. */
  release(delayMs: number): Promise<void>;
  /** Says nothing any more, nor does anybody else for it: its lease runs out. */
  abandon(): void;
}

/**
 * An event as consumed: acknowledged by the consumer after journaling, else delivered again. An acknowledgement may be
 * lost: then it is delivered again although `ack` resolved.
 */
export interface EventDelivery {
  readonly body: Uint8Array;
  ack(): Promise<void>;
}

/** Rejects with `BUS_UNAVAILABLE` when the bus is away; every call ends by itself. */
export interface Bus {
  /** Time after which an unextended delivery goes to somebody else. */
  readonly leaseMs: number;
  readonly maxBodyBytes: number;
  /** Queues a task. The same `messageId` again (lost reply) is stored once, within a window of minutes. */
  offer(queue: QueueName, messageId: string, body: Uint8Array): Promise<OfferReceipt>;
  /** Takes a queued message back. False when it was delivered already or is not there any more. */
  withdraw(receipt: OfferReceipt): Promise<boolean>;
  /** True while it waits or somebody has it. */
  isQueued(receipt: OfferReceipt): Promise<boolean>;
  /** The next message, or undefined after `waitMs` or on abort. */
  pull(
    queue: QueueName,
    waitMs: number,
    signal?: AbortSignalLike,
  ): Promise<TaskDelivery | undefined>;
  /** Publishes a worker's news; stored when it resolves. The same `messageId` again is stored once. */
  publishEvent(messageId: string, body: Uint8Array): Promise<void>;
  /** One consumer for all events, in order of storage per publisher; unacknowledged ones come again. */
  consumeEvents(onEvent: (event: EventDelivery) => void): Promise<Subscription>;
  /** Asks one worker; undefined when nobody answered in time. */
  request(worker: string, body: Uint8Array, timeoutMs: number): Promise<Uint8Array | undefined>;
  /** Answers requests to this worker. */
  serveRequests(
    worker: string,
    answer: (body: Uint8Array) => Promise<Uint8Array>,
  ): Promise<Subscription>;
  /** Live text of a script, best effort: lost when nobody listens. */
  publishLog(run: string, task: string, chunk: Uint8Array): void;
  onLog(run: string, onChunk: (task: string, chunk: Uint8Array) => void): Promise<Subscription>;
  close(): Promise<void>;
}

/** Something that can be stopped; stopping twice is fine. */
export interface Subscription {
  stop(): Promise<void>;
}
