/** Messages that no stream keeps: questions with an answer, and what is told to whoever listens just now. */
import type { Msg } from '@nats-io/transport-node';
import type { Subscription } from '../ports/bus.ts';
import type { Logger } from '../ports/logger.ts';
import { errorText } from './error-text.ts';
import { isNoResponder, isTimeout, natsError } from './nats-connection.ts';
import type { NatsLink } from './nats-link.ts';
import type { NatsRequest } from './nats-requests.ts';

/** See the file's head. */
export class PlainMessages {
  readonly #link: NatsLink;
  readonly #logger: Logger;

  constructor(link: NatsLink, logger: Logger) {
    this.#link = link;
    this.#logger = logger;
  }

  /** Best effort: what is said while the connection is away is lost. */
  tell(subject: string, body: Uint8Array): void {
    if (this.#link.isUp) this.#link.connection.publish(subject, body);
  }

  /** The answer; undefined when nobody gave one in time. Rejects with `BUS_UNAVAILABLE`. */
  async ask(question: NatsRequest): Promise<Uint8Array | undefined> {
    await this.#link.untilUp(0);
    try {
      return (await this.#link.ask(question)).data;
    } catch (error) {
      if (isNoResponder(error) || isTimeout(error)) return undefined;
      throw natsError(error, `ask ${question.subject}`);
    }
  }

  /** Answers questions; one that can't be answered is told in the log. Rejects with `BUS_UNAVAILABLE`. */
  serve(subject: string, answer: (body: Uint8Array) => Promise<Uint8Array>): Promise<Subscription> {
    return this.listen(subject, (message) => void this.#answer(message, answer));
  }

  /** Hears what is told from now on. Rejects with `BUS_UNAVAILABLE`. */
  async listen(subject: string, onMessage: (message: Msg) => void): Promise<Subscription> {
    const { connection } = this.#link;
    await this.#link.untilUp(0);
    try {
      const subscription = connection.subscribe(subject, {
        callback: (error, message) => {
          if (error === null) onMessage(message);
          else this.#logger.warn({ subject, cause: errorText(error) }, 'no messages');
        },
      });
      const stop = async (): Promise<void> => subscription.unsubscribe();
      await connection.flush().catch(async (error: unknown) => {
        // The client would begin anew by itself when the connection is back.
        await stop();
        throw error;
      });
      return { stop };
    } catch (error) {
      throw natsError(error, `listen to ${subject}`);
    }
  }

  async #answer(message: Msg, answer: (body: Uint8Array) => Promise<Uint8Array>): Promise<void> {
    try {
      message.respond(await answer(message.data));
    } catch (error) {
      const fields = { subject: message.subject, cause: errorText(error) };
      this.#logger.warn(fields, 'a request could not be answered');
    }
  }
}
