/**
 * Real servers for the local farm and for tests: found, or got once. In this order: an environment variable,
 * the cache folder (outside the checkout, so that clones share it), `PATH`, then the server's sources one after
 * the other. When nothing helps, one message says what was tried and what to install.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { onceOnMachine } from './once-on-machine.ts';

/** Where Debian puts servers, which isn't in everybody's `PATH`. */
const MORE_FOLDERS = ['/usr/sbin', '/usr/local/bin'];
const STILL_MS = 30_000;

/** A way to a server that isn't there yet. */
export interface ServerSource {
  /** As it is said before it begins, with how long it takes. */
  readonly title: string;
  /** Of the server that it brings; part of the name in the cache folder. */
  readonly version: string;
  /** Puts the program somewhere below `scratch` and returns its path. */
  readonly obtain: (scratch: string) => Promise<string>;
}

/** A server and where to get it. */
export interface WantedServer {
  /** File name of the program. */
  readonly program: string;
  /** Environment variable that names one. */
  readonly variable: string;
  /** Of a program in `PATH`, what it answers to `--version`: another version is passed over. */
  readonly accepts: (versionText: string) => boolean;
  /** Best first. */
  readonly sources: readonly ServerSource[];
  /** What does without it, for who won't wait until it is got. */
  readonly instead?: string;
  /** Closes the message when no source helps: what a person can do. */
  readonly advice: string;
}

/** Hears what takes a while. */
export type Say = (line: string) => void;

const pending = new Map<string, Promise<string>>();

/** Path of the program. Rejects with what was tried and what to install. */
export function serverBinary(wanted: WantedServer, say: Say = sayOnStderr): Promise<string> {
  const known = pending.get(wanted.variable) ?? locate(wanted, say);
  pending.set(wanted.variable, known);
  return known;
}

/** Path of the program where it is already; undefined: it would have to be got. */
function presentServer(wanted: WantedServer): string | undefined {
  const named = process.env[wanted.variable];
  if (named !== undefined && named !== '') {
    if (!existsSync(named)) throw new Error(`${wanted.variable} names ${named}, which isn't there`);
    return named;
  }
  return (
    wanted.sources.map((source) => cachedPath(wanted, source)).find((path) => existsSync(path)) ??
    inPath(wanted)
  );
}

/** Of programs that belong to no source too. */
export function programInPath(program: string): string | undefined {
  return searchFolders()
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path));
}

function sayOnStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function locate(wanted: WantedServer, say: Say): Promise<string> {
  const present = presentServer(wanted);
  if (present !== undefined) return present;
  const failures: string[] = [];
  for (const source of wanted.sources) {
    try {
      return await obtainedOnce(wanted, source, say);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      failures.push(`${source.title}: ${reason}`);
      say(`${wanted.program}: no luck with ${source.title}: ${reason}`);
    }
  }
  const tried = failures.map((failure) => `\n  ${failure}`).join('');
  throw new Error(
    `${wanted.program} is needed, and it is neither in ${wanted.variable}, ${cacheDirectory()} nor PATH. ` +
      `Tried:${tried}\n${wanted.advice}`,
  );
}

function cacheDirectory(): string {
  const base = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return join(base, 'stageyard', 'servers');
}

/** The name is the marker of a complete program. */
function cachedPath({ program }: WantedServer, { version }: ServerSource): string {
  return join(cacheDirectory(), `${program}-${version}`);
}

function searchFolders(): string[] {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...folders, ...MORE_FOLDERS];
}

function inPath({ program, accepts }: WantedServer): string | undefined {
  return searchFolders()
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path) && accepts(versionText(path)));
}

/** What a server says of itself. */
export function versionText(path: string): string {
  const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: 10_000 });
  return stdout ?? '';
}

async function obtainedOnce(wanted: WantedServer, source: ServerSource, say: Say): Promise<string> {
  const path = cachedPath(wanted, source);
  const make = (scratch: string): Promise<string> => obtain(wanted, { source, scratch, say });
  await onceOnMachine(path, make, () => {
    say(`waiting for another process that gets ${wanted.program}: ${source.title}`);
  });
  return path;
}

async function obtain(
  { program, variable, instead }: WantedServer,
  { source, scratch, say }: { source: ServerSource; scratch: string; say: Say },
): Promise<string> {
  const or = instead === undefined ? '' : `, or ${instead}`;
  say(`getting ${program} once: ${source.title}; or set ${variable}${or}`);
  const startedAtMs = performance.now();
  const still = setInterval(() => {
    say(`still getting ${program} (${Math.round((performance.now() - startedAtMs) / 1000)} s)`);
  }, STILL_MS);
  try {
    return await source.obtain(scratch);
  } finally {
    clearInterval(still);
  }
}
