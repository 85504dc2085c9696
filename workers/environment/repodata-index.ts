/**
 * Random access to a `repodata.json` without building it in memory: one pass over the bytes notes
 * where the entries of each package name begin; only the entries of names that a solve asks for are
 * parsed. An index of some hundred megabytes then costs its bytes and a second, not gigabytes.
 */
import type { RepodataRecord } from '#proto/conda/package-record.ts';
import { StageyardError } from '#proto/errors.ts';
import { decodePackageRecord, isObject, parsePackageFileName } from './repodata-record.ts';

/** Records of one subdir of one channel, by package name. */
export interface RecordIndex {
  readonly subdir: string;
  /** Sorted bytewise. */
  readonly names: readonly string[];
  /** Throws `CHANNEL_INVALID` when an entry is not what it must be. */
  recordsOf(name: string): readonly RepodataRecord[];
  /** Bytes of memory it holds, roughly. */
  readonly sizeBytes: number;
}

const DEPTH_MAX = 64;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;

/** Walks JSON bytes; knows structure, leaves the meaning of values to `JSON.parse`. */
class JsonWalker {
  readonly bytes: Buffer;
  readonly #where: string;
  at = 0;

  constructor(bytes: Buffer, where: string) {
    this.bytes = bytes;
    this.#where = where;
  }

  fail(expected: string): never {
    const byte = this.bytes[this.at];
    const found = byte === undefined ? 'the end' : JSON.stringify(String.fromCharCode(byte));
    throw new StageyardError(
      'CHANNEL_INVALID',
      `${this.#where} is not a conda index: expected ${expected} at byte ${this.at}, found ${found}`,
    );
  }

  /** Skips white space and answers the next byte (-1 at the end). */
  peek(): number {
    for (;;) {
      const byte = this.bytes[this.at];
      if (byte === undefined) return -1;
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte;
      this.at += 1;
    }
  }

  expect(byte: number): void {
    if (this.peek() !== byte) this.fail(JSON.stringify(String.fromCharCode(byte)));
    this.at += 1;
  }

  skipString(): void {
    this.expect(QUOTE);
    for (;;) {
      const end = this.bytes.indexOf(QUOTE, this.at);
      if (end < 0) {
        this.at = this.bytes.length;
        this.fail('the end of a text');
      }
      let slashes = 0;
      while (this.bytes[end - 1 - slashes] === BACKSLASH && end - 1 - slashes >= this.at)
        slashes += 1;
      this.at = end + 1;
      if (slashes % 2 === 0) return;
    }
  }

  readString(): string {
    this.peek();
    const start = this.at;
    this.skipString();
    const text: unknown = this.parse(start, this.at);
    return typeof text === 'string' ? text : this.fail('a text');
  }

  parse(start: number, end: number): unknown {
    try {
      return JSON.parse(this.bytes.toString('utf8', start, end));
    } catch (error) {
      throw new StageyardError(
        'CHANNEL_INVALID',
        `${this.#where} is not a conda index: bad JSON between bytes ${start} and ${end}`,
        { cause: error },
      );
    }
  }

  skipValue(): void {
    let depth = 0;
    do {
      const byte = this.peek();
      if (byte === QUOTE) this.skipString();
      else if (byte === OPEN || byte === OPEN_LIST) {
        depth += 1;
        if (depth > DEPTH_MAX) this.fail(`at most ${DEPTH_MAX} levels`);
        this.at += 1;
      } else if (byte === CLOSE || byte === CLOSE_LIST) {
        if (depth === 0) this.fail('a value');
        depth -= 1;
        this.at += 1;
      } else if (depth > 0 && (byte === COMMA || byte === COLON)) this.at += 1;
      else this.#skipScalar();
    } while (depth > 0);
  }

  #skipScalar(): void {
    const start = this.at;
    for (;;) {
      const byte = this.bytes[this.at];
      const isScalar =
        byte !== undefined &&
        ((byte >= 0x30 && byte <= 0x39) ||
          (byte >= 0x61 && byte <= 0x7a) ||
          byte === 0x2d ||
          byte === 0x2b ||
          byte === 0x2e ||
          byte === 0x45);
      if (!isScalar) break;
      this.at += 1;
    }
    if (this.at === start) this.fail('a value');
  }

  /** Calls `member` with the walker standing behind each key's colon; it must pass the value. */
  eachMember(member: (key: string, keyStart: number) => void): void {
    this.expect(OPEN);
    if (this.peek() === CLOSE) {
      this.at += 1;
      return;
    }
    for (;;) {
      this.peek();
      const keyStart = this.at;
      const key = this.readString();
      this.expect(COLON);
      member(key, keyStart);
      if (this.peek() === CLOSE) break;
      this.expect(COMMA);
    }
    this.at += 1;
  }
}

