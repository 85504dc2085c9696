/**
 * A package of the machine's own libraries, written by us and by rattler-build's package writer at the
 * same level: both select, search for the prefix, hash, compress and write metadata, each in a process
 * of its own. CPU time is compared (theirs compresses with all cores), start of the process included.
 */
import { execFile } from 'node:child_process';
import { copyFileSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { listTree } from '#workers/package/file-tree.ts';
import type { BenchResult } from './bench-result.ts';
import { pythonVenv } from '../support/python-venv.ts';

const MEBIBYTE = 1024 * 1024;
const TREE_BYTES = 150 * MEBIBYTE;
const ROOT = '/usr/lib';
const PACKING_MS_MAX = 300_000;
const LEVELS = [1, 9];

interface Measures {
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly peakMebibytes: number;
  readonly sizeBytes: number;
}

/** Copies files of the machine until there is enough; answers how much. */
function fillTree(tree: string): number {
  let total = 0;
  // Links to directories are not entered: /usr/lib has some that lead in circles.
  for (const { path: name, kind } of listTree(ROOT)) {
    if (kind !== 'file') continue;
    const stat = lstatSync(join(ROOT, name), { throwIfNoEntry: false });
    if (stat === undefined || total + stat.size > TREE_BYTES) continue;
    mkdirSync(dirname(join(tree, name)), { recursive: true });
    copyFileSync(join(ROOT, name), join(tree, name));
    total += stat.size;
  }
  return total;
}

async function measured(program: string, args: readonly string[]): Promise<Measures> {
  const { stdout } = await promisify(execFile)(program, args, {
    maxBuffer: MEBIBYTE,
    timeout: PACKING_MS_MAX,
  });
  return JSON.parse(stdout) as Measures;
}

function add(result: BenchResult, level: number, made: { ours: Measures; theirs: Measures }): void {
  const { ours, theirs } = made;
  result.ratios[`CPU against rattler-build, level ${level}`] = theirs.cpuSeconds / ours.cpuSeconds;
  const shown = ({ cpuSeconds, wallSeconds, peakMebibytes, sizeBytes }: Measures): string =>
    `${cpuSeconds.toFixed(1)} s of CPU, ${wallSeconds.toFixed(1)} s, ${Math.round(peakMebibytes)} MiB of memory, ${Math.round(sizeBytes / MEBIBYTE)} MiB packed`;
  result.details[`level ${level}, ours`] = shown(ours);
  result.details[`level ${level}, rattler-build`] = shown(theirs);
}

/** One run per level. */
export async function run(): Promise<BenchResult> {
  const python = await pythonVenv();
  const root = await mkdtemp(join(tmpdir(), 'stageyard-bench-'));
  const result: BenchResult = { name: 'conda-archive', ratios: {}, details: {} };
  try {
    const tree = join(root, 'tree');
    result.details['MiB unpacked'] = Math.round(fillTree(tree) / MEBIBYTE);
    for (const level of LEVELS) {
      const outputs = ['theirs', 'ours'].map((name) => join(root, `${name}-${level}`));
      const [theirDir = '', ourDir = ''] = outputs;
      for (const directory of outputs) mkdirSync(directory);
      const theirScript = join(import.meta.dirname, 'pack_tree.py');
      const theirs = await measured(python, [theirScript, tree, theirDir, String(level)]);
      const ourScript = join(import.meta.dirname, 'pack-tree.ts');
      const ours = await measured(process.execPath, [ourScript, tree, ourDir, String(level)]);
      add(result, level, { ours, theirs });
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  return result;
}
