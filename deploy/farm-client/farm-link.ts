/**
 * HTTP to the coordinator that leads, of the addresses that are given: one that isn't there or is a standby leads on to the
 * next, each once, before anything is said. A farm that doesn't answer is waited for as long as the caller has patience:
 * that is said once, and once more when it is back. Everything that is asked may be asked twice.
 */
import {
  Agent as HttpAgent,
  type ClientRequest,
  type IncomingMessage,
  request as httpRequest,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ErrorCode } from '#proto/error-codes.ts';
import { StageyardError, systemErrorCode, wrapError } from '#proto/errors.ts';
import { errorMember, type JsonObject, parseJsonObject } from '#proto/json-shape.ts';
import { type AbortSignalLike, type Clock, pauseUnlessAborted } from '#proto/ports/clock.ts';
import { storeMs } from '#coordinator/http/silence.ts';

/** A connection on which nothing moves, besides the store's time for a blob. */
const IDLE_MS_MAX = 45_000;
const CONNECTIONS_MAX = 16;
/** Largest JSON answer: the tasks of a large run. */
const ANSWER_BYTES_MAX = 256 * 1024 * 1024;
/** Pauses between tries. */
const PAUSE_MS = 250;
const PAUSE_MS_MAX = 5_000;

/** A coordinator that is there and begins to lead is waited for by everybody. */
const NOT_READY_MS = 20_000;

/** Failures that pass by themselves when a coordinator comes back. */
const passing: ReadonlySet<ErrorCode> = new Set([
  'FARM_UNREACHABLE',
  'FARM_NOT_READY',
  'BLOB_STORE_UNAVAILABLE',
  'BUS_UNAVAILABLE',
  'JOURNAL_UNAVAILABLE',
  'JOURNAL_CONFLICT',
]);

/** Failures of one coordinator that another one may not have. */
const another: ReadonlySet<ErrorCode> = new Set(['FARM_UNREACHABLE', 'FARM_NOT_READY']);

/** What a link is made with. */
export interface FarmLinkOptions {
  /** Each `http://HOST:PORT`, without a path. At least one. */
  readonly addresses: readonly string[];
  readonly token?: string;
  readonly clock: Clock;
  /** How long a farm that answered before is waited for; 0: not at all. */
  readonly patienceMs: number;
  /** Told once when waiting begins, and once when it is over. */
  readonly say: (text: string) => void;
}

/** One question. */
export interface Question {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST';
  /** Below `/api/v1/`, encoded. */
  readonly path: string;
  readonly json?: object;
  /** Opened anew for each try. */
  readonly body?: { readonly sizeBytes: number; readonly open: () => Readable };
  /** Of the blob that is asked for: the coordinator's store has to fetch it first. */
  readonly blobBytes?: number;
  readonly signal?: AbortSignalLike | undefined;
  /** The connection may be silent for as long as nothing happens or nobody reads. */
  readonly isQuiet?: boolean;
}

/** See the file's head. */
export class FarmLink {
  readonly #options: FarmLinkOptions;
  /** Position of the one that is asked. */
  #current = 0;
  readonly #agents: { readonly http: HttpAgent; readonly https: HttpsAgent };
  /** Nothing is waited for before the farm has answered once. */
  #hasAnswered = false;
  #isAway = false;

  constructor(options: FarmLinkOptions) {
    this.#options = options;
    const limits = { keepAlive: true, maxSockets: CONNECTIONS_MAX };
    this.#agents = { http: new HttpAgent(limits), https: new HttpsAgent(limits) };
  }

  /** A JSON answer. Rejects with the failure that the coordinator tells, `FARM_UNREACHABLE` or `CANCELLED`. */
  async ask(question: Question): Promise<JsonObject> {
    return this.exchange(question, async (response) =>
      parseJsonObject(await textOf(response, ANSWER_BYTES_MAX), `answer of ${this.#address}`),
    );
  }

