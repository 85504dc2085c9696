/**
 * `info/recipe` (spec 6.5): the recipe directory without hidden files, its recipe file renamed
 * `recipe.yaml`, with the variant and the rendered recipe beside it.
 */
import { lstatSync, readFileSync, realpathSync } from 'node:fs';
import { stringify } from 'yaml';
import type { Variant } from '#proto/recipe/recipe.ts';
import { listTree } from '../file-tree.ts';
import type { InfoFile } from './info-file.ts';
import { textFile } from './info-file.ts';
import { sortedKeys } from './sorted-keys.ts';

/** What is copied. */
export interface RecipeCopyInput {
  readonly recipeDir: string;
  /** Name of the recipe file inside it. */
  readonly recipeFile: string;
  readonly variant: Variant;
  /** Content of `rendered_recipe.yaml`. */
  readonly rendered: string;
}

const OWNER_EXECUTE = 0o100;

function isHidden(path: string): boolean {
  return path.split('/').some((part) => part.startsWith('.'));
}

/** Content and mode of a file; links are followed inside the directory only. */
function readInside(root: string, path: string): { bytes: Buffer; mode: number } | undefined {
  const real = realpathOf(`${root}/${path}`);
  if (real === undefined || !real.startsWith(`${realpathSync(root)}/`)) return undefined;
  const stat = lstatSync(real);
  return stat.isFile() ? { bytes: readFileSync(real), mode: stat.mode } : undefined;
}

/** Undefined for links that lead nowhere. */
function realpathOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** The files; three names are always ours: `recipe.yaml`, `variant_config.yaml`, `rendered_recipe.yaml`. */
export function recipeCopy(input: RecipeCopyInput): readonly InfoFile[] {
  const files = new Map<string, InfoFile>();
  const others: [string, string][] = [];
  for (const { path, kind } of listTree(input.recipeDir, isHidden)) {
    if (isHidden(path) || (kind !== 'file' && kind !== 'symlink')) continue;
    others.push([path, path]);
  }
  others.push([input.recipeFile, 'recipe.yaml']);
  for (const [source, name] of others) {
    const isRecipe = source === input.recipeFile && name !== 'recipe.yaml';
    const found = isRecipe ? undefined : readInside(input.recipeDir, source);
    if (found === undefined) continue;
    const isExecutable = (found.mode & OWNER_EXECUTE) !== 0;
    files.set(name, { path: `info/recipe/${name}`, bytes: found.bytes, isExecutable });
  }
  files.set(
    'variant_config.yaml',
    textFile('recipe/variant_config.yaml', stringify(sortedKeys(input.variant))),
  );
  files.set('rendered_recipe.yaml', textFile('recipe/rendered_recipe.yaml', input.rendered));
  return [...files.values()];
}
