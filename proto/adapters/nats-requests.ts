/**
 * Questions over one connection. The client's own make an error and several promises for each, answered or not: a
 * tenth of what a short task costs. All answers come through one subscription; the reply subject says to which.
 */
import {
  createInbox,
  type Msg,
  type MsgHdrs,
  type NatsConnection,
  NoRespondersError,
  type PermissionViolationError,
  TimeoutError,
} from '@nats-io/transport-node';

/** Status of an empty answer that the server gives when nobody listens. */
const NO_RESPONDER = 503;

/** One question, one answer. */
export interface NatsRequest {
  readonly subject: string;
  readonly body: Uint8Array | string;
  readonly headers?: MsgHdrs | undefined;
  readonly timeoutMs: number;
}

interface OpenRequest {
  readonly subject: string;
  readonly answered: (answer: Msg) => void;
  readonly failed: (error: unknown) => void;
}

/** See the file's head. */
export class NatsRequests {
  readonly #connection: NatsConnection;
  readonly #inbox: string;
  readonly #open = new Map<string, OpenRequest>();
  #isListening = false;
  #count = 0;

  constructor(connection: NatsConnection, inboxPrefix: string | undefined) {
    this.#connection = connection;
    this.#inbox = `${createInbox(inboxPrefix)}.`;
  }

  /** The answer. Rejects with the client's own errors, or with what {@link fail} was given. */
  ask({ subject, body, headers, timeoutMs }: NatsRequest): Promise<Msg> {
    if (!this.#isListening) this.#listen();
    const token = String(this.#count);
    this.#count += 1;
    return new Promise((resolve, reject) => {
      const late = (): void => this.#end(token)?.failed(new TimeoutError());
      const timer = setTimeout(late, Math.max(1, timeoutMs));
      const end =
        <T>(settle: (value: T) => void) =>
        (value: T): void => {
          clearTimeout(timer);
          settle(value);
        };
      this.#open.set(token, { subject, answered: end(resolve), failed: end(reject) });
      const reply = `${this.#inbox}${token}`;
      try {
        const options = headers === undefined ? { reply } : { reply, headers };
        this.#connection.publish(subject, body, options);
      } catch (error) {
        this.#end(token)?.failed(error);
      }
    });
  }

  /** Whoever waits for an answer hears that none will come. */
  fail(error: unknown): void {
    for (const token of this.#open.keys()) this.#end(token)?.failed(error);
  }

  /** The server says that it didn't take a message. */
  deny(error: PermissionViolationError): void {
    if (error.operation !== 'publish') return;
    for (const [token, { subject }] of this.#open) {
      if (subject === error.subject) this.#end(token)?.failed(error);
    }
  }

  #listen(): void {
    this.#connection.subscribe(`${this.#inbox}*`, {
      callback: (error, answer) => {
        if (error === null) return this.#onAnswer(answer);
        this.#isListening = false;
        this.fail(error);
      },
    });
    this.#isListening = true;
  }

  #onAnswer(answer: Msg): void {
    const open = this.#end(answer.subject.slice(this.#inbox.length));
    const isRefusal = answer.data.length === 0 && answer.headers?.code === NO_RESPONDER;
    if (isRefusal) open?.failed(new NoRespondersError(open.subject));
    else open?.answered(answer);
  }

  #end(token: string): OpenRequest | undefined {
    const open = this.#open.get(token);
    this.#open.delete(token);
    return open;
  }
}