  /** Asks, and reads the good answer with `read`: all of it is repeated when it fails on the way. */
  async exchange<T>(
    question: Question,
    read: (response: IncomingMessage) => Promise<T>,
  ): Promise<T> {
    return this.persist(question.signal, async () => read(await this.#send(question)));
  }

  /** The bytes of an answer: rejects with `FARM_UNREACHABLE` when they break off. What fails with them here is something else. */
  async *bytesOf(response: IncomingMessage): AsyncIterable<Uint8Array> {
    try {
      for await (const chunk of response) if (Buffer.isBuffer(chunk)) yield chunk;
    } catch (error) {
      throw this.failureOf(error);
    }
  }

  /** Repeats `attempt` while it fails in a way that passes, as long as there is patience. */
  async persist<T>(signal: AbortSignalLike | undefined, attempt: () => Promise<T>): Promise<T> {
    const { clock, patienceMs } = this.#options;
    let failingSinceMs: number | undefined;
    for (let pauseMs = PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX)) {
      const { answer, failure } = await this.#askAround(signal, attempt);
      if (failure === undefined) {
        this.#back();
        return answer;
      }
      const isThere = failure.code === 'FARM_NOT_READY';
      const enoughMs = isThere ? Math.max(patienceMs, NOT_READY_MS) : patienceMs;
      // A transfer may have gone well for longer than that.
      failingSinceMs ??= clock.nowMs();
      const isOver = clock.nowMs() - failingSinceMs >= enoughMs;
      if (isOver || !(isThere || this.#hasAnswered) || !passing.has(failure.code)) throw failure;
      this.#away(failure);
      await pauseUnlessAborted(clock, pauseMs, signal);
    }
  }

  /** One try with each address, beginning with the one that led last. */
  async #askAround<T>(
    signal: AbortSignalLike | undefined,
    attempt: () => Promise<T>,
  ): Promise<
    | { readonly answer: T; readonly failure?: undefined }
    | { readonly answer?: undefined; readonly failure: StageyardError }
  > {
    const failures: StageyardError[] = [];
    while (failures.length < this.#options.addresses.length) {
      const asked = this.#current;
      try {
        return { answer: await attempt() };
      } catch (error) {
        if (signal?.aborted === true) throw cancelled(error);
        const failure = this.failureOf(error);
        if (!another.has(failure.code)) return { failure };
        failures.push(failure);
        // Of several questions at a time only the first one moves on.
        if (this.#current === asked) this.#current = (asked + 1) % this.#options.addresses.length;
      }
    }
    // One that is there says more than those that aren't.
    const isThere = failures.find(({ code }) => code === 'FARM_NOT_READY');
    const text = failures.map(({ message }) => message).join('; ');
    return {
      failure: isThere ?? new StageyardError('FARM_UNREACHABLE', text, { cause: failures[0] }),
    };
  }

  get #address(): string {
    return this.#options.addresses[this.#current] ?? '';
  }

  /** Words for what went wrong on the way. */
  failureOf(error: unknown): StageyardError {
    if (error instanceof StageyardError) return error;
    const errno = systemErrorCode(error);
    const why =
      errno === undefined ? wrapError(error, 'connection').message : (reasons[errno] ?? errno);
    const text = `no farm answers at ${this.#address} (${why})`;
    return new StageyardError('FARM_UNREACHABLE', text, { cause: error });
  }

  /** Ends all connections. */
  close(): void {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }

  /** The head of a good answer. Rejects with what the coordinator tells, or the system's error. */
  async #send(question: Question): Promise<IncomingMessage> {
    const { method, path, json, body, signal, isQuiet } = question;
    const text = json === undefined ? undefined : Buffer.from(JSON.stringify(json));
    const sizeBytes = body?.sizeBytes ?? text?.length;
    const isSecure = this.#address.startsWith('https:');
    const ask = isSecure ? httpsRequest : httpRequest;
    const outgoing = ask(`${this.#address}/api/v1/${path}`, {
      method,
      agent: isSecure ? this.#agents.https : this.#agents.http,
      headers: {
        ...(this.#options.token === undefined
          ? {}
          : { authorization: `Bearer ${this.#options.token}` }),
        ...(text === undefined ? {} : { 'content-type': 'application/json' }),
        ...(sizeBytes === undefined ? {} : { 'content-length': sizeBytes }),
      },
    });
    const idleMs = IDLE_MS_MAX + storeMs(body?.sizeBytes ?? question.blobBytes ?? 0);
    if (isQuiet !== true) outgoing.setTimeout(idleMs, () => outgoing.destroy(silent()));
    const end = (): void => void outgoing.destroy(new Error('cancelled'));
    signal?.addEventListener('abort', end, { once: true });
    outgoing.once('close', () => signal?.removeEventListener('abort', end));
    if (signal?.aborted === true) end();
    const answered = headOf(outgoing);
    if (body === undefined) outgoing.end(text);
    else upload(body.open(), outgoing, answered);
    const response = await answered;
    if (response.statusCode === 200 || response.statusCode === 201) return response;
    throw await this.#refusal(response, method);
  }

  async #refusal(response: IncomingMessage, method: string): Promise<StageyardError> {
    const status = response.statusCode ?? 0;
    if (method === 'HEAD') {
      response.resume();
      const code =
        status === 404 ? 'BLOB_MISSING' : status === 401 ? 'TOKEN_INVALID' : 'FARM_NOT_READY';
      return new StageyardError(code, `${this.#address} answers ${status}`);
    }
    const text = await textOf(response, ANSWER_BYTES_MAX);
    try {
      const { code, message, context } = errorMember(parseJsonObject(text, 'answer'), 'error');
      return new StageyardError(code, message, { context });
    } catch (error) {
      const message = `${this.#address} answers ${status} and not as a farm does: is it the address of a coordinator?`;
      const code = status >= 502 && status <= 504 ? 'FARM_NOT_READY' : 'FARM_UNREACHABLE';
      return new StageyardError(code, message, { cause: error });
    }
  }

