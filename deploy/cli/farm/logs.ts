/** `stageyard logs`: what scripts wrote, of one task or of all; `-f` follows. */
import { once } from 'node:events';
import type { Command } from 'commander';
import type { RunId, TaskId } from '#proto/ids.ts';
import type { TaskNews } from '#proto/ports/task-reporter.ts';
import { isTerminal } from '#coordinator/core/state.ts';
import type { TaskView } from '#coordinator/shell/run-events.ts';
import { FARM_PATIENCE_MS } from '../../farm-client/farm-client.ts';
import { FollowedLog } from '../../farm-client/followed-log.ts';
import { printable } from '../present/text.ts';
import {
  addClientCommand,
  type ClientSession,
  findRun,
  findTask,
  type Flags,
  withClient,
} from './client-command.ts';

/** Adds the subcommand. */
export function registerLogs(program: Command): void {
  addClientCommand(program, {
    words: 'logs <run> [task]',
    description: 'print the logs of a run’s scripts, of one task or of all',
    json: 'one JSON object for each line',
  })
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
  const run = await findRun(session.client, name);
  const { tasks } = await session.client.run(run);
  const only = task === undefined ? undefined : findTask(tasks, task);
  const printer = new LogPrinter(session, { run, isPrefixed: follows && only === undefined });
  if (follows) await follow(session, printer, { run, only });
  else await printKnown(session, printer, { tasks, only });
  return 0;
}

/** What there is now. */
async function printKnown(
  session: ClientSession,
  printer: LogPrinter,
  { tasks, only }: { readonly tasks: readonly TaskView[]; readonly only: TaskView | undefined },
): Promise<void> {
  if (only !== undefined) await printer.look(only);
  else for (const view of tasks) await printAfterHead(session, printer, view);
  const views = only === undefined ? tasks : [only];
  if (!printer.hasBegun) return session.say(silence(views));
  for (const view of views.filter(({ phase }) => phase === 'running'))
    session.say(`${nameOf(view)} runs: these are its last lines; -f follows`);
}

async function printAfterHead(
  session: ClientSession,
  printer: LogPrinter,
  view: TaskView,
): Promise<void> {
  if (view.epoch === 0 || view.result?.reused === true) return;
  if (!session.isJson) session.print(session.colors.bold(`==> ${nameOf(view)}\n`));
  await printer.look(view);
}

/** Follows until the run, or its only task of interest, is over. */
async function follow(
  session: ClientSession,
  printer: LogPrinter,
  { run, only }: { readonly run: RunId; readonly only: TaskView | undefined },
): Promise<void> {
  let isFirst = true;
  for await (const event of session.client.events(run)) {
    if (event.kind === 'finished') return;
    if (event.kind === 'news') {
      if (only === undefined || event.task === only.id) await printer.hear(event.task, event.news);
      continue;
    }
    const told = event.kind === 'opened' ? event.tasks : [event.task];
    const views = told.filter(({ id }) => only === undefined || id === only.id);
    for (const view of views) await printer.look(view);
    if (isFirst && !printer.hasBegun)
      session.say(`${silence(views)}${views.every(isTerminal) ? '' : '; waiting'}`);
    isFirst = false;
    if (only !== undefined && views.some(isTerminal)) return;
  }
}

/** Of a run or a task: why nothing is shown. */
function silence(views: readonly TaskView[]): string {
  if (views.every(({ result }) => result?.reused === true))
    return 'no script ran: what was built before is reused';
  const [first] = views.filter(({ phase }) => phase === 'running').concat(views);
  if (first === undefined || views.every(isTerminal)) return 'no script wrote anything';
  const more = views.length > 1 ? `, ${views.length - 1} other tasks` : '';
  return `no script has written anything yet (${nameOf(first)}: ${first.phase}${more})`;
}

/** Prints logs of a run's tasks, each line once. */
class LogPrinter {
  readonly #session: ClientSession;
  readonly #run: RunId;
  readonly #isPrefixed: boolean;
  readonly #logs = new Map<TaskId, FollowedLog>();
  readonly #names = new Map<TaskId, string>();

  constructor(
    session: ClientSession,
    { run, isPrefixed }: { readonly run: RunId; readonly isPrefixed: boolean },
  ) {
    this.#session = session;
    this.#run = run;
    this.#isPrefixed = isPrefixed;
  }

  get hasBegun(): boolean {
    return [...this.#logs.values()].some(({ hasBegun }) => hasBegun);
  }

  async hear(task: TaskId, news: TaskNews): Promise<void> {
    if (news.kind !== 'line' || news.at === undefined) return;
    await this.#logOf(task).hear(news.text, news.at);
  }

  async look(view: TaskView): Promise<void> {
    this.#names.set(view.id, nameOf(view));
    await this.#logOf(view.id).look(view);
  }

  #logOf(task: TaskId): FollowedLog {
    const { client } = this.#session;
    const log =
      this.#logs.get(task) ??
      new FollowedLog({
        client,
        run: this.#run,
        task,
        onLine: (text) => this.#print(task, text),
        onMissing: (count) => this.#tellMissing(task, count),
      });
    this.#logs.set(task, log);
    return log;
  }

  async #print(task: TaskId, text: string): Promise<void> {
    const { isJson, print, colors } = this.#session;
    const prefix = this.#isPrefixed ? colors.dim(`${this.#names.get(task) ?? task} | `) : '';
    print(isJson ? `${JSON.stringify({ task, text })}\n` : `${prefix}${shown(text)}\n`);
    if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain');
  }

  #tellMissing(task: TaskId, count: number | undefined): void {
    const { isJson, print, say } = this.#session;
    const name = this.#names.get(task) ?? task;
    if (isJson) return print(`${JSON.stringify({ task, missing: count ?? null })}\n`);
    say(
      count === undefined
        ? `the log of an attempt of ${name} breaks off here: its end was not kept`
        : `${count} line${count === 1 ? '' : 's'} of ${name} are missing here; once it is over, stageyard logs ${this.#run} ${task} has them`,
    );
  }
}

function nameOf({ kind, title }: TaskView): string {
  return `${kind} ${printable(title)}`;
}

/** A log of a script must not move the cursor; in a file or a pipe it stays as it is. */
function shown(text: string): string {
  return process.stdout.isTTY === true ? printable(text) : text;
}
