/** `stageyard artifacts`: fetches a run's packages into a channel directory. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { addClientCommand, type Flags, withClient } from './client-command.ts';

/** Adds the subcommand. */
export function registerArtifacts(program: Command): void {
  addClientCommand(program, {
    words: 'artifacts <run>',
    description: 'fetch the packages of a run into a channel directory',
    json: 'one JSON object a line for each package',
  })
    .option('--to <dir>', 'the channel directory', 'output')
    .option('--broken', 'those whose tests failed too, below broken/')
    .option('--force', 'replace packages of the same name and other content')
    .option('--list', 'only tell which packages there are')
    .action(async (name: string, { to, broken, force, list, ...flags }: Flags) => {
      const { runArtifacts } = await import('./run-artifacts.ts');
      const wish = {
        name,
        directory: resolve(String(to)),
        isForced: force === true,
        withBroken: broken === true,
        isList: list === true,
      };
      await withClient(flags, 0, (session) => runArtifacts(session, wish));
    });
}
