/**
 * A Python with the peers that differential tests compare with. Made once below `.cache/venv` (git-ignored);
 * a marker file written last says that it is complete, so an interrupted installation starts again.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Peers, pinned: another version renders other hashes. */
const PEERS = ['py-rattler-build==0.73.0', 'py-rattler==0.28.0', 'zstandard==0.25.0'];
const ROOT = join(import.meta.dirname, '../..');
const VENV = join(ROOT, '.cache/venv');
const INSTALL_TIMEOUT_MS = 600_000;

let pending: Promise<string> | undefined;

async function make(): Promise<string> {
  const python = join(VENV, 'bin/python');
  const marker = join(VENV, 'peers-installed');
  if (existsSync(marker)) return python;
  await rm(VENV, { recursive: true, force: true });
  await mkdir(join(ROOT, '.cache'), { recursive: true });
  await run('python3', ['-m', 'venv', VENV], { timeout: INSTALL_TIMEOUT_MS });
  await run(python, ['-m', 'pip', 'install', '--quiet', ...PEERS], { timeout: INSTALL_TIMEOUT_MS });
  await writeFile(marker, `${PEERS.join('\n')}\n`);
  return python;
}

/** Path of a Python that can import the peers. Needs python3 and, the first time, PyPI. */
export async function pythonVenv(): Promise<string> {
  pending ??= make();
  return await pending;
}
