/**
 * The message server that all processes share: the in-process bus behind a door that can close. Promises
 * no more than JetStream: message ids are forgotten at a restart, several consumers of the events divide
 * them, several that answer for a name are all asked, and a power cut may take what was stored last.
 */
import { MemoryBus } from '#proto/adapters/memory-bus.ts';
import type {
  Bus,
  EventDelivery,
  OfferReceipt,
  QueueName,
  Subscription,
  TaskDelivery,
} from '#proto/ports/bus.ts';
import type { AbortSignalLike, Clock } from '#proto/ports/clock.ts';
import type { DeadLetter, DeadLetters } from '#proto/ports/dead-letters.ts';
import type { Presence } from '#proto/ports/presence.ts';
import { either } from './either.ts';
import type { SeededRandom } from './seeded-random.ts';
import { SimServer } from './sim-server.ts';

/** Time after which an unextended delivery goes to somebody else. */
const LEASE_MS = 60_000;

/** A stored message begins with its number, so that a delivery tells which one it is. */
const NUMBER_BYTES = 4;

interface OpenMessage {
  readonly receipt: OfferReceipt;
  readonly atMs: number;
}

type Answer = (body: Uint8Array) => Promise<Uint8Array>;
type Consumer = (event: EventDelivery) => void;

/** What the server is made of; the last two are told of what is stored and of what is forgotten. */
export interface BusServerOptions {
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly queued: (body: Uint8Array) => void;
  readonly acknowledged: (body: Uint8Array) => void;
}

/** See the file's head. */
export class BusServer implements Bus, DeadLetters, Presence {
  readonly door = new SimServer('BUS_UNAVAILABLE');
  readonly leaseMs = LEASE_MS;
  readonly maxBodyBytes: number;
  readonly #clock: Clock;
  readonly #random: SeededRandom;
  readonly #queued: (body: Uint8Array) => void;
  readonly #acknowledged: (body: Uint8Array) => void;
  readonly #memory: MemoryBus;
  readonly #answers = new Map<string, Set<Answer>>();
  readonly #consumers = new Set<Consumer>();
  #consumption: Promise<Subscription> | undefined;
  /** Queued or leased, by number. */
  readonly #open = new Map<number, OpenMessage>();
  /** Numbers of all that were ever queued, by sequence. */
  readonly #numbers = new Map<number, number>();

  constructor({ clock, random, queued, acknowledged }: BusServerOptions) {
    this.#clock = clock;
    this.#random = random;
    this.#queued = queued;
    this.#acknowledged = acknowledged;
    this.#memory = new MemoryBus({ clock, leaseMs: LEASE_MS });
    this.maxBodyBytes = this.#memory.maxBodyBytes - NUMBER_BYTES;
  }

