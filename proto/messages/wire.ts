/**
 * The border between bytes and views: whatever the bytes are, a decoder answers a view or throws
 * `MESSAGE_INVALID`. Numbers are safe integers on both sides, digests are 32 bytes on the wire and
 * hex in views, enums are tables so that a number nobody knows is refused.
 */
import protobuf from 'protobufjs/minimal.js';
import { type BlobRef, sha256Digest } from '../digest.ts';
import { StageyardError } from '../errors.ts';
import type { VariantValue } from '../recipe/recipe.ts';
import type { stageyard } from './generated/messages.js';

/** 64-bit integers arrive as numbers or as `Long` objects, depending on the library's mood. */
type WireInteger = number | { toNumber(): number } | null | undefined;

/** Longest location text that an adapter may use. */
const LOCATION_LENGTH_MAX = 1024;
const DIGEST_BYTES = 32;

/** `MESSAGE_INVALID` about one field. */
export function invalidField(field: string, problem: string): StageyardError {
  return new StageyardError('MESSAGE_INVALID', `${field}: ${problem}`, { context: { field } });
}

/** How one message is read: its name for errors, its bound, the generated decoder, the view. */
interface Reading<Message, View> {
  readonly name: string;
  readonly sizeBytesMax: number;
  readonly decode: (reader: protobuf.Reader) => Message;
  readonly view: (message: Message) => View;
  /** For messages that nobody passes on: saves the memory. */
  readonly dropUnknowns?: boolean;
}

/** Decodes foreign bytes. Throws `MESSAGE_INVALID`; `PROTOCOL_UNKNOWN` where the view does; nothing else. */
export function readMessage<Message, View>(
  body: Uint8Array,
  reading: Reading<Message, View>,
): View {
  if (body.length > reading.sizeBytesMax) {
    throw tooLong(reading.name, body.length, reading.sizeBytesMax);
  }
  try {
    const reader = protobuf.Reader.create(body);
    reader.discardUnknown = reading.dropUnknowns ?? false;
    return reading.view(reading.decode(reader));
  } catch (error) {
    if (error instanceof StageyardError && error.code === 'PROTOCOL_UNKNOWN') throw error;
    const text = error instanceof Error ? error.message : String(error);
    throw new StageyardError('MESSAGE_INVALID', `not a valid ${reading.name}: ${text}`, {
      cause: error,
    });
  }
}

const WIRE_TYPE_DELIMITED = 2;

/**
 * Refuses a message in which one of the nested messages `nestedFields` has more than `fieldsMax`
 * fields: two bytes can cost a hundred once decoded, so they are counted before.
 */
export function checkFieldCounts(
  body: Uint8Array,
  nestedFields: readonly number[],
  fieldsMax: number,
): void {
  const reader = protobuf.Reader.create(body);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const isNested = nestedFields.includes(tag >>> 3) && (tag & 7) === WIRE_TYPE_DELIMITED;
    if (isNested) checkFieldCount(reader.bytes(), fieldsMax);
    else reader.skipType(tag & 7);
  }
}

function checkFieldCount(body: Uint8Array, fieldsMax: number): void {
  const reader = protobuf.Reader.create(body);
  for (let count = 1; reader.pos < reader.len; count += 1) {
    if (count > fieldsMax) throw invalidField('message', `more than ${fieldsMax} entries`);
    reader.skipType(reader.uint32() & 7);
  }
}

/** Refuses what no reader would accept. */
export function boundedMessage(name: string, body: Uint8Array, sizeBytesMax: number): Uint8Array {
  if (body.length > sizeBytesMax) throw tooLong(name, body.length, sizeBytesMax);
  return body;
}

function tooLong(name: string, sizeBytes: number, sizeBytesMax: number): StageyardError {
  const text = `not a valid ${name}: ${sizeBytes} bytes, at most ${sizeBytesMax} are allowed`;
  return new StageyardError('MESSAGE_INVALID', text, { context: { sizeBytes, sizeBytesMax } });
}

/** A non-negative safe integer. */
export function countOf(field: string, value: WireInteger): number {
  const count = typeof value === 'object' && value !== null ? value.toNumber() : (value ?? 0);
  if (!Number.isSafeInteger(count) || count < 0) throw invalidField(field, 'not a count');
  return count;
}

