/**
 * Reads plain JSON from outside: each reader checks one member and names its place when it is wrong.
 * All of them throw `StageyardError` `MESSAGE_INVALID` and nothing else.
 */
import { type BlobRef, isSha256Digest, type Sha256Digest } from './digest.ts';
import { readErrorCode } from './error-codes.ts';
import { type ErrorData, StageyardError } from './errors.ts';
import { jsonExcess } from './json-size.ts';

/** A JSON object whose members are not known yet, with its place for messages. */
export interface JsonObject {
  readonly at: string;
  readonly members: Readonly<Record<string, unknown>>;
}

/** Parses a text whose top level must be an object. `at` names the document in messages. */
export function parseJsonObject(text: string, at: string): JsonObject {
  const excess = jsonExcess(text);
  if (excess !== undefined) throw new StageyardError('MESSAGE_INVALID', `${at}: ${excess}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const detail = error instanceof Error ? error.message : 'unreadable';
    throw new StageyardError('MESSAGE_INVALID', `${at}: not JSON: ${detail}`, { cause: error });
  }
  return jsonObject(value, at);
}

/** What `read` answers; undefined where it complains of what it reads. */
export function ifValid<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof StageyardError && error.code === 'MESSAGE_INVALID') return undefined;
    throw error;
  }
}

/** What `read` finds in a text; undefined where it isn't such a document. */
export function readIfValid<T>(
  text: string,
  at: string,
  read: (object: JsonObject) => T,
): T | undefined {
  return ifValid(() => read(parseJsonObject(text, at)));
}

/** The value as an object. */
export function jsonObject(value: unknown, at: string): JsonObject {
  if (!isRecord(value)) throw wrongJson(at, 'an object');
  return { at, members: value };
}

/** A member that is an object. */
export function objectMember(object: JsonObject, key: string): JsonObject {
  return jsonObject(object.members[key], `${object.at}.${key}`);
}

/** A member that is a list, each item read by `read`. */
export function listMember<T>(
  object: JsonObject,
  key: string,
  read: (item: unknown, at: string) => T,
): readonly T[] {
  const value = object.members[key];
  if (!Array.isArray(value)) throw wrongJson(`${object.at}.${key}`, 'a list');
  return value.map((item, index) => read(item, `${object.at}.${key}[${index}]`));
}

/** The value as a text. */
export function jsonText(value: unknown, at: string): string {
  if (typeof value !== 'string') throw wrongJson(at, 'a text');
  return value;
}

/** A member that is a text. */
export function textMember(object: JsonObject, key: string): string {
  return jsonText(object.members[key], `${object.at}.${key}`);
}

/** A member that is a text of a branded kind; `brand` throws `RangeError` on others. */
export function idMember<T extends string>(
  object: JsonObject,
  key: string,
  brand: (text: string) => T,
): T {
  return jsonId(brand)(object.members[key], `${object.at}.${key}`);
}

/** Reader of a text of a branded kind. */
export function jsonId<T extends string>(brand: (text: string) => T) {
  return (value: unknown, at: string): T => {
    const text = jsonText(value, at);
    try {
      return brand(text);
    } catch (error) {
      if (error instanceof RangeError) throw wrongJson(at, error.message);
      throw error;
    }
  };
}

/** The value as an integer of at least 0. */
export function jsonCount(value: unknown, at: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw wrongJson(at, 'an integer of at least 0');
}

/** A member that is an integer of at least 0. */
export function countMember(object: JsonObject, key: string): number {
  return jsonCount(object.members[key], `${object.at}.${key}`);
}

/** The value as true or false. */
export function jsonFlag(value: unknown, at: string): boolean {
  if (typeof value !== 'boolean') throw wrongJson(at, 'true or false');
  return value;
}

/** A member that is true or false. */
export function flagMember(object: JsonObject, key: string): boolean {
  return jsonFlag(object.members[key], `${object.at}.${key}`);
}

/** Reader of one of a closed set of texts. */
export function jsonChoice<T extends string>(choices: readonly T[]) {
  return (value: unknown, at: string): T => {
    const choice = choices.find((candidate) => candidate === value);
    if (choice === undefined) throw wrongJson(at, `one of ${choices.join(', ')}`);
    return choice;
  };
}

/** A member that is one of a closed set of texts. */
export function choiceMember<T extends string>(
  object: JsonObject,
  key: string,
  choices: readonly T[],
): T {
  return jsonChoice(choices)(object.members[key], `${object.at}.${key}`);
}

/** The value as a digest. */
export function jsonDigest(value: unknown, at: string): Sha256Digest {
  const digest = jsonText(value, at);
  if (!isSha256Digest(digest)) throw wrongJson(at, '64 hex digits');
  return digest;
}

/** The value as a blob reference. */
export function jsonBlobRef(value: unknown, at: string): BlobRef {
  const object = jsonObject(value, at);
  return {
    digest: jsonDigest(object.members['digest'], `${at}.digest`),
    sizeBytes: countMember(object, 'sizeBytes'),
    location: textMember(object, 'location'),
  };
}

/** A member that is a blob reference. */
export function blobRefMember(object: JsonObject, key: string): BlobRef {
  return jsonBlobRef(object.members[key], `${object.at}.${key}`);
}

/** A member that is an error; a code of a newer program reads as `INTERNAL`. */
export function errorMember(object: JsonObject, key: string): ErrorData {
  const error = objectMember(object, key);
  const context: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(objectMember(error, 'context').members)) {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      context[name] = value;
    }
  }
  return {
    code: readErrorCode(textMember(error, 'code')),
    message: textMember(error, 'message'),
    context,
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is told of a value that is something else. */
export function wrongJson(at: string, expected: string): StageyardError {
  return new StageyardError('MESSAGE_INVALID', `${at}: expected ${expected}`);
}
