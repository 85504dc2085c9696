/** `stageyard submit`: hands recipes in and returns; the farm does the rest. Flags as of `build`. */
import type { Command } from 'commander';
import { optionsOf } from '../build/register.ts';
import { buildFlags, flagKey } from '../flag-table.ts';
import type { Flags } from './client-command.ts';

/** What happens on this machine only, or is said otherwise. */
const leftOut = new Set([
  'jobs',
  'buildRoot',
  'markdownSummary',
  'renderOnly',
  'withSolve',
  'force',
  'json',
  'allowAbsoluteLicensePaths',
]);
/** May be given, and changes nothing: a run that was handed in does that anyway. */
const implied = 'continueOnFailure';

/** Adds the subcommand. */
export function registerSubmit(program: Command): void {
  const command = program
    .command('submit')
    .description(
      'hand recipes in to a farm and return (flags as of build); a failed output stops only what needs it',
    )
    .allowExcessArguments(false);
  for (const row of buildFlags) {
    if (leftOut.has(flagKey(row))) continue;
    for (const option of optionsOf(row)) {
      command.addOption(flagKey(row) === implied ? option.hideHelp() : option);
    }
  }
  command.option('--json', 'one JSON object: the run (docs/farm-json.md)');
  command.action(async (flags: Flags) => {
    const { runSubmit } = await import('./run-submit.ts');
    process.exitCode = await runSubmit({ ...flags, farm: flags['farm'] ?? true });
  });
}
