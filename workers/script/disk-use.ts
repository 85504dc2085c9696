/** How much space a tree takes, as `du` says: its own process, so that a million files don't hold up everything else. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** A tree that takes longer is not measured. */
const TIMEOUT_MS = 30_000;
const KIB = 1024;

/** Bytes on disk, each file once however many links it has; undefined where `du` is missing or too slow. */
export async function diskUseBytes(directory: string): Promise<number | undefined> {
  const run = promisify(execFile);
  try {
    const { stdout } = await run('du', ['-skx', '--', directory], { timeout: TIMEOUT_MS });
    return kibibytes(stdout);
  } catch (error) {
    // It says so when a file vanished on the way, and gives the sum nonetheless.
    const hasOutput = typeof error === 'object' && error !== null && 'stdout' in error;
    return hasOutput ? kibibytes(String(error.stdout)) : undefined;
  }
}

function kibibytes(output: string): number | undefined {
  const count = /^(\d+)\t/m.exec(output)?.[1];
  return count === undefined ? undefined : Number(count) * KIB;
}
