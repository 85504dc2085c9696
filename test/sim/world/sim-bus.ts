/** The bus as one simulated process sees it. */
import type { DeadLetter, DeadLetters } from '#proto/ports/dead-letters.ts';
import type {
  Bus,
  EventDelivery,
  OfferReceipt,
  QueueName,
  Subscription,
  TaskDelivery,
} from '#proto/ports/bus.ts';
import type { AbortSignalLike } from '#proto/ports/clock.ts';
import type { Presence } from '#proto/ports/presence.ts';
import { risky, type SimConnection } from './connection.ts';
import { either } from './either.ts';

/** A late event comes within this time. */
const DELAY_MS_MAX = 10_000;

/** All that a message server does. */
export type AnyBus = Bus & DeadLetters & Presence;

/** See the file's head. */
export class SimBus implements AnyBus {
  readonly #connection: SimConnection;
  readonly #server: AnyBus;

  constructor(connection: SimConnection, server: AnyBus) {
    this.#connection = connection;
    this.#server = server;
  }

  get leaseMs(): number {
    return this.#server.leaseMs;
  }

  get maxBodyBytes(): number {
    return this.#server.maxBodyBytes;
  }

  offer(queue: QueueName, messageId: string, body: Uint8Array): Promise<OfferReceipt> {
    return this.#risky('offer', async () => {
      const { random, faults } = this.#connection;
      if (random.chance('offer.twice', faults().busDoublesOffer)) {
        await this.#server.offer(queue, `${messageId}/again`, body);
      }
      return this.#server.offer(queue, messageId, body);
    });
  }

  withdraw(receipt: OfferReceipt): Promise<boolean> {
    return this.#risky('withdraw', () => this.#server.withdraw(receipt));
  }

  isQueued(receipt: OfferReceipt): Promise<boolean> {
    return this.#risky('isQueued', () => this.#server.isQueued(receipt));
  }

  pull(
    queue: QueueName,
    waitMs: number,
    signal?: AbortSignalLike,
  ): Promise<TaskDelivery | undefined> {
    return this.#risky('pull', async () => {
      const { random, faults, process } = this.#connection;
      const delivery = await this.#server.pull(queue, waitMs, either(signal, process.connection));
      if (delivery === undefined) return undefined;
      if (random.chance('pull.lost', faults().busLosesDelivery)) return undefined;
      return this.#delivery(delivery);
    });
  }

  get putAsideCount(): number {
    return this.#server.putAsideCount;
  }

  putAside(letter: DeadLetter): Promise<void> {
    return this.#risky('put-aside', () => this.#server.putAside(letter));
  }

  publishEvent(messageId: string, body: Uint8Array): Promise<void> {
    return this.#risky('event', () => this.#server.publishEvent(messageId, body));
  }

  consumeEvents(onEvent: (event: EventDelivery) => void): Promise<Subscription> {
    const { process, random, faults } = this.#connection;
    const hear = async (event: EventDelivery): Promise<void> => {
      if (random.chance('event.late', faults().busDelaysEvent)) {
        await process.sleep(random.integer('event.late', 1, DELAY_MS_MAX));
      }
      await process.through(async () => undefined);
      onEvent(event);
    };
    const consume = this.#server.consumeEvents((event) => {
      const times = random.chance('event.twice', faults().busDoublesEvent) ? 2 : 1;
      for (let time = 0; time < times; time += 1) void hear(this.#event(event));
    });
    return this.#subscribed(consume);
  }

  request(worker: string, body: Uint8Array, timeoutMs: number): Promise<Uint8Array | undefined> {
    return this.#risky('request', async () => {
      const { random, faults, process } = this.#connection;
      const isLost = random.chance('request.lost', faults().busLosesRequest);
      if (!isLost) return this.#server.request(worker, body, timeoutMs);
      await process.sleep(timeoutMs);
      return undefined;
    });
  }

  serveRequests(
    worker: string,
    answer: (body: Uint8Array) => Promise<Uint8Array>,
  ): Promise<Subscription> {
    const { process } = this.#connection;
    return this.#subscribed(
      this.#server.serveRequests(worker, (body) => process.through(() => answer(body))),
    );
  }

  publishLog(run: string, task: string, chunk: Uint8Array): void {
    if (this.#connection.process.isAlive) this.#server.publishLog(run, task, chunk);
  }

  onLog(run: string, onChunk: (task: string, chunk: Uint8Array) => void): Promise<Subscription> {
    const { process } = this.#connection;
    return this.#subscribed(
      this.#server.onLog(run, (task, chunk) => {
        if (process.isAlive) onChunk(task, chunk);
      }),
    );
  }

  announce(worker: string, body: Uint8Array): void {
    const { process } = this.#connection;
    if (process.isAlive && !process.isPaused) this.#server.announce(worker, body);
  }

  onPresence(listener: (worker: string, body: Uint8Array) => void): Promise<Subscription> {
    const { process } = this.#connection;
    return this.#subscribed(
      this.#server.onPresence((worker, body) => {
        void process.through(async () => undefined).then(() => listener(worker, body));
      }),
    );
  }

  async close(): Promise<void> {}

  #risky<T>(name: string, call: () => Promise<T>): Promise<T> {
    const { busRefuses: refuses, busLosesReply: losesReply } = this.#connection.faults();
    return risky(this.#connection, { name, code: 'BUS_UNAVAILABLE', refuses, losesReply }, call);
  }

  #delivery(delivery: TaskDelivery): TaskDelivery {
    return {
      body: delivery.body,
      deliveryCount: delivery.deliveryCount,
      extend: () => this.#risky('extend', () => delivery.extend()),
      ack: () => this.#risky('ack', () => delivery.ack()),
      release: (delayMs) => this.#risky('release', () => delivery.release(delayMs)),
      abandon: () => delivery.abandon(),
    };
  }

  #event(event: EventDelivery): EventDelivery {
    return { body: event.body, ack: () => this.#risky('event-ack', () => event.ack()) };
  }

  /** A dead process's subscriptions end with its connection. */
  async #subscribed(made: Promise<Subscription>): Promise<Subscription> {
    const subscription = await made;
    const stop = (): Promise<void> => subscription.stop();
    const { connection } = this.#connection.process;
    if (connection.aborted) await stop();
    connection.addEventListener('abort', () => void stop());
    return { stop };
  }
}
