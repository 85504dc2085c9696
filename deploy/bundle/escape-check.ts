/**
 * What travels to other machines must be whole: a link out of its tree would name another file there, or none, and
 * a script beside the tree would stay behind.
 */
import { isAbsolute, posix } from 'node:path';
import { StageyardError } from '#proto/errors.ts';
import type { ListedEntry } from './tree-listing.ts';

/** Links named in one message. */
const SHOWN_MAX = 5;

/** Throws `SOURCE_UNSAFE` that names the links which lead out of the tree. `tree`: as the recipe names it. */
export function refuseEscapingLinks(tree: string, entries: readonly ListedEntry[]): void {
  const escaping = entries.filter(
    ({ path, linkTarget }) => linkTarget !== undefined && leadsOut(path, linkTarget),
  );
  if (escaping.length === 0) return;
  const lines = escaping
    .slice(0, SHOWN_MAX)
    .map(({ path, linkTarget }) => `  ${path} -> ${linkTarget ?? ''}`);
  const more = escaping.length > SHOWN_MAX ? [`  and ${escaping.length - SHOWN_MAX} more`] : [];
  const text = [
    `${tree} holds links that lead out of it, to what does not travel with it:`,
    ...lines,
    ...more,
    'replace them by what they name, name them in .condapackageignore, or declare that as a source of its own',
  ].join('\n');
  throw new StageyardError('SOURCE_UNSAFE', text);
}

/** Throws `SOURCE_UNSAFE` for files that the recipe names beside its directory without declaring them. */
export function refuseOutside(recipeDir: string, paths: readonly string[]): void {
  const [path] = paths;
  if (path === undefined) return;
  const text = `${recipeDir}: the script ${path} is outside of the recipe's directory, which is all that travels: move it there, or declare its directory as a source`;
  throw new StageyardError('SOURCE_UNSAFE', text, { context: { path } });
}

function leadsOut(path: string, target: string): boolean {
  if (isAbsolute(target)) return true;
  const resolved = posix.normalize(posix.join(posix.dirname(path), target));
  return resolved === '..' || resolved.startsWith('../');
}
