/**
 * Who is there: workers announce themselves every few seconds, best effort. What a worker announces is
 * an encoded message; a missing announcement says no more than that.
 */
import type { Subscription } from './bus.ts';

/** See the file's head. */
export interface Presence {
  /** Tells all listeners. Lost when the bus is away; never throws. */
  announce(worker: string, body: Uint8Array): void;
  /** Rejects with `BUS_UNAVAILABLE`. */
  onPresence(listener: (worker: string, body: Uint8Array) => void): Promise<Subscription>;
}
