/** Globs of a recipe as a question; no globs match nothing. */
import { compileGlobs } from '#proto/glob.ts';

/** True for texts that one of the globs matches (spec 1.6, globset semantics). */
export function matcherOf(globs: readonly string[]): (text: string) => boolean {
  return globs.length === 0 ? () => false : compileGlobs({ include: globs, exclude: [] });
}
