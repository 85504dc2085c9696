/**
 * Settings of a process from a file, the environment and flags, in that order of strength upwards. Everything that is
 * wrong is told at once. Secrets never come from flags: others see a process's flags.
 *
 *     farm.yaml   nats: {servers: nats://bus:4222}      weakest
 *     environment STAGEYARD_NATS_SERVERS=nats://bus:4222
 *     flag        --nats-servers nats://bus:4222         strongest
 */
import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';
import { StageyardError } from '#proto/errors.ts';

/** A configuration is a page, not a book. */
const FILE_SIZE_BYTES_MAX = 256 * 1024;
/** Names this similar are meant. */
const SIMILAR_DISTANCE_MAX = 3;

/** Reads a setting's text; a string answer says what is wrong with it. */
export type SettingReader<T> = (text: string) => { readonly value: T } | string;

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

/** Values by the names of the table; undefined where nobody set one. */
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
  /** Keys of the file that other programs of the farm read. */
  readonly foreignKeys: ReadonlySet<string>;
}

interface Found {
  readonly text: string;
  readonly where: string;
}

/** `STAGEYARD_NATS_SERVERS` of `nats.servers`. */
export function variableOf(key: string): string {
  return `STAGEYARD_${key.replaceAll(/[.-]/g, '_').toUpperCase()}`;
}

/** `--nats-servers` of `nats.servers`. */
export function flagOf(key: string): string {
  return `--${key.replaceAll('.', '-')}`;
}

/** Commander's name of the flag: `natsServers`. */
function flagName(key: string): string {
  return key.replaceAll(/[.-]([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** Reads all settings of a table. Throws `CONFIG_INVALID` with every problem there is. */
export function readSettings<T extends SettingTable>(
  table: T,
  sources: SettingSources,
): SettingValues<T> {
  const problems: string[] = [];
  const inFile = fileSettings(sources.file, problems);
  const known = new Set(Object.values(table).map(({ key }) => key));
  for (const [key, { where }] of inFile) {
    if (!known.has(key) && !sources.foreignKeys.has(key))
      problems.push(unknownKey(key, where, known));
  }
  const values = Object.entries(table).map(([name, setting]) => {
    const found = foundOf(setting, sources, inFile);
    return [name, found === undefined ? undefined : valueOf(setting, found, problems)];
  });
  if (problems.length > 0) {
    const head = problems.length === 1 ? '' : `${problems.length} settings are wrong:\n`;
    throw new StageyardError('CONFIG_INVALID', head + problems.join('\n'));
  }
  return Object.fromEntries(values) as SettingValues<T>;
}

function foundOf(
  { key, isSecret }: Setting<unknown>,
  { environment, flags }: SettingSources,
  inFile: ReadonlyMap<string, Found>,
): Found | undefined {
  const flag = isSecret === true ? undefined : flags[flagName(key)];
  if (flag !== undefined) return { text: flagText(flag), where: flagOf(key) };
  const variable = environment[variableOf(key)];
  if (variable !== undefined && variable !== '') return { text: variable, where: variableOf(key) };
  return inFile.get(key);
}

function flagText(value: unknown): string {
  return Array.isArray(value) ? value.map(String).join(',') : String(value);
}

function valueOf(setting: Setting<unknown>, { text, where }: Found, problems: string[]): unknown {
  const read = setting.read(text);
  if (typeof read !== 'string') return read.value;
  const shown = setting.isSecret === true ? '' : ` ${JSON.stringify(text)}`;
  problems.push(`${where}:${shown} ${read}`);
  return undefined;
}

function unknownKey(key: string, where: string, known: ReadonlySet<string>): string {
  const [nearest] = [...known]
    .map((name) => ({ name, distance: distance(name, key) }))
    .toSorted((a, b) => a.distance - b.distance);
  const isSimilar = nearest !== undefined && nearest.distance <= SIMILAR_DISTANCE_MAX;
  return `${where}: unknown setting ${key}${isSimilar ? `; ${nearest.name} is meant?` : ''}`;
}

/** Edits from one text to the other (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [above, letter] of [...a].entries()) {
    const next = [above + 1];
    for (const [left, other] of [...b].entries()) {
      const replaced = (row[left] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[left + 1] ?? 0) + 1, (next[left] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** Scalars and lists of the file by dotted key. */
function fileSettings(path: string | undefined, problems: string[]): ReadonlyMap<string, Found> {
  const found = new Map<string, Found>();
  if (path === undefined) return found;
  const lines = new LineCounter();
  const document = parseDocument(fileText(path), { lineCounter: lines });
  for (const error of document.errors) {
    problems.push(`${path}:${error.linePos?.[0].line ?? 1}: ${error.message.split('\n')[0] ?? ''}`);
  }
  if (document.errors.length > 0) return found;
  const lineOf = (keys: readonly string[]): number => {
    const range = (document.getIn(keys, true) as { range?: readonly number[] } | undefined)?.range;
    return range?.[0] === undefined ? 1 : lines.linePos(range[0]).line;
  };
  const content: unknown = document.toJS({ maxAliasCount: 0 });
  collect(content ?? {}, [], (keys, text) => {
    const where = `${path}:${lineOf(keys)}`;
    const key = keys.join('.');
    if (text === undefined)
      problems.push(`${where}: ${key || 'the file'} must be a text, number, list or section`);
    else found.set(key, { text, where });
  });
  return found;
}

function collect(
  value: unknown,
  keys: readonly string[],
  take: (keys: readonly string[], text: string | undefined) => void,
): void {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const [key, member] of Object.entries(value)) collect(member, [...keys, key], take);
    return;
  }
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  const isPlain = items.every((item) => ['string', 'number', 'boolean'].includes(typeof item));
  take(keys, isPlain && keys.length > 0 ? items.map(String).join(',') : undefined);
}

function fileText(path: string): string {
  try {
    const bytes = readFileSync(path);
    if (bytes.length > FILE_SIZE_BYTES_MAX) {
      throw new StageyardError('CONFIG_INVALID', `${path}: too large for a configuration`);
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof StageyardError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new StageyardError('CONFIG_INVALID', `${path}: the configuration can't be read: ${why}`, {
      cause: error,
    });
  }
}
