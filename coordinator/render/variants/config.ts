/** The values that a recipe may be rendered with (spec 2.1). Keys are normalised: `-`, `.` and `_` are one letter. */
import type { VariantValue } from '#proto/recipe/recipe.ts';
import type { RecipeProblem, SourceText, TextRange } from '../problems.ts';

/** Where a variant file gives the values of a key. */
export interface KeyPlace {
  readonly source: SourceText;
  readonly range: TextRange;
}

/** All values of all keys, and which keys advance together. */
export interface VariantConfig {
  readonly values: ReadonlyMap<string, readonly VariantValue[]>;
  readonly zipKeys: readonly (readonly string[])[];
  /** Of keys whose values are from files. */
  readonly places?: ReadonlyMap<string, KeyPlace>;
  /** Warnings about the files. */
  readonly notices?: readonly RecipeProblem[];
}

/** What one file says; `zipKeys` undefined: nothing. */
export interface VariantFileContent {
  readonly values: ReadonlyMap<string, readonly VariantValue[]>;
  readonly zipKeys: readonly (readonly string[])[] | undefined;
  readonly places?: ReadonlyMap<string, KeyPlace>;
}

/** The identity of a key: `r-base`, `r.base` and `r_base` are the same. */
export function normalizeKey(key: string): string {
  return key.replace(/[-.]/g, '_');
}

/** Later files replace whole keys of earlier ones, and `zip_keys` as a whole. A key without values disappears. */
export function mergeVariantFiles(files: readonly VariantFileContent[]): VariantConfig {
  const values = new Map<string, readonly VariantValue[]>();
  const places = new Map<string, KeyPlace>();
  let zipKeys: readonly (readonly string[])[] = [];
  for (const file of files) {
    for (const [key, list] of file.values) {
      values.set(key, list);
      const place = file.places?.get(key);
      if (place === undefined) places.delete(key);
      else places.set(key, place);
    }
    zipKeys = file.zipKeys ?? zipKeys;
  }
  for (const [key, list] of values) if (list.length === 0) values.delete(key);
  return { values, zipKeys, places };
}
