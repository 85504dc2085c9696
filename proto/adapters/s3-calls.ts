/**
 * Single calls to an S3 server: each with a deadline, a signal, a bounded number of tries, and errors by
 * what a caller can do about them. The client has neither deadline nor cancellation; every request goes
 * through a transport of ours that has both.
 */
import * as http from 'node:http';
import * as https from 'node:https';
import { Client, type ClientOptions, S3Error } from 'minio';
import { StageyardError, systemErrorCode } from '../errors.ts';
import { type AbortSignalLike, pauseUnlessAborted } from '../ports/clock.ts';
import { errorText, isDistrust } from './error-text.ts';
import { systemClock } from './system-clock.ts';

const TRIES_MAX_DEFAULT = 4;
const FIRST_PAUSE_MS = 200;
const CALL_TIMEOUT_MS_DEFAULT = 60_000;
/** On the slowest line that is waited for, several parts at a time. */
const SENT_BYTES_PER_MS_MIN = 64;
const SOCKETS_MAX = 16;

/** Where the objects are. */
export interface S3Place {
  /** `http://host:port` or `https://host`. */
  readonly endpoint: string;
  readonly bucket: string;
  /** Part of the signature; the server's own name for itself. */
  readonly region?: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly sessionToken?: string;
}

/** Bounds of one call. */
export interface S3CallLimits {
  /** One request, from when it has a connection; one that sends many bytes may take longer unless it stands still. */
  readonly callTimeoutMs?: number;
  /** Tries of a call before it is given up. */
  readonly triesMax?: number;
}

/** One call; `what` completes "cannot …". */
export interface S3Call<T> {
  readonly what: string;
  readonly signal?: AbortSignalLike | undefined;
  /** That it sends. */
  readonly sizeBytes?: number;
  /**
   * Makes one try with a client whose requests end with the try. `alive` puts the deadline off: for calls
   * that bring many bytes.
   */
  readonly run: (client: Client, alive: () => void) => Promise<T>;
}

/** Not there, or not for these credentials: servers that may not list say the same for both. */
const MISSING_CODES = new Set(['NoSuchKey', 'NotFound', 'NoSuchVersion']);
const CREDENTIAL_CODES = new Set([
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'ExpiredToken',
  'InvalidTokenId',
  'AccessDenied',
]);
const INTERNAL_ERROR = 500;
const UNKNOWN_STATUS = 599;
const SKEWED_CODE = 'RequestTimeTooSkewed';
const FULL_CODES = new Set(['XMinioStorageFull', 'QuotaExceeded', 'InsufficientStorage']);
/** Trying again changes nothing. */
const LASTING_CODES = new Set([
  ...MISSING_CODES,
  ...CREDENTIAL_CODES,
  ...FULL_CODES,
  SKEWED_CODE,
  'NoSuchBucket',
  'InvalidBucketName',
  'EntityTooLarge',
  'EntityTooSmall',
  'InvalidPart',
  'NoSuchUpload',
  'InvalidRange',
]);

/** See the file's head. */
export class S3Calls {
  readonly bucket: string;
  readonly #place: S3Place;
  readonly #url: URL;
  readonly #agent: http.Agent;
  readonly #callTimeoutMs: number;
  readonly #triesMax: number;

  /** Throws `CONFIG_INVALID` for an endpoint that is no URL. */
  constructor(place: S3Place, limits: S3CallLimits) {
    this.#place = place;
    this.bucket = place.bucket;
    this.#url = endpointUrl(place.endpoint);
    const Agent = this.#url.protocol === 'https:' ? https.Agent : http.Agent;
    this.#agent = new Agent({ keepAlive: true, maxSockets: SOCKETS_MAX });
    this.#callTimeoutMs = limits.callTimeoutMs ?? CALL_TIMEOUT_MS_DEFAULT;
    this.#triesMax = limits.triesMax ?? TRIES_MAX_DEFAULT;
  }