/** The message of a field that must be there. */
export function present<T>(field: string, value: T | null | undefined): T {
  if (value === null || value === undefined) throw invalidField(field, 'missing');
  return value;
}

/** Text that must not be empty. */
export function nonEmpty(field: string, value: string | null | undefined): string {
  if (value === null || value === undefined || value === '') throw invalidField(field, 'missing');
  return value;
}

/** Hex to 32 bytes. */
export function digestBytes(digest: string): Uint8Array {
  return Buffer.from(sha256Digest(digest), 'hex');
}

/** 32 bytes to hex. */
export function digestOf(field: string, bytes: Uint8Array | null | undefined): BlobRef['digest'] {
  if (bytes?.length !== DIGEST_BYTES) throw invalidField(field, 'not a SHA-256 digest');
  return sha256Digest(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex'));
}

/** View to wire. */
export function wireBlobRef(ref: BlobRef): stageyard.v1.BlobRef.$Properties {
  const sizeBytes = countOf('size_bytes', ref.sizeBytes);
  return { digest: digestBytes(ref.digest), sizeBytes, location: ref.location };
}

/** Wire to view. */
export function viewBlobRef(
  field: string,
  ref: stageyard.v1.BlobRef.$Properties | null | undefined,
): BlobRef {
  const wire = present(field, ref);
  const location = wire.location ?? '';
  if (location.length > LOCATION_LENGTH_MAX) throw invalidField(field, 'location too long');
  const sizeBytes = countOf(`${field}.size_bytes`, wire.sizeBytes);
  return { digest: digestOf(`${field}.digest`, wire.digest), sizeBytes, location };
}

/** View to wire. */
export function wireScalar(value: VariantValue): stageyard.v1.ScalarValue.$Properties {
  if (typeof value === 'string') return { text: value };
  if (typeof value === 'number') return { number: value };
  return typeof value === 'boolean' ? { boolean: value } : {};
}

/** Wire to view; a number is finite. */
export function viewScalar(
  field: string,
  wire: stageyard.v1.ScalarValue.$Properties,
): VariantValue {
  const { value } = wire;
  if (value === 'text') return wire.text ?? '';
  if (value === 'boolean') return wire.boolean ?? false;
  if (value !== 'number') return null;
  const number = wire.number ?? 0;
  if (!Number.isFinite(number)) throw invalidField(field, 'not a finite number');
  return number;
}

/** Cuts between characters, never inside a surrogate pair, and says that it did. Lengths in UTF-16 units. */
export function shortened(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text;
  const cut = text.slice(0, lengthMax - 1);
  return `${cut.isWellFormed() ? cut : cut.slice(0, -1)}…`;
}

/** Two-way table between a closed union and an enum's numbers. */
export interface EnumTable<Word extends string> {
  toWire(word: Word): number;
  toView(field: string, number: number | null | undefined): Word;
}

/** Builds the table from `{word: number}`; every member of the union must be there. */
export function enumTable<Word extends string>(
  numbers: Readonly<Record<Word, number>>,
): EnumTable<Word> {
  const words = new Map<number, Word>();
  for (const word in numbers) words.set(numbers[word], word);
  return {
    toWire: (word) => numbers[word],
    toView: (field, number) => {
      const word = words.get(number ?? 0);
      if (word === undefined) throw invalidField(field, `unknown value ${number ?? 0}`);
      return word;
    },
  };
}

/** Unknown fields as kept by the decoder, copied so that they don't hold the whole message. */
export function keptUnknowns(wire: {
  $unknowns?: Uint8Array[];
}): { unknownFields: readonly Uint8Array[] } | undefined {
  if (wire.$unknowns === undefined || wire.$unknowns.length === 0) return undefined;
  return { unknownFields: wire.$unknowns.map((field) => Uint8Array.from(field)) };
}

/** The reverse of {@link keptUnknowns}. */
export function restoredUnknowns(
  unknownFields: readonly Uint8Array[] | undefined,
): { $unknowns: Uint8Array[] } | undefined {
  return unknownFields === undefined ? undefined : { $unknowns: [...unknownFields] };
}
