/** Source archives mostly hold one directory: its content is what people mean (spec 1.4). */
import { lstatSync, readdirSync, renameSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

/** A name that can't be in the directory: longer than all that are. */
function freeName(names: readonly string[]): string {
  let name = '.top-level';
  while (names.includes(name)) name += '-';
  return name;
}

/**
 * Where `directory` holds nothing but one directory, moves that one's content up and answers its
 * name. Links, even to directories, don't count.
 */
export function hoistSingleDirectory(directory: string): string | undefined {
  const names = readdirSync(directory);
  const [only] = names;
  if (only === undefined || names.length > 1) return undefined;
  if (!lstatSync(join(directory, only)).isDirectory()) return undefined;
  const children = readdirSync(join(directory, only));
  // Renamed first: a child may have the same name.
  const aside = join(directory, freeName([only, ...children]));
  renameSync(join(directory, only), aside);
  for (const child of children) renameSync(join(aside, child), join(directory, child));
  rmdirSync(aside);
  return only;
}
