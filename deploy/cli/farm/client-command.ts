/** What all commands of a farm's clients share: where the farm is, `--json`, and how runs and tasks are named. */
import type { Command } from 'commander';
import { systemClock } from '#proto/adapters/system-clock.ts';
import { StageyardError } from '#proto/errors.ts';
import type { RunId } from '#proto/ids.ts';
import type { TaskView } from '#coordinator/shell/run-events.ts';
import { clientConfig } from '../../config/farm-config.ts';
import { clientSettings } from '../../config/setting-tables.ts';
import { FarmClient, namedRun } from '../../farm-client/farm-client.ts';
import { palette, type Palette, printableLines } from '../present/text.ts';
import { addSettingFlags, sourcesOfProcess } from './setting-flags.ts';

/** Runs that a shortened name is looked up among. */
const KNOWN_RUNS_MAX = 1_000;
/** Names in a message about several that fit. */
const SHOWN_NAMES_MAX = 10;

/** Values of a command's flags. */
export type Flags = Readonly<Record<string, unknown>>;

/** A client for one command, and how it talks. */
export interface ClientSession {
  readonly client: FarmClient;
  readonly isJson: boolean;
  readonly colors: Palette;
  /** Lines on standard output. */
  readonly print: (text: string) => void;
  /** A line for people, on standard error. */
  readonly say: (text: string) => void;
}

/** What is said of arguments, by their names. */
const ARGUMENTS: Readonly<Record<string, string>> = {
  run: 'name of a run, or the beginning of it that only one has',
  task: 'name of an output, or any part of a task’s name that only one has',
};

/** A command as its help tells of it. */
export interface ClientCommand {
  /** With its arguments. */
  readonly words: string;
  readonly description: string;
  /** What `--json` prints. */
  readonly json: string;
}

/** Adds a command with the flags that all of them have. */
export function addClientCommand(
  program: Command,
  { words, description, json }: ClientCommand,
): Command {
  const command = program.command(words).description(description).allowExcessArguments(false);
  for (const argument of command.registeredArguments)
    argument.description = ARGUMENTS[argument.name()] ?? '';
  addSettingFlags(command, clientSettings);
  return command.option('--json', `${json} (docs/farm-json.md)`);
}

/** Runs a command with a client; it is closed afterwards. `patienceMs`: how long a farm that went away is waited for. */
export async function withClient(
  flags: Flags,
  patienceMs: number,
  use: (session: ClientSession) => Promise<number>,
): Promise<void> {
  const say = (text: string): void =>
    void process.stderr.write(`stageyard: ${printableLines(text)}\n`);
  const { json, ...others } = flags;
  const config = clientConfig(sourcesOfProcess(others));
  const client = new FarmClient({ ...config, clock: systemClock, patienceMs, say });
  const isColored = process.stdout.isTTY === true && (process.env['NO_COLOR'] ?? '') === '';
  const print = (text: string): void => void process.stdout.write(text);
  try {
    const session = { client, isJson: json === true, colors: palette(isColored), print, say };
    process.exitCode = await use(session);
  } finally {
    client.close();
  }
}

/** The run of this name or of the only one that begins like it. Rejects with `RUN_UNKNOWN`. */
export async function findRun(client: FarmClient, text: string): Promise<RunId> {
  const asked = namedRun(text);
  const runs = (await client.runs(KNOWN_RUNS_MAX)).map(({ run }) => run);
  const fitting = runs.includes(asked) ? [asked] : runs.filter((run) => run.startsWith(text));
  const [only, ...others] = fitting;
  if (only !== undefined && others.length === 0) return only;
  // An old one may be beyond the list.
  if (only === undefined) return asked;
  throw ambiguous(`run ${text}`, fitting);
}

/** The task of this id, else the output of this name, else the only one whose id or title holds the text. Throws `RUN_UNKNOWN`. */
export function findTask(tasks: readonly TaskView[], text: string): TaskView {
  const exact = tasks.find(({ id }) => id === text);
  if (exact !== undefined) return exact;
  const named = tasks.filter(({ kind, title }) => kind !== 'test' && title.split(' ')[0] === text);
  const fitting =
    named.length > 0
      ? named
      : tasks.filter(({ id, kind, title }) => `${id} ${kind} ${title}`.includes(text));
  const [only, ...others] = fitting;
  if (only !== undefined && others.length === 0) return only;
  const names = (fitting.length > 0 ? fitting : tasks).map(({ id }) => id);
  throw ambiguous(fitting.length > 0 ? `task ${text}` : `no task ${text}`, names);
}

function ambiguous(what: string, names: readonly string[]): StageyardError {
  const shown = names.slice(0, SHOWN_NAMES_MAX).map((name) => `  ${name}`);
  const more =
    names.length > SHOWN_NAMES_MAX ? [`  and ${names.length - SHOWN_NAMES_MAX} more`] : [];
  const head = what.startsWith('no ') ? `there is ${what}; there are` : `${what} may be any of`;
  return new StageyardError('RUN_UNKNOWN', [head, ...shown, ...more].join('\n'));
}
