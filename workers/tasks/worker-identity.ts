/**
 * What a script may see of the machine besides its environments: the C and C++ compilers on PATH, the C
 * library, the system. It is part of the exact key of every task that runs a script, so that a result is
 * never taken over by a worker whose compiler would have made another one.
 */
import { execFile } from 'node:child_process';
import { access, constants, readFile, realpath } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { StageyardError } from '#proto/errors.ts';
import type { HostTool, WorkerIdentity } from '#proto/worker-identity.ts';

/** Tools whose output ends up in packages. */
const HOST_TOOLS = ['cc', 'c++', 'gcc', 'g++', 'clang', 'clang++', 'ld'] as const;
const PROBE_TIMEOUT_MS = 10_000;
const PROBE_OUTPUT_BYTES_MAX = 64 * 1024;

/** What the process says of itself. */
export interface IdentitySource {
  readonly system: string;
  readonly path: string;
  /** `STAGEYARD_IMAGE_DIGEST`: of the container image, said by whoever starts the worker in one. */
  readonly imageDigest?: string | undefined;
}

const IMAGE_DIGEST = /^sha256:[0-9a-f]{64}$/;

function imageDigest(text: string | undefined): { imageDigest?: string } {
  if (text === undefined || text === '') return {};
  if (IMAGE_DIGEST.test(text)) return { imageDigest: text };
  const shown = JSON.stringify(text.slice(0, 100));
  throw new StageyardError(
    'CONFIG_INVALID',
    `STAGEYARD_IMAGE_DIGEST is ${shown}: it must be the digest of the image, sha256: and 64 hex digits`,
  );
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
  // Other systems have none.
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const field = (name: string): string =>
    new RegExp(`^${name}="?([^"\\n]*)"?$`, 'm').exec(text)?.[1] ?? '';
  return `${field('ID')} ${field('VERSION_ID')}`.trim();
}

async function cLibrary(path: string): Promise<string> {
  const getconf = await findOnPath('getconf', path);
  return getconf === undefined ? '' : firstLine(getconf, 'GNU_LIBC_VERSION');
}

/**
 * Looks the machine over once; a few milliseconds for each tool, all at once. Rejects with `CONFIG_INVALID` when what
 * is said to be the image's digest is none.
 */
export async function probeWorkerIdentity(source: IdentitySource): Promise<WorkerIdentity> {
  const image = imageDigest(source.imageDigest);
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
    ...image,
  };
}
