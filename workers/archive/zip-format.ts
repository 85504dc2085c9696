/**
 * The records of a zip file that holds stored members only (APPNOTE.TXT 4.3): local headers, central
 * directory, end records, zip64. No I/O here. No data descriptors: streaming readers need sizes first.
 */

/** A member as the central directory states it. */
export interface ZipMember {
  readonly name: string;
  readonly crc32: number;
  readonly sizeBytes: number;
  /** Of the local header. */
  readonly headerOffset: number;
}

/** Date and time of all members, in DOS form. */
export interface DosTime {
  readonly date: number;
  readonly time: number;
}

/** First four bytes of each record. */
export const signatures = {
  local: 0x04034b50,
  central: 0x02014b50,
  end: 0x06054b50,
  end64: 0x06064b50,
  end64Locator: 0x07064b50,
} as const;
/** Sizes of the records' fixed parts. */
export const LOCAL_HEADER_BYTES = 30;
/** See {@link LOCAL_HEADER_BYTES}. */
export const CENTRAL_HEADER_BYTES = 46;
/** See {@link LOCAL_HEADER_BYTES}. */
export const END_BYTES = 22;
/** See {@link LOCAL_HEADER_BYTES}. */
export const END64_BYTES = 56;
/** See {@link LOCAL_HEADER_BYTES}. */
export const END64_LOCATOR_BYTES = 20;
/** From this value on a 32-bit field says "see the zip64 record". */
export const MAX_32 = 0xffffffff;
const MAX_16 = 0xffff;
const ZIP64_FIELD_ID = 1;
const UTF8_NAMES = 0x0800;
const VERSION_STORED = 20;
const VERSION_ZIP64 = 45;
const UNIX_HOST = 3 << 8;
const REGULAR_0644 = 0o100644 * 0x10000;

