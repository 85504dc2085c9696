/**
 * Whether the queues of a farm are those that its coordinator left: somebody may remove streams, or a server lose its
 * disk. What was offered and reported is gone then, and every attempt begins anew.
 */
import type { NatsBus } from '#proto/adapters/nats-bus.ts';
import type { NatsLastValues } from '#proto/adapters/nats-last-values.ts';
import { StageyardError } from '#proto/errors.ts';
import { type Clock, pauseUnlessAborted } from '#proto/ports/clock.ts';

const LOOK_PAUSE_MS = 5_000;

/** What it looks at. */
export interface QueueWatchParts {
  readonly bus: Pick<NatsBus, 'queuesIdentity'>;
  readonly values: Pick<NatsLastValues, 'get' | 'put'> & {
    readonly names: Pick<NatsLastValues['names'], 'queuesSubject'>;
  };
  readonly clock: Clock;
}

/** See the file's head. */
export class QueueWatch {
  readonly #parts: QueueWatchParts;
  /** Those that were there at the beginning: what happens to them from then on is noticed. */
  readonly #identity: string;
  readonly #stopped = new AbortController();

  private constructor(parts: QueueWatchParts, identity: string) {
    this.#parts = parts;
    this.#identity = identity;
  }

  /** Begins with the queues that are there. Rejects with `BUS_UNAVAILABLE`. */
  static async begin(parts: QueueWatchParts): Promise<QueueWatch> {
    return new QueueWatch(parts, await parts.bus.queuesIdentity());
  }

  /** True: they aren't those that {@link remember} saw last. Rejects with `BUS_UNAVAILABLE`. */
  async areOthers(): Promise<boolean> {
    const { values } = this.#parts;
    const remembered = await values.get(values.names.queuesSubject);
    return remembered !== undefined && remembered.text !== this.#identity;
  }

  /** From now on these are the farm's. Rejects with `BUS_UNAVAILABLE`. */
  async remember(): Promise<void> {
    const { values } = this.#parts;
    const subject = values.names.queuesSubject;
    const last = await values.get(subject);
    await values.put(subject, this.#identity, last?.sequence ?? 0);
  }

  /** Resolves when they are gone, or others are there. */
  async gone(): Promise<StageyardError> {
    const { bus, clock } = this.#parts;
    const { signal } = this.#stopped;
    while (await pauseUnlessAborted(clock, LOOK_PAUSE_MS, signal)) {
      // During an outage nothing is known.
      const identity = await bus.queuesIdentity().catch(() => this.#identity);
      if (identity !== this.#identity) break;
    }
    const message = "the farm's streams are gone from NATS: somebody removed them";
    return new StageyardError('BUS_UNAVAILABLE', message);
  }

  stop(): void {
    this.#stopped.abort();
  }
}
