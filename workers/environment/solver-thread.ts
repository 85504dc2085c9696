/**
 * Entry point of the solver thread. The solver (wasm) fetches channels by HTTP; here `fetch` is
 * replaced by a server in memory that answers from our own indexes, which is where virtual packages,
 * channel prefixes, `exclude-newer` and channel priority come in: the solver knows none of them.
 * The thread is disposable: a panic in the wasm ends it, and the process starts another one.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parentPort } from 'node:worker_threads';
import { zstdDecompressSync } from 'node:zlib';
import { MatchSpec } from '#proto/conda/match-spec.ts';
import type { RepodataRecord } from '#proto/conda/package-record.ts';
import { StageyardError } from '#proto/errors.ts';
import { indexRecords, indexRepodata, mergeIndexes, type RecordIndex } from './repodata-index.ts';
import { encodeShard, encodeShardIndex, shardIndexOf } from './shard-encoding.ts';
import type {
  ChannelSource,
  SolveQuestion,
  SolveReply,
  SolveRequest,
  SubdirSource,
} from './solver-protocol.ts';

/** No channel of today comes near; a larger one is refused rather than read into memory. */
const INDEX_BYTES_MAX = 1024 ** 3;
/** Indexes kept between solves. */
const KEPT_INDEX_BYTES_MAX = 512 * 1024 ** 2;
/** Timestamps below this are in seconds (conda writes both). */
const SECONDS_TIMESTAMP_MAX = 253_402_300_799;
const HOST_SUFFIX = '.stageyard.invalid';
const VIRTUAL_URL = 'virtual:';

/** The part of the solver's module that is used. */
interface SolverModule {
  simpleSolve(
    specs: string[],
    channels: string[],
    platforms: string[],
    locked: unknown[],
  ): Promise<SolvedHandle[]>;
}

interface SolvedHandle {
  readonly url: string;
  free(): void;
}

const solver: SolverModule = createRequire(import.meta.url)('@conda-org/rattler');
const indexes = new Map<string, RecordIndex>();

function readIndex(source: SubdirSource, channelUrl: string): RecordIndex {
  if (source.kind === 'records') return indexRecords(source.subdir, source.records);
  const stored = readFileSync(source.path);
  if (createHash('sha256').update(stored).digest('hex') !== source.digest) {
    throw new StaleIndex(
      'CHANNEL_INVALID',
      `${channelUrl}/${source.subdir}: the index changed while it was read`,
    );
  }
  try {
    const bytes =
      source.compression === 'zstd'
        ? zstdDecompressSync(stored, { maxOutputLength: INDEX_BYTES_MAX })
        : stored;
    return indexRepodata({ bytes, subdir: source.subdir, channelUrl });
  } catch (error) {
    if (error instanceof StageyardError) throw error;
    throw new StageyardError(
      'CHANNEL_INVALID',
      `${channelUrl}/${source.subdir}: the compressed index is damaged`,
      { cause: error },
    );
  }
}

/** The file is not the one that the question was put to: somebody published meanwhile. */
class StaleIndex extends StageyardError {}

/** Least recently used indexes go first. */
function indexOf(source: SubdirSource, channelUrl: string): RecordIndex {
  const key = `${channelUrl} ${source.subdir} ${source.digest}`;
  const index = indexes.get(key) ?? readIndex(source, channelUrl);
  indexes.delete(key);
  indexes.set(key, index);
  return index;
}

function forgetOldIndexes(): void {
  let total = 0;
  for (const index of indexes.values()) total += index.sizeBytes;
  for (const [key, index] of indexes) {
    if (total <= KEPT_INDEX_BYTES_MAX) return;
    indexes.delete(key);
    total -= index.sizeBytes;
  }
}

/** One subdir as served in this solve. */
interface ServedSubdir {
  readonly names: readonly string[];
  recordsOf(name: string): readonly RepodataRecord[];
}

/** The server in memory: host name → subdir → records. */
type Served = Map<string, Map<string, ServedSubdir>>;