/** What is needed to read one `repodata.json`. */
export interface RepodataSource {
  readonly bytes: Buffer;
  readonly subdir: string;
  /** URL of the channel, without a trailing slash. */
  readonly channelUrl: string;
}

function resolveBaseUrl(subdirUrl: string, info: unknown): string {
  const base = isObject(info) && typeof info.base_url === 'string' ? info.base_url : undefined;
  if (base === undefined || base === '') return subdirUrl;
  // CEP 15: relative to the index, or absolute. A file channel may not send us elsewhere by file URL.
  const resolved = URL.canParse(base, `${subdirUrl}/`) ? new URL(base, `${subdirUrl}/`) : null;
  const isAllowed =
    resolved !== null &&
    (/^https?:$/.test(resolved.protocol) ||
      subdirUrl.startsWith('file:') ||
      subdirUrl.startsWith(`s3://${resolved.hostname}/`));
  if (!isAllowed || resolved === null) {
    throw new StageyardError(
      'CHANNEL_INVALID',
      `${subdirUrl}/repodata.json: base_url is not usable`,
    );
  }
  return resolved.href.replace(/\/+$/, '');
}

/** Notes where the entries of each name are. Throws `CHANNEL_INVALID` with the byte where it stops being an index. */
export function indexRepodata(source: RepodataSource): RecordIndex {
  const subdirUrl = `${source.channelUrl}/${source.subdir}`;
  const where = `${subdirUrl}/repodata.json`;
  const walker = new JsonWalker(source.bytes, where);
  const starts = new Map<string, number[]>();
  let info: unknown;
  const note = (fn: string, keyStart: number): void => {
    walker.skipValue();
    const parsed = parsePackageFileName(fn);
    if (parsed === null) {
      throw new StageyardError(
        'CHANNEL_INVALID',
        `${where}: ${JSON.stringify(fn.slice(0, 200))} is not a package file name`,
      );
    }
    const known = starts.get(parsed.name);
    if (known === undefined) starts.set(parsed.name, [keyStart]);
    else known.push(keyStart);
  };
  walker.eachMember((key) => {
    if (key === 'packages' || key === 'packages.conda') return walker.eachMember(note);
    walker.peek();
    const start = walker.at;
    walker.skipValue();
    if (key === 'info') info = walker.parse(start, walker.at);
  });
  if (walker.peek() !== -1) walker.fail('the end');

  const baseUrl = resolveBaseUrl(subdirUrl, info);
  const readAt = (start: number): RepodataRecord => {
    const entry = new JsonWalker(source.bytes, where);
    entry.at = start;
    const fn = entry.readString();
    entry.expect(COLON);
    const valueStart = entry.at;
    entry.skipValue();
    const record = decodePackageRecord(entry.parse(valueStart, entry.at), {
      where: `${where}: ${fn}`,
      subdir: source.subdir,
    });
    const parsed = parsePackageFileName(fn);
    if (parsed?.name !== record.name) {
      throw new StageyardError('CHANNEL_INVALID', `${where}: ${fn} calls itself ${record.name}`);
    }
    return { ...record, fn, url: `${baseUrl}/${fn}`, channel: source.channelUrl };
  };
  return {
    subdir: source.subdir,
    names: [...starts.keys()].sort(),
    recordsOf: (name) => (starts.get(name) ?? []).map(readAt),
    sizeBytes: source.bytes.length,
  };
}

/** An index over records that are already in memory. */
export function indexRecords(subdir: string, records: readonly RepodataRecord[]): RecordIndex {
  const byName = new Map<string, RepodataRecord[]>();
  for (const record of records) {
    const known = byName.get(record.name);
    if (known === undefined) byName.set(record.name, [record]);
    else known.push(record);
  }
  return {
    subdir,
    names: [...byName.keys()].sort(),
    recordsOf: (name) => byName.get(name) ?? [],
    sizeBytes: records.length * 1024,
  };
}

/** Several indexes of one subdir as one; of two entries with one file name the earlier index wins. */
export function mergeIndexes(subdir: string, indexes: readonly RecordIndex[]): RecordIndex {
  return {
    subdir,
    names: [...new Set(indexes.flatMap((index) => index.names))].sort(),
    recordsOf: (name) => {
      const byFileName = new Map<string, RepodataRecord>();
      for (const record of indexes.flatMap((index) => index.recordsOf(name))) {
        if (!byFileName.has(record.fn)) byFileName.set(record.fn, record);
      }
      return [...byFileName.values()];
    },
    sizeBytes: 0,
  };
}
