/**
 * A Python with the peers that differential tests compare with. Made once below `.cache/venv` (git-ignored);
 * a marker file written last says that it is complete, so an interrupted installation starts again.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Peers, pinned: another version renders other hashes. */
const PEERS = [
  'py-rattler-build==0.73.0',
  'py-rattler==0.28.0',
  'zstandard==0.25.0',
  'wasmtime==50.0.1',
];
/** What the marker file says when all of them are there. */
const INSTALLED = `${PEERS.join('\n')}\n`;
const ROOT = join(import.meta.dirname, '../..');
const VENV = join(ROOT, '.cache/venv');
const STEP_TIMEOUT_MS = 600_000;
/** A connection that stands still is given up and tried again; nothing asks. */
const PIP_WORDS = [
  'install',
  '--quiet',
  '--no-input',
  '--disable-pip-version-check',
  '--timeout=30',
  '--retries=3',
];

let pending: Promise<string> | undefined;

async function make(): Promise<string> {
  const python = join(VENV, 'bin/python');
  const marker = join(VENV, 'peers-installed');
  const known = existsSync(marker) ? await readFile(marker, 'utf8') : undefined;
  if (known === INSTALLED) return python;
  // Older peers are added to; what was interrupted starts again.
  if (known === undefined) {
    await rm(VENV, { recursive: true, force: true });
    await mkdir(join(ROOT, '.cache'), { recursive: true });
    await step('python3', ['-m', 'venv', VENV]);
  }
  await step(python, ['-m', 'pip', ...PIP_WORDS, ...PEERS]);
  await writeFile(marker, INSTALLED);
  return python;
}

async function step(program: string, words: readonly string[]): Promise<void> {
  process.stderr.write(`making the Python of the peers: ${words.slice(0, 3).join(' ')} …\n`);
  try {
    await run(program, words, { timeout: STEP_TIMEOUT_MS, killSignal: 'SIGKILL' });
  } catch (error) {
    const wasKilled = error instanceof Error && 'killed' in error && error.killed === true;
    const why = wasKilled ? `not done after ${STEP_TIMEOUT_MS / 1000} s` : String(error);
    throw new Error(`the Python of the peers could not be made: ${why}`, { cause: error });
  }
}

/** Path of a Python that can import the peers. Needs python3 and, the first time, PyPI. */
export async function pythonVenv(): Promise<string> {
  pending ??= make();
  return await pending;
}
