/**
 * One pull request to a durable consumer, made by hand: it can be taken back (the client's own can't),
 * and a message that arrives when nobody wants it any more is handed back at once.
 */
import { createInbox, type Msg } from '@nats-io/transport-node';
import { StageyardError } from '../errors.ts';
import type { AbortSignalLike } from '../ports/clock.ts';
import { apiSubject } from './nats-api.ts';
import { natsError } from './nats-connection.ts';
import type { NatsLink } from './nats-link.ts';

const NS_PER_MS = 1_000_000;
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
  readonly inboxPrefix?: string | undefined;
}

/** How a pull ended: with all it asked for, with less, or because there is no such consumer. */
export type PullEnd = 'full' | 'empty' | 'no-consumer';

/** Pulls; resolves when the request has ended. Rejects with `BUS_UNAVAILABLE` when the connection is lost or the server is silent. */
export function pullMessages(link: NatsLink, request: PullRequest): Promise<PullEnd> {
  return new Promise((resolve, reject) => {
    const { connection } = link;
    const inbox = createInbox(request.inboxPrefix);
    let receivedCount = 0;
    let isOver = false;
    const end = (settle: () => void): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      forgetDown();
      request.signal?.removeEventListener('abort', stop);
      // Late messages come through the same callback and are handed back.
      subscription.drain().catch(() => subscription.unsubscribe());
      settle();
    };
    const stop = (): void => end(() => resolve('empty'));
    const fail = (why: string): void =>
      end(() => reject(new StageyardError('BUS_UNAVAILABLE', `cannot pull: ${why}`)));
    const subscription = connection.subscribe(inbox, {
      callback: (error, message) => {
        const status = message?.headers?.code ?? 0;
        if (error !== null) end(() => reject(natsError(error, 'pull')));
        else if (isOver && status === 0) handBack(link, message);
        else if (status === NOTHING || status === EXPIRED) end(() => resolve('empty'));
        else if (status === NO_RESPONDER) end(() => resolve('no-consumer'));
        else if (status !== 0) fail(`${status} ${message.headers?.description ?? ''}`.trimEnd());
        else {
          receivedCount += 1;
          request.onMessage(message);
          if (receivedCount === request.batch) end(() => resolve('full'));
        }
      },
    });
    const timer = setTimeout(() => fail('the server is silent'), request.waitMs + SILENCE_MS);
    const forgetDown = link.onDown(() => fail('the connection is lost'));
    request.signal?.addEventListener('abort', stop, { once: true });
    if (request.signal?.aborted) return stop();
    const subject = apiSubject(`CONSUMER.MSG.NEXT.${request.stream}.${request.consumer}`);
    connection.publish(subject, pullText(request), { reply: inbox });
  });
}

function pullText({ batch, waitMs }: PullRequest): string {
  const wait = waitMs > 0 ? { expires: waitMs * NS_PER_MS } : { no_wait: true };
  return JSON.stringify({ batch, ...wait });
}

function handBack({ connection }: NatsLink, message: Msg): void {
  if (message.reply !== undefined && !connection.isClosed()) {
    connection.publish(message.reply, '-NAK');
  }
}
