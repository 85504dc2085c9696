/**
 * What `conda activate` would do, as text for bash (spec 4.2): PATH, CONDA_PREFIX, variables that
 * packages declare, and the packages' own activation scripts. Each prefix goes before what PATH had,
 * so of several the last one is found first. Each is activated as if it were the only one, as rattler-build does:
 * what looks at CONDA_SHLVL must not see the host prefix as an environment to go back to.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StageyardError, systemErrorCode, wrapError } from '#proto/errors.ts';
import { isObject } from './repodata-record.ts';

const STATE_BYTES_MAX = 16 * 1024 ** 2;
const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Conda's way to say that a variable must not be set. */
const UNSET = '***unset***';

/** What to activate, in order: host prefix, then build prefix; or a test's one prefix. */
export interface ActivationRequest {
  /** Absolute paths. */
  readonly prefixes: readonly string[];
  /** Conda platform that the script runs on. */
  readonly platform: string;
}

/** Quotes a text for bash, whatever is in it. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Directories of commands below a prefix, first one first. */
function commandDirectories(prefix: string, platform: string): readonly string[] {
  if (!platform.startsWith('win')) return [join(prefix, 'bin')];
  const below = ['Library/mingw-w64/bin', 'Library/usr/bin', 'Library/bin', 'Scripts', 'bin'];
  return [prefix, ...below.map((directory) => join(prefix, directory))];
}

function listFiles(directory: string, extension: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith(extension))
      .sort()
      .map((name) => join(directory, name));
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw wrapError(error, `while listing ${directory}`, 'ENV_INSTALL_FAILED');
  }
}

function readJson(path: string): unknown {
  let text: string;
  try {
    const bytes = readFileSync(path);
    if (bytes.length > STATE_BYTES_MAX)
      throw new StageyardError('PACKAGE_INVALID', `${path} is too large`);
    text = bytes.toString('utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return {};
    throw wrapError(error, `while reading ${path}`, 'ENV_INSTALL_FAILED');
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw wrapError(error, `${path} is not JSON`, 'PACKAGE_INVALID');
  }
}

function addVariables(variables: Map<string, string>, declared: unknown, path: string): void {
  if (!isObject(declared))
    throw new StageyardError('PACKAGE_INVALID', `${path} does not declare variables`);
  for (const [name, value] of Object.entries(declared)) {
    const isUsable =
      VARIABLE_NAME.test(name) &&
      (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean');
    if (!isUsable)
      throw new StageyardError(
        'PACKAGE_INVALID',
        `${path}: ${JSON.stringify(name)} is not a variable with a text`,
      );
    variables.set(name.toUpperCase(), String(value));
  }
}

/** Declared by packages, then by the environment's own state, which wins. */
function variablesOf(prefix: string): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  for (const path of listFiles(join(prefix, 'etc', 'conda', 'env_vars.d'), '.json')) {
    addVariables(variables, readJson(path), path);
  }
  const statePath = join(prefix, 'conda-meta', 'state');
  const state = readJson(statePath);
  if (isObject(state) && state.env_vars !== undefined)
    addVariables(variables, state.env_vars, statePath);
  return variables;
}

function activateOne(prefix: string, platform: string): string[] {
  const lines = [
    `export PATH=${quote(commandDirectories(prefix, platform).join(':'))}"\${PATH:+:$PATH}"`,
    `export CONDA_PREFIX=${quote(prefix)}`,
    'export CONDA_SHLVL=1',
  ];
  for (const [name, value] of variablesOf(prefix)) {
    lines.push(value === UNSET ? `unset ${name}` : `export ${name}=${quote(value)}`);
  }
  for (const path of listFiles(join(prefix, 'etc', 'conda', 'activate.d'), '.sh')) {
    lines.push(`. ${quote(path)}`);
  }
  return lines;
}

/**
 * The text to source. A prefix that doesn't exist contributes its PATH entry only. Throws
 * `PACKAGE_INVALID` when a package declares variables in a wrong form.
 */
export function activationScript(request: ActivationRequest): string {
  const lines = request.prefixes.flatMap((prefix) => activateOne(prefix, request.platform));
  return lines.map((line) => `${line}\n`).join('');
}