function isOldEnough(record: RepodataRecord, excludeNewerMs: number | undefined): boolean {
  if (excludeNewerMs === undefined || record.timestamp === undefined) return true;
  const timestampMs =
    record.timestamp > SECONDS_TIMESTAMP_MAX ? record.timestamp : record.timestamp * 1000;
  return timestampMs <= excludeNewerMs;
}

/** Specs that say where a package comes from: the solver can't be told, so it sees nothing else. */
function placedSpecsOf(question: SolveQuestion): ReadonlyMap<string, readonly MatchSpec[]> {
  const placed = new Map<string, MatchSpec[]>();
  for (const text of question.specs) {
    const parsed = MatchSpec.parse(text, 'lenient');
    if (!parsed.ok || !isPlaced(parsed.value)) continue;
    const { name } = parsed.value;
    placed.set(name, [...(placed.get(name) ?? []), parsed.value]);
  }
  return placed;
}

function isPlaced({ channel, subdir, url }: MatchSpec): boolean {
  return channel !== undefined || subdir !== undefined || url !== undefined;
}

/** What the solver is asked: a placed spec is fulfilled by what is served for its name. */
function solverText(spec: string): string {
  const parsed = MatchSpec.parse(spec, 'lenient');
  return parsed.ok && isPlaced(parsed.value) ? parsed.value.name : spec;
}

function serveChannel(
  channel: ChannelSource,
  question: SolveQuestion,
  placed: ReadonlyMap<string, readonly MatchSpec[]>,
): Map<string, ServedSubdir> {
  const served = new Map<string, ServedSubdir>();
  const excludeNewerMs = channel.isOwn === true ? undefined : question.excludeNewerMs;
  for (const source of channel.subdirs) {
    const index = indexOf(source, channel.url);
    const recordsOf = (name: string): readonly RepodataRecord[] => {
      const specs = placed.get(name) ?? [];
      const isServed = (record: RepodataRecord): boolean =>
        isOldEnough(record, excludeNewerMs) && specs.every((spec) => spec.matches(record));
      return index.recordsOf(name).filter(isServed);
    };
    // A channel that lists a name hides later ones, so a name without a fitting record goes.
    const isListed = (name: string): boolean => !placed.has(name) || recordsOf(name).length > 0;
    served.set(source.subdir, {
      names: placed.size === 0 ? index.names : index.names.filter(isListed),
      recordsOf,
    });
  }
  return served;
}

function mergeChannels(
  channels: readonly Map<string, ServedSubdir>[],
  subdir: string,
): ServedSubdir {
  const parts = channels.flatMap((channel) => {
    const part = channel.get(subdir);
    return part === undefined ? [] : [{ ...part, subdir, sizeBytes: 0 }];
  });
  return mergeIndexes(subdir, parts);
}

function virtualRecords(question: SolveQuestion): RepodataRecord[] {
  return question.virtualPackages.map((virtual) => {
    const fn = `${virtual.name}-${virtual.version}-${virtual.build}.conda`;
    return {
      name: virtual.name,
      version: virtual.version,
      build: virtual.build,
      build_number: 0,
      subdir: 'noarch',
      depends: [],
      fn,
      url: `${VIRTUAL_URL}${fn}`,
      channel: VIRTUAL_URL,
    };
  });
}

/** Lays out the channels for one solve: virtual packages first, then the channels by priority. */
function serve(question: SolveQuestion): Served {
  const served: Served = new Map();
  served.set(
    `virtual${HOST_SUFFIX}`,
    new Map([['noarch', indexRecords('noarch', virtualRecords(question))]]),
  );
  const placed = placedSpecsOf(question);
  const channels = question.channels.map((channel) => serveChannel(channel, question, placed));
  if (question.channelPriority === 'strict') {
    for (const [index, channel] of channels.entries())
      served.set(`c${index}${HOST_SUFFIX}`, channel);
  } else {
    const merged = new Map<string, ServedSubdir>();
    for (const subdir of [question.platform, 'noarch'])
      merged.set(subdir, mergeChannels(channels, subdir));
    served.set(`all${HOST_SUFFIX}`, merged);
  }
  return served;
}

