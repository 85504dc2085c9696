/**
 * What an unpacked package says about itself: which files to link and how (`paths.json`, or the
 * three older files), how a noarch Python package is completed (`link.json`), what it exports.
 * Everything is checked: these texts decide where files are written.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunExportsJson } from '#proto/conda/package-record.ts';
import { StageyardError, systemErrorCode, wrapError } from '#proto/errors.ts';
import { isObject } from './repodata-record.ts';

/** The prefix that older packages without a stated placeholder were built in. */
const DEFAULT_PLACEHOLDER = '/opt/anaconda1anaconda2anaconda3';
const INFO_FILE_BYTES_MAX = 256 * 1024 ** 2;
const PATH_COUNT_MAX = 4_000_000;
const PATH_LENGTH_MAX = 4096;
const ENTRY_POINT = /^\s*([A-Za-z0-9_.-]+)\s*=\s*([A-Za-z0-9_.]+)\s*:\s*([A-Za-z0-9_.]+)\s*$/;

/** One path of a package. */
export interface PackagePath {
  /** As in the package: `/`-separated, below the prefix. */
  readonly path: string;
  readonly kind: 'file' | 'symlink' | 'directory';
  /** As stated; absent in older packages. */
  readonly sha256?: string;
  readonly sizeBytes?: number;
  /** The path to replace by the prefix, and how. */
  readonly prefix?: { readonly placeholder: string; readonly mode: 'text' | 'binary' };
  /** Never hard-linked. */
  readonly noLink: boolean;
}

/** A command that the installer writes: `command = module:function`. */
export interface EntryPoint {
  readonly command: string;
  readonly module: string;
  readonly attribute: string;
}

/** See the file's head. */
export interface PackageContents {
  /** As listed. */
  readonly paths: readonly PackagePath[];
  readonly isNoarchPython: boolean;
  readonly entryPoints: readonly EntryPoint[];
}

function invalid(directory: string, what: string): StageyardError {
  return new StageyardError('PACKAGE_INVALID', `${directory}: ${what}`);
}

function readInfo(directory: string, name: string): string | undefined {
  try {
    const bytes = readFileSync(join(directory, 'info', name));
    if (bytes.length > INFO_FILE_BYTES_MAX) throw invalid(directory, `info/${name} is too large`);
    return bytes.toString('utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw wrapError(error, `while reading info/${name} of ${directory}`, 'ENV_INSTALL_FAILED');
  }
}

function readInfoJson(directory: string, name: string): unknown {
  const text = readInfo(directory, name);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw wrapError(error, `${directory}: info/${name} is not JSON`, 'PACKAGE_INVALID');
  }
}

/** Refuses what would leave the prefix, and records of other packages. */
function checkPath(directory: string, path: string): string {
  const parts = path.split('/');
  const isSafe =
    path.length > 0 &&
    path.length <= PATH_LENGTH_MAX &&
    !path.includes('\0') &&
    !(process.platform === 'win32' && /[\\:]/.test(path)) &&
    parts.every((part) => part !== '' && part !== '.' && part !== '..');
  if (!isSafe)
    throw invalid(
      directory,
      `the path ${JSON.stringify(path.slice(0, 200))} is not allowed in a package`,
    );
  if (parts[0] === 'conda-meta' && (path.endsWith('.json') || path === 'conda-meta/history')) {
    throw invalid(directory, `${path} would pose as a record of the environment`);
  }
  return path;
}

function kindOf(directory: string, entry: Readonly<Record<string, unknown>>): PackagePath['kind'] {
  const kind = entry.path_type ?? 'hardlink';
  if (kind === 'hardlink') return 'file';
  if (kind === 'softlink') return 'symlink';
  if (kind === 'directory') return 'directory';
  throw invalid(directory, `info/paths.json has the unknown path_type ${JSON.stringify(kind)}`);
}

function prefixOf(
  directory: string,
  entry: Readonly<Record<string, unknown>>,
): Pick<PackagePath, 'prefix'> {
  const placeholder = entry.prefix_placeholder;
  if (placeholder === undefined || placeholder === null || placeholder === '') return {};
  const mode = entry.file_mode ?? 'text';
  if (typeof placeholder !== 'string' || (mode !== 'text' && mode !== 'binary')) {
    throw invalid(
      directory,
      `info/paths.json has an entry with a wrong prefix_placeholder or file_mode`,
    );
  }
  return { prefix: { placeholder, mode } };
}

function decodePath(directory: string, entry: unknown): PackagePath {
  if (!isObject(entry) || typeof entry._path !== 'string') {
    throw invalid(directory, 'info/paths.json has an entry without _path');
  }
  const { sha256, size_in_bytes: size } = entry;
  return {
    path: checkPath(directory, entry._path),
    kind: kindOf(directory, entry),
    ...prefixOf(directory, entry),
    ...(typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256) ? { sha256 } : {}),
    ...(typeof size === 'number' && Number.isSafeInteger(size) && size >= 0
      ? { sizeBytes: size }
      : {}),
    noLink: entry.no_link === true,
  };
}

