/**
 * The one consumer of all workers' news: decodes each event and hands it to its run. News of a run that is
 * over or unknown is acknowledged and forgotten, but by the one who leads only: the next one may know it. What can't
 * be read is counted, kept for people and never delivered again.
 */
import { StageyardError, wrapError } from '#proto/errors.ts';
import type { RunId } from '#proto/ids.ts';
import { decodeTaskEvent } from '#proto/messages/task-codec.ts';
import type { Bus, EventDelivery, Subscription } from '#proto/ports/bus.ts';
import type { DeadLetters } from '#proto/ports/dead-letters.ts';
import type { Logger } from '#proto/ports/logger.ts';
import type { TaskEvent } from '#proto/task-messages.ts';

/** Takes the news of one run; calls `stored` when an event need not come again. */
export interface EventSink {
  take(event: TaskEvent, stored: () => void): Promise<void>;
}

/** What an intake works with. */
export interface EventIntakeOptions {
  readonly bus: Bus & DeadLetters;
  readonly logger: Logger;
  /** Undefined: nobody wants news of this run any more. */
  readonly sinkOf: (run: RunId) => EventSink | undefined;
  /** Resolves when nobody else has written to the journal meanwhile. */
  readonly confirm: () => Promise<void>;
}

/** See the file's head. */
export class EventIntake {
  readonly #options: EventIntakeOptions;
  #subscription: Subscription | undefined;

  constructor(options: EventIntakeOptions) {
    this.#options = options;
  }

  /** Begins to listen. Rejects with `BUS_UNAVAILABLE`. */
  async start(): Promise<void> {
    const listen = (delivery: EventDelivery): void => void this.#onEvent(delivery);
    this.#subscription = await this.#options.bus.consumeEvents(listen);
  }

  /** Listens no more. */
  async stop(): Promise<void> {
    await this.#subscription?.stop();
  }

  async #onEvent(delivery: EventDelivery): Promise<void> {
    const acknowledge = (): void => void this.#acknowledge(delivery);
    try {
      const event = decodeTaskEvent(delivery.body);
      const sink = this.#options.sinkOf(event.run);
      if (sink === undefined) await this.#forget(event.run, delivery);
      else await sink.take(event, acknowledge);
    } catch (error) {
      await this.#putAside(delivery, error);
    }
  }

  async #forget(run: RunId, delivery: EventDelivery): Promise<void> {
    const { confirm, logger } = this.#options;
    try {
      await confirm();
    } catch (error) {
      const cause = wrapError(error, run).message;
      return logger.debug({ run, cause }, 'news of a run that is not known here is left to others');
    }
    await this.#acknowledge(delivery);
  }

  async #putAside(delivery: EventDelivery, error: unknown): Promise<void> {
    const { bus, logger } = this.#options;
    const reason = wrapError(error, 'task event').message;
    try {
      await bus.putAside({ source: 'event', reason, body: delivery.body });
      const { putAsideCount } = bus;
      logger.error({ cause: reason, putAsideCount }, 'an event that cannot be read was put aside');
      await this.#acknowledge(delivery);
    } catch (failure) {
      if (!(failure instanceof StageyardError)) throw failure;
      logger.warn(
        { cause: failure.message },
        'an event could not be put aside; it will come again',
      );
    }
  }

  async #acknowledge(delivery: EventDelivery): Promise<void> {
    try {
      await delivery.ack();
    } catch (error) {
      const cause = wrapError(error, 'acknowledgement').message;
      this.#options.logger.warn({ cause }, 'an event will come again');
    }
  }
}
