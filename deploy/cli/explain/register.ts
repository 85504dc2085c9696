/** `stageyard explain`: its command line. The work behind it is loaded when it is called. */
import type { Command } from 'commander';
import { optionsOf } from '../build/register.ts';
import { buildFlags, flagKey } from '../flag-table.ts';

/** Flags of `build` that decide what is rendered; they mean the same here. */
const RENDERING_FLAGS: ReadonlySet<string> = new Set([
  'recipe',
  'recipeDir',
  'upTo',
  'channel',
  'variantConfig',
  'variant',
  'ignoreRecipeVariants',
  'buildPlatform',
  'targetPlatform',
  'hostPlatform',
  'buildNumber',
  'buildStringPrefix',
  'strict',
  'experimental',
]);

const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  value,
];

/** Adds the subcommand. */
export function registerExplain(program: Command): void {
  const command = program
    .command('explain')
    .description('say which values the hash of an output covers, and where the recipe reads them')
    .argument('<output>', 'name of a package, or NAME-VERSION-BUILD for one of its variants')
    .option('--against <file>', 'compare with a rendering that --render-only printed')
    .option(
      '--against-variant <key=values>',
      'compare with a rendering for these values; repeatable',
      collect,
    )
    .option('--json', 'one JSON list')
    .allowExcessArguments(false);
  for (const row of buildFlags) {
    if (!RENDERING_FLAGS.has(flagKey(row))) continue;
    for (const option of optionsOf(row)) command.addOption(option);
  }
  command.action(async (output: string, values: Record<string, unknown>) => {
    const { runExplain } = await import('./run-explain.ts');
    runExplain(output, values);
  });
}