function readModernPaths(directory: string): readonly PackagePath[] | undefined {
  const json = readInfoJson(directory, 'paths.json');
  if (json === undefined) return undefined;
  if (!isObject(json) || !Array.isArray(json.paths))
    throw invalid(directory, 'info/paths.json has no list of paths');
  if (json.paths_version !== undefined && json.paths_version !== 1) {
    throw invalid(
      directory,
      `info/paths.json has version ${JSON.stringify(json.paths_version)}; only 1 is known`,
    );
  }
  if (json.paths.length > PATH_COUNT_MAX)
    throw invalid(directory, `info/paths.json lists more than ${PATH_COUNT_MAX} paths`);
  return json.paths.map((entry: unknown) => decodePath(directory, entry));
}

function lines(text: string | undefined): readonly string[] {
  return (text ?? '').split(/\r?\n/).filter((line) => line !== '');
}

/** `placeholder mode path`, each possibly quoted, or only `path` (conda's `has_prefix`). */
function parseHasPrefix(
  text: string | undefined,
): ReadonlyMap<string, NonNullable<PackagePath['prefix']>> {
  const found = new Map<string, NonNullable<PackagePath['prefix']>>();
  for (const line of lines(text)) {
    const fields = [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
      (match) => match[1] ?? match[2] ?? match[3] ?? '',
    );
    const [placeholder, mode, path] = fields;
    if (placeholder !== undefined && path !== undefined && (mode === 'text' || mode === 'binary'))
      found.set(path, { placeholder, mode });
    else found.set(line, { placeholder: DEFAULT_PLACEHOLDER, mode: 'text' });
  }
  return found;
}

/** Packages from before `paths.json`; whether a path is a link is decided by what was unpacked. */
function readLegacyPaths(directory: string): readonly PackagePath[] {
  const text = readInfo(directory, 'files');
  if (text === undefined) throw invalid(directory, 'neither info/paths.json nor info/files');
  const prefixes = parseHasPrefix(readInfo(directory, 'has_prefix'));
  const noLink = new Set([
    ...lines(readInfo(directory, 'no_link')),
    ...lines(readInfo(directory, 'no_softlink')),
  ]);
  return lines(text).map((path) => {
    const prefix = prefixes.get(path);
    return {
      path: checkPath(directory, path),
      kind: 'file',
      noLink: noLink.has(path),
      ...(prefix === undefined ? {} : { prefix }),
    };
  });
}

function readLink(directory: string): Pick<PackageContents, 'isNoarchPython' | 'entryPoints'> {
  const json = readInfoJson(directory, 'link.json');
  const noarch = isObject(json) ? json.noarch : undefined;
  if (!isObject(noarch) || noarch.type !== 'python')
    return { isNoarchPython: false, entryPoints: [] };
  const listed: readonly unknown[] = Array.isArray(noarch.entry_points) ? noarch.entry_points : [];
  const entryPoints = listed.map((item) => {
    const [, command, module, attribute] =
      (typeof item === 'string' ? ENTRY_POINT.exec(item) : null) ?? [];
    if (command === undefined || module === undefined || attribute === undefined) {
      throw invalid(directory, `info/link.json: ${JSON.stringify(item)} is not an entry point`);
    }
    return { command, module, attribute };
  });
  return { isNoarchPython: true, entryPoints };
}

/** Reads an unpacked package. Throws `PACKAGE_INVALID` naming the directory and the fault. */
export function readPackageContents(directory: string): PackageContents {
  return {
    paths: readModernPaths(directory) ?? readLegacyPaths(directory),
    ...readLink(directory),
  };
}

function specList(directory: string, value: unknown): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined;
  const list: readonly unknown[] =
    typeof value === 'string' ? [value] : Array.isArray(value) ? value : [null];
  return list.map((item) => {
    if (typeof item === 'string') return item;
    throw invalid(directory, 'info/run_exports.json has a list with something else than texts');
  });
}

/** `info/run_exports.json`; a package without one exports nothing. A bare list means `weak`. */
export function readRunExports(directory: string): RunExportsJson {
  const json = readInfoJson(directory, 'run_exports.json');
  if (json === undefined || json === null) return {};
  if (Array.isArray(json)) return { weak: specList(directory, json) ?? [] };
  if (!isObject(json)) throw invalid(directory, 'info/run_exports.json is not an object');
  const exports: Record<string, readonly string[]> = {};
  for (const key of ['weak', 'strong', 'noarch', 'weak_constrains', 'strong_constrains']) {
    const list = specList(directory, json[key]);
    if (list !== undefined && list.length > 0) exports[key] = list;
  }
  return exports;
}
