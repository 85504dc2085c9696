/**
 * GET into a file, with everything that makes it safe: a bound on the size, a limit on silence,
 * retries with growing pauses for what may pass, sums computed on the way, credentials kept out of
 * URLs and messages. The file appears under its name only when the transfer was complete.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { errorCodeOf, StageyardError } from '#proto/errors.ts';
import type { TaskReporter } from '#proto/ports/task-reporter.ts';
import { redactUrl } from './redacted-url.ts';

const ATTEMPTS_MAX = 4;
const RETRY_DELAY_MS = 500;
/** No bytes for this long: the connection is considered dead. */
const SILENCE_MS_MAX = 60_000;
const PROGRESS_STEP_BYTES = 1024 ** 2;
/** HTTP answers that may be better next time. */
const PASSING_STATUS: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);
const ABSENT_STATUS: ReadonlySet<number> = new Set([404, 410]);

/** One transfer. */
export interface TransferRequest {
  readonly url: string;
  /** Where the file will be; its directory exists. */
  readonly path: string;
  readonly sizeBytesMax: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Hex SHA-256 and MD5; a body with other sums counts as a failed attempt. */
  readonly sha256?: string;
  readonly md5?: string;
  /** Why a server may answer that this is forbidden (default: it asks for credentials). */
  readonly refusal?: string;
  /** Name of the file for progress and messages; absent: no progress. */
  readonly label?: string;
  readonly reporter?: TaskReporter;
  readonly signal?: AbortSignal;
}

/** What a transfer came to. */
export type TransferResult =
  | {
      readonly status: 'fetched';
      readonly sizeBytes: number;
      readonly sha256: string;
      readonly etag?: string;
      readonly lastModified?: string;
    }
  | { readonly status: 'not-modified' }
  | { readonly status: 'absent' };

/** See the file's head. */
export interface HttpTransfer {
  /**
   * Rejects with `CHANNEL_UNREACHABLE` (after the last attempt; `hasAnswered` in the context of one that ended without
   * an answer says whether this server ever gave one to this transfer), `CHANNEL_INVALID` (refused, too
   * large), `PACKAGE_INVALID` (wrong sums at every attempt), `DISK_FULL` or `CANCELLED`.
   */
  fetchFile(request: TransferRequest): Promise<TransferResult>;
}

/** Options of {@link createHttpTransfer}; the defaults are for production. */
export interface HttpTransferOptions {
  readonly retryDelayMs?: number;
  readonly silenceMsMax?: number;
}

/** Fails an attempt in a way that the next one may mend. */
class PassingFailure extends Error {
  readonly outcome: StageyardError;

  constructor(outcome: StageyardError) {
    super(outcome.message);
    this.outcome = outcome;
  }
}

function prepare(request: TransferRequest): { href: string; headers: Headers } {
  const headers = new Headers(request.headers);
  const url = new URL(request.url);
  if (url.username !== '' || url.password !== '') {
    const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    headers.set('authorization', `Basic ${Buffer.from(credentials).toString('base64')}`);
    url.username = '';
    url.password = '';
  }
  return { href: url.href, headers };
}

/** Ends early, without a complaint, when the signal says so: the next attempt notices it. */
async function pauseUnless(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await pause(delayMs, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  }
}

function rootCause(error: unknown): string {
  let current = error;
  for (
    let depth = 0;
    depth < 5 && current instanceof Error && current.cause instanceof Error;
    depth += 1
  )
    current = current.cause;
  return current instanceof Error ? current.message : String(current);
}

function checkStatus(
  response: Response,
  shownUrl: string,
  refusal = 'it asks for credentials',
): void {
  if (response.ok) return;
  const answer = `${shownUrl} answers ${response.status} ${response.statusText}`.trimEnd();
  if (PASSING_STATUS.has(response.status))
    throw new PassingFailure(new StageyardError('CHANNEL_UNREACHABLE', answer));
  const hint = response.status === 401 || response.status === 403 ? `: ${refusal}` : '';
  throw new StageyardError('CHANNEL_INVALID', `${answer}${hint}`);
}

class FetchTransfer implements HttpTransfer {
  readonly #retryDelayMs: number;
  readonly #silenceMsMax: number;
  /** Servers that answered, whatever they said. */
  readonly #answered = new Set<string>();

  constructor(options: HttpTransferOptions) {
    this.#retryDelayMs = options.retryDelayMs ?? RETRY_DELAY_MS;
    this.#silenceMsMax = options.silenceMsMax ?? SILENCE_MS_MAX;
  }

