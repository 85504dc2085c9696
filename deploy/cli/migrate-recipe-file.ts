/** The file work of `stageyard migrate-recipe`: read, migrate, and put the new text in place of the old at once. */
import { realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { migrateCache } from '#coordinator/render/migrate/cache-to-staging.ts';
import { formatProblems, type RecipeProblem } from '#coordinator/render/problems.ts';
import { readRecipe } from '#coordinator/render/render-run.ts';
import { StageyardError, systemErrorCode } from '#proto/errors.ts';
import { readStandardInput } from './standard-input.ts';

function problemsError(problems: readonly RecipeProblem[]): StageyardError {
  return new StageyardError(problems[0]?.code ?? 'RECIPE_INVALID', formatProblems(problems));
}

function readText(path: string): { readonly path: string; readonly text: string } {
  if (path === '-') return { path: 'standard input', text: readStandardInput() };
  const read = readRecipe(path, process.cwd());
  if (!read.ok) throw problemsError([read.failure]);
  return { path: read.value.location.recipePath, text: read.value.text };
}

/** A reader sees the old text or the new one, and a link stays a link. */
function replaceFile(path: string, text: string): void {
  const real = realpathSync(path);
  const temporary = `${real}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text, { mode: statSync(real).mode, flag: 'wx' });
    renameSync(temporary, real);
  } catch (error) {
    rmSync(temporary, { force: true });
    const reason = systemErrorCode(error);
    if (reason === undefined) throw error;
    throw new StageyardError(
      'OUTPUT_UNWRITABLE',
      `${path} can't be written (${reason}): check its permissions, or use --dry-run and write the result elsewhere`,
    );
  }
}

/**
 * Migrates one recipe. `-` and `isDryRun` print the text, else the file is replaced. Throws `RECIPE_NOT_FOUND`,
 * `RECIPE_INVALID` with every reason against it, or `OUTPUT_UNWRITABLE`.
 */
export function migrateRecipe(recipe: string, isDryRun: boolean): void {
  const { path, text } = readText(recipe);
  const migrated = migrateCache(text, path);
  if (!migrated.ok) throw problemsError(migrated.failure);
  const { stagingName, inheritorCount } = migrated.value;
  if (isDryRun || recipe === '-') {
    process.stdout.write(migrated.value.text);
    return;
  }
  replaceFile(path, migrated.value.text);
  const inheritors =
    inheritorCount === 1
      ? '1 package output inherits'
      : `${inheritorCount} package outputs inherit`;
  process.stdout.write(
    `${path}: \`cache\` is now the staging output \`${stagingName}\`, which ${inheritors}\n`,
  );
}
