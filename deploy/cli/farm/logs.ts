/** `stageyard logs`: what scripts wrote, of one task or of all; `-f` follows. */
import { once } from 'node:events';
import type { Command } from 'commander';
import { StageyardError, wrapError } from '#proto/errors.ts';
import type { RunId } from '#proto/ids.ts';
import type { TaskView } from '#coordinator/shell/run-events.ts';
import { FARM_PATIENCE_MS } from '../../farm-client/farm-client.ts';
import { linesOf } from '../../farm-client/lines.ts';
import { outliveReader } from '../build/views.ts';
import { printable } from '../present/text.ts';
import {
  addClientCommand,
  type ClientSession,
  findRun,
  findTask,
  type Flags,
  withClient,
} from './client-command.ts';

/** Longest line of a log. */
const LINE_BYTES_MAX = 16 * 1024 * 1024;

/** Adds the subcommand. */
export function registerLogs(program: Command): void {
  addClientCommand(
    program,
    'logs <run> [task]',
    'print the logs of a run’s scripts, of one task or of all',
  )
    .option('-f, --follow', 'go on with what scripts write, until the task (or the run) is over')
    .action((name: string, task: string | undefined, { follow, ...flags }: Flags) => {
      const follows = follow === true;
      return withClient(flags, follows ? FARM_PATIENCE_MS : 0, (session) =>
        printLogs(session, { name, task, follows }),
      );
    });
}

interface Wish {
  readonly name: string;
  readonly task: string | undefined;
  readonly follows: boolean;
}

async function printLogs(session: ClientSession, { name, task, follows }: Wish): Promise<number> {
  outliveReader();
  const run = await findRun(session.client, name);
  const { tasks } = await session.client.run(run);
  if (task !== undefined) await printOne(session, run, { view: findTask(tasks, task), follows });
  else if (follows) await followAll(session, run);
  else await printAll(session, run, tasks);
  return 0;
}

/** A connection that breaks while a script runs is made again; its last lines then come twice. */
async function printOne(
  session: ClientSession,
  run: RunId,
  { view, follows }: { readonly view: TaskView; readonly follows: boolean },
): Promise<void> {
  for (;;) {
    const { isWhole, chunks } = await session.client.log(run, view.id, { follows });
    if (!isWhole && !follows && view.phase === 'running')
      session.say('the task runs: these are its last lines; -f follows');
    try {
      for await (const line of linesOf(chunks, LINE_BYTES_MAX)) await write(session, view, line);
      return;
    } catch (error) {
      if (!follows || error instanceof StageyardError) throw error;
      session.say(
        `${wrapError(error, 'the log broke off').message}; lines may be missing or come again`,
      );
    }
  }
}

async function printAll(
  session: ClientSession,
  run: RunId,
  tasks: readonly TaskView[],
): Promise<void> {
  for (const view of tasks.filter(({ epoch, result }) => epoch > 0 && result?.reused !== true)) {
    if (!session.isJson)
      session.print(session.colors.bold(`==> ${view.kind} ${printable(view.title)}\n`));
    await printOne(session, run, { view, follows: false });
  }
}

async function followAll(session: ClientSession, run: RunId): Promise<void> {
  const views = new Map<string, TaskView>();
  for await (const event of session.client.events(run)) {
    if (event.kind === 'opened') for (const view of event.tasks) views.set(view.id, view);
    if (event.kind !== 'news' || event.news.kind !== 'line') continue;
    const view = views.get(event.task);
    if (view === undefined) continue;
    if (!session.isJson)
      session.print(session.colors.dim(`${view.kind} ${printable(view.title)} | `));
    await write(session, view, event.news.text);
  }
}

async function write(session: ClientSession, { id }: TaskView, text: string): Promise<void> {
  session.print(session.isJson ? `${JSON.stringify({ task: id, text })}\n` : `${shown(text)}\n`);
  if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain');
}

/** A log of a script must not move the cursor; in a file or a pipe it stays as it is. */
function shown(text: string): string {
  return process.stdout.isTTY === true ? printable(text) : text;
}
