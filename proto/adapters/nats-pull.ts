/**
 * Pull requests to durable consumers, made by hand: they can be taken back (the client's own can't), and a
 * message that arrives when nobody wants it any more is handed back at once. A request that ended by itself
 * leaves its inbox to the next one; that of one that was taken back goes, so that the server hears of it.
 */
import { createInbox, type Msg, type MsgHdrs, type Subscription } from '@nats-io/transport-node';
import { StageyardError } from '../errors.ts';
import type { AbortSignalLike } from '../ports/clock.ts';
import { apiSubject, NS_PER_MS } from './nats-api.ts';
import { natsError } from './nats-connection.ts';
import type { NatsLink } from './nats-link.ts';

/** The server says itself when a request has expired; after this it is taken to be gone. */
const SILENCE_MS = 5_000;
/** Statuses of an ending request (ADR-9, ADR-13 of NATS): nothing there, expired, no such consumer, and all others. */
const NOTHING = 404;
const EXPIRED = 408;
const NO_RESPONDER = 503;

/** What is pulled. */
export interface PullRequest {
  readonly stream: string;
  readonly consumer: string;
  readonly batch: number;
  /** 0: what is there now. */
  readonly waitMs: number;
  readonly onMessage: (message: Msg) => void;
  readonly signal?: AbortSignalLike | undefined;
}

/** How a pull ended: with all it asked for, with less, or because there is no such consumer. */
export type PullEnd = 'full' | 'empty' | 'no-consumer';

/** One request under way. */
interface OpenPull {
  readonly request: PullRequest;
  receivedCount: number;
  readonly end: (end: PullEnd) => void;
  readonly fail: (error: unknown) => void;
}

/** See the file's head. */
export class PullInboxes {
  readonly #link: NatsLink;
  readonly #prefix: string | undefined;
  #free: Inbox[] = [];

  constructor(link: NatsLink, inboxPrefix: string | undefined) {
    this.#link = link;
    this.#prefix = inboxPrefix;
  }

  /** Gives the inboxes back that nobody uses. */
  close(): void {
    for (const inbox of this.#free) inbox.drain();
    this.#free = [];
  }

  /** Resolves when the request has ended. Rejects with `BUS_UNAVAILABLE` when the connection is lost or the server is silent. */
  async pull(request: PullRequest): Promise<PullEnd> {
    const { signal, waitMs } = request;
    if (signal?.aborted) return 'empty';
    const { promise, resolve, reject } = Promise.withResolvers<PullEnd>();
    const inbox = this.#free.pop() ?? new Inbox(this.#link, createInbox(this.#prefix));
    let isOwnEnd = false;
    const end = (how: PullEnd): void => {
      isOwnEnd = true;
      inbox.leave();
      resolve(how);
    };
    const fail = (error: unknown): void => reject(natsError(error, 'pull'));
    const silent = (): void => fail(unavailable('the server is silent'));
    const timer = setTimeout(silent, waitMs + SILENCE_MS);
    const forgetDown = this.#link.onDown(() => fail(unavailable('the connection is lost')));
    const stop = (): void => resolve('empty');
    signal?.addEventListener('abort', stop, { once: true });
    try {
      inbox.ask({ request, receivedCount: 0, end, fail });
      return await promise;
    } finally {
      clearTimeout(timer);
      forgetDown();
      signal?.removeEventListener('abort', stop);
      inbox.leave();
      if (isOwnEnd) this.#free.push(inbox);
      else inbox.drain();
    }
  }
}

/** A subscription for the answers to one request at a time. */
class Inbox {
  readonly #link: NatsLink;
  readonly #subject: string;
  readonly #subscription: Subscription;
  #pull: OpenPull | undefined;

  constructor(link: NatsLink, subject: string) {
    this.#link = link;
    this.#subject = subject;
    this.#subscription = link.connection.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) this.#onMessage(message);
        else this.#pull?.fail(error);
      },
    });
  }

  ask(pull: OpenPull): void {
    this.#pull = pull;
    const { stream, consumer, batch, waitMs } = pull.request;
    const wait = waitMs > 0 ? { expires: waitMs * NS_PER_MS } : { no_wait: true };
    const subject = apiSubject(`CONSUMER.MSG.NEXT.${stream}.${consumer}`);
    const body = JSON.stringify({ batch, ...wait });
    this.#link.connection.publish(subject, body, { reply: this.#subject });
  }

  /** Nobody wants what still comes. */
  leave(): void {
    this.#pull = undefined;
  }

  /** Late messages come through the same callback and are handed back. */
  drain(): void {
    this.#subscription.drain().catch(() => this.#subscription.unsubscribe());
  }

  #onMessage(message: Msg): void {
    const { headers } = message;
    const status = headers?.code ?? 0;
    if (this.#pull === undefined) {
      if (status === 0) handBack(this.#link, message);
    } else if (status === 0) take(this.#pull, message);
    else endBy(this.#pull, status, headers);
  }
}

function take(pull: OpenPull, message: Msg): void {
  pull.receivedCount += 1;
  const isFull = pull.receivedCount >= pull.request.batch;
  pull.request.onMessage(message);
  if (isFull) pull.end('full');
}

function endBy(pull: OpenPull, status: number, headers: MsgHdrs | undefined): void {
  if (status === NOTHING || status === EXPIRED) pull.end('empty');
  else if (status === NO_RESPONDER) pull.end('no-consumer');
  else pull.fail(unavailable(`${status} ${headers?.description ?? ''}`.trimEnd()));
}

function unavailable(why: string): StageyardError {
  return new StageyardError('BUS_UNAVAILABLE', `cannot pull: ${why}`);
}

function handBack({ connection }: NatsLink, message: Msg): void {
  if (message.reply !== undefined && !connection.isClosed()) {
    connection.publish(message.reply, '-NAK');
  }
}