  /** Makes a call. Rejects with `CANCELLED`, `BLOB_MISSING`, `CONFIG_INVALID` or `BLOB_STORE_UNAVAILABLE`. */
  async call<T>(asked: S3Call<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#tryOnce(asked);
      } catch (error) {
        if (asked.signal?.aborted) throw cancelled(asked.what, error);
        if (tries >= this.#triesMax || !isTransient(error)) throw this.#storeError(error, asked);
      }
      // The next try sees the signal.
      await pauseUnlessAborted(systemClock, FIRST_PAUSE_MS * 2 ** (tries - 1), asked.signal);
    }
  }

  /** Connections of a process that ends. */
  close(): void {
    this.#agent.destroy();
  }

  async #tryOnce<T>({ run, signal, sizeBytes = 0 }: S3Call<T>): Promise<T> {
    if (signal?.aborted) throw signal.reason;
    const ending = new AbortController();
    const limitMs = this.#callTimeoutMs + Math.floor(sizeBytes / SENT_BYTES_PER_MS_MIN);
    let timer: NodeJS.Timeout | undefined;
    const alive = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => ending.abort(new Late(limitMs)), limitMs);
    };
    const onAbort = (): void => ending.abort(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      return await run(this.#client(ending.signal, alive), alive);
    } catch (error) {
      throw ending.signal.aborted ? ending.signal.reason : error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /**
   * A client is a few fields; a new one per try carries the signal of that try into its requests. `onConnected`: the
   * request has a connection, for which it may have waited until others were done.
   */
  #client(signal: AbortSignal, onConnected: () => void): Client {
    const request = this.#url.protocol === 'https:' ? https.request : http.request;
    const timeout = this.#callTimeoutMs;
    return new Client({
      ...clientOptions(this.#place),
      transportAgent: this.#agent,
      retryOptions: { disableRetry: true },
      transport: {
        request: (
          options: http.RequestOptions,
          onResponse?: (response: http.IncomingMessage) => void,
        ) => {
          const heard = (response: http.IncomingMessage): void => onResponse?.(readable(response));
          const outgoing = request({ ...options, signal, timeout }, heard);
          outgoing.once('socket', onConnected);
          return outgoing.once('timeout', () => outgoing.destroy(new Late(timeout)));
        },
      } as typeof http,
    });
  }

  #storeError(error: unknown, { what }: { readonly what: string }): StageyardError {
    if (error instanceof StageyardError) return error;
    const code = s3Code(error);
    const where = `${this.#url.origin}/${this.bucket}`;
    const options = { cause: error, context: { bucket: this.bucket, s3Code: code } };
    if (MISSING_CODES.has(code)) {
      return new StageyardError(
        'BLOB_MISSING',
        `cannot ${what}: ${where} doesn't have it`,
        options,
      );
    }
    if (code === 'NoSuchBucket') {
      const text = `cannot ${what}: there is no bucket ${this.bucket} at ${this.#url.origin}: make it, or name another`;
      return new StageyardError('CONFIG_INVALID', text, options);
    }
    if (code === SKEWED_CODE) {
      const text = `cannot ${what}: the clocks of ${where} and of this machine differ too much (${code}): set the one that is wrong`;
      return new StageyardError('CONFIG_INVALID', text, options);
    }
    if (CREDENTIAL_CODES.has(code)) {
      const text = `cannot ${what}: ${where} refuses these credentials (${code}): check key, secret and policy`;
      return new StageyardError('CONFIG_INVALID', text, options);
    }
    const why = reasonOf(error, code);
    return new StageyardError(
      'BLOB_STORE_UNAVAILABLE',
      `cannot ${what} at ${where}: ${why}`,
      options,
    );
  }
}

/**
 * The client reads the words of a failure only of statuses that it knows nothing about; what a server says with a 500
 * may be why (MinIO with full disks: "no space left on device").
 */
function readable(response: http.IncomingMessage): http.IncomingMessage {
  const isXml = response.headers['content-type']?.includes('xml') === true;
  if (response.statusCode === INTERNAL_ERROR && isXml) response.statusCode = UNKNOWN_STATUS;
  return response;
}

/** A request that didn't end in time. */
class Late extends Error {
  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs} ms`);
    this.name = 'Late';
  }
}

/** The server's error code, empty for failures of the connection. */
export function s3Code(error: unknown): string {
  if (!(error instanceof S3Error) || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

/** Of a failed call: without the right to list, a server answers "denied" for what isn't there. */
export function isAbsent(error: unknown): boolean {
  if (!(error instanceof StageyardError)) return false;
  return error.code === 'BLOB_MISSING' || error.context['s3Code'] === 'AccessDenied';
}

function reasonOf(error: unknown, code: string): string {
  if (FULL_CODES.has(code)) return `its disks are full (${code})`;
  if (!isDistrust(error)) return errorText(error);
  return `its certificate is not trusted here (${systemErrorCode(error) ?? ''}): start this with NODE_EXTRA_CA_CERTS=FILE that holds its authority's, or correct the server's`;
}

function isTransient(error: unknown): boolean {
  return !(error instanceof StageyardError) && !LASTING_CODES.has(s3Code(error));
}

function cancelled(what: string, cause: unknown): StageyardError {
  return new StageyardError('CANCELLED', `cannot ${what}: cancelled`, { cause });
}

/** Where and as whom, in the client's words. Throws `CONFIG_INVALID` for an endpoint that is no URL. */
export function clientOptions(place: S3Place): ClientOptions {
  const { accessKey, secretKey, sessionToken, region } = place;
  const url = endpointUrl(place.endpoint);
  return {
    // An IPv6 address without its brackets: the client puts them where they belong.
    endPoint: url.hostname.replaceAll(/[[\]]/g, ''),
    ...(url.port === '' ? undefined : { port: Number(url.port) }),
    useSSL: url.protocol === 'https:',
    accessKey,
    secretKey,
    ...(sessionToken === undefined ? undefined : { sessionToken }),
    region: region ?? 'us-east-1',
  };
}

function endpointUrl(endpoint: string): URL {
  const url = URL.parse(endpoint);
  const isUsable = url !== null && /^https?:$/.test(url.protocol) && url.pathname === '/';
  if (isUsable && url.username === '' && url.search === '') return url;
  const text = `the S3 endpoint must be http://HOST[:PORT] or https://HOST[:PORT], without path or credentials`;
  throw new StageyardError('CONFIG_INVALID', text);
}
