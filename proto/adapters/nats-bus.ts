/**
 * The bus of a farm: NATS JetStream. Offers are a work-queue stream with one durable pull consumer per
 * pool and lane; events a stream with one durable consumer; requests, presence and logs plain NATS. Logs
 * have a connection of their own, so that a slow viewer can't hold up leases.
 *
 * JetStream delivers at least once, forgets message ids of finished work at a restart, and may redeliver
 * everything after an outage longer than a lease: the coordinator's journal decides what counts.
 */
import { jetstream, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import { headers, type Msg } from '@nats-io/transport-node';
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
import { errorText } from './error-text.ts';
import { deliveryAddress } from './nats-api.ts';
import {
  connectNats,
  isNoResponder,
  isTimeout,
  type NatsConnectionOptions,
  natsError,
  requestNats,
} from './nats-connection.ts';
import { NatsDelivery } from './nats-delivery.ts';
import { EventFollower } from './nats-events.ts';
import { NatsLeaseThread } from './nats-lease-thread.ts';
import { NatsLink } from './nats-link.ts';
import { PullInboxes } from './nats-pull.ts';
import {
  deadStream,
  durableConsumer,
  ensureConsumer,
  ensureStream,
  eventsStream,
  tasksStream,
} from './nats-streams.ts';
import { withdrawOffer } from './nats-withdraw.ts';
import { systemClock } from './system-clock.ts';

/** Longer than any restart of the server that should go unnoticed. */
const LEASE_MS_DEFAULT = 60_000;
const BODY_BYTES_MAX = 1024 * 1024;
/** Of the server's limit for a message, kept for its headers. */
const HEADER_BYTES = 4 * 1024;
/** An offer or an event is tried until it is stored, at most this long. */
const PUBLISH_TIMEOUT_MS = 15_000;
const PUBLISH_TRY_MS = 5_000;
const RETRY_PAUSE_MS = 250;
const SETTLE_TIMEOUT_MS = 120_000;
/** One request to a consumer; longer waits are made of several, so a lost one costs little. */
const PULL_SLICE_MS = 15_000;
/** Between looks for a consumer that the coordinator hasn't made yet. */
const NO_CONSUMER_PAUSE_MS = 500;
/** Text kept of the reason for putting a message aside. */
const REASON_CHARACTERS_MAX = 500;

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
  /** False where this user may not make streams and consumers: they are awaited. */
  readonly mayProvision?: boolean;
}

/** One message to a stream. */
interface Outgoing {
  readonly subject: string;
  readonly body: Uint8Array;
  readonly messageId?: string;
  /** Why it is put aside. */
  readonly reason?: string;
}

/** See the file's head. */
export class NatsBus implements Bus, Presence, DeadLetters {
  readonly leaseMs: number;
  readonly maxBodyBytes: number;
  readonly #options: NatsBusOptions;
  readonly #names: FarmNames;
  readonly #link: NatsLink;
  readonly #logLink: NatsLink;
  readonly #stream: JetStreamClient;
  readonly #manager: JetStreamManager;
  readonly #inboxes: PullInboxes;
  readonly #leaseThread: NatsLeaseThread | undefined;
  /** Leases to be renewed first after an outage. */
  readonly #held = new Set<NatsDelivery>();
  readonly #consumers = new Map<string, Promise<void>>();
  readonly #followers = new Set<EventFollower>();
  #putAsideCount = 0;

