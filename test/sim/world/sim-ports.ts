/** The ports of one simulated process: the shared servers, seen through its connection and its faults. */
import type { BlobRef } from '#proto/digest.ts';
import { type ErrorCode } from '#proto/error-codes.ts';
import { StageyardError } from '#proto/errors.ts';
import type { BlobStore, GetFileOptions, UploadScope } from '#proto/ports/blob-store.ts';
import type {
  Bus,
  EventDelivery,
  OfferReceipt,
  QueueName,
  Subscription,
  TaskDelivery,
} from '#proto/ports/bus.ts';
import type { AbortSignalLike } from '#proto/ports/clock.ts';
import type { DeadLetter, DeadLetters } from '#proto/ports/dead-letters.ts';
import type { AppendOutcome, Journal, JournalEntry } from '#proto/ports/journal.ts';
import type { FaultTable } from './faults.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { SimProcess } from './sim-process.ts';

/** A slow answer takes at most this long. */
const SLOW_MS_MAX = 5_000;

/** What a process's ports are made of. */
export interface SimConnection {
  readonly process: SimProcess;
  readonly random: SeededRandom;
  /** Looked at for each call: faults end when the world heals. */
  readonly faults: () => FaultTable;
}

interface Hazard {
  readonly name: string;
  readonly code: ErrorCode;
  readonly refuses: number;
  readonly losesReply: number;
}

/** A call that may be refused before its effect, or succeed without an answer. */
async function risky<T>(
  { process, random, faults }: SimConnection,
  hazard: Hazard,
  call: () => Promise<T>,
): Promise<T> {
  return process.through(async () => {
    const { name, code } = hazard;
    if (random.chance(`${name}.refuses`, hazard.refuses)) throw new StageyardError(code, 'refused');
    const value = await call();
    if (random.chance(`${name}.slow`, faults().slowCalls)) {
      await process.sleep(random.integer(`${name}.slow`, 1, SLOW_MS_MAX));
    }
    if (random.chance(`${name}.reply`, hazard.losesReply))
      throw new StageyardError(code, 'no answer');
    return value;
  });
}

/** The bus as one process sees it. */
export class SimBus implements Bus, DeadLetters {
  readonly #connection: SimConnection;
  readonly #server: Bus & DeadLetters;
  readonly #filterEvent: (event: EventDelivery) => EventDelivery;

  constructor(
    connection: SimConnection,
    server: Bus & DeadLetters,
    filterEvent: (event: EventDelivery) => EventDelivery = (event) => event,
  ) {
    this.#connection = connection;
    this.#server = server;
    this.#filterEvent = filterEvent;
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
    const consume = this.#server.consumeEvents((event) => {
      const seen = this.#filterEvent(this.#event(event));
      const times = random.chance('event.twice', faults().busDoublesEvent) ? 2 : 1;
      for (let time = 0; time < times; time += 1) {
        void process.through(async () => undefined).then(() => onEvent(seen));
      }
    });
    return this.#subscribed(consume);
  }

  request(worker: string, body: Uint8Array, timeoutMs: number): Promise<Uint8Array | undefined> {
    return this.#risky('request', () => this.#server.request(worker, body, timeoutMs));
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
    return this.#subscribed(this.#server.onLog(run, onChunk));
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
    };
  }

  #event(event: EventDelivery): EventDelivery {
    return { body: event.body, ack: () => this.#risky('event-ack', () => event.ack()) };
  }

  /** A dead process's subscriptions end with its connection. */
  async #subscribed(made: Promise<Subscription>): Promise<Subscription> {
    const subscription = await made;
    const stop = (): Promise<void> => subscription.stop();
    this.#connection.process.connection.addEventListener('abort', () => void stop());
    return { stop };
  }
}

/** The journal as one process sees it. */
export class SimJournal implements Journal {
  readonly #connection: SimConnection;
  readonly #disk: Journal;

  constructor(connection: SimConnection, disk: Journal) {
    this.#connection = connection;
    this.#disk = disk;
  }

  append(body: Uint8Array, expectedLastSequence: number): Promise<AppendOutcome> {
    return this.#risky(() => this.#disk.append(body, expectedLastSequence));
  }

  read(fromSequence: number): AsyncIterable<JournalEntry> {
    return this.#disk.read(fromSequence);
  }

  last(): Promise<JournalEntry | undefined> {
    return this.#risky(() => this.#disk.last());
  }

  async close(): Promise<void> {}

  #risky<T>(call: () => Promise<T>): Promise<T> {
    const { journalRefuses: refuses, journalLosesReply: losesReply } = this.#connection.faults();
    const hazard = { name: 'journal', code: 'JOURNAL_UNAVAILABLE', refuses, losesReply } as const;
    return risky(this.#connection, hazard, call);
  }
}

/** The blob store as one process sees it. */
export class SimBlobStore implements BlobStore {
  readonly #connection: SimConnection;
  readonly #server: BlobStore;

  constructor(connection: SimConnection, server: BlobStore) {
    this.#connection = connection;
    this.#server = server;
  }

  putFile(path: string, scope: UploadScope): Promise<BlobRef> {
    return this.#risky(() => this.#server.putFile(path, scope));
  }

  putBytes(bytes: Uint8Array, scope: UploadScope): Promise<BlobRef> {
    return this.#risky(() => this.#server.putBytes(bytes, scope));
  }

  getFile(ref: BlobRef, path: string, options?: GetFileOptions): Promise<void> {
    return this.#risky(() => this.#server.getFile(ref, path, options));
  }

  getBytes(ref: BlobRef, maxBytes: number): Promise<Uint8Array> {
    return this.#risky(() => this.#server.getBytes(ref, maxBytes));
  }

  has(ref: BlobRef): Promise<boolean> {
    return this.#risky(() => this.#server.has(ref));
  }

  delete(ref: BlobRef): Promise<void> {
    return this.#risky(() => this.#server.delete(ref));
  }

  #risky<T>(call: () => Promise<T>): Promise<T> {
    const { blobsRefuse: refuses } = this.#connection.faults();
    const hazard = {
      name: 'blobs',
      code: 'BLOB_STORE_UNAVAILABLE',
      refuses,
      losesReply: 0,
    } as const;
    return risky(this.#connection, hazard, call);
  }
}

function either(a: AbortSignalLike | undefined, b: AbortSignal): AbortSignal {
  const both = new AbortController();
  const abort = (): void => both.abort(new Error('aborted'));
  for (const signal of [a, b]) {
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
  }
  return both.signal;
}
