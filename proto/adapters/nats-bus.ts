/**
 * The bus of a farm: NATS JetStream. Offers are a work-queue stream (nats-task-queues.ts), events a stream with one
 * durable consumer (nats-events.ts); requests, presence and logs are plain NATS (nats-plain-messages.ts). Logs have a
 * connection of their own, so that a slow viewer can't hold up leases.
 *
 * JetStream delivers at least once, forgets message ids of finished work at a restart, and may redeliver
 * everything after an outage longer than a lease: the coordinator's journal decides what counts.
 */
import { jetstream, type JetStreamManager } from '@nats-io/jetstream';
import { StageyardError } from '../errors.ts';
import type {
  Bus,
  EventDelivery,
  OfferReceipt,
  QueueName,
  Subscription,
  TaskDelivery,
} from '../ports/bus.ts';
import type { AbortSignalLike } from '../ports/clock.ts';
import type { DeadLetter, DeadLetters } from '../ports/dead-letters.ts';
import type { Logger } from '../ports/logger.ts';
import type { Presence } from '../ports/presence.ts';
import { type FarmNames, farmNames, textOfToken } from '../subjects.ts';
import { isApiError } from './nats-api.ts';
import { type NatsConnectionOptions, natsError } from './nats-connection.ts';
import { DurableConsumers } from './nats-consumers.ts';
import { EventFollower } from './nats-events.ts';
import { NatsLeaseThread } from './nats-lease-thread.ts';
import { NatsLink } from './nats-link.ts';
import { PlainMessages } from './nats-plain-messages.ts';
import { StreamPublisher } from './nats-publisher.ts';
import { PullInboxes } from './nats-pull.ts';
import { deadStream, ensureStream, eventsStream, tasksStream } from './nats-streams.ts';
import { TaskQueues } from './nats-task-queues.ts';

/** Longer than any restart of the server that should go unnoticed. */
const LEASE_MS_DEFAULT = 60_000;
const BODY_BYTES_MAX = 1024 * 1024;
/** Of the server's limit for a message, kept for its headers. */
const HEADER_BYTES = 4 * 1024;
/** An offer or an event is tried until it is stored, at most this long. */
const PUBLISH_TIMEOUT_MS = 15_000;

/** Options of {@link NatsBus.connect}. */
export interface NatsBusOptions extends NatsConnectionOptions {
  readonly farm: string;
  /** Who publishes events here: a worker's id; `coordinator` otherwise. */
  readonly publisher: string;
  readonly logger: Logger;
  /** Time after which an unextended delivery goes to somebody else. */
  readonly leaseMs?: number;
  readonly maxBodyBytes?: number;
  /** How long offers and events are tried. */
  readonly publishTimeoutMs?: number;
  /** Keeps leases in a thread of its own: for processes that are busy for long. */
  readonly hasLeaseThread?: boolean;
}

/** See the file's head. */
export class NatsBus implements Bus, Presence, DeadLetters {
  readonly leaseMs: number;
  readonly maxBodyBytes: number;
  readonly #options: NatsBusOptions;
  readonly #names: FarmNames;
  readonly #link: NatsLink;
  readonly #logLink: NatsLink;
  readonly #manager: JetStreamManager;
  readonly #consumers: DurableConsumers;
  readonly #inboxes: PullInboxes;
  readonly #publisher: StreamPublisher;
  readonly #leaseThread: NatsLeaseThread | undefined;
  readonly #queues: TaskQueues;
  readonly #plain: PlainMessages;
  readonly #logs: PlainMessages;
  readonly #followers = new Set<EventFollower>();
  #putAsideCount = 0;

  private constructor(
    options: NatsBusOptions,
    links: { readonly link: NatsLink; readonly logLink: NatsLink },
    manager: JetStreamManager,
  ) {
    const { link, logLink } = links;
    const { farm, logger, inboxPrefix, leaseMs = LEASE_MS_DEFAULT } = options;
    const names = farmNames(farm);
    const consumers = new DurableConsumers(link, manager);
    const inboxes = new PullInboxes(link, inboxPrefix);
    const publisher = new StreamPublisher(link, options.publishTimeoutMs ?? PUBLISH_TIMEOUT_MS);
    const leaseThread =
      options.hasLeaseThread === true ? new NatsLeaseThread(options, leaseMs, logger) : undefined;
    const shared = { link, names, consumers, inboxes, publisher, leaseMs, logger };
    const serverMax = (link.connection.info?.max_payload ?? BODY_BYTES_MAX) - HEADER_BYTES;
    this.leaseMs = leaseMs;
    this.maxBodyBytes = Math.min(options.maxBodyBytes ?? BODY_BYTES_MAX, serverMax);
    this.#options = options;
    this.#names = names;
    this.#link = link;
    this.#logLink = logLink;
    this.#manager = manager;
    this.#consumers = consumers;
    this.#inboxes = inboxes;
    this.#publisher = publisher;
    this.#leaseThread = leaseThread;
    this.#queues = new TaskQueues({ ...shared, manager, leaseThread });
    this.#plain = new PlainMessages(link, logger);
    this.#logs = new PlainMessages(logLink, logger);
  }

  /**
   * Connects and makes what is missing. Rejects with `BUS_UNAVAILABLE` when nobody answers, with
   * `CONFIG_INVALID` for refused credentials, an old server or streams of another make.
   */
  static async connect(options: NatsBusOptions): Promise<NatsBus> {
    const links: NatsLink[] = [];
    const linkOf = async (name: string): Promise<NatsLink> => {
      const link = await NatsLink.connect({ ...options, name });
      links.push(link);
      return link;
    };
    try {
      const link = await linkOf(options.name);
      const manager = await jetstream(link.connection).jetstreamManager(false);
      const logLink = await linkOf(`${options.name}-logs`);
      await makeStreams(manager, farmNames(options.farm));
      return new NatsBus(options, { link, logLink }, manager);
    } catch (error) {
      await Promise.all(links.map((link) => link.close()));
      throw natsError(error, 'open the bus');
    }
  }

