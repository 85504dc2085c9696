/**
 * The wire form in which the solver reads an index: CEP 16 shards, MessagePack inside a zstd frame.
 * Nothing leaves the process, so nothing is compressed: a frame of raw blocks is a legal frame.
 */
import type { PackageRecord, RepodataRecord } from '#proto/conda/package-record.ts';

/** What {@link encodeMessagePack} accepts. Absent members of an object are left out. */
export type MessagePackValue =
  | string
  | number
  | boolean
  | null
  | undefined
  | Uint8Array
  | readonly MessagePackValue[]
  | { readonly [key: string]: MessagePackValue };

const BLOCK_BYTES_MAX = 128 * 1024;
const ZSTD_MAGIC = 0xfd2fb528;
/** Single segment, four-byte content size. */
const FRAME_DESCRIPTOR = 0xa0;

/** Wraps bytes in one zstd frame of raw blocks (RFC 8878, 3.1.1). */
export function frameUncompressed(bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(9);
  head.writeUInt32LE(ZSTD_MAGIC, 0);
  head.writeUInt8(FRAME_DESCRIPTOR, 4);
  head.writeUInt32LE(bytes.length, 5);
  const parts: Uint8Array[] = [head];
  let at = 0;
  do {
    const end = Math.min(at + BLOCK_BYTES_MAX, bytes.length);
    const isLast = end === bytes.length;
    const block = Buffer.alloc(3);
    block.writeUIntLE(((end - at) << 3) | (isLast ? 1 : 0), 0, 3);
    parts.push(block, bytes.subarray(at, end));
    at = end;
  } while (at < bytes.length);
  return Buffer.concat(parts);
}

interface Widths {
  readonly fix: { readonly base: number; readonly max: number };
  readonly codes: readonly [number, number, number];
}

const STRING_WIDTHS: Widths = { fix: { base: 0xa0, max: 31 }, codes: [0xd9, 0xda, 0xdb] };
const ARRAY_WIDTHS: Widths = { fix: { base: 0x90, max: 15 }, codes: [0xdc, 0xdc, 0xdd] };
const MAP_WIDTHS: Widths = { fix: { base: 0x80, max: 15 }, codes: [0xde, 0xde, 0xdf] };
const BINARY_WIDTHS: Widths = { fix: { base: 0, max: -1 }, codes: [0xc4, 0xc5, 0xc6] };

function header(length: number, widths: Widths): Buffer {
  if (length <= widths.fix.max) return Buffer.from([widths.fix.base | length]);
  const [code8, code16, code32] = widths.codes;
  if (length < 0x100 && code8 !== code16) return Buffer.from([code8, length]);
  const bytes = Buffer.alloc(length < 0x10000 ? 3 : 5);
  if (length < 0x10000) {
    bytes[0] = code16;
    bytes.writeUInt16BE(length, 1);
  } else {
    bytes[0] = code32;
    bytes.writeUInt32BE(length, 1);
  }
  return bytes;
}

function encodeNumber(value: number): Buffer {
  if (Number.isSafeInteger(value) && value >= 0) {
    if (value < 0x80) return Buffer.from([value]);
    const bytes = Buffer.alloc(9);
    bytes[0] = 0xcf;
    bytes.writeBigUInt64BE(BigInt(value), 1);
    return bytes;
  }
  const bytes = Buffer.alloc(9);
  bytes[0] = 0xcb;
  bytes.writeDoubleBE(value, 1);
  return bytes;
}

function isBytes(value: object): value is Uint8Array {
  return value instanceof Uint8Array;
}

function isList(value: MessagePackValue): value is readonly MessagePackValue[] {
  return Array.isArray(value);
}