function bodyFor(served: Served, url: URL): Buffer | null {
  const [, subdirName = '', first = '', shardFile = ''] = url.pathname.split('/');
  const subdir = served.get(url.hostname)?.get(subdirName);
  if (subdir === undefined) {
    // A missing noarch is an error for the solver; here it just has nothing.
    const isEmptyIndex = subdirName === 'noarch' && first === 'repodata_shards.msgpack.zst';
    return isEmptyIndex ? encodeShardIndex(subdirName, []) : null;
  }
  if (first === 'repodata_shards.msgpack.zst') return encodeShardIndex(subdirName, subdir.names);
  if (first !== 'shards') return null;
  const name = subdir.names[shardIndexOf(shardFile.replace('.msgpack.zst', ''))];
  return name === undefined ? null : encodeShard(subdir.recordsOf(name));
}

/** A `fetch` that answers from `served` and remembers what broke on the way. */
function fetchFrom(served: Served, failures: StageyardError[]): typeof fetch {
  return async (input) => {
    const href = typeof input === 'string' ? input : input instanceof URL ? input.href : input.url;
    let body: Buffer | null = null;
    try {
      body = bodyFor(served, new URL(href));
    } catch (error) {
      if (!(error instanceof StageyardError)) throw error;
      failures.push(error);
    }
    const response = new Response(body === null ? 'not found' : new Uint8Array(body), {
      status: body === null ? 404 : 200,
    });
    Object.defineProperty(response, 'url', { value: href });
    return response;
  };
}

/** Answers of the solver name a URL of ours; the whole record is in our own index. */
function recordAt(served: Served, href: string): RepodataRecord {
  const url = new URL(href);
  const [, subdirName = '', encodedFn = ''] = url.pathname.split('/');
  const fn = decodeURIComponent(encodedFn);
  const subdir = served.get(url.hostname)?.get(subdirName);
  const name = /^(.+)-[^-]+-[^-]+$/.exec(fn)?.[1] ?? '';
  const record = subdir?.recordsOf(name).find((candidate) => candidate.fn === fn);
  if (record === undefined)
    throw new StageyardError('INTERNAL', `the solver answered ${fn}, which no channel has`);
  return record;
}

type Outcome =
  | { readonly outcome: 'solved'; readonly records: readonly RepodataRecord[] }
  | { readonly outcome: 'unsolvable'; readonly explanation: string }
  | { readonly outcome: 'bad-index'; readonly message: string; readonly isStale: boolean };

async function solve(question: SolveQuestion): Promise<Outcome> {
  const failures: StageyardError[] = [];
  try {
    const served = serve(question);
    globalThis.fetch = fetchFrom(served, failures);
    const channels = [...served.keys()].map((host) => `http://${host}/`);
    const specs = question.specs.map(solverText);
    const handles = await solver.simpleSolve(specs, channels, [question.platform, 'noarch'], []);
    const urls = handles.map((handle) => handle.url);
    for (const handle of handles) handle.free();
    const [failure] = failures;
    if (failure !== undefined) throw failure;
    const records = urls
      .map((url) => recordAt(served, url))
      .filter((record) => record.channel !== VIRTUAL_URL);
    return { outcome: 'solved', records };
  } catch (error) {
    const failure = failures[0] ?? (error instanceof StageyardError ? error : undefined);
    if (failure !== undefined)
      return {
        outcome: 'bad-index',
        message: failure.message,
        isStale: failure instanceof StaleIndex,
      };
    return {
      outcome: 'unsolvable',
      explanation: error instanceof Error ? error.message : String(error),
    };
  } finally {
    forgetOldIndexes();
  }
}

function retainedBytes(): number {
  const usage = process.memoryUsage();
  return usage.heapUsed + usage.external;
}

if (parentPort === null) throw new TypeError('solver-thread.ts is the entry point of a thread');
const port = parentPort;
port.on('message', (request: SolveRequest) => {
  solve(request.question).then(
    (outcome) => {
      const reply: SolveReply = { id: request.id, ...outcome, retainedBytes: retainedBytes() };
      port.postMessage(reply);
    },
    // Ends the thread; the process converts it.
    (error: unknown) => {
      throw error;
    },
  );
});
