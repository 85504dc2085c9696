/**
 * Reads zips of stored members over any `readAt` (a file, a range request): tail, central directory,
 * then single members. Everything is bounded and checked against the file's size; compressed or
 * encrypted members are refused when they are asked for.
 */
import { crc32 } from 'node:zlib';
import { StageyardError } from '#proto/errors.ts';
import {
  CENTRAL_HEADER_BYTES,
  END64_BYTES,
  END64_LOCATOR_BYTES,
  END_BYTES,
  LOCAL_HEADER_BYTES,
  MAX_32,
  signatures,
  zip64Values,
} from './zip-format.ts';

const DIRECTORY_BYTES_MAX = 1024 * 1024;
const MEMBERS_MAX = 1024;
const CHUNK_BYTES = 256 * 1024;
const TAIL_BYTES = END_BYTES + 0xffff;

/** Random access to bytes. Answers exactly `length` bytes, or rejects. */
export interface RandomAccess {
  readonly sizeBytes: number;
  readAt(offset: number, length: number): Promise<Buffer>;
}

/** A member with where its content lies. */
export interface StoredMember {
  readonly name: string;
  readonly sizeBytes: number;
  readonly crc32: number;
  /** Finds the first byte of content; rejects when the member can't be read as it is stored. */
  readonly contentOffset: () => Promise<number>;
}

function invalid(what: string): StageyardError {
  return new StageyardError('PACKAGE_INVALID', `not a usable zip archive: ${what}`);
}

interface DirectoryPlace {
  readonly offset: number;
  readonly sizeBytes: number;
  readonly count: number;
}

/** Reads the list of members. Rejects with `PACKAGE_INVALID`. */
export async function readZipMembers(input: RandomAccess): Promise<readonly StoredMember[]> {
  const place = await findDirectory(input);
  const isSane =
    place.sizeBytes <= DIRECTORY_BYTES_MAX &&
    place.count <= MEMBERS_MAX &&
    place.offset + place.sizeBytes <= input.sizeBytes;
  if (!isSane) throw invalid('its directory is too large or lies outside the file');
  const bytes = await input.readAt(place.offset, place.sizeBytes);
  const members: StoredMember[] = [];
  let offset = 0;
  for (let index = 0; index < place.count; index += 1) {
    const { member, next } = readCentralHeader(input, bytes, offset);
    if (members.some((other) => other.name === member.name))
      throw invalid(`two members are named ${member.name}`);
    members.push(member);
    offset = next;
  }
  return members;
}

async function findDirectory(input: RandomAccess): Promise<DirectoryPlace> {
  const tailOffset = Math.max(0, input.sizeBytes - TAIL_BYTES);
  const tail = await input.readAt(tailOffset, input.sizeBytes - tailOffset);
  for (let at = tail.length - END_BYTES; at >= 0; at -= 1) {
    const isEnd =
      tail.readUInt32LE(at) === signatures.end &&
      at + END_BYTES + tail.readUInt16LE(at + 20) === tail.length;
    if (!isEnd) continue;
    const place = {
      count: tail.readUInt16LE(at + 10),
      sizeBytes: tail.readUInt32LE(at + 12),
      offset: tail.readUInt32LE(at + 16),
    };
    const isZip64 = place.count === 0xffff || place.offset === MAX_32 || place.sizeBytes === MAX_32;
    return isZip64 ? await findDirectory64(input, tailOffset + at) : place;
  }
  throw invalid('it has no directory at its end (truncated?)');
}

async function findDirectory64(input: RandomAccess, endOffset: number): Promise<DirectoryPlace> {
  const locatorOffset = endOffset - END64_LOCATOR_BYTES;
  if (locatorOffset < 0) throw invalid('its zip64 records are missing');
  const locator = await input.readAt(locatorOffset, END64_LOCATOR_BYTES);
  const recordOffset = Number(locator.readBigUInt64LE(8));
  const isThere =
    locator.readUInt32LE(0) === signatures.end64Locator &&
    recordOffset + END64_BYTES <= locatorOffset;
  if (!isThere) throw invalid('its zip64 records are missing');
  const record = await input.readAt(recordOffset, END64_BYTES);
  if (record.readUInt32LE(0) !== signatures.end64) throw invalid('its zip64 records are missing');
  return {
    count: Number(record.readBigUInt64LE(32)),
    sizeBytes: Number(record.readBigUInt64LE(40)),
    offset: Number(record.readBigUInt64LE(48)),
  };
}

function readCentralHeader(
  input: RandomAccess,
  bytes: Buffer,
  offset: number,
): { member: StoredMember; next: number } {
  const isHeader =
    offset + CENTRAL_HEADER_BYTES <= bytes.length &&
    bytes.readUInt32LE(offset) === signatures.central;
  if (!isHeader) throw invalid('its directory is damaged');
  const nameEnd = offset + CENTRAL_HEADER_BYTES + bytes.readUInt16LE(offset + 28);
  const extraEnd = nameEnd + bytes.readUInt16LE(offset + 30);
  const next = extraEnd + bytes.readUInt16LE(offset + 32);
  if (next > bytes.length) throw invalid('its directory is damaged');
  const name = bytes.toString('utf8', offset + CENTRAL_HEADER_BYTES, nameEnd);
  const isStored =
    bytes.readUInt16LE(offset + 10) === 0 && (bytes.readUInt16LE(offset + 8) & 1) === 0;
  const wide = [...zip64Values(bytes.subarray(nameEnd, extraEnd))];
  const field = (at: number): number => {
    const narrow = bytes.readUInt32LE(offset + at);
    return narrow === MAX_32 ? (wide.shift() ?? narrow) : narrow;
  };
  // The order of the fields in the zip64 record: size, stored size, offset.
  const sizeBytes = field(24);
  const storedBytes = field(20);
  const headerOffset = field(42);
  if (isStored && sizeBytes !== storedBytes) throw invalid(`member ${name} contradicts itself`);
  const contentOffset = async (): Promise<number> => {
    if (!isStored) throw invalid(`member ${name} is compressed or encrypted`);
    return await contentOffsetOf(input, { name, sizeBytes, headerOffset });
  };
  return {
    member: { name, sizeBytes, crc32: bytes.readUInt32LE(offset + 16), contentOffset },
    next,
  };
}

async function contentOffsetOf(
  input: RandomAccess,
  member: { name: string; sizeBytes: number; headerOffset: number },
): Promise<number> {
  const { name, sizeBytes, headerOffset } = member;
  if (headerOffset + LOCAL_HEADER_BYTES > input.sizeBytes)
    throw invalid(`member ${name} lies outside the file`);
  const header = await input.readAt(headerOffset, LOCAL_HEADER_BYTES);
  if (header.readUInt32LE(0) !== signatures.local) throw invalid(`member ${name} has no header`);
  const offset =
    headerOffset + LOCAL_HEADER_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
  if (offset + sizeBytes > input.sizeBytes) throw invalid(`member ${name} lies outside the file`);
  return offset;
}

/** Content of a member in chunks. Rejects with `PACKAGE_INVALID` when its checksum is wrong. */
export async function* readZipContent(
  input: RandomAccess,
  member: StoredMember,
): AsyncGenerator<Buffer> {
  let offset = await member.contentOffset();
  let checksum = 0;
  const end = offset + member.sizeBytes;
  while (offset < end) {
    const chunk = await input.readAt(offset, Math.min(CHUNK_BYTES, end - offset));
    checksum = crc32(chunk, checksum);
    yield chunk;
    offset += chunk.length;
  }
  if (checksum !== member.crc32) throw invalid(`member ${member.name} has a wrong checksum`);
}
