/**
 * Last values of a farm in one JetStream stream, a message per subject. Works without the server's newer
 * conveniences: it needs the last message of a subject, and a publish that names the last sequence of its subject.
 */
import { jetstream, type JetStreamManager } from '@nats-io/jetstream';
import type { Logger } from '../ports/logger.ts';
import { type FarmNames, farmNames } from '../subjects.ts';
import { expecting, isApiError } from './nats-api.ts';
import { type NatsConnectionOptions, natsError } from './nats-connection.ts';
import { NatsLink } from './nats-link.ts';
import { ensureStream, registerStream } from './nats-streams.ts';

/** A call that takes longer failed. Three of them in a row end a leader. */
const CALL_TIMEOUT_MS = 2_000;

/** Options of {@link NatsLastValues.connect}. */
export interface NatsLastValuesOptions extends NatsConnectionOptions {
  readonly farm: string;
  readonly logger: Logger;
}

/** As stored. */
export interface LastValue {
  /** Of the stream; differs between any two writes. */
  readonly sequence: number;
  readonly text: string;
}

/** See the file's head. All methods reject with `BUS_UNAVAILABLE` or `CONFIG_INVALID` (permissions). */
export class NatsLastValues {
  readonly names: FarmNames;
  readonly #link: NatsLink;
  readonly #manager: JetStreamManager;

  private constructor(link: NatsLink, manager: JetStreamManager, farm: string) {
    this.names = farmNames(farm);
    this.#link = link;
    this.#manager = manager;
  }

  /** Connects and makes what is missing. Rejects with `BUS_UNAVAILABLE` or `CONFIG_INVALID`. */
  static async connect(options: NatsLastValuesOptions): Promise<NatsLastValues> {
    const link = await NatsLink.connect(options);
    try {
      const client = jetstream(link.connection, { timeout: CALL_TIMEOUT_MS });
      const manager = await client.jetstreamManager(false);
      const values = new NatsLastValues(link, manager, options.farm);
      await values.#makeStream();
      return values;
    } catch (error) {
      await link.close();
      throw natsError(error, 'open the register');
    }
  }

  /** The last value of a subject. */
  async get(subject: string): Promise<LastValue | undefined> {
    return this.#ask('read the register', async () => {
      try {
        const stream = this.names.registerStream;
        const found = await this.#manager.streams.getMessage(stream, { last_by_subj: subject });
        return found === null ? undefined : { sequence: found.seq, text: found.string() };
      } catch (error) {
        if (isApiError(error, 'message-not-found')) return undefined;
        if (isApiError(error, 'stream-not-found')) await this.#makeStream();
        throw error;
      }
    });
  }

  /** Writes unless another value than `expectedSequence` (0: none) is the last; answers the new sequence. */
  async put(subject: string, text: string, expectedSequence: number): Promise<number | undefined> {
    const headers = expecting({ lastOfSubject: expectedSequence });
    const message = { subject, body: text, headers, timeoutMs: CALL_TIMEOUT_MS };
    return this.#ask('write the register', async () => {
      try {
        return await this.#link.stored(message);
      } catch (error) {
        if (isApiError(error, 'wrong-last-sequence')) return undefined;
        throw error;
      }
    });
  }

  /** Again too when somebody removed it. */
  async #makeStream(): Promise<void> {
    const { registerStream: name, registerSubjects } = this.names;
    await ensureStream(this.#manager, registerStream(name, registerSubjects));
  }

  async close(): Promise<void> {
    await this.#link.close();
  }

  async #ask<T>(what: string, ask: () => Promise<T>): Promise<T> {
    try {
      await this.#link.untilUp(0);
      return await this.#link.asked(ask);
    } catch (error) {
      throw natsError(error, what);
    }
  }
}
