/**
 * Keeps leases from a thread of its own, with a connection of its own, so that a main thread that is busy for a minute
 * loses none. The thread writes when each lease was last confirmed into memory that both see.
 *
 *     main thread   hold(reply subject) ─────────────> thread: +WPI, again and again
 *                   confirmedMs(place) <── shared memory ──┘
 */
import { Worker } from 'node:worker_threads';
import type { Logger } from '../ports/logger.ts';
import { errorText } from './error-text.ts';
import type { NatsConnectionOptions } from './nats-connection.ts';

/** Leases at a time; more are kept by the main thread alone. */
const PLACES = 1024;
const NS_PER_MS = 1_000_000n;

/** What the thread is started with. */
export interface LeaseThreadData {
  readonly connection: NatsConnectionOptions;
  readonly leaseMs: number;
  /** One number for each place: when it was last confirmed, in {@link monotonicMs}. */
  readonly confirmed: SharedArrayBuffer;
}

/** Words to the thread. */
export type LeaseThreadWord =
  | { readonly kind: 'hold'; readonly place: number; readonly reply: string }
  | { readonly kind: 'drop'; readonly place: number };

/** A lease that the thread keeps. */
export interface HeldLease {
  /** When it was last confirmed; 0 before the first time. */
  readonly confirmedMs: () => number;
  /** Ends the keeping. */
  readonly drop: () => void;
}

/** Milliseconds of a clock that never steps and is the same in all threads. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / NS_PER_MS);
}

/** See the file's head. */
export class NatsLeaseThread {
  readonly #worker: Worker;
  readonly #confirmed: Float64Array;
  readonly #free: number[] = Array.from({ length: PLACES }, (_, place) => PLACES - 1 - place);
  #isGone = false;

  constructor(options: NatsConnectionOptions, leaseMs: number, logger: Logger) {
    const confirmed = new SharedArrayBuffer(PLACES * Float64Array.BYTES_PER_ELEMENT);
    const connection = connectionOf(options);
    const workerData: LeaseThreadData = { connection, leaseMs, confirmed };
    this.#confirmed = new Float64Array(confirmed);
    this.#worker = new Worker(new URL('nats-lease-thread-main.ts', import.meta.url), {
      workerData,
    });
    this.#worker.unref();
    this.#worker.on('error', (error: unknown) => {
      // The main thread goes on renewing: only its own pauses matter now.
      this.#isGone = true;
      logger.error({ cause: errorText(error) }, 'the thread that keeps leases has ended');
    });
  }

  /** Keeps the lease of a delivery from now on; undefined when there is no place or no thread. */
  hold(reply: string): HeldLease | undefined {
    const place = this.#isGone ? undefined : this.#free.pop();
    if (place === undefined) return undefined;
    this.#confirmed[place] = 0;
    this.#tell({ kind: 'hold', place, reply });
    let isHeld = true;
    const drop = (): void => {
      if (!isHeld) return;
      isHeld = false;
      this.#tell({ kind: 'drop', place });
      this.#free.push(place);
    };
    return { confirmedMs: () => (isHeld ? (this.#confirmed[place] ?? 0) : 0), drop };
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #tell(word: LeaseThreadWord): void {
    this.#worker.postMessage(word);
  }
}

/** Nothing else: options of a caller may hold what can't travel. */
function connectionOf(options: NatsConnectionOptions): NatsConnectionOptions {
  const { servers, name, credentials, tls, inboxPrefix } = options;
  return {
    servers,
    name,
    ...(credentials === undefined ? {} : { credentials }),
    ...(tls === undefined ? {} : { tls }),
    ...(inboxPrefix === undefined ? {} : { inboxPrefix }),
  };
}
