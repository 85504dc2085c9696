/**
 * The order of lists that have none of their own: by the bytes of their UTF-8 text, which is the same
 * on every machine and for every language (a locale's order isn't).
 */

/**
 * Compares like the UTF-8 bytes would, for `sort`. JavaScript's own order differs from it only where a
 * surrogate meets a character from U+E000 to U+FFFF.
 */
export function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** Surrogates stand for characters above U+FFFF: they go behind all others. */
function rank(unit: number): number {
  const isSurrogate = unit >= 0xd800 && unit <= 0xdfff;
  return isSurrogate ? unit + 0x10000 : unit;
}
