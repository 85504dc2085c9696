/** `stageyard migrate-recipe`: rewrites an old recipe with a top-level `cache:` to one with a staging output. */
import type { Command } from 'commander';

interface MigrateOptions {
  readonly recipe: string;
  readonly dryRun?: true;
}

/** Adds the subcommand. */
export function registerMigrateRecipe(program: Command): void {
  program
    .command('migrate-recipe')
    .description('turn the old top-level `cache:` of a recipe into a staging output')
    .option('-r, --recipe <path>', 'recipe file or directory; - reads standard input', '.')
    .option('--dry-run', 'print the migrated recipe and write nothing')
    .allowExcessArguments(false)
    .action(async ({ recipe, dryRun }: MigrateOptions) => {
      const { migrateRecipe } = await import('./migrate-recipe-file.ts');
      migrateRecipe(recipe, dryRun === true);
    });
}
