/**
 * One text for one value: JSON with sorted keys and no spaces, so that a digest of it names the value.
 * Used for input keys, for the journal's entries and for documents stored by digest.
 */

/** Deepest nesting that is written; rendered recipes stay below ten. */
const DEPTH_MAX = 200;

/**
 * Canonical JSON of a plain value: object keys sorted by code units, members that are `undefined`
 * left out, array order kept. Throws `TypeError` on what JSON can't say (functions, symbols, big
 * integers, non-finite numbers, `undefined` in an array) and on nesting deeper than 200 (cycles too).
 */
export function canonicalJson(value: unknown): string {
  const pieces: string[] = [];
  write(value, pieces, 0);
  return pieces.join('');
}

function write(value: unknown, pieces: string[], depth: number): void {
  if (depth > DEPTH_MAX) throw new TypeError('canonical JSON: nested too deeply');
  if (value === null || typeof value === 'boolean' || typeof value === 'string') {
    pieces.push(JSON.stringify(value));
  } else if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('canonical JSON: a number is not finite');
    pieces.push(JSON.stringify(value));
  } else if (Array.isArray(value)) {
    writeArray(value, pieces, depth);
  } else if (typeof value === 'object') {
    writeObject(value, pieces, depth);
  } else {
    throw new TypeError(`canonical JSON: no text for a ${typeof value}`);
  }
}

function writeArray(items: readonly unknown[], pieces: string[], depth: number): void {
  pieces.push('[');
  for (const [index, item] of items.entries()) {
    if (index > 0) pieces.push(',');
    write(item, pieces, depth + 1);
  }
  pieces.push(']');
}

function writeObject(record: object, pieces: string[], depth: number): void {
  const members = Object.entries(record)
    .filter(([, member]) => member !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  pieces.push('{');
  for (const [index, [key, member]] of members.entries()) {
    pieces.push(index > 0 ? ',' : '', JSON.stringify(key), ':');
    write(member, pieces, depth + 1);
  }
  pieces.push('}');
}
