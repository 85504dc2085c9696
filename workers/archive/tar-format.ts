/**
 * Tar headers, byte by byte: what the writer emits (GNU format, deterministic) and what the parser
 * understands (v7, ustar, GNU, pax). No I/O here. Layout: POSIX.1-1988 ustar and the GNU tar manual.
 */

/** Size of a header and the unit that content is padded to. */
export const BLOCK_BYTES = 512;
/** Name and link fields hold this many bytes; longer ones get a GNU long-name entry before them. */
export const SHORT_NAME_BYTES = 100;
const MAX_OCTAL_11 = 0o77777777777;
const GNU_MAGIC = 'ustar  \0';
const CHECKSUM_OFFSET = 148;

/** Type flags that have a meaning here. */
export const tarTypes = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  directory: '5',
  longLink: 'K',
  longName: 'L',
} as const;

/** Fields of a header to write. Names are bytes that fit their field. */
export interface HeaderFields {
  readonly name: Buffer;
  readonly mode: number;
  readonly sizeBytes: number;
  readonly mtimeSeconds: number;
  readonly type: string;
  readonly link?: Buffer;
}

/** Bytes that pad `sizeBytes` of content to full blocks. */
export function paddingOf(sizeBytes: number): number {
  const rest = sizeBytes % BLOCK_BYTES;
  return rest === 0 ? 0 : BLOCK_BYTES - rest;
}

function writeOctal(
  header: Buffer,
  offset: number,
  field: { value: number; digits: number },
): void {
  header.write(field.value.toString(8).padStart(field.digits, '0'), offset, field.digits, 'latin1');
}

/** 12-byte number: octal, or GNU base-256 (first bit set) above 8 GiB or below zero. */
function writeNumber12(header: Buffer, offset: number, value: number): void {
  if (value >= 0 && value <= MAX_OCTAL_11) {
    writeOctal(header, offset, { value, digits: 11 });
    return;
  }
  header.fill(value < 0 ? 0xff : 0, offset, offset + 12);
  header.writeBigInt64BE(BigInt(value), offset + 4);
  if (value >= 0) header[offset] = 0x80;
}

/** Sum of the header's bytes with its checksum field read as spaces. */
function checksumOf(header: Buffer): number {
  let sum = 8 * 0x20;
  for (let index = 0; index < BLOCK_BYTES; index += 1) {
    if (index < CHECKSUM_OFFSET || index >= CHECKSUM_OFFSET + 8) sum += header[index] ?? 0;
  }
  return sum;
}

/** Writes one GNU header of 512 bytes at `offset` of `into`: owner 0, no names of owners. */
export function encodeHeader(into: Buffer, offset: number, fields: HeaderFields): void {
  const header = into.subarray(offset, offset + BLOCK_BYTES);
  header.fill(0);
  fields.name.copy(header, 0, 0, SHORT_NAME_BYTES);
  writeOctal(header, 100, { value: fields.mode, digits: 7 });
  writeOctal(header, 108, { value: 0, digits: 7 });
  writeOctal(header, 116, { value: 0, digits: 7 });
  writeNumber12(header, 124, fields.sizeBytes);
  writeNumber12(header, 136, fields.mtimeSeconds);
  header.write(fields.type, 156, 1, 'latin1');
  fields.link?.copy(header, 157, 0, SHORT_NAME_BYTES);
  header.write(GNU_MAGIC, 257, 8, 'latin1');
  writeOctal(header, CHECKSUM_OFFSET, { value: checksumOf(header), digits: 6 });
  header[CHECKSUM_OFFSET + 6] = 0;
  header[CHECKSUM_OFFSET + 7] = 0x20;
}

/** A header as read; names are raw bytes without their terminating NUL. */
export interface RawHeader {
  readonly name: Buffer;
  readonly mode: number;
  readonly sizeBytes: number;
  readonly mtimeSeconds: number;
  readonly type: string;
  readonly link: Buffer;
}

function cString(header: Buffer, offset: number, length: number): Buffer {
  const field = header.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return end < 0 ? field : field.subarray(0, end);
}

/** Octal text with spaces and NULs around it, or base-256; undefined when it is neither or too big. */
function readNumber(header: Buffer, offset: number, length: number): number | undefined {
  const first = header[offset] ?? 0;
  if ((first & 0x80) !== 0) {
    let value = first === 0xff ? -1n : BigInt(first & 0x7f);
    for (let index = 1; index < length; index += 1) {
      value = (value << 8n) | BigInt(header[offset + index] ?? 0);
    }
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : undefined;
  }
  const text = header
    .toString('latin1', offset, offset + length)
    .replaceAll('\0', ' ')
    .trim();
  if (text === '') return 0;
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : undefined;
}

/** Old writers summed signed bytes: both sums are accepted. */
function hasRightChecksum(header: Buffer): boolean {
  const stated = readNumber(header, CHECKSUM_OFFSET, 8);
  const unsigned = checksumOf(header);
  if (stated === unsigned) return true;
  let high = 0;
  for (let index = 0; index < BLOCK_BYTES; index += 1) {
    const inChecksum = index >= CHECKSUM_OFFSET && index < CHECKSUM_OFFSET + 8;
    if (!inChecksum && (header[index] ?? 0) > 127) high += 1;
  }
  return stated === unsigned - 256 * high;
}

/** True for a block of zeros: the end of an archive. */
export function isZeroBlock(block: Buffer): boolean {
  return block[0] === 0 && block.every((byte) => byte === 0);
}

/** Reads a header block; a string says what is wrong with it. */
export function decodeHeader(header: Buffer): RawHeader | string {
  if (!hasRightChecksum(header)) return 'a header has a wrong checksum';
  const sizeBytes = readNumber(header, 124, 12);
  if (sizeBytes === undefined || sizeBytes < 0) return 'a header has an invalid size';
  const mode = readNumber(header, 100, 8);
  const mtimeSeconds = readNumber(header, 136, 12);
  if (mode === undefined || mtimeSeconds === undefined) return 'a header has an invalid number';
  const isUstar = header.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isUstar ? cString(header, 345, 155) : header.subarray(0, 0);
  const name = cString(header, 0, SHORT_NAME_BYTES);
  return {
    name: prefix.length > 0 ? Buffer.concat([prefix, Buffer.from('/'), name]) : Buffer.from(name),
    mode: mode & 0o7777,
    sizeBytes,
    mtimeSeconds,
    type: header[156] === 0 ? tarTypes.file : header.toString('latin1', 156, 157),
    link: Buffer.from(cString(header, 157, SHORT_NAME_BYTES)),
  };
}
