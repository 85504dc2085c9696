/** `stageyard schema`: the JSON schema of recipes, for editors. */
import type { Command } from 'commander';

/** Adds the subcommand. */
export function registerSchema(program: Command): void {
  program
    .command('schema')
    .description('print the JSON schema of recipes, for editors (docs/recipe.schema.json)')
    .allowExcessArguments(false)
    .action(async () => {
      const { recipeSchemaText } = await import('#coordinator/render/recipe-schema.ts');
      process.stdout.write(recipeSchemaText());
    });
}
