/**
 * Channels behind http(s). Each subdir's index is kept on disk with the server's validators and asked
 * for again with them; within a few minutes it is not asked for at all, so that the tasks of one
 * build see one index.
 *
 *     <cache>/channels/<32 hex digits of the URL's digest>/state.json
 *                                                         /<digest>.json[.zst]
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StageyardError, systemErrorCode, wrapError } from '#proto/errors.ts';
import type { TaskReporter } from '#proto/ports/task-reporter.ts';
import type { ChannelRef } from '#proto/task-spec.ts';
import type { HttpTransfer } from './http-transfer.ts';
import { redactUrl } from './redacted-url.ts';
import { isObject } from './repodata-record.ts';
import { settleAll, shareWork } from './shared-work.ts';
import type { ChannelSource, SubdirSource } from './solver-protocol.ts';

/** Compressed or not; the largest public channel has a quarter of it. */
const INDEX_BYTES_MAX = 1024 ** 3;
/** An index of this age is asked for again. */
const FRESH_MS = 5 * 60_000;
const STATE_FILE = 'state.json';

/** What is on disk of one index. */
interface IndexState {
  readonly digest: string;
  readonly file: string;
  readonly compression: 'none' | 'zstd';
  readonly etag?: string;
  readonly lastModified?: string;
}

/** Who wants it and may stop it. */
export interface ReadContext {
  readonly reporter?: TaskReporter;
  readonly signal?: AbortSignal;
}

/** Options of {@link RemoteChannels}. */
export interface RemoteChannelOptions {
  readonly cacheDir: string;
  readonly transfer: HttpTransfer;
  readonly freshMs?: number;
}

/** Reads http(s) channels; keep one per process. */
export class RemoteChannels {
  readonly #options: RemoteChannelOptions;
  readonly #recent = new Map<
    string,
    { readonly atMs: number; readonly source: Promise<SubdirSource | null> }
  >();

  constructor(options: RemoteChannelOptions) {
    this.#options = options;
  }

  /**
   * The indexes of the channel's subdirs; one that the server doesn't have is left out. Rejects with
   * `CHANNEL_UNREACHABLE`, with `CHANNEL_INVALID` when the server has none of them, `CANCELLED`.
   */
  async read(
    channel: ChannelRef,
    subdirs: readonly string[],
    context: ReadContext = {},
  ): Promise<ChannelSource> {
    const read = await settleAll(
      subdirs.map((subdir) => this.#recentOrRead(channel, subdir, context)),
    );
    const found = read.filter((source) => source !== null);
    const shownUrl = redactUrl(channel.url);
    if (found.length === 0) {
      throw new StageyardError(
        'CHANNEL_INVALID',
        `${shownUrl} has no repodata.json for ${subdirs.join(' or ')}: is it a conda channel?`,
      );
    }
    return { name: channel.name, url: channel.url, subdirs: found };
  }

  /** The stored index turned out to be damaged or no index: the next read fetches it again. */
  async forget(channel: ChannelRef, subdir: string): Promise<void> {
    this.#recent.delete(`${channel.url}/${subdir}`);
    await rm(this.#directoryOf(channel, subdir), { recursive: true, force: true });
  }

  #directoryOf(channel: ChannelRef, subdir: string): string {
    const name = createHash('sha256').update(`${channel.url}/${subdir}`).digest('hex').slice(0, 32);
    return join(this.#options.cacheDir, 'channels', name);
  }

  #recentOrRead(
    channel: ChannelRef,
    subdir: string,
    context: ReadContext,
  ): Promise<SubdirSource | null> {
    const key = `${channel.url}/${subdir}`;
    return shareWork({
      find: () => {
        const recent = this.#recent.get(key);
        const ageMs = performance.now() - (recent?.atMs ?? 0);
        return ageMs < (this.#options.freshMs ?? FRESH_MS) ? recent?.source : undefined;
      },
      start: () => {
        const source = this.#readSubdir(channel, subdir, context);
        const entry = { atMs: performance.now(), source };
        this.#recent.set(key, entry);
        // A failure is not worth remembering; a later success must stay.
        return source.catch((error: unknown) => {
          if (this.#recent.get(key) === entry) this.#recent.delete(key);
          throw error;
        });
      },
      signal: context.signal,
    });
  }

  async #readSubdir(
    channel: ChannelRef,
    subdir: string,
    context: ReadContext,
  ): Promise<SubdirSource | null> {
    const directory = this.#directoryOf(channel, subdir);
    try {
      await mkdir(directory, { recursive: true });
      const known = await readState(directory);
      const state = await this.#refresh({ channel, subdir, directory, known, context });
      if (state === null) return null;
      return {
        kind: 'file',
        subdir,
        digest: state.digest,
        path: join(directory, state.file),
        compression: state.compression,
      };
    } catch (error) {
      const name = `channel ${redactUrl(channel.name)}, ${subdir}`;
      throw withAdvice(wrapError(error, name, 'STORE_UNWRITABLE'));
    }
  }

  async #refresh(wanted: WantedIndex): Promise<IndexState | null> {
    const forms = [
      { name: 'repodata.json.zst', compression: 'zstd' },
      { name: 'repodata.json', compression: 'none' },
    ] as const;
    const { known } = wanted;
    // The form that answered last time goes first: its validators are the ones at hand.
    const ordered =
      known === null
        ? forms
        : forms.toSorted(
            (a, b) =>
              Number(b.compression === known.compression) -
              Number(a.compression === known.compression),
          );
    for (const { name, compression } of ordered) {
      const state = await this.#fetchForm(wanted, name, compression);
      if (state !== null) return state;
    }
    return null;
  }

  async #fetchForm(
    wanted: WantedIndex,
    name: string,
    compression: 'none' | 'zstd',
  ): Promise<IndexState | null> {
    const { channel, subdir, directory, known, context } = wanted;
    const partial = join(
      directory,
      `incoming-${process.pid}-${Math.floor(performance.now() * 1000)}`,
    );
    const isKnown = known?.compression === compression;
    try {
      const result = await this.#options.transfer.fetchFile({
        url: `${channel.url}/${subdir}/${name}`,
        path: partial,
        sizeBytesMax: INDEX_BYTES_MAX,
        headers: isKnown ? validatorsOf(known) : {},
        label: `index of ${redactUrl(channel.name)}/${subdir}`,
        ...context,
      });
      if (result.status === 'absent') return null;
      if (result.status === 'not-modified') return known;
      const file = `${result.sha256}.json${compression === 'zstd' ? '.zst' : ''}`;
      await rename(partial, join(directory, file));
      const { etag, lastModified } = result;
      const state: IndexState = {
        digest: result.sha256,
        file,
        compression,
        ...(etag === undefined ? {} : { etag }),
        ...(lastModified === undefined ? {} : { lastModified }),
      };
      await writeState(directory, state);
      return state;
    } finally {
      await rm(partial, { force: true });
    }
  }
}

