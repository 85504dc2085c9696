/**
 * One text for one value: JSON with sorted keys and no spaces, so that a digest of it names the value.
 * Used for input keys, for the journal's entries and for documents stored by digest.
 */

/** Deepest nesting that is written; rendered recipes stay below ten. */
const DEPTH_MAX = 200;
/** Of a long list, in one piece. */
const PIECE_ITEMS = 100;
/** Text without anything to escape. */
const PLAIN = /^[ !#-[\]-~]*$/;

/**
 * Canonical JSON of a plain value: object keys sorted by code units, members that are `undefined`
 * left out, array order kept. Throws `TypeError` on what JSON can't say (functions, symbols, big
 * integers, non-finite numbers, `undefined` in an array) and on nesting deeper than 200 (cycles too).
 */
export function canonicalJson(value: unknown): string {
  return textOf(value, 0);
}

/**
 * The same text in pieces, for a value that takes long as a whole: each takes a few milliseconds where long lists
 * aren't within lists.
 */
export function* canonicalPieces(value: unknown): Generator<string> {
  if (Array.isArray(value)) {
    for (let start = 0; start < value.length; start += PIECE_ITEMS) {
      const items = arrayText(value.slice(start, start + PIECE_ITEMS), 0).slice(1, -1);
      yield `${start === 0 ? '[' : ','}${items}`;
    }
    yield value.length === 0 ? '[]' : ']';
  } else if (typeof value === 'object' && value !== null) {
    let before = '{';
    for (const key of Object.keys(value).toSorted()) {
      const member: unknown = Reflect.get(value, key);
      if (member === undefined) continue;
      yield `${before}${quoted(key)}:`;
      yield* canonicalPieces(member);
      before = ',';
    }
    yield before === '{' ? '{}' : '}';
  } else {
    yield canonicalJson(value);
  }
}

function textOf(value: unknown, depth: number): string {
  if (depth > DEPTH_MAX) throw new TypeError('canonical JSON: nested too deeply');
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('canonical JSON: a number is not finite');
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return arrayText(value, depth);
  if (typeof value === 'object')
    return objectText(value as Readonly<Record<string, unknown>>, depth);
  throw new TypeError(`canonical JSON: no text for a ${typeof value}`);
}

function arrayText(items: readonly unknown[], depth: number): string {
  let text = '[';
  for (let index = 0; index < items.length; index += 1) {
    if (index > 0) text += ',';
    text += textOf(items[index], depth + 1);
  }
  return `${text}]`;
}

function objectText(record: Readonly<Record<string, unknown>>, depth: number): string {
  let text = '{';
  // Without a comparison keys are sorted by code units.
  for (const key of Object.keys(record).toSorted()) {
    const member = record[key];
    if (member === undefined) continue;
    if (text.length > 1) text += ',';
    text += `${quoted(key)}:${textOf(member, depth + 1)}`;
  }
  return `${text}}`;
}

function quoted(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}