  /** Message ids of everything that is queued or leased. */
  get openMessages(): readonly string[] {
    return [...this.#open.values()].map(({ receipt }) => receipt.messageId);
  }

  /** A power cut takes what was queued after `sinceMs`. */
  async forgetOffers(sinceMs: number): Promise<void> {
    for (const [number, { receipt, atMs }] of this.#open) {
      if (atMs < sinceMs) continue;
      if (await this.#memory.withdraw(receipt)) this.#open.delete(number);
    }
  }

  offer(queue: QueueName, messageId: string, body: Uint8Array): Promise<OfferReceipt> {
    return this.door.serve(async () => {
      const id = `${this.door.incarnation}/${messageId}`;
      const number = this.#numbers.size + 1;
      const receipt = await this.#memory.offer(queue, id, numbered(number, body));
      if (this.#numbers.has(receipt.sequence)) return receipt;
      this.#numbers.set(receipt.sequence, number);
      this.#open.set(number, { receipt, atMs: this.#clock.nowMs() });
      this.#queued(body);
      return receipt;
    });
  }

  withdraw(receipt: OfferReceipt): Promise<boolean> {
    return this.door.serve(async () => {
      const isBack = await this.#memory.withdraw(receipt);
      if (isBack) this.#open.delete(this.#numbers.get(receipt.sequence) ?? 0);
      return isBack;
    });
  }

  isQueued(receipt: OfferReceipt): Promise<boolean> {
    return this.door.serve(() => this.#memory.isQueued(receipt));
  }

  pull(
    queue: QueueName,
    waitMs: number,
    signal?: AbortSignalLike,
  ): Promise<TaskDelivery | undefined> {
    return this.door.serve(async () => {
      const ends = either(signal, this.door.life);
      const delivery = await this.#memory.pull(queue, waitMs, ends);
      return delivery === undefined ? undefined : this.#delivery(delivery);
    });
  }

  publishEvent(messageId: string, body: Uint8Array): Promise<void> {
    return this.door.serve(() =>
      this.#memory.publishEvent(`${this.door.incarnation}/${messageId}`, body),
    );
  }

  async consumeEvents(onEvent: Consumer): Promise<Subscription> {
    const consumer: Consumer = (event) => onEvent(event);
    this.#consumers.add(consumer);
    this.#consumption ??= this.#memory.consumeEvents((event) => this.#dispatch(event));
    await this.#consumption;
    return {
      stop: async () => {
        if (!this.#consumers.delete(consumer) || this.#consumers.size > 0) return;
        const consumption = this.#consumption;
        this.#consumption = undefined;
        await (await consumption)?.stop();
      },
    };
  }

  async request(
    worker: string,
    body: Uint8Array,
    timeoutMs: number,
  ): Promise<Uint8Array | undefined> {
    return this.door.serve(async () => {
      const asked = [...(this.#answers.get(worker) ?? [])];
      if (asked.length === 0) return undefined;
      const ended = new AbortController();
      const answers = asked.map((answer) => silentUnlessAnswered(answer(Uint8Array.from(body))));
      const timeout = this.#clock
        .sleep(timeoutMs, either(ended.signal, this.door.life))
        .catch(() => undefined)
        .then(() => undefined);
      const reply = await Promise.race([...answers, timeout]);
      ended.abort(new Error('answered'));
      return reply;
    });
  }

  async serveRequests(worker: string, answer: Answer): Promise<Subscription> {
    const own: Answer = (body) => answer(body);
    const answers = this.#answers.get(worker) ?? new Set();
    this.#answers.set(worker, answers.add(own));
    return { stop: async () => void answers.delete(own) };
  }

  publishLog(run: string, task: string, chunk: Uint8Array): void {
    if (this.door.isUp) this.#memory.publishLog(run, task, chunk);
  }

  onLog(run: string, onChunk: (task: string, chunk: Uint8Array) => void): Promise<Subscription> {
    return this.#memory.onLog(run, onChunk);
  }

  announce(worker: string, body: Uint8Array): void {
    if (this.door.isUp) this.#memory.announce(worker, body);
  }

  onPresence(listener: (worker: string, body: Uint8Array) => void): Promise<Subscription> {
    return this.#memory.onPresence(listener);
  }

  get putAsideCount(): number {
    return this.#memory.putAsideCount;
  }

  putAside(letter: DeadLetter): Promise<void> {
    return this.door.serve(() => this.#memory.putAside(letter));
  }

  async close(): Promise<void> {}

  #delivery(delivery: TaskDelivery): TaskDelivery {
    const { door } = this;
    const bytes = Uint8Array.from(delivery.body);
    const number = new DataView(bytes.buffer).getUint32(0);
    return {
      body: bytes.subarray(NUMBER_BYTES),
      deliveryCount: delivery.deliveryCount,
      extend: () => door.serve(() => delivery.extend()),
      ack: () =>
        door.serve(async () => {
          await delivery.ack();
          this.#open.delete(number);
        }),
      release: (delayMs) => door.serve(() => delivery.release(delayMs)),
      abandon: () => delivery.abandon(),
    };
  }

  /** One of them, by chance; nobody hears it while the server is away, and it comes again. */
  #dispatch(event: EventDelivery): void {
    const consumer = this.#random.pick('bus.consumer', [...this.#consumers]);
    if (!this.door.isUp || consumer === undefined) return;
    const { body } = event;
    const ack = (): Promise<void> =>
      this.door.serve(async () => {
        this.#acknowledged(body);
        await event.ack();
      });
    consumer({ body, ack });
  }
}

/** Who fails to answer is as good as silent. */
async function silentUnlessAnswered(answer: Promise<Uint8Array>): Promise<Uint8Array> {
  try {
    return await answer;
  } catch {
    return new Promise<never>(() => undefined);
  }
}

function numbered(number: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(NUMBER_BYTES + body.length);
  new DataView(bytes.buffer).setUint32(0, number);
  bytes.set(body, NUMBER_BYTES);
  return bytes;
}