/** A server that never answered is rather not there than away. */
function withAdvice(error: StageyardError): StageyardError {
  const { code, message, context } = error;
  if (context['hasAnswered'] !== false) return error;
  const text = `${message}; it has never answered here: is the machine offline, does it need a proxy (HTTPS_PROXY and NODE_USE_ENV_PROXY=1), or is the URL that --channel gives another one?`;
  return new StageyardError(code, text, { context, cause: error });
}

interface WantedIndex {
  readonly channel: ChannelRef;
  readonly subdir: string;
  readonly directory: string;
  readonly known: IndexState | null;
  readonly context: ReadContext;
}

function validatorsOf(state: IndexState): Record<string, string> {
  const headers: Record<string, string> = {};
  if (state.etag !== undefined) headers['if-none-match'] = state.etag;
  if (state.lastModified !== undefined) headers['if-modified-since'] = state.lastModified;
  return headers;
}

/** The state, if it is whole and its file is there; anything else means: fetch again. */
async function readState(directory: string): Promise<IndexState | null> {
  try {
    const raw: unknown = JSON.parse(await readFile(join(directory, STATE_FILE), 'utf8'));
    if (!isObject(raw) || typeof raw.digest !== 'string' || typeof raw.file !== 'string')
      return null;
    if (raw.compression !== 'none' && raw.compression !== 'zstd') return null;
    if (!/^[0-9a-f]{64}\.json(\.zst)?$/.test(raw.file)) return null;
    if (!(await readdir(directory)).includes(raw.file)) return null;
    return {
      digest: raw.digest,
      file: raw.file,
      compression: raw.compression,
      ...(typeof raw.etag === 'string' ? { etag: raw.etag } : {}),
      ...(typeof raw.lastModified === 'string' ? { lastModified: raw.lastModified } : {}),
    };
  } catch (error) {
    if (error instanceof SyntaxError || systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Older index files go, except that another process may still be reading the last one. */
async function writeState(directory: string, state: IndexState): Promise<void> {
  const previous = await readState(directory);
  const partial = join(directory, `state-${process.pid}-${Math.floor(performance.now() * 1000)}`);
  await writeFile(partial, JSON.stringify(state));
  await rename(partial, join(directory, STATE_FILE));
  const kept = new Set([STATE_FILE, state.file, previous?.file]);
  for (const name of await readdir(directory)) {
    if (/^[0-9a-f]{64}\.json/.test(name) && !kept.has(name))
      await rm(join(directory, name), { force: true });
  }
}
