/**
 * Settings of a process from a file, the environment and flags, in that order of strength upwards. Everything that is
 * wrong is told at once. Secrets never come from flags: others see a process's flags.
 *
 *     farm.yaml   nats: {servers: nats://bus:4222}      weakest
 *     environment STAGEYARD_NATS_SERVERS=nats://bus:4222
 *     flag        --nats-servers nats://bus:4222         strongest
 *
 * A secret may also lie in a file of its own that a variable names: `STAGEYARD_NATS_PASSWORD_FILE=/run/secrets/nats`.
 */
import { nearestWord } from '#coordinator/render/decode/nearest.ts';
import { StageyardError } from '#proto/errors.ts';
import { readBoundedText, settingsInFile } from './settings-file.ts';

/** Of a secret that lies in a file of its own. */
const SECRET_BYTES_MAX = 64 * 1024;
const PREFIX = 'STAGEYARD_';
const FILE_SUFFIX = '_FILE';
/** Variables of ours that are no settings: names, and beginnings of names. */
const OTHER_VARIABLES = ['CONFIG', 'IMAGE_DIGEST', 'SECRET_', 'TEST_'].map((end) => PREFIX + end);

/** A setting's value, or what its text must be. Relative paths begin at `directory` (empty: the current one). */
export type SettingReader<T> = (text: string, directory: string) => { readonly value: T } | string;

/** One setting. */
export interface Setting<T> {
  /** In the file: `nats.servers` is `servers` below `nats`. The flag is `--nats-servers`. */
  readonly key: string;
  readonly help: string;
  readonly read: SettingReader<T>;
  /** Shown in the help; not used as a value. */
  readonly shownDefault?: string;
  readonly isSecret?: true;
  /** A flag without a value. */
  readonly isSwitch?: true;
}

/** A table of settings. */
export type SettingTable = Readonly<Record<string, Setting<unknown>>>;

/** Values by the names of the table; undefined where nobody set one, or where it is wrong. */
export type SettingValues<T extends SettingTable> = {
  readonly [K in keyof T]: T[K] extends Setting<infer V> ? V | undefined : never;
};

/** Where settings come from. */
export interface SettingSources {
  /** Path of the file; undefined: none. */
  readonly file: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Flags by commander's names (`natsServers`), as given. */
  readonly flags: Readonly<Record<string, unknown>>;
  /** All keys that some program of the farm reads: one file serves all. */
  readonly allKeys: ReadonlySet<string>;
}

/** The text of a setting, and where it stands. */
export interface FoundSetting {
  readonly text: string;
  /** `farm.yaml:3`, a variable or a flag. */
  readonly where: string;
  /** Where relative paths begin. */
  readonly directory: string;
}

/** What was read. */
export interface SettingsRead<T extends SettingTable> {
  readonly values: SettingValues<T>;
  /** In the order of the file, then of the table. The reader adds its own and ends with {@link refuseProblems}. */
  readonly problems: string[];
}

/** `STAGEYARD_NATS_SERVERS` of `nats.servers`. */
export function variableOf(key: string): string {
  return PREFIX + key.replaceAll(/[.-]/g, '_').toUpperCase();
}

/** `--nats-servers` of `nats.servers`. */
export function flagOf(key: string): string {
  return `--${key.replaceAll('.', '-')}`;
}

/** Commander's name of the flag: `natsServers`. */
function flagName(key: string): string {
  return key.replaceAll(/[.-]([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** Reads all settings of a table. */
export function readSettings<T extends SettingTable>(
  table: T,
  sources: SettingSources,
): SettingsRead<T> {
  const { file, environment, allKeys } = sources;
  const problems: string[] = [];
  const inFile = file === undefined ? new Map() : settingsInFile(file, problems);
  for (const [key, { where }] of inFile) {
    if (!allKeys.has(key))
      problems.push(unknown(where, `setting ${key}`, nearestWord(key, [...allKeys])));
  }
  problems.push(...mistypedVariables(environment, allKeys));
  const values = Object.entries(table).map(([name, setting]) => {
    const found = foundOf(setting, sources, { inFile, problems });
    return [name, found === undefined ? undefined : valueOf(setting, found, problems)];
  });
  return { values: Object.fromEntries(values) as SettingValues<T>, problems };
}

/** Throws `CONFIG_INVALID` with all problems, if there are any. */
export function refuseProblems(problems: readonly string[]): void {
  if (problems.length === 0) return;
  const head = problems.length === 1 ? '' : `${problems.length} settings are wrong:\n`;
  throw new StageyardError('CONFIG_INVALID', head + problems.join('\n'));
}

function foundOf(
  { key, isSecret }: Setting<unknown>,
  { environment, flags }: SettingSources,
  { inFile, problems }: { inFile: ReadonlyMap<string, FoundSetting>; problems: string[] },
): FoundSetting | undefined {
  const flag = isSecret === true ? undefined : flags[flagName(key)];
  if (flag !== undefined) return { text: flagText(flag), where: flagOf(key), directory: '' };
  const variable = variableOf(key);
  const text = environment[variable];
  const path = isSecret === true ? environment[variable + FILE_SUFFIX] : undefined;
  if (text && path)
    problems.push(`${variable} and ${variable}${FILE_SUFFIX} are both set: keep one`);
  if (text) return { text, where: variable, directory: '' };
  if (path) return secretInFile(path, variable + FILE_SUFFIX, problems);
  return inFile.get(key);
}

function secretInFile(
  path: string,
  variable: string,
  problems: string[],
): FoundSetting | undefined {
  const where = `${variable} (${path})`;
  const read = readBoundedText(path, SECRET_BYTES_MAX);
  if ('text' in read) return { text: read.text.replace(/\r?\n$/, ''), where, directory: '' };
  problems.push(`${where}: ${read.problem}`);
  return undefined;
}

function flagText(value: unknown): string {
  return Array.isArray(value) ? value.map(String).join(',') : String(value);
}

function valueOf(setting: Setting<unknown>, found: FoundSetting, problems: string[]): unknown {
  const { text, where, directory } = found;
  const read = setting.read(text, directory);
  if (typeof read !== 'string') return read.value;
  const shown = setting.isSecret === true ? '' : ` ${JSON.stringify(withoutLogin(text))}`;
  const key = where === flagOf(setting.key) || where.startsWith(PREFIX) ? '' : ` ${setting.key}`;
  problems.push(`${where}:${key}${shown} ${read}`);
  return undefined;
}

/** Somebody may have put a password into a URL: it is refused, and not shown. */
function withoutLogin(text: string): string {
  return text.replaceAll(/\/\/[^/@,]*@/g, '//…@');
}

function unknown(where: string, what: string, nearest: string | undefined): string {
  const meant = nearest === undefined ? '' : `; ${nearest} is meant?`;
  return `${where}: there is no ${what}${meant}`;
}

/** Other programs may have variables of such names: only those that look like one of ours are told. */
function mistypedVariables(
  environment: SettingSources['environment'],
  allKeys: ReadonlySet<string>,
): readonly string[] {
  const variables = [...allKeys].map(variableOf);
  const endings = variables.map((name) => name.slice(PREFIX.length));
  const known = new Set([...variables, ...variables.map((name) => name + FILE_SUFFIX)]);
  return Object.keys(environment).flatMap((name) => {
    const isOurs = known.has(name) || OTHER_VARIABLES.some((other) => name.startsWith(other));
    if (!name.startsWith(PREFIX) || isOurs) return [];
    const nearest = nearestWord(name.slice(PREFIX.length), endings);
    return nearest === undefined ? [] : [unknown(name, 'such variable', PREFIX + nearest)];
  });
}
