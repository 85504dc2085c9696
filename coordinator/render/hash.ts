/** The variant's fingerprint in a build string (spec 2.5): SHA-1 over the variant as Python's json would write it. */
import { createHash } from 'node:crypto';
import type { Variant, VariantValue } from '#proto/recipe/recipe.ts';

const HASH_LENGTH = 7;

/** Compares by UTF-8 bytes, which is also the order of code points. */
export function compareBytewise(a: string, b: string): number {
  if (a === b) return 0;
  const ascii = /^[\x20-\x7e]*$/;
  if (ascii.test(a) && ascii.test(b)) return a < b ? -1 : 1;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** The same object with its keys in bytewise order. */
export function sortedByKey<T>(object: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => compareBytewise(a, b)));
}

/** The variant as a JSON object with sorted keys and the separators `", "` and `": "`. */
export function hashInput(variant: Variant): string {
  const keys = Object.keys(variant).sort(compareBytewise);
  const pairs = keys.map((key) => {
    const value: VariantValue = variant[key] ?? null;
    return `${JSON.stringify(key)}: ${JSON.stringify(value)}`;
  });
  return `{${pairs.join(', ')}}`;
}

/** First seven hex digits of the SHA-1 of {@link hashInput}. */
export function hashOfInput(input: string): string {
  return createHash('sha1').update(input, 'utf8').digest('hex').slice(0, HASH_LENGTH);
}
