/** `stageyard build`: its command line. The work behind it is loaded when it is called. */
import { type Command, Option } from 'commander';
import { buildFlags, type FlagRow } from '../flag-table.ts';

const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  value,
];

/** One commander option a spelling: a short form and several long forms can't share one. */
export function optionsOf(row: FlagRow): Option[] {
  const names = row.names.split(', ');
  const long = names.filter((name) => name.startsWith('--'));
  const short = names.find((name) => !name.startsWith('--'));
  return long.map((name, index) => {
    const spelled = index === 0 && short !== undefined ? `${short}, ${name}` : name;
    const option = new Option(
      row.argument === undefined ? spelled : `${spelled} ${row.argument}`,
      row.help,
    );
    if (row.argument !== undefined && row.repeatable) option.argParser(collect);
    if (row.status !== 'works' || index > 0) option.hideHelp();
    return option;
  });
}

/** Adds the subcommand. */
export function registerBuild(program: Command): void {
  const command = program
    .command('build')
    .description('build packages from recipes (flags as in rattler-build; docs/flags.md lists all)')
    .allowExcessArguments(false);
  for (const row of buildFlags) for (const option of optionsOf(row)) command.addOption(option);
  command.action(async (values: Record<string, unknown>) => {
    if (values['renderOnly'] === true) {
      const { renderOnly } = await import('./render-only.ts');
      await renderOnly(values);
      return;
    }
    const { runBuild } = await import('./run-build.ts');
    process.exitCode = await runBuild(values);
  });
}