  #away(failure: StageyardError): void {
    if (this.#isAway) return;
    this.#isAway = true;
    const why =
      failure.code === 'FARM_UNREACHABLE'
        ? `no farm answers at ${this.#options.addresses.join()}`
        : failure.message;
    this.#options.say(`${why}; waiting`);
  }

  #back(): void {
    this.#hasAnswered = true;
    if (!this.#isAway) return;
    this.#isAway = false;
    this.#options.say(`the farm at ${this.#address} answers again`);
  }
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection broke',
  EPIPE: 'the connection broke',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the host’s name can’t be looked up now',
  EHOSTUNREACH: 'the host can’t be reached',
  ETIMEDOUT: 'it does not answer in time',
};

function silent(): Error {
  return Object.assign(new Error('silent'), { code: 'ETIMEDOUT' });
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function cancelled(cause: unknown): StageyardError {
  return new StageyardError('CANCELLED', 'the question was cancelled', { cause });
}

function headOf(outgoing: ClientRequest): Promise<IncomingMessage> {
  const head = Promise.withResolvers<IncomingMessage>();
  outgoing.once('response', head.resolve);
  outgoing.on('error', head.reject);
  return head.promise;
}

/** Sends a body. An early refusal ends it: what the answer says tells more than the broken pipe. */
function upload(source: Readable, outgoing: ClientRequest, answered: Promise<unknown>): void {
  let isAnswered = false;
  answered.then(
    () => (isAnswered = true),
    () => source.destroy(),
  );
  pipeline(source, outgoing, { end: true }).catch((error: unknown) => {
    if (!isAnswered) outgoing.destroy(asError(error));
  });
}

/** The whole text of an answer. Rejects with `MESSAGE_INVALID` when it is larger. */
export async function textOf(response: IncomingMessage, bytesMax: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size > bytesMax) {
      throw new StageyardError('MESSAGE_INVALID', `an answer of more than ${bytesMax} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