  async fetchFile(request: TransferRequest): Promise<TransferResult> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#attempt(request);
      } catch (error) {
        if (request.signal?.aborted === true)
          throw new StageyardError('CANCELLED', 'the download was cancelled');
        if (!(error instanceof PassingFailure)) throw error;
        if (attempt === ATTEMPTS_MAX) {
          const { code, message, context } = error.outcome;
          throw new StageyardError(code, `${message} (${ATTEMPTS_MAX} attempts)`, {
            context,
            cause: error.outcome,
          });
        }
        await pauseUnless(this.#retryDelayMs * 2 ** (attempt - 1), request.signal);
      }
    }
  }

  async #attempt(request: TransferRequest): Promise<TransferResult> {
    const { href, headers } = prepare(request);
    const { origin } = new URL(href);
    const shownUrl = redactUrl(href);
    const silence = new AbortController();
    const timer = setTimeout(
      () => silence.abort(new Error(`silent for ${this.#silenceMsMax} ms`)),
      this.#silenceMsMax,
    );
    const signals =
      request.signal === undefined ? [silence.signal] : [silence.signal, request.signal];
    try {
      const response = await fetch(href, { headers, signal: AbortSignal.any(signals) });
      this.#answered.add(origin);
      if (!response.ok) await response.body?.cancel();
      if (response.status === 304) return { status: 'not-modified' };
      if (ABSENT_STATUS.has(response.status)) return { status: 'absent' };
      checkStatus(response, shownUrl, request.refusal);
      return await this.#store(response, request, timer);
    } catch (error) {
      if (error instanceof StageyardError || error instanceof PassingFailure) throw error;
      const code = errorCodeOf(error, 'CHANNEL_UNREACHABLE');
      const isPassing = code === 'CHANNEL_UNREACHABLE';
      const failure = new StageyardError(code, `${shownUrl}: ${rootCause(error)}`, {
        context: isPassing ? { hasAnswered: this.#answered.has(origin) } : {},
        cause: error,
      });
      throw isPassing ? new PassingFailure(failure) : failure;
    } finally {
      clearTimeout(timer);
    }
  }

  async #store(
    response: Response,
    request: TransferRequest,
    timer: NodeJS.Timeout,
  ): Promise<TransferResult> {
    const temporary = `${request.path}.part-${process.pid}-${Math.floor(performance.now() * 1000)}`;
    try {
      const sums = await receive(response, request, { temporary, timer });
      checkSums(request, sums);
      await rename(temporary, request.path);
      const etag = response.headers.get('etag');
      const lastModified = response.headers.get('last-modified');
      return {
        status: 'fetched',
        sizeBytes: sums.sizeBytes,
        sha256: sums.sha256,
        ...(etag === null ? {} : { etag }),
        ...(lastModified === null ? {} : { lastModified }),
      };
    } finally {
      await rm(temporary, { force: true });
    }
  }
}

interface Sums {
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly md5: string;
}

async function receive(
  response: Response,
  request: TransferRequest,
  { temporary, timer }: { readonly temporary: string; readonly timer: NodeJS.Timeout },
): Promise<Sums> {
  const sha256 = createHash('sha256');
  const md5 = createHash('md5');
  const shownUrl = redactUrl(request.url);
  const totalBytes = Number(response.headers.get('content-length') ?? '');
  let sizeBytes = 0;
  let reportedBytes = 0;
  const take = async (chunk: Uint8Array, file: FileHandle): Promise<void> => {
    timer.refresh();
    sizeBytes += chunk.length;
    if (sizeBytes > request.sizeBytesMax) {
      throw new StageyardError(
        'CHANNEL_INVALID',
        `${shownUrl} is larger than the ${request.sizeBytesMax} bytes allowed for it`,
      );
    }
    sha256.update(chunk);
    md5.update(chunk);
    await file.writeFile(chunk);
    if (request.label === undefined || sizeBytes - reportedBytes < PROGRESS_STEP_BYTES) return;
    reportedBytes = sizeBytes;
    request.reporter?.report({
      kind: 'progress',
      what: request.label,
      doneBytes: sizeBytes,
      ...(totalBytes > 0 ? { totalBytes } : {}),
    });
  };
  // Not a stream: one that is given up opens its file even after the directory was cleaned.
  const file = await open(temporary, 'wx');
  try {
    for await (const chunk of response.body ?? []) await take(chunk, file);
  } finally {
    await file.close();
  }
  return { sizeBytes, sha256: sha256.digest('hex'), md5: md5.digest('hex') };
}

function checkSums(request: TransferRequest, sums: Sums): void {
  const isRight =
    (request.sha256 === undefined || request.sha256 === sums.sha256) &&
    (request.sha256 !== undefined || request.md5 === undefined || request.md5 === sums.md5);
  if (isRight) return;
  const [kind, expected, found] =
    request.sha256 === undefined
      ? ['md5', request.md5, sums.md5]
      : ['sha256', request.sha256, sums.sha256];
  throw new PassingFailure(
    new StageyardError(
      'PACKAGE_INVALID',
      `${redactUrl(request.url)}: ${kind} is ${found}, its channel says ${expected}; the file is damaged or was replaced`,
    ),
  );
}

/** Transfers through the platform's `fetch`. */
export function createHttpTransfer(options: HttpTransferOptions = {}): HttpTransfer {
  return new FetchTransfer(options);
}
