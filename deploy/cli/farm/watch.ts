/** `stageyard watch`: follows a run as `build` does, from wherever it stands. Ctrl-C ends the watching, not the run. */
import type { Command } from 'commander';
import { FARM_PATIENCE_MS } from '../../farm-client/farm-client.ts';
import { addClientCommand, type Flags, withClient } from './client-command.ts';

/** Adds the subcommand. */
export function registerWatch(program: Command): void {
  addClientCommand(program, {
    words: 'watch <run>',
    description: 'follow a run until it is over; ends as build does',
    json: 'events as those of build, one JSON object a line',
  })
    .option('-v, --verbose', 'every line of every script')
    .option('-q, --quiet', 'only the summary')
    .action(async (name: string, flags: Flags) => {
      const { runWatch } = await import('./run-watch.ts');
      const { verbose: _verbose, quiet: _quiet, ...others } = flags;
      await withClient(others, FARM_PATIENCE_MS, (session) => runWatch(name, flags, session));
    });
}
