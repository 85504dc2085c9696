/**
 * Offers of a run that nobody took for long: somebody may have emptied their queue, then the task is offered again.
 * One look at all of them at a time; an offer that was taken meanwhile is forgotten.
 */
import { wrapError } from '#proto/errors.ts';
import type { TaskId } from '#proto/ids.ts';
import type { Bus, OfferReceipt } from '#proto/ports/bus.ts';
import { type Clock, pauseUnlessAborted } from '#proto/ports/clock.ts';
import type { Logger } from '#proto/ports/logger.ts';

/** Between two looks. */
const LOOK_PAUSE_MS = 60_000;
/** Looks in a row that don't find it: news of it may be on its way. */
const MISSES_MAX = 2;

/** One offer. */
export interface WatchedOffer {
  readonly task: TaskId;
  readonly receipt: OfferReceipt;
  /** False once it was taken, withdrawn or replaced. */
  readonly isOpen: () => boolean;
  /** It is gone from its queue. */
  readonly onGone: () => void;
}

/** What a watch works with. */
export interface OfferWatchOptions {
  readonly bus: Pick<Bus, 'isQueued'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** See the file's head. */
export class OfferWatch {
  readonly #options: OfferWatchOptions;
  readonly #offers = new Map<TaskId, { readonly offer: WatchedOffer; misses: number }>();
  #isLooking = false;

  constructor(options: OfferWatchOptions) {
    this.#options = options;
  }

  /** In place of an earlier offer of the task. */
  add(offer: WatchedOffer): void {
    this.#offers.set(offer.task, { offer, misses: 0 });
    if (!this.#isLooking) void this.#look();
  }

  /** Looks as long as there is something to look after. Never rejects. */
  async #look(): Promise<void> {
    const { clock, signal } = this.#options;
    this.#isLooking = true;
    while (this.#offers.size > 0 && (await pauseUnlessAborted(clock, LOOK_PAUSE_MS, signal))) {
      for (const watched of this.#offers.values()) {
        if (watched.offer.isOpen()) {
          watched.misses = (await this.#isThere(watched.offer)) ? 0 : watched.misses + 1;
        }
        if (!watched.offer.isOpen() || watched.misses >= MISSES_MAX) this.#end(watched.offer);
      }
    }
    this.#isLooking = false;
  }

  #end(offer: WatchedOffer): void {
    // While it was looked for, the task may have been offered again.
    if (this.#offers.get(offer.task)?.offer === offer) this.#offers.delete(offer.task);
    if (offer.isOpen()) offer.onGone();
  }

  /** While nobody answers nothing is missed. */
  async #isThere({ receipt }: WatchedOffer): Promise<boolean> {
    try {
      return await this.#options.bus.isQueued(receipt);
    } catch (error) {
      const cause = wrapError(error, 'offer').message;
      this.#options.logger.debug({ cause }, 'it is not known whether an offer is still there');
      return true;
    }
  }
}
