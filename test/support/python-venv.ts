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
const INSTALL_TIMEOUT_MS = 600_000;

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
    await run('python3', ['-m', 'venv', VENV], { timeout: INSTALL_TIMEOUT_MS });
  }
  await run(python, ['-m', 'pip', 'install', '--quiet', ...PEERS], { timeout: INSTALL_TIMEOUT_MS });
  await writeFile(marker, INSTALLED);
  return python;
}

/** Path of a Python that can import the peers. Needs python3 and, the first time, PyPI. */
export async function pythonVenv(): Promise<string> {
  pending ??= make();
  return await pending;
}