  private constructor(
    options: NatsBusOptions,
    links: readonly [NatsLink, NatsLink, JetStreamManager],
  ) {
    const [link, logLink, manager] = links;
    this.#options = options;
    this.#names = farmNames(options.farm);
    this.#link = link;
    this.#logLink = logLink;
    this.#manager = manager;
    this.#stream = jetstream(link.connection);
    this.#inboxes = new PullInboxes(link, options.inboxPrefix);
    this.leaseMs = options.leaseMs ?? LEASE_MS_DEFAULT;
    this.#leaseThread = leaseThreadOf(options, this.leaseMs);
    const serverMax = (link.connection.info?.max_payload ?? BODY_BYTES_MAX) - HEADER_BYTES;
    this.maxBodyBytes = Math.min(options.maxBodyBytes ?? BODY_BYTES_MAX, serverMax);
    link.afterReconnect(() => this.#renewLeases());
  }

  /**
   * Connects and makes what is missing. Rejects with `BUS_UNAVAILABLE` when nobody answers, with
   * `CONFIG_INVALID` for refused credentials, an old server or streams of another make.
   */
  static async connect(options: NatsBusOptions): Promise<NatsBus> {
    const links: NatsLink[] = [];
    const linkOf = async (name: string): Promise<NatsLink> => {
      const link = new NatsLink(await connectNats({ ...options, name }), options.logger);
      links.push(link);
      return link;
    };
    try {
      const link = await linkOf(options.name);
      const manager = await jetstream(link.connection).jetstreamManager(false);
      const bus = new NatsBus(options, [link, await linkOf(`${options.name}-logs`), manager]);
      await bus.#provision();
      return bus;
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

  async offer(queue: QueueName, messageId: string, body: Uint8Array): Promise<OfferReceipt> {
    this.#checkBody(body);
    const message = { subject: this.#names.taskSubject(queue), messageId, body };
    const sequence = await this.#publish(message, () => this.#ensureQueue(queue));
    return { queue, sequence, messageId };
  }

  async withdraw(receipt: OfferReceipt): Promise<boolean> {
    await this.#link.untilUp(0);
    const stream = this.#names.tasksStream;
    const consumer = this.#names.taskConsumer(receipt.queue);
    const place = { manager: this.#manager, stream, consumer };
    try {
      return await this.#link.asked(() => withdrawOffer(place, receipt));
    } catch (error) {
      throw natsError(error, 'withdraw an offer');
    }
  }

  async pull(
    queue: QueueName,
    waitMs: number,
    signal?: AbortSignalLike,
  ): Promise<TaskDelivery | undefined> {
    const deadlineMs = performance.now() + waitMs;
    for (let leftMs = waitMs; ; leftMs = deadlineMs - performance.now()) {
      if (signal?.aborted) return undefined;
      await this.#link.untilUp(leftMs, signal);
      try {
        const delivery = await this.#pullSlice(queue, Math.min(leftMs, PULL_SLICE_MS), signal);
        if (delivery !== undefined || performance.now() >= deadlineMs) return delivery;
      } catch (error) {
        const known = natsError(error, 'pull');
        const isLate = performance.now() + RETRY_PAUSE_MS >= deadlineMs;
        if (known.code !== 'BUS_UNAVAILABLE' || isLate || this.#link.isClosed) throw known;
        await systemClock.sleep(RETRY_PAUSE_MS);
      }
    }
  }

  async publishEvent(messageId: string, body: Uint8Array): Promise<void> {
    this.#checkBody(body);
    const subject = this.#names.eventSubject(this.#options.publisher);
    await this.#publish({ subject, messageId, body });
  }

  async consumeEvents(onEvent: (event: EventDelivery) => void): Promise<Subscription> {
    const { eventsStream: stream, eventsConsumer: consumer, eventsSubjects } = this.#names;
    await this.#link.untilUp(0);
    await this.#ensure(stream, durableConsumer(consumer, eventsSubjects, this.leaseMs));
    const { logger } = this.#options;
    const timing = { leaseMs: this.leaseMs, settleTimeoutMs: SETTLE_TIMEOUT_MS };
    const place = { link: this.#link, inboxes: this.#inboxes, stream, consumer };
    const options = { ...place, ...timing, logger, onEvent };
    const follower = new EventFollower(options);
    this.#followers.add(follower);
    return follower;
  }

  async request(
    worker: string,
    body: Uint8Array,
    timeoutMs: number,
  ): Promise<Uint8Array | undefined> {
    this.#checkBody(body);
    await this.#link.untilUp(0);
    const subject = this.#names.controlSubject(worker);
    try {
      const asked = { subject, body, timeoutMs };
      return (await this.#link.asked(() => requestNats(this.#link.connection, asked))).data;
    } catch (error) {
      if (isNoResponder(error) || isTimeout(error)) return undefined;
      throw natsError(error, `ask ${worker}`);
    }
  }

  async serveRequests(
    worker: string,
    answer: (body: Uint8Array) => Promise<Uint8Array>,
  ): Promise<Subscription> {
    return this.#subscribe(this.#link, this.#names.controlSubject(worker), (message) => {
      answer(message.data)
        .then((reply) => message.respond(reply))
        .catch((error: unknown) => {
          const cause = errorText(error);
          this.#options.logger.warn({ worker, cause }, 'a request could not be answered');
        });
    });
  }

  publishLog(run: string, task: string, chunk: Uint8Array): void {
    this.#tell(this.#logLink, this.#names.logSubject(run, task), chunk);
  }

  async onLog(
    run: string,
    onChunk: (task: string, chunk: Uint8Array) => void,
  ): Promise<Subscription> {
    return this.#subscribe(this.#logLink, this.#names.logSubjects(run), (message) => {
      const task = lastTokenOf(message.subject);
      if (task !== undefined) onChunk(task, message.data);
    });
  }

  announce(worker: string, body: Uint8Array): void {
    this.#tell(this.#link, this.#names.presenceSubject(worker), body);
  }

  async onPresence(listener: (worker: string, body: Uint8Array) => void): Promise<Subscription> {
    return this.#subscribe(this.#link, this.#names.presenceSubjects, (message) => {
      const worker = lastTokenOf(message.subject);
      if (worker !== undefined) listener(worker, message.data);
    });
  }

  async putAside({ source, reason, body }: DeadLetter): Promise<void> {
    this.#putAsideCount += 1;
    const count = this.#putAsideCount;
    this.#options.logger.error(
      { source, reason, count },
      'a message that no one can read is put aside',
    );
    const subject = this.#names.deadSubject(source);
    await this.#publish({ subject, body: body.subarray(0, this.maxBodyBytes), reason });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#followers].map((follower) => follower.stop()));
    await Promise.all([this.#link.close(), this.#logLink.close(), this.#leaseThread?.close()]);
  }

  async #provision(): Promise<void> {
    if (this.#options.mayProvision === false) return;
    const names = this.#names;
    await ensureStream(this.#manager, tasksStream(names.tasksStream, names.tasksSubjects));
    await ensureStream(this.#manager, eventsStream(names.eventsStream, names.eventsSubjects));
    await ensureStream(this.#manager, deadStream(names.deadStream, names.deadSubjects));
  }

  async #ensureQueue(queue: QueueName): Promise<void> {
    const subject = this.#names.taskSubject(queue);
    const name = this.#names.taskConsumer(queue);
    await this.#ensure(this.#names.tasksStream, durableConsumer(name, subject, this.leaseMs));
  }

  /** Once per process; a failure is forgotten, so that the next call tries again. */
  async #ensure(stream: string, consumer: ReturnType<typeof durableConsumer>): Promise<void> {
    if (this.#options.mayProvision === false) return;
    const key = `${stream}/${consumer.durable_name ?? ''}`;
    const known =
      this.#consumers.get(key) ??
      this.#link.asked(() => ensureConsumer(this.#manager, stream, consumer));
    this.#consumers.set(key, known);
    try {
      await known;
    } catch (error) {
      this.#consumers.delete(key);
      throw error;
    }
  }

  async #pullSlice(
    queue: QueueName,
    leftMs: number,
    signal: AbortSignalLike | undefined,
  ): Promise<TaskDelivery | undefined> {
    const waitMs = Math.max(0, Math.ceil(leftMs));
    await this.#ensureQueue(queue);
    const found: NatsDelivery[] = [];
    const onMessage = (message: Msg): void => void found.push(this.#hold(message));
    const consumer = this.#names.taskConsumer(queue);
    const request = { stream: this.#names.tasksStream, consumer, batch: 1, waitMs, signal };
    const end = await this.#inboxes.pull({ ...request, onMessage });
    if (end === 'no-consumer') {
      this.#consumers.clear();
      await systemClock.sleep(Math.min(NO_CONSUMER_PAUSE_MS, waitMs));
    }
    return found[0];
  }

  #hold(message: Msg): NatsDelivery {
    const count = deliveryAddress(message.reply)?.deliveryCount ?? 1;
    const onSettled = (settled: NatsDelivery): void => void this.#held.delete(settled);
    const timing = { leaseMs: this.leaseMs, settleTimeoutMs: SETTLE_TIMEOUT_MS };
    const context = { link: this.#link, ...timing, onSettled, thread: this.#leaseThread };
    const delivery = new NatsDelivery(message, count, context);
    this.#held.add(delivery);
    return delivery;
  }

  async #renewLeases(): Promise<void> {
    for (const delivery of this.#held) if (delivery.isLeaseOver) this.#held.delete(delivery);
    const held = [...this.#held];
    if (held.length === 0) return;
    const renewed = await Promise.all(held.map((delivery) => delivery.extendAfterOutage()));
    const fields = { leases: held.length, renewed: renewed.filter(Boolean).length };
    this.#options.logger.info(fields, 'leases renewed after an outage');
  }

  /** Repeats until the server says that it is stored. The message id makes repetition harmless. */
  async #publish(message: Outgoing, prepare?: () => Promise<void>): Promise<number> {
    const { subject, body, messageId, reason } = message;
    const deadlineMs = performance.now() + (this.#options.publishTimeoutMs ?? PUBLISH_TIMEOUT_MS);
    for (;;) {
      const leftMs = deadlineMs - performance.now();
      await this.#link.untilUp(leftMs);
      try {
        await prepare?.();
        const options = {
          timeout: Math.max(1, Math.min(PUBLISH_TRY_MS, leftMs)),
          ...(messageId === undefined ? undefined : { msgID: messageId }),
          ...(reason === undefined ? undefined : { headers: reasonHeaders(reason) }),
        };
        const { seq } = await this.#link.asked(() => this.#stream.publish(subject, body, options));
        return seq;
      } catch (error) {
        const known = natsError(error, `publish to ${subject}`);
        const isLate = performance.now() + RETRY_PAUSE_MS >= deadlineMs;
        if (known.code !== 'BUS_UNAVAILABLE' || isLate || this.#link.isClosed) throw known;
        await systemClock.sleep(RETRY_PAUSE_MS);
      }
    }
  }

  async #subscribe(
    link: NatsLink,
    subject: string,
    onMessage: (message: Msg) => void,
  ): Promise<Subscription> {
    await link.untilUp(0);
    try {
      const subscription = link.connection.subscribe(subject, {
        callback: (error, message) => {
          if (error === null) onMessage(message);
          else this.#options.logger.warn({ subject, cause: errorText(error) }, 'no messages');
        },
      });
      await link.connection.flush();
      return { stop: async () => subscription.unsubscribe() };
    } catch (error) {
      throw natsError(error, `listen to ${subject}`);
    }
  }

  /** Best effort: what is said while the connection is away is lost. */
  #tell(link: NatsLink, subject: string, body: Uint8Array): void {
    if (link.isUp && body.length <= this.maxBodyBytes) link.connection.publish(subject, body);
  }

  #checkBody(body: Uint8Array): void {
    if (body.length <= this.maxBodyBytes) return;
    const text = `a message of ${body.length} bytes; the bus takes ${this.maxBodyBytes}`;
    throw new StageyardError('MESSAGE_INVALID', text);
  }
}

function reasonHeaders(reason: string): ReturnType<typeof headers> {
  const kept = headers();
  const line = reason.replace(/[^\x20-\x7e]+/g, ' ').slice(0, REASON_CHARACTERS_MAX);
  kept.set('Stageyard-Reason', line);
  return kept;
}

function lastTokenOf(subject: string): string | undefined {
  return textOfToken(subject.slice(subject.lastIndexOf('.') + 1));
}

/** Only what the thread needs: options hold a logger too, which can't travel. */
function leaseThreadOf(options: NatsBusOptions, leaseMs: number): NatsLeaseThread | undefined {
  if (options.hasLeaseThread !== true) return undefined;
  const { servers, name, credentials, tls, inboxPrefix, logger } = options;
  const connection = {
    servers,
    name,
    ...(credentials === undefined ? {} : { credentials }),
    ...(tls === undefined ? {} : { tls }),
    ...(inboxPrefix === undefined ? {} : { inboxPrefix }),
  };
  return new NatsLeaseThread({ connection, leaseMs }, logger);
}
