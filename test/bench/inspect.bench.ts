/** Files inspected a second, warm cache, one thread, beside `readelf -d -h -W` in batches of 400. */
import { spawnSync } from 'node:child_process';
import { createInspector } from '#wasm-inspect/host/inspector.ts';
import { inspectTreeSync } from '#wasm-inspect/host/tree.ts';
import type { BenchResult } from './bench-result.ts';

const BATCH = 400;
const ROUNDS = 5;
const ROOTS = ['/usr/lib', '/usr/bin'];

/** Best of some interleaved rounds. The files are the machine's own libraries and programs. */
export async function run(): Promise<BenchResult> {
  const inspector = createInspector();
  const files = ROOTS.flatMap((root) => [...inspectTreeSync(inspector, root)])
    .filter(({ report }) => report.kind === 'binary')
    .map(({ path }) => path);
  const inspect = (): void => {
    for (const file of files) inspector.inspectFile(file);
  };
  const bytesRead = files
    .map((file) => {
      inspector.inspectFile(file);
      return inspector.bytesRead;
    })
    .toSorted((a, b) => a - b);
  const medianBytesRead = bytesRead[bytesRead.length >> 1] ?? 0;
  const readelf = (): void => {
    for (let at = 0; at < files.length; at += BATCH) {
      const words = ['-d', '-h', '-W', ...files.slice(at, at + BATCH)];
      spawnSync('readelf', words, { stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1 << 30 });
    }
  };
  let oursMs = Infinity;
  let theirsMs = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    theirsMs = Math.min(theirsMs, elapsedMs(readelf));
    oursMs = Math.min(oursMs, elapsedMs(inspect));
  }
  return {
    name: 'inspect',
    ratios: {
      'files/s against readelf in batches of 400 (bar 3)': theirsMs / oursMs,
      '8 KiB / median bytes read of a file (bar 1)': 8192 / medianBytesRead,
    },
    details: {
      files: files.length,
      'median bytes read': medianBytesRead,
      'files/s': Math.round((files.length / oursMs) * 1000),
      'readelf files/s': Math.round((files.length / theirsMs) * 1000),
    },
  };
}

function elapsedMs(work: () => void): number {
  const startMs = performance.now();
  work();
  return performance.now() - startMs;
}
