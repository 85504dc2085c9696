/** What the server and its client can do by themselves: messages taken from a queue one by one, each acknowledgement confirmed. */
import {
  AckPolicy,
  type Consumer,
  jetstream,
  type JetStreamClient,
  RetentionPolicy,
} from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';

/** About the size of an offer. */
const MESSAGE_BYTES = 600;
const PULL_MS = 5_000;
const NAME = 'plain';

/** See the file's head. */
export class PlainQueue implements AsyncDisposable {
  readonly #connection: NatsConnection;
  readonly #client: JetStreamClient;
  readonly #consumer: Consumer;

  private constructor(connection: NatsConnection, client: JetStreamClient, consumer: Consumer) {
    this.#connection = connection;
    this.#client = client;
    this.#consumer = consumer;
  }

  /** Makes a stream and its consumer. */
  static async open(url: string): Promise<PlainQueue> {
    const connection = await connect({ servers: url });
    const client = jetstream(connection);
    const manager = await client.jetstreamManager();
    const retention = RetentionPolicy.Workqueue;
    await manager.streams.add({ name: NAME, subjects: [NAME], retention });
    await manager.consumers.add(NAME, { durable_name: NAME, ack_policy: AckPolicy.Explicit });
    return new PlainQueue(connection, client, await client.consumers.get(NAME, NAME));
  }

  /** Messages per second of `count` that are there before the clock runs. */
  async perSecond(count: number): Promise<number> {
    const body = new Uint8Array(MESSAGE_BYTES);
    for (let sent = 0; sent < count; sent += 1) await this.#client.publish(NAME, body);
    const startedAt = performance.now();
    for (let taken = 0; taken < count; taken += 1) {
      const message = await this.#consumer.next({ expires: PULL_MS });
      await message?.ackAck();
    }
    return (count * 1_000) / (performance.now() - startedAt);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.close();
  }
}
