/** Recipes below a directory, for `--recipe-dir`: the walk honours ignore files and is sorted by path (appendix E). */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { compareBytewise } from './hash.ts';

/** The file that makes a directory a recipe. */
export const RECIPE_FILE_NAME = 'recipe.yaml';

const IGNORE_FILES = ['.gitignore', '.ignore', '.condapackageignore'];
const DEPTH_MAX = 64;

interface Rules {
  readonly directory: string;
  readonly matcher: Ignore;
}

function rulesOf(directory: string, names: readonly string[]): Rules | undefined {
  const present = IGNORE_FILES.filter((name) => names.includes(name));
  if (present.length === 0) return undefined;
  const matcher = ignore();
  for (const name of present) matcher.add(readFileSync(join(directory, name), 'utf8'));
  return { directory, matcher };
}

function isIgnored(path: string, rules: readonly Rules[], isDirectory: boolean): boolean {
  return rules.some(({ directory, matcher }) => {
    const inside = relative(directory, path).split(sep).join('/');
    return matcher.ignores(isDirectory ? `${inside}/` : inside);
  });
}

function walk(directory: string, outer: readonly Rules[], depth: number): string[] {
  const entries = readdirSync(directory, { withFileTypes: true });
  const own = rulesOf(
    directory,
    entries.map(({ name }) => name),
  );
  const rules = own === undefined ? outer : [...outer, own];
  const found: string[] = [];
  for (const entry of entries) {
    const path = join(directory, entry.name);
    if (entry.name.startsWith('.')) continue;
    if (entry.isDirectory()) {
      if (depth < DEPTH_MAX && !isIgnored(path, rules, true))
        found.push(...walk(path, rules, depth + 1));
    } else if (entry.name === RECIPE_FILE_NAME && !isIgnored(path, rules, false)) {
      found.push(path);
    }
  }
  return found;
}

/** Paths of all `recipe.yaml` files below a directory, sorted bytewise. Symbolic links to directories aren't followed. */
export function findRecipes(directory: string): readonly string[] {
  if (!statSync(directory).isDirectory()) return [];
  return walk(directory, [], 0).sort(compareBytewise);
}