function append(value: MessagePackValue, parts: Uint8Array[]): void {
  if (value === null || value === undefined) parts.push(Buffer.from([0xc0]));
  else if (typeof value === 'boolean') parts.push(Buffer.from([value ? 0xc3 : 0xc2]));
  else if (typeof value === 'number') parts.push(encodeNumber(value));
  else if (typeof value === 'string') {
    const bytes = Buffer.from(value, 'utf8');
    parts.push(header(bytes.length, STRING_WIDTHS), bytes);
  } else if (isBytes(value)) parts.push(header(value.length, BINARY_WIDTHS), value);
  else if (isList(value)) {
    parts.push(header(value.length, ARRAY_WIDTHS));
    for (const item of value) append(item, parts);
  } else appendMap(Object.entries(value), parts);
}

function appendMap(entries: readonly [string, MessagePackValue][], parts: Uint8Array[]): void {
  const present = entries.filter(([, member]) => member !== undefined);
  parts.push(header(present.length, MAP_WIDTHS));
  for (const [key, member] of present) {
    append(key, parts);
    append(member, parts);
  }
}

/** MessagePack bytes of a plain value. */
export function encodeMessagePack(value: MessagePackValue): Buffer {
  const parts: Uint8Array[] = [];
  append(value, parts);
  return Buffer.concat(parts);
}

/** Names a shard by its place in the list of names: the solver takes any 32 bytes for a hash. */
export function shardHash(index: number): Buffer {
  const bytes = Buffer.alloc(32);
  bytes.writeUInt32BE(index, 28);
  return bytes;
}

/** Inverse of {@link shardHash} on its hex form; -1 for anything else. */
export function shardIndexOf(hex: string): number {
  return /^0{56}[0-9a-f]{8}$/.test(hex) ? Number.parseInt(hex.slice(56), 16) : -1;
}

/** The index of all shards of one subdir (CEP 16), relative to the subdir's URL. */
export function encodeShardIndex(subdir: string, names: readonly string[]): Buffer {
  const shards: Record<string, Uint8Array> = {};
  for (const [index, name] of names.entries()) shards[name] = shardHash(index);
  const info = {
    subdir,
    base_url: './',
    shards_base_url: './shards/',
    created_at: '2020-01-01T00:00:00Z',
  };
  return frameUncompressed(encodeMessagePack({ version: 1, info, shards }));
}

/**
 * A channel inside a dependency makes the solver abort its whole instance. Which channel may serve a
 * name is decided outside of it, so the prefix is dropped.
 */
export function withoutChannel(spec: string): string {
  const bare = spec.replace(/^\s*[^\s[]*:/, '');
  return bare.replace(/\[([^\]]*)\]/, (whole: string, inner: string) => {
    if (!/\bchannel\s*=/.test(inner)) return whole;
    const kept = inner
      .replace(/\s*\bchannel\s*=\s*("[^"]*"|'[^']*'|[^,\]]*)\s*,?/, '')
      .replace(/,\s*$/, '')
      .trim();
    return kept === '' ? '' : `[${kept}]`;
  });
}

function hexBytes(hex: string | undefined, length: number): Buffer | undefined {
  return hex !== undefined && hex.length === length * 2 ? Buffer.from(hex, 'hex') : undefined;
}

function shardRecord(record: PackageRecord): MessagePackValue {
  return {
    name: record.name,
    version: record.version,
    build: record.build,
    build_number: record.build_number,
    subdir: record.subdir,
    depends: record.depends.map(withoutChannel),
    constrains: (record.constrains ?? []).map(withoutChannel),
    noarch: record.noarch,
    track_features: record.track_features,
    timestamp: record.timestamp,
    size: record.size,
    sha256: hexBytes(record.sha256, 32),
    md5: hexBytes(record.md5, 16),
  };
}

/** All records of one name in one subdir. */
export function encodeShard(records: readonly RepodataRecord[]): Buffer {
  const conda: Record<string, MessagePackValue> = {};
  const tarBz2: Record<string, MessagePackValue> = {};
  for (const record of records) {
    (record.fn.endsWith('.conda') ? conda : tarBz2)[record.fn] = shardRecord(record);
  }
  const shard = { packages: tarBz2, 'packages.conda': conda, removed: [] };
  return frameUncompressed(encodeMessagePack(shard));
}