/** DOS time (UTC) of a Unix time; years outside 1980..2107 are moved to the nearest bound. */
export function dosTimeOf(epochSeconds: number): DosTime {
  const date = new Date(epochSeconds * 1000);
  const year = date.getUTCFullYear();
  if (!(year >= 1980)) return { date: (1 << 5) | 1, time: 0 };
  if (year > 2107) return { date: (127 << 9) | (12 << 5) | 31, time: 0 };
  return {
    date: ((year - 1980) << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate(),
    time: (date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1),
  };
}

function zip64Field(values: readonly number[]): Buffer {
  if (values.length === 0) return Buffer.alloc(0);
  const field = Buffer.alloc(4 + 8 * values.length);
  field.writeUInt16LE(ZIP64_FIELD_ID, 0);
  field.writeUInt16LE(8 * values.length, 2);
  for (const [index, value] of values.entries()) {
    field.writeBigUInt64LE(BigInt(value), 4 + 8 * index);
  }
  return field;
}

/** Local header; with `isZip64` the sizes are in an extra field, whatever they are. */
export function localHeader(member: ZipMember, isZip64: boolean, dos: DosTime): Buffer {
  const name = Buffer.from(member.name);
  const extra = zip64Field(isZip64 ? [member.sizeBytes, member.sizeBytes] : []);
  const size = isZip64 ? MAX_32 : member.sizeBytes;
  const header = Buffer.alloc(LOCAL_HEADER_BYTES);
  header.writeUInt32LE(signatures.local, 0);
  header.writeUInt16LE(isZip64 ? VERSION_ZIP64 : VERSION_STORED, 4);
  header.writeUInt16LE(UTF8_NAMES, 6);
  header.writeUInt16LE(dos.time, 10);
  header.writeUInt16LE(dos.date, 12);
  header.writeUInt32LE(member.crc32, 14);
  header.writeUInt32LE(size, 18);
  header.writeUInt32LE(size, 22);
  header.writeUInt16LE(name.length, 26);
  header.writeUInt16LE(extra.length, 28);
  return Buffer.concat([header, name, extra]);
}

function centralHeader(member: ZipMember, dos: DosTime): Buffer {
  const name = Buffer.from(member.name);
  const isBigSize = member.sizeBytes >= MAX_32;
  const isBigOffset = member.headerOffset >= MAX_32;
  const extra = zip64Field([
    ...(isBigSize ? [member.sizeBytes, member.sizeBytes] : []),
    ...(isBigOffset ? [member.headerOffset] : []),
  ]);
  const version = isBigSize || isBigOffset ? VERSION_ZIP64 : VERSION_STORED;
  const size = isBigSize ? MAX_32 : member.sizeBytes;
  const header = Buffer.alloc(CENTRAL_HEADER_BYTES);
  header.writeUInt32LE(signatures.central, 0);
  header.writeUInt16LE(UNIX_HOST | version, 4);
  header.writeUInt16LE(version, 6);
  header.writeUInt16LE(UTF8_NAMES, 8);
  header.writeUInt16LE(dos.time, 12);
  header.writeUInt16LE(dos.date, 14);
  header.writeUInt32LE(member.crc32, 16);
  header.writeUInt32LE(size, 20);
  header.writeUInt32LE(size, 24);
  header.writeUInt16LE(name.length, 28);
  header.writeUInt16LE(extra.length, 30);
  header.writeUInt32LE(REGULAR_0644, 38);
  header.writeUInt32LE(isBigOffset ? MAX_32 : member.headerOffset, 42);
  return Buffer.concat([header, name, extra]);
}

function end64Records(count: number, directory: { offset: number; sizeBytes: number }): Buffer {
  const records = Buffer.alloc(END64_BYTES + END64_LOCATOR_BYTES);
  records.writeUInt32LE(signatures.end64, 0);
  records.writeBigUInt64LE(BigInt(END64_BYTES - 12), 4);
  records.writeUInt16LE(UNIX_HOST | VERSION_ZIP64, 12);
  records.writeUInt16LE(VERSION_ZIP64, 14);
  records.writeBigUInt64LE(BigInt(count), 24);
  records.writeBigUInt64LE(BigInt(count), 32);
  records.writeBigUInt64LE(BigInt(directory.sizeBytes), 40);
  records.writeBigUInt64LE(BigInt(directory.offset), 48);
  records.writeUInt32LE(signatures.end64Locator, END64_BYTES);
  records.writeBigUInt64LE(BigInt(directory.offset + directory.sizeBytes), END64_BYTES + 8);
  records.writeUInt32LE(1, END64_BYTES + 16);
  return records;
}

/** Everything that follows the last member. `offset` is where it will be written. */
export function centralDirectory(
  members: readonly ZipMember[],
  offset: number,
  dos: DosTime,
): Buffer {
  const entries = Buffer.concat(members.map((member) => centralHeader(member, dos)));
  const isZip64 = members.length >= MAX_16 || offset >= MAX_32 || entries.length >= MAX_32;
  const count = Math.min(members.length, MAX_16);
  const end = Buffer.alloc(END_BYTES);
  end.writeUInt32LE(signatures.end, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(Math.min(entries.length, MAX_32), 12);
  end.writeUInt32LE(Math.min(offset, MAX_32), 16);
  const end64 = isZip64
    ? end64Records(members.length, { offset, sizeBytes: entries.length })
    : Buffer.alloc(0);
  return Buffer.concat([entries, end64, end]);
}

/** Values of a zip64 extra field in their order, or an empty list. */
export function zip64Values(extra: Buffer): readonly number[] {
  let offset = 0;
  while (offset + 4 <= extra.length) {
    const id = extra.readUInt16LE(offset);
    const length = extra.readUInt16LE(offset + 2);
    const end = offset + 4 + length;
    if (end > extra.length) return [];
    if (id === ZIP64_FIELD_ID) {
      const values: number[] = [];
      for (let at = offset + 4; at + 8 <= end; at += 8)
        values.push(Number(extra.readBigUInt64LE(at)));
      return values;
    }
    offset = end;
  }
  return [];
}
