/** Gets the file of a `url` source: from the verified cache, else from the first mirror that has the right one. */
import { copyFile, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { errorCodeOf, StageyardError, systemErrorCode } from '#proto/errors.ts';
import type { TaskReporter } from '#proto/ports/task-reporter.ts';
import type { UrlSource } from '#proto/recipe/recipe.ts';
import type { HttpTransfer } from '../environment/http-transfer.ts';
import { redactUrl } from '../environment/redacted-url.ts';
import { decidingChecksum, type SourceCache, verifyChecksums } from './source-cache.ts';

const SOURCE_BYTES_MAX = 64 * 1024 ** 3;

/** What fetching needs. */
export interface UrlFetching {
  readonly cache: SourceCache;
  readonly transfer: HttpTransfer;
  readonly reporter: TaskReporter;
  readonly signal?: AbortSignal | undefined;
}

/** The file of a source. */
export interface FetchedFile {
  readonly path: string;
  /** Last part of the URL that it came from (of the first one, when it was cached). */
  readonly fileName: string;
  /** True when the caller removes it after use: without a checksum nothing is kept. */
  readonly isTemporary: boolean;
}

/**
 * Throws `SOURCE_CHECKSUM` when some mirror answered with other bytes and none with the right ones,
 * `SOURCE_FETCH_FAILED`, `SOURCE_NOT_FOUND`, `DISK_FULL`, `STORE_UNWRITABLE`, `CANCELLED`.
 */
export async function fetchUrl(source: UrlSource, fetching: UrlFetching): Promise<FetchedFile> {
  const { cache, reporter } = fetching;
  const cached = await cache.find(source);
  const first = source.url[0] ?? '';
  if (cached !== undefined)
    return { path: cached, fileName: fileNameOf(first), isTemporary: false };
  const isChecked = decidingChecksum(source) !== undefined;
  if (!isChecked) {
    const text = `source ${redactUrl(first)} has no sha256: whatever the server sends is built, and it is fetched again each time`;
    reporter.report({ kind: 'notice', text });
  }
  const failures: StageyardError[] = [];
  for (const url of source.url) {
    try {
      const path = await fetchMirror(url, source, fetching);
      return { path, fileName: fileNameOf(url), isTemporary: !isChecked };
    } catch (error) {
      const failure = asMirrorFailure(error, url);
      if (isFinal(failure)) throw failure;
      failures.push(failure);
    }
  }
  throw allFailed(failures);
}

/** No other mirror helps. */
function isFinal({ code }: StageyardError): boolean {
  return code === 'CANCELLED' || code === 'DISK_FULL' || code === 'STORE_UNWRITABLE';
}

async function fetchMirror(url: string, source: UrlSource, fetching: UrlFetching): Promise<string> {
  const { cache, transfer, reporter, signal } = fetching;
  const temporary = await cache.temporaryPath();
  try {
    const label = redactUrl(url);
    if (url.startsWith('file:')) {
      await copyFile(fileURLToPath(url), temporary);
    } else {
      const result = await transfer.fetchFile({
        url,
        path: temporary,
        sizeBytesMax: SOURCE_BYTES_MAX,
        label: fileNameOf(url),
        reporter,
        ...(signal === undefined ? {} : { signal }),
      });
      if (result.status !== 'fetched')
        throw new StageyardError(
          'SOURCE_NOT_FOUND',
          `source ${label} does not exist on the server`,
        );
    }
    await verifyChecksums(temporary, source, label);
    return await cache.adopt(temporary, source);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Words of the transfer are about channels and packages: here it is a source. */
function asMirrorFailure(error: unknown, url: string): StageyardError {
  if (!(error instanceof StageyardError)) {
    const code =
      systemErrorCode(error) === 'ENOENT'
        ? 'SOURCE_NOT_FOUND'
        : errorCodeOf(error, 'SOURCE_FETCH_FAILED');
    const text = error instanceof Error ? error.message : String(error);
    const why = code === 'SOURCE_NOT_FOUND' ? 'there is no such file' : text;
    return new StageyardError(code, `source ${redactUrl(url)}: ${why}`, { cause: error });
  }
  const codes = {
    CHANNEL_UNREACHABLE: 'SOURCE_FETCH_FAILED',
    CHANNEL_INVALID: 'SOURCE_NOT_FOUND',
  } as const;
  if (error.code === 'CHANNEL_UNREACHABLE' || error.code === 'CHANNEL_INVALID') {
    return new StageyardError(codes[error.code], `source ${error.message}`, { cause: error });
  }
  return error;
}

/** A wrong checksum says most; else what may pass (a server that is down) decides about a retry. */
function allFailed(failures: readonly StageyardError[]): StageyardError {
  const byCode = (code: string): StageyardError | undefined =>
    failures.find((failure) => failure.code === code);
  const worst = byCode('SOURCE_CHECKSUM') ?? byCode('SOURCE_FETCH_FAILED') ?? failures[0];
  if (worst === undefined)
    return new StageyardError('RECIPE_INVALID', 'source.url is an empty list');
  if (failures.length === 1) return worst;
  const message = [
    'no mirror of the source has it:',
    ...failures.map((failure) => `  ${failure.message}`),
  ].join('\n');
  return new StageyardError(worst.code, message, { context: worst.context, cause: worst });
}

function fileNameOf(url: string): string {
  const path = url.replace(/[?#].*$/s, '');
  const name = path.slice(path.lastIndexOf('/') + 1);
  try {
    return decodeURIComponent(name).replaceAll('/', '_') || 'source';
  } catch {
    // A stray percent sign: the name as it stands.
    return name || 'source';
  }
}
