/** Objects whose keys have no order of their own, in the order of their bytes. */
import { compareBytes } from '#proto/byte-order.ts';

/** A copy with sorted keys; values stay as they are. */
export function sortedKeys<T>(object: Readonly<Record<string, T>>): Record<string, T> {
  const entries = Object.entries(object);
  return Object.fromEntries(entries.sort(([left], [right]) => compareBytes(left, right)));
}
