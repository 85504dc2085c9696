/**
 * Real servers for tests: found or built once. In this order: an environment variable, the cache folder
 * (outside the checkout, so that clones share it), `PATH`, then the Go toolchain. When nothing helps, the
 * test fails and the message says what to install.
 */
import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Compiling the larger one takes four minutes on two quiet cores. */
const BUILD_TIMEOUT_MS = 20 * 60_000;
/** A lock of a build that nobody works on any more. */
const STALE_LOCK_MS = BUILD_TIMEOUT_MS + 60_000;
const LOCK_PAUSE_MS = 500;

/** A server and where to get it. */
export interface WantedServer {
  /** File name of the program. */
  readonly program: string;
  /** Environment variable that names one. */
  readonly variable: string;
  /** Go module with version. */
  readonly module: string;
  /** Shown before it is built. */
  readonly duration: string;
  /** Of a program in `PATH`: another version is passed over. */
  readonly accepts: (versionText: string) => boolean;
}

const pending = new Map<string, Promise<string>>();

/** Path of the program. Rejects with what to install. */
export function serverBinary(wanted: WantedServer): Promise<string> {
  const known = pending.get(wanted.program) ?? locate(wanted);
  pending.set(wanted.program, known);
  return known;
}

async function locate(wanted: WantedServer): Promise<string> {
  const named = process.env[wanted.variable];
  if (named !== undefined && named !== '') {
    if (!existsSync(named)) throw new Error(`${wanted.variable} names ${named}, which isn't there`);
    return named;
  }
  const cached = join(cacheDirectory(), versionedName(wanted));
  if (existsSync(cached)) return cached;
  return inPath(wanted) ?? (await builtOnce(wanted, cached));
}

function cacheDirectory(): string {
  const base = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return join(base, 'stageyard', 'servers');
}

/** Another version is another file: the name is the marker of a complete build. */
function versionedName({ program, module }: WantedServer): string {
  return `${program}-${module.slice(module.lastIndexOf('@') + 1)}`;
}

function inPath({ program, accepts }: WantedServer): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders
    .map((folder) => join(folder, program))
    .find(
      (path) =>
        existsSync(path) &&
        accepts(spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout ?? ''),
    );
}

/** Test files run in processes of their own: one builds, the others wait for it. */
async function builtOnce(wanted: WantedServer, path: string): Promise<string> {
  await mkdir(cacheDirectory(), { recursive: true });
  const lock = `${path}.lock`;
  for (;;) {
    if (existsSync(path)) return path;
    if (await lockTaken(lock)) break;
    await new Promise((resolve) => setTimeout(resolve, LOCK_PAUSE_MS));
  }
  try {
    await build(wanted, path);
    return path;
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

async function lockTaken(lock: string): Promise<boolean> {
  try {
    await mkdir(lock);
    return true;
  } catch {
    const found = await stat(lock).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > STALE_LOCK_MS) {
      await rm(lock, { recursive: true, force: true });
    }
    return false;
  }
}

async function build(wanted: WantedServer, path: string): Promise<void> {
  const { program, module, duration, variable } = wanted;
  process.stderr.write(`building ${program} once (${duration}, needs Go); or set ${variable}\n`);
  const scratch = await mkdtemp(join(cacheDirectory(), `${program}-`));
  try {
    const env = { ...process.env, GOBIN: scratch, GOFLAGS: '-trimpath', CGO_ENABLED: '0' };
    await run('go', ['install', module], { env, timeout: BUILD_TIMEOUT_MS });
    await rename(join(scratch, program), path);
  } catch (error) {
    throw new Error(helpText(wanted, error), { cause: error });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function helpText({ program, module, variable }: WantedServer, error: unknown): string {
  const why = error instanceof Error ? error.message.trim().split('\n').slice(-3).join(' ') : '';
  return [
    `these tests need ${program}, and it could not be built: ${why}`,
    `install Go 1.21 or newer (with access to a Go module proxy) and run the tests again,`,
    `or run \`go install ${module}\` elsewhere and set ${variable}=/path/to/${program}`,
  ].join('\n');
}
