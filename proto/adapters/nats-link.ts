/**
 * A connection that comes and goes: tells who waits when it is up, and does first things first when it
 * is back (leases are renewed before anybody pulls).
 */
import { type Msg, type NatsConnection, PermissionViolationError } from '@nats-io/transport-node';
import { StageyardError } from '../errors.ts';
import { type AbortSignalLike, pauseUnlessAborted } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { errorText } from './error-text.ts';
import { storedSequence } from './nats-api.ts';
import { connectNats, isTimeout, type NatsConnectionOptions, refusal } from './nats-connection.ts';
import { type NatsRequest, NatsRequests } from './nats-requests.ts';
import { systemClock } from './system-clock.ts';

/** A server that runs answers a ping within this. */
const PING_TIMEOUT_MS = 1_000;

const AWAY = 'NATS is away; the connection is being made again';

/** What is done after a reconnect before anything else may be asked. */
export type AfterReconnect = () => Promise<void>;

/** Kinds of problems that are told until the connection is made again: each comes many times a second. */
const PROBLEMS_TOLD_MAX = 100;

/** What a link tells, and how it is answered. */
export type NatsLinkOptions = Pick<NatsConnectionOptions, 'inboxPrefix' | 'say'> & {
  readonly logger: Logger;
};

/** See the file's head. */
export class NatsLink {
  readonly connection: NatsConnection;
  readonly #logger: Logger;
  readonly #say: (line: string) => void;
  readonly #told = new Set<string>();
  readonly #requests: NatsRequests;
  readonly #afterReconnect: AfterReconnect[] = [];
  readonly #onDown = new Set<() => void>();
  #whenUp = Promise.withResolvers<void>();
  #isUp = true;
  #isClosed = false;

  constructor(connection: NatsConnection, { logger, inboxPrefix, say }: NatsLinkOptions) {
    this.connection = connection;
    this.#logger = logger;
    this.#say = say ?? (() => undefined);
    this.#requests = new NatsRequests(connection, inboxPrefix);
    this.#whenUp.resolve();
    void this.#watch();
    void connection.closed().then(() => this.#end());
  }

  /** As {@link connectNats}. */
  static async connect(options: NatsConnectionOptions & NatsLinkOptions): Promise<NatsLink> {
    return new NatsLink(await connectNats(options), options);
  }

  /** False while there is no connection, and until first things are done. */
  get isUp(): boolean {
    return this.#isUp;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Runs `step` after each reconnect, before anybody who waits goes on. It must not reject and must end. */
  afterReconnect(step: AfterReconnect): void {
    this.#afterReconnect.push(step);
  }

  /** Calls back once when the connection is lost or closed; answers how to take that back. */
  onDown(listener: () => void): () => void {
    this.#onDown.add(listener);
    return () => this.#onDown.delete(listener);
  }

  /**
   * What `ask` resolves to. What is asked of a connection that is lost is lost with it: then this rejects
   * with `BUS_UNAVAILABLE` at once instead of after the question's own timeout.
   */
  async asked<T>(ask: () => Promise<T>): Promise<T> {
    if (this.#isClosed) throw closed();
    const lost = Promise.withResolvers<never>();
    const forgetDown = this.onDown(() => lost.reject(this.#isClosed ? closed() : away()));
    try {
      return await Promise.race([ask(), lost.promise]);
    } finally {
      forgetDown();
    }
  }

  /** The answer to a message; rejects as {@link asked} does, or with the client's own errors. */
  async ask(request: NatsRequest): Promise<Msg> {
    if (this.#isClosed) throw closed();
    return this.#requests.ask(request);
  }

  /**
   * Sends a message that a stream is to keep; its sequence there. Rejects as {@link ask} does, or with the server's own
   * error. A server whose disk was full once says nothing to that stream's publishers until it is restarted,
   * while it answers everything else: this rejects with words for it.
   */
  async stored(message: NatsRequest): Promise<number> {
    try {
      return storedSequence(await this.ask(message));
    } catch (error) {
      throw isTimeout(error) && (await this.#answersPing()) ? silent(error) : error;
    }
  }

  async #answersPing(): Promise<boolean> {
    const answered = new AbortController();
    const late = pauseUnlessAborted(systemClock, PING_TIMEOUT_MS, answered.signal);
    const answer = this.asked(() => this.connection.rtt()).then(
      () => true,
      () => false,
    );
    const isThere = await Promise.race([answer, late.then(() => false)]);
    answered.abort();
    return isThere;
  }

  /** Resolves once it is up. Rejects with `BUS_UNAVAILABLE` after `waitMs`, when `signal` aborts or it was closed. */
  async untilUp(waitMs: number, signal?: AbortSignalLike): Promise<void> {
    if (this.#isClosed) throw closed();
    if (this.#isUp) return;
    if (waitMs <= 0) throw away();
    const late = Promise.withResolvers<never>();
    const giveUp = (): void => late.reject(away());
    const timer = setTimeout(giveUp, waitMs);
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      await Promise.race([this.#whenUp.promise, late.promise]);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
    }
    if (this.#isClosed) throw closed();
  }

  /** Ends the connection; who waits is told. */
  async close(): Promise<void> {
    this.#end();
    await this.connection.close();
  }

  async #watch(): Promise<void> {
    for await (const status of this.connection.status()) {
      if (status.type === 'disconnect') this.#down();
      else if (status.type === 'reconnect') await this.#up();
      else if (status.type === 'error') {
        if (status.error instanceof PermissionViolationError) this.#requests.deny(status.error);
        this.#tellProblem(status.error);
      }
    }
  }

  #tellProblem(error: Error): void {
    const refused = refusal(error);
    const kind = refused ?? errorText(error);
    if (this.#told.has(kind) || this.#told.size === PROBLEMS_TOLD_MAX) return;
    this.#told.add(kind);
    this.#logger.warn({ cause: errorText(error) }, 'NATS reports a problem');
    if (refused !== undefined) this.#say(refused);
  }

  #down(): void {
    if (!this.#isUp || this.#isClosed) return;
    this.#isUp = false;
    this.#whenUp = Promise.withResolvers();
    this.#logger.warn({}, 'the connection to NATS is lost; it is made again as soon as possible');
    this.#say(AWAY);
    this.#tellDown();
  }

  async #up(): Promise<void> {
    await Promise.all(this.#afterReconnect.map((step) => step()));
    if (this.#isClosed) return;
    this.#isUp = true;
    this.#whenUp.resolve();
    this.#told.clear();
    this.#logger.info({}, 'NATS is back');
    this.#say('NATS is back');
  }

  #end(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#isUp = false;
    this.#whenUp.resolve();
    this.#tellDown();
  }

  #tellDown(): void {
    this.#requests.fail(this.#isClosed ? closed() : away());
    const listeners = [...this.#onDown];
    this.#onDown.clear();
    for (const listener of listeners) listener();
  }
}

function away(): StageyardError {
  return new StageyardError('BUS_UNAVAILABLE', AWAY);
}

function silent(cause: unknown): StageyardError {
  const text =
    'NATS answers but stores nothing: its disk is slow, or full, or was full (see the log of nats-server): free space there, then restart it';
  return new StageyardError('BUS_UNAVAILABLE', text, { cause });
}

function closed(): StageyardError {
  return new StageyardError('BUS_UNAVAILABLE', 'the connection to NATS was closed');
}