  /** False while there is no connection. */
  get isUp(): boolean {
    return this.#link.isUp;
  }

  get putAsideCount(): number {
    return this.#putAsideCount;
  }

  /** Differs from what it was once the streams of offers or news were made anew; empty while one of them is gone. */
  async queuesIdentity(): Promise<string> {
    const { tasksStream: tasks, eventsStream: events } = this.#names;
    await this.#link.untilUp(0);
    try {
      const times = [tasks, events].map((name) =>
        this.#link.asked(async () => (await this.#manager.streams.info(name)).created),
      );
      return (await Promise.all(times)).join(' ');
    } catch (error) {
      if (isApiError(error, 'stream-not-found')) return '';
      throw natsError(error, 'look at the streams');
    }
  }

  async offer(queue: QueueName, messageId: string, body: Uint8Array): Promise<OfferReceipt> {
    this.#checkBody(body);
    return this.#queues.offer(queue, messageId, body);
  }

  async withdraw(receipt: OfferReceipt): Promise<boolean> {
    return this.#queues.withdraw(receipt);
  }

  async isQueued(receipt: OfferReceipt): Promise<boolean> {
    return this.#queues.isQueued(receipt);
  }

  async pull(
    queue: QueueName,
    waitMs: number,
    signal?: AbortSignalLike,
  ): Promise<TaskDelivery | undefined> {
    return this.#queues.pull(queue, waitMs, signal);
  }

  async publishEvent(messageId: string, body: Uint8Array): Promise<void> {
    this.#checkBody(body);
    const subject = this.#names.eventSubject(this.#options.publisher);
    await this.#publisher.publish({ subject, messageId, body });
  }

  async consumeEvents(onEvent: (event: EventDelivery) => void): Promise<Subscription> {
    const { eventsStream: stream, eventsConsumer: name, eventsSubjects: filter } = this.#names;
    const { leaseMs } = this;
    const wanted = { stream, name, filter, leaseMs };
    await this.#link.untilUp(0);
    await this.#consumers.ensure(wanted);
    const makeConsumer = async (): Promise<void> => {
      this.#consumers.forget();
      await this.#consumers.ensure(wanted);
    };
    const follower = new EventFollower({
      link: this.#link,
      inboxes: this.#inboxes,
      stream,
      consumer: name,
      leaseMs,
      logger: this.#options.logger,
      onEvent,
      makeConsumer,
    });
    this.#followers.add(follower);
    return follower;
  }

  async request(
    worker: string,
    body: Uint8Array,
    timeoutMs: number,
  ): Promise<Uint8Array | undefined> {
    this.#checkBody(body);
    return this.#plain.ask({ subject: this.#names.controlSubject(worker), body, timeoutMs });
  }

  async serveRequests(
    worker: string,
    answer: (body: Uint8Array) => Promise<Uint8Array>,
  ): Promise<Subscription> {
    return this.#plain.serve(this.#names.controlSubject(worker), answer);
  }

  publishLog(run: string, task: string, chunk: Uint8Array): void {
    if (this.#fits(chunk)) this.#logs.tell(this.#names.logSubject(run, task), chunk);
  }

  async onLog(
    run: string,
    onChunk: (task: string, chunk: Uint8Array) => void,
  ): Promise<Subscription> {
    return this.#logs.listen(this.#names.logSubjects(run), ({ subject, data }) => {
      const task = lastTokenOf(subject);
      if (task !== undefined) onChunk(task, data);
    });
  }

  announce(worker: string, body: Uint8Array): void {
    if (this.#fits(body)) this.#plain.tell(this.#names.presenceSubject(worker), body);
  }

  async onPresence(listener: (worker: string, body: Uint8Array) => void): Promise<Subscription> {
    return this.#plain.listen(this.#names.presenceSubjects, ({ subject, data }) => {
      const worker = lastTokenOf(subject);
      if (worker !== undefined) listener(worker, data);
    });
  }

  async putAside({ source, reason, body }: DeadLetter): Promise<void> {
    this.#putAsideCount += 1;
    const subject = this.#names.deadSubject(source);
    await this.#publisher.publish({ subject, body: body.subarray(0, this.maxBodyBytes), reason });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#followers].map((follower) => follower.stop()));
    await Promise.all([this.#link.close(), this.#logLink.close(), this.#leaseThread?.close()]);
  }

  #fits(body: Uint8Array): boolean {
    return body.length <= this.maxBodyBytes;
  }

  #checkBody(body: Uint8Array): void {
    if (this.#fits(body)) return;
    const text = `a message of ${body.length} bytes; the bus takes ${this.maxBodyBytes}`;
    throw new StageyardError('MESSAGE_INVALID', text);
  }
}

async function makeStreams(manager: JetStreamManager, names: FarmNames): Promise<void> {
  await ensureStream(manager, tasksStream(names.tasksStream, names.tasksSubjects));
  await ensureStream(manager, eventsStream(names.eventsStream, names.eventsSubjects));
  await ensureStream(manager, deadStream(names.deadStream, names.deadSubjects));
}

function lastTokenOf(subject: string): string | undefined {
  return textOfToken(subject.slice(subject.lastIndexOf('.') + 1));
}
