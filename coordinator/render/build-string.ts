/** Prefix and default form of the build string (spec 2.6, appendix E). */
import type { Variant } from '#proto/recipe/recipe.ts';

/** Abbreviation, variant keys (first one present counts), and how many parts of the version are kept. */
const PREFIXES = [
  { abbreviation: 'np', keys: ['numpy'], parts: 2 },
  { abbreviation: 'py', keys: ['python'], parts: 2 },
  { abbreviation: 'pl', keys: ['perl'], parts: 3 },
  { abbreviation: 'lua', keys: ['lua'], parts: 2 },
  { abbreviation: 'r', keys: ['r', 'r_base'], parts: 2 },
] as const;

/** `3.11.* *_cpython` becomes `311`. */
function shortVersion(text: string, parts: number): string {
  const version = text.trim().split(/\s/)[0] ?? '';
  const numbers = version.split('.').slice(0, parts);
  return numbers.join('').replace(/[^A-Za-z0-9_]/g, '');
}

/**
 * `py` for noarch python packages, else one part for each language of the variant: `np126py311`. The caller's own
 * prefix comes first, with an underscore.
 */
export function buildStringPrefix(
  variant: Variant,
  noarch: 'python' | 'generic' | null,
  callerPrefix = '',
): string {
  let prefix = callerPrefix === '' ? '' : `${callerPrefix}_`;
  if (noarch === 'python') return `${prefix}py`;
  for (const { abbreviation, keys, parts } of PREFIXES) {
    const key = keys.find((candidate) => candidate in variant);
    if (key !== undefined) prefix += abbreviation + shortVersion(String(variant[key] ?? ''), parts);
  }
  return prefix;
}

/** The build string where the recipe gives none: `py311h507f6e9_0`. */
export function defaultBuildString(parts: {
  readonly prefix: string;
  readonly hash: string;
  readonly number: number;
}): string {
  return `${parts.prefix}h${parts.hash}_${parts.number}`;
}
