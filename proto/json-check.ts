/**
 * Checks that foreign JSON is what a type says, member by member: the compiler sees to it that no member of the type is
 * left out. What passes is used as it is, members that this version doesn't know included. All checks throw
 * `StageyardError` `MESSAGE_INVALID` with the place of what is wrong, and nothing else.
 *
 *     const check = objectOf<Point>({ x: jsonNumber, y: jsonNumber, label: optional(jsonText) });
 *     const point = check(JSON.parse(text), 'point');
 */
import { jsonObject, jsonText, wrongJson } from './json-shape.ts';

/** The value again, known to be a `T`; `at` is its place for messages. */
export type Check<T> = (value: unknown, at: string) => T;

/** Of a member that may be absent. */
export interface OptionalCheck<T> {
  readonly whenPresent: Check<T>;
}

type Members<T> = {
  readonly [K in keyof T]-?: object extends Pick<T, K>
    ? OptionalCheck<Exclude<T[K], undefined>>
    : Check<T[K]>;
};

/** A member that may be absent. */
export function optional<T>(whenPresent: Check<T>): OptionalCheck<T> {
  return { whenPresent };
}

/** An object with these members. */
export function objectOf<T extends object>(members: Members<T>): Check<T> {
  const checks = Object.entries<Check<unknown> | OptionalCheck<unknown>>(members);
  return (value, at) => {
    const object = jsonObject(value, at).members;
    for (const [key, check] of checks) {
      const member = object[key];
      if (typeof check === 'function') check(member, `${at}.${key}`);
      else if (member !== undefined) check.whenPresent(member, `${at}.${key}`);
    }
    return value as T;
  };
}

/** One of several objects, told apart by their `kind`. */
export function oneOfKinds<T extends { readonly kind: string }>(
  kinds: {
    readonly [K in T['kind']]: Check<Extract<T, { readonly kind: K }>>;
  },
): Check<T> {
  const checks = new Map<unknown, Check<T>>(Object.entries<Check<T>>(kinds));
  const expected = `one of ${[...checks.keys()].join(', ')}`;
  return (value, at) => {
    const check = checks.get(jsonObject(value, at).members['kind']);
    if (check === undefined) throw wrongJson(`${at}.kind`, expected);
    return check(value, at);
  };
}

/** One of several objects, told apart by a member that only one of them has. */
export function oneOfMembers<T extends object>(
  members: Readonly<Record<string, Check<T>>>,
): Check<T> {
  const checks = Object.entries(members);
  const expected = `an object with ${checks.map(([key]) => key).join(' or ')}`;
  return (value, at) => {
    const object = jsonObject(value, at).members;
    const found = checks.find(([key]) => object[key] !== undefined);
    if (found === undefined) throw wrongJson(at, expected);
    return found[1](value, at);
  };
}

/** A list of what passes. */
export function listOf<T>(check: Check<T>): Check<readonly T[]> {
  return (value, at) => {
    if (!Array.isArray(value)) throw wrongJson(at, 'a list');
    for (const [index, item] of value.entries()) check(item, `${at}[${index}]`);
    return value as readonly T[];
  };
}

/** An object whose members all pass, whatever their names. */
export function mapOf<T>(check: Check<T>): Check<Readonly<Record<string, T>>> {
  return (value, at) => {
    const { members } = jsonObject(value, at);
    for (const [key, member] of Object.entries(members)) check(member, `${at}.${key.slice(0, 80)}`);
    return members as Readonly<Record<string, T>>;
  };
}

/** Null, or what passes. */
export function orNull<T>(check: Check<T>): Check<T | null> {
  return (value, at) => (value === null ? null : check(value, at));
}

/** True, false, or what passes. */
export function orFlag<T>(check: Check<T>): Check<T | boolean> {
  return (value, at) => (typeof value === 'boolean' ? value : check(value, at));
}

/** A text, or what passes. */
export function orText<T>(check: Check<T>): Check<T | string> {
  return (value, at) => (typeof value === 'string' ? value : check(value, at));
}

/** Exactly this value. */
export function exactly<const T extends string | number>(wanted: T): Check<T> {
  return (value, at) => {
    if (value !== wanted) throw wrongJson(at, JSON.stringify(wanted));
    return wanted;
  };
}

/** A number that is finite: `1e999` isn't. */
export function jsonNumber(value: unknown, at: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw wrongJson(at, 'a number');
  return value;
}

const PATH_PART = /^(?!\.{1,2}$)[^/\\\p{Cc}]{1,255}$/u;

/** A text that becomes a part of a path: it leads nowhere else. */
export function jsonPathPart(value: unknown, at: string): string {
  const text = jsonText(value, at);
  if (!PATH_PART.test(text)) throw wrongJson(at, 'a name without slashes');
  return text;
}
