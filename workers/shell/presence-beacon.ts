/** Announces a worker every few seconds: what it is, what it can, what it is doing. */
import { wrapError } from '#proto/errors.ts';
import type { WorkerId } from '#proto/ids.ts';
import { encodeWorkerAnnouncement } from '#proto/messages/worker-codec.ts';
import { type Clock, pauseUnlessAborted } from '#proto/ports/clock.ts';
import type { Logger } from '#proto/ports/logger.ts';
import type { Presence } from '#proto/ports/presence.ts';
import type { WorkerAnnouncement } from '#proto/worker-messages.ts';

/** Between two announcements. */
const BEACON_PAUSE_MS = 5_000;

/** What a beacon works with. */
export interface PresenceBeaconOptions {
  readonly presence: Presence;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly worker: WorkerId;
  /** What is said now. */
  readonly announcement: () => Promise<WorkerAnnouncement>;
}

/** See the file's head. */
export class PresenceBeacon {
  readonly #options: PresenceBeaconOptions;
  readonly #ended = new AbortController();
  readonly #loop: Promise<void>;

  constructor(options: PresenceBeaconOptions) {
    this.#options = options;
    this.#loop = this.#run();
  }

  /** Says it at once: something changed. Never rejects: a worker that can't be seen works all the same. */
  async announce(): Promise<void> {
    const { presence, worker, announcement, logger } = this.#options;
    try {
      presence.announce(worker, encodeWorkerAnnouncement(await announcement()));
    } catch (error) {
      const cause = wrapError(error, 'announcement').message;
      logger.warn({ cause }, 'this worker cannot announce itself');
    }
  }

  /** Announces no more. */
  async stop(): Promise<void> {
    this.#ended.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      await this.announce();
      await pauseUnlessAborted(this.#options.clock, BEACON_PAUSE_MS, signal);
    }
  }
}
