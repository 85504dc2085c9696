/**
 * What a script may see of the machine besides its environments: the C and C++ compilers on PATH, the C
 * library, the system. It is part of the exact key of every task that runs a script, so that a result is
 * never taken over by a worker whose compiler would have made another one.
 */
import { execFile } from 'node:child_process';
import { access, constants, readFile, realpath } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

/** Tools whose output ends up in packages. */
const HOST_TOOLS = ['cc', 'c++', 'gcc', 'g++', 'clang', 'clang++', 'ld'] as const;
const PROBE_TIMEOUT_MS = 10_000;
const PROBE_OUTPUT_BYTES_MAX = 64 * 1024;

/** One tool as found. */
export interface HostTool {
  readonly name: string;
  /** Resolved through links. */
  readonly path: string;
  /** First line of `--version`. */
  readonly version: string;
}

/** Sorted by name where it is a list; plain JSON. */
export interface WorkerIdentity {
  /** `linux x64`, as Node names them. */
  readonly system: string;
  /** `debian 12`, from os-release; empty where there is none. */
  readonly distribution: string;
  /** `glibc 2.36`; empty elsewhere. */
  readonly cLibrary: string;
  readonly tools: readonly HostTool[];
}

/** What the process says of itself. */
export interface IdentitySource {
  readonly system: string;
  readonly path: string;
}

async function firstLine(file: string, word: string): Promise<string> {
  try {
    const { stdout, stderr } = await promisify(execFile)(file, [word], {
      timeout: PROBE_TIMEOUT_MS,
      maxBuffer: PROBE_OUTPUT_BYTES_MAX,
      env: { LC_ALL: 'C' },
    });
    return `${stdout}${stderr}`.split('\n')[0]?.trim() ?? '';
  } catch {
    // A tool that can't say its version is known by its path alone.
    return '';
  }
}

async function findOnPath(name: string, path: string): Promise<string | undefined> {
  for (const directory of path.split(delimiter).filter((entry) => entry.startsWith('/'))) {
    const candidate = join(directory, name);
    const isThere = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return candidate;
  }
  return undefined;
}

async function probeTool(name: string, path: string): Promise<HostTool | undefined> {
  const found = await findOnPath(name, path);
  if (found === undefined) return undefined;
  return { name, path: await realpath(found), version: await firstLine(found, '--version') };
}

async function distribution(): Promise<string> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const field = (name: string): string =>
    new RegExp(`^${name}="?([^"\\n]*)"?$`, 'm').exec(text)?.[1] ?? '';
  return `${field('ID')} ${field('VERSION_ID')}`.trim();
}

async function cLibrary(path: string): Promise<string> {
  const getconf = await findOnPath('getconf', path);
  return getconf === undefined ? '' : firstLine(getconf, 'GNU_LIBC_VERSION');
}

/** Looks the machine over once; a few milliseconds for each tool, all at once. */
export async function probeWorkerIdentity(source: IdentitySource): Promise<WorkerIdentity> {
  const [tools, system, library] = await Promise.all([
    Promise.all(HOST_TOOLS.map((name) => probeTool(name, source.path))),
    distribution(),
    cLibrary(source.path),
  ]);
  return {
    system: source.system,
    distribution: system,
    cLibrary: library,
    tools: tools
      .filter((tool) => tool !== undefined)
      .toSorted((left, right) => (left.name < right.name ? -1 : 1)),
  };
}
