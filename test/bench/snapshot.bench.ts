/**
 * Capture and restore of 20,000 files, beside `tar` and `zstd -T1` at the same level doing the same: pack
 * two trees into files, unpack them elsewhere. Ours hashes, searches and rewrites on the way and stores
 * durably (the other side's files are synced too). Nothing is removed between rounds: file systems are slow
 * at making files where many have just been removed.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryBlobStore } from '#proto/adapters/directory-blob-store.ts';
import { captureTrees, SNAPSHOT_ZSTD_LEVEL } from '#workers/staging/capture.ts';
import { restoreSnapshot } from '#workers/staging/restore.ts';
import type { BenchResult } from './bench-result.ts';

const PREFIX_FILES = 14_000;
const WORK_FILES = 6_000;
const FILES_PER_DIRECTORY = 50;
/** Best of: the machine may be busy with something else. */
const ROUNDS = 3;

interface Trees {
  readonly prefix: string;
  readonly work: string;
}

/** Sizes as installed software has them: many small texts, some libraries, every tenth with the prefix inside. */
function contentOf(index: number, trees: Trees, noise: Buffer): Buffer {
  const sizeBytes = index % 100 === 0 ? 400_000 : 500 + ((index * 7919) % 12_000);
  const start = (index * 104_729) % (noise.length / 2);
  const body = noise.subarray(start, start + sizeBytes);
  if (index % 10 !== 0) return body;
  return Buffer.concat([Buffer.from(`prefix=${trees.prefix}\nsource=${trees.work}/src\n`), body]);
}

function fill(root: string, fileCount: number, content: (index: number) => Buffer): void {
  for (let index = 0; index < fileCount; index += 1) {
    const directory = join(
      root,
      `d${Math.floor(index / FILES_PER_DIRECTORY / 20)}`,
      `e${Math.floor(index / FILES_PER_DIRECTORY)}`,
    );
    if (index % FILES_PER_DIRECTORY === 0) mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, `file-${index}.txt`), content(index));
  }
}

function treesBelow(top: string): Trees {
  return {
    prefix: join(top, `host_env${'_placehold'.repeat(18)}`),
    work: join(top, 'work_placehold'),
  };
}

/** Half of it compresses well, like text; the other half hardly. */
function makeNoise(): Buffer {
  const random = randomBytes(2_000_000);
  const text = Buffer.from(
    random
      .toString('hex')
      .replace(/[0-7]/g, 'e')
      .replace(/(....)/g, '$1 int '),
  );
  return Buffer.concat([text, random]);
}

async function timed(action: () => Promise<void> | void): Promise<number> {
  const startedAt = performance.now();
  await action();
  return performance.now() - startedAt;
}

const run1 = (script: string, cwd: string): void => {
  execFileSync('bash', ['-ec', `set -o pipefail; ${script}`], { cwd, stdio: 'inherit' });
};

interface Round {
  readonly oursMs: number;
  readonly captureMs: number;
  readonly tarMs: number;
}

async function round(top: string, index: number): Promise<Round> {
  const from = treesBelow(join(top, 'a'));
  const to = treesBelow(join(top, `${index}`));
  const blobs = await DirectoryBlobStore.open(join(top, `store-${index}`));
  const scratchDir = join(top, 'scratch');
  mkdirSync(scratchDir, { recursive: true });
  let captured: Awaited<ReturnType<typeof captureTrees>> | undefined;
  const captureMs = await timed(async () => {
    captured = await captureTrees({
      hostPrefix: from.prefix,
      workDir: from.work,
      owned: new Set(),
      blobs,
      scope: { owner: 'bench' },
      scratchDir,
    });
  });
  const restoreMs = await timed(async () => {
    if (captured === undefined) return;
    await restoreSnapshot({
      manifest: captured,
      blobs,
      hostPrefix: to.prefix,
      workDir: to.work,
      layers: 'both',
      scratchDir,
    });
  });
  const tarMs = await timed(() => {
    mkdirSync(join(top, `c${index}`));
    for (const name of ['host_env*', 'work*']) {
      run1(
        `tar -C ../a -cf - $(cd ../a && echo ${name}) | zstd -q -T1 -${SNAPSHOT_ZSTD_LEVEL} -o layer.tar.zst; sync layer.tar.zst`,
        join(top, `c${index}`),
      );
      run1('zstd -q -dc layer.tar.zst | tar -xf -; rm layer.tar.zst', join(top, `c${index}`));
    }
  });
  return { oursMs: captureMs + restoreMs, captureMs, tarMs };
}

/** See the file's head. */
export async function run(): Promise<BenchResult> {
  const top = mkdtempSync(join(tmpdir(), 'bench-snapshot-'));
  try {
    const trees = treesBelow(join(top, 'a'));
    const noise = makeNoise();
    fill(trees.prefix, PREFIX_FILES, (index) => contentOf(index, trees, noise));
    fill(trees.work, WORK_FILES, (index) => contentOf(index + 3, trees, noise));
    const rounds: Round[] = [];
    for (let index = 0; index < ROUNDS; index += 1) rounds.push(await round(top, index));
    const best = (pick: (round: Round) => number): number => Math.min(...rounds.map(pick));
    return {
      name: 'snapshot of 20,000 files',
      ratios: {
        'speed of capture + restore against tar + zstd -T1 (bar: 0.91)':
          best(({ tarMs }) => tarMs) / best(({ oursMs }) => oursMs),
      },
      details: {
        oursMs: Math.round(best(({ oursMs }) => oursMs)),
        captureMs: Math.round(best(({ captureMs }) => captureMs)),
        tarMs: Math.round(best(({ tarMs }) => tarMs)),
        files: PREFIX_FILES + WORK_FILES,
      },
    };
  } finally {
    rmSync(top, { recursive: true, force: true });
  }
}
