/**
 * The secrets that a worker of a farm has. Its whole environment is no source: it holds the farm's own
 * credentials, and recipes come from others. A secret is offered where somebody says so, in one of two ways:
 *
 *     STAGEYARD_SECRET_SIGNING_KEY=…      in the worker's environment
 *     SIGNING_KEY: …                      in a YAML file of names and texts
 */
import { open } from 'node:fs/promises';
import { parse } from 'yaml';
import { StageyardError } from '#proto/errors.ts';
import { nameList } from '#proto/task-requests.ts';
import type { SecretSource } from './secret-source.ts';

const VARIABLE_PREFIX = 'STAGEYARD_SECRET_';
/** All variables of a worker's own configuration … */
const OWN_PREFIX = 'STAGEYARD_';
/** … and those of others that it takes its credentials from. */
const OWN_NAMES: ReadonlySet<string> = new Set([
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
]);
const FILE_BYTES_MAX = 1024 * 1024;
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,254}$/;
/** Write permission of group and others. */
const FOREIGN_WRITE = 0o022;

/** A source that says what it has. */
export interface OfferedSecrets extends SecretSource {
  /** Sorted by bytes. */
  readonly names: readonly string[];
}

/** Where a worker's secrets are. */
export interface WorkerSecretsOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Absolute path of the file; absent: only the environment counts. */
  readonly file?: string;
}

/** Reads them once; the environment wins. Rejects with `CONFIG_INVALID`, whose message holds no value. */
export async function readWorkerSecrets(options: WorkerSecretsOptions): Promise<OfferedSecrets> {
  const fromFile = options.file === undefined ? [] : await fileEntries(options.file);
  const values = new Map([...fromFile, ...environmentEntries(options.environment)]);
  return { names: nameList(values.keys()), value: (name) => values.get(name) };
}

/** The environment that a worker gives to what it starts: without its own configuration and credentials. */
export function environmentForScripts(
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const entries = Object.entries(environment).flatMap(([name, value]): [string, string][] =>
    value === undefined || name.startsWith(OWN_PREFIX) || OWN_NAMES.has(name)
      ? []
      : [[name, value]],
  );
  return Object.fromEntries(entries);
}

function environmentEntries(
  environment: WorkerSecretsOptions['environment'],
): readonly [string, string][] {
  return Object.entries(environment).flatMap(([variable, value]): [string, string][] => {
    if (value === undefined || !variable.startsWith(VARIABLE_PREFIX)) return [];
    const name = variable.slice(VARIABLE_PREFIX.length);
    if (!NAME.test(name)) throw invalid(`the variable ${variable} names no secret`);
    return [[name, value]];
  });
}

async function fileEntries(path: string): Promise<readonly [string, string][]> {
  const document = parsed(path, await fileText(path));
  if (document === null) return [];
  if (typeof document !== 'object' || Array.isArray(document))
    throw invalid(`${path}: not a mapping of names to texts`);
  return Object.entries(document).map(([name, value]): [string, string] => {
    if (!NAME.test(name))
      throw invalid(`${path}: ${JSON.stringify(name.slice(0, 80))} is no name of a variable`);
    if (typeof value !== 'string')
      throw invalid(`${path}: the value of ${name} is no text: quote it`);
    return [name, value];
  });
}

async function fileText(path: string): Promise<string> {
  try {
    await using file = await open(path, 'r');
    const { mode, size } = await file.stat();
    if ((mode & FOREIGN_WRITE) !== 0)
      throw invalid(`${path}: others than its owner may write it: chmod go-w ${path}`);
    if (size > FILE_BYTES_MAX)
      throw invalid(`${path}: ${size} bytes, at most ${FILE_BYTES_MAX} are read`);
    return await file.readFile('utf8');
  } catch (error) {
    if (error instanceof StageyardError) throw error;
    const text = error instanceof Error ? error.message : String(error);
    throw invalid(`the secrets file cannot be read: ${text}`);
  }
}

/** A parser's own message quotes the line, which is what must not be shown. */
function parsed(path: string, text: string): unknown {
  try {
    return parse(text, { schema: 'failsafe', maxAliasCount: 0 });
  } catch {
    throw invalid(`${path}: not valid YAML: write one \`NAME: "value"\` a line`);
  }
}

function invalid(message: string): StageyardError {
  return new StageyardError('CONFIG_INVALID', message);
}
