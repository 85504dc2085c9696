/** `stageyard cancel`, `pause` and `resume`. */
import type { Command } from 'commander';
import { addClientCommand, findRun, type Flags, withClient } from './client-command.ts';
import { standingOf } from './status-text.ts';

const commands = {
  cancel: 'end a run: its scripts are ended, nothing of it begins any more',
  pause: 'begin no more tasks of a run; those that run go on',
  resume: 'go on with a paused run',
} as const;

/** Adds the subcommands. */
export function registerChange(program: Command): void {
  for (const wish of ['cancel', 'pause', 'resume'] as const) {
    addClientCommand(program, {
      words: `${wish} <run>`,
      description: commands[wish],
      json: 'one JSON object: how the run stands then',
    }).action((name: string, flags: Flags) => change(name, wish, flags));
  }
}

function change(name: string, wish: keyof typeof commands, flags: Flags): Promise<void> {
  return withClient(flags, 0, async ({ client, isJson, print }) => {
    const listing = await client.change(await findRun(client, name), wish);
    print(isJson ? `${JSON.stringify(listing)}\n` : `run ${listing.run}: ${standingOf(listing)}\n`);
    return 0;
  });
}
