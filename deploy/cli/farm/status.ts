/** `stageyard status` and `stageyard workers`: how things stand on a farm. */
import type { Command } from 'commander';
import { addClientCommand, findRun, type Flags, withClient } from './client-command.ts';
import { runLines, statusLines, workerLines } from './status-text.ts';

/** Runs that are listed. */
const LISTED_RUNS = 50;

/** Adds the subcommands. */
export function registerStatus(program: Command): void {
  const json = 'one JSON object';
  addClientCommand(program, {
    words: 'status [run]',
    description: 'list the runs of a farm, or the tasks of one run',
    json,
  }).action((run: string | undefined, flags: Flags) =>
    run === undefined ? listRuns(flags) : showRun(run, flags),
  );
  addClientCommand(program, {
    words: 'workers',
    description: 'list the workers of a farm and what they do',
    json,
  }).action(listWorkers);
}

function listRuns(flags: Flags): Promise<void> {
  return withClient(flags, 0, async ({ client, isJson, colors, print }) => {
    const runs = await client.runs(LISTED_RUNS);
    const lines = isJson
      ? [JSON.stringify({ runs })]
      : runLines(runs, { colors, nowMs: Date.now() });
    print(`${lines.join('\n')}\n`);
    return 0;
  });
}

function showRun(name: string, flags: Flags): Promise<void> {
  return withClient(flags, 0, async ({ client, isJson, colors, print }) => {
    const status = await client.run(await findRun(client, name));
    const lines = isJson
      ? [JSON.stringify(status)]
      : statusLines(status, { colors, nowMs: Date.now() });
    print(`${lines.join('\n')}\n`);
    return 0;
  });
}

function listWorkers(flags: Flags): Promise<void> {
  return withClient(flags, 0, async ({ client, isJson, colors, print }) => {
    const status = await client.farm();
    const lines = isJson
      ? [JSON.stringify(status)]
      : workerLines(status, { colors, nowMs: Date.now() });
    print(`${lines.join('\n')}\n`);
    return 0;
  });
}
