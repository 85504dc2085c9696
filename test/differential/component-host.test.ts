/** The component in another host: wasmtime, driven from Python, gives the same answers as Node on real files. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { instantiateComponent } from '#wasm-inspect/host/component.ts';
import { createInspector } from '#wasm-inspect/host/inspector.ts';
import { HEAD_BYTES } from '#wasm-inspect/host/limits.ts';
import { inspectTreeSync } from '#wasm-inspect/host/tree.ts';
import { foreignBinaries } from '../support/foreign-binaries.ts';
import { pythonVenv } from '../support/python-venv.ts';

const COUNT = 500;
const root = join(import.meta.dirname, '../..');

/** As `inspect_component.py` writes values. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (value instanceof BigUint64Array || value instanceof Uint32Array)
    return Array.from(value, String);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  const isFlags = entries.length > 0 && entries.every(([, item]) => typeof item === 'boolean');
  if (isFlags)
    return entries
      .filter(([, item]) => item === true)
      .map(([key]) => key)
      .toSorted();
  return Object.fromEntries(entries.map(([key, item]) => [key, plain(item)]));
}

async function someFiles(): Promise<readonly string[]> {
  const inspector = createInspector();
  const foreign = [...inspectTreeSync(inspector, await foreignBinaries())]
    .filter(({ report }) => report.kind === 'binary')
    .map(({ path }) => path);
  const others = ['unknown-format', 'script', 'archive', 'empty'];
  const own: string[] = [];
  for (const { path, report } of inspectTreeSync(inspector, '/usr/lib')) {
    const isOther = report.kind === 'not-binary' && others.includes(report.reason);
    // Every tenth of what is no binary, too.
    if (report.kind === 'binary' || (isOther && path.length % 10 === 0)) own.push(path);
    if (own.length >= COUNT) break;
  }
  return [...foreign.slice(0, COUNT - 250), ...own].slice(0, COUNT);
}

function inspectHere(files: readonly string[]): readonly unknown[] {
  let fd = -1;
  const component = instantiateComponent((offset, length) => {
    if (offset > BigInt(Number.MAX_SAFE_INTEGER)) return new Uint8Array();
    const into = Buffer.alloc(length);
    return into.subarray(0, readSync(fd, into, 0, length, Number(offset)));
  });
  return files.map((path) => {
    fd = openSync(path, 'r');
    try {
      const head = Buffer.alloc(HEAD_BYTES);
      return plain(component.inspect(head.subarray(0, readSync(fd, head, 0, HEAD_BYTES, 0))));
    } finally {
      closeSync(fd);
    }
  });
}

describe('the component in wasmtime', () => {
  it(`answers as it does in Node, on ${COUNT} files`, async () => {
    const python = await pythonVenv();
    const files = await someFiles();
    assert.equal(files.length, COUNT);
    const words = [
      'test/differential/inspect_component.py',
      'wasm-inspect/generated/wasm-inspect.component.wasm',
    ];
    const outcome = spawnSync(python, words, {
      cwd: root,
      input: files.map((path) => `${path}\0`).join(''),
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    assert.equal(outcome.status, 0, outcome.stderr);
    const theirs = outcome.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const ours = inspectHere(files);
    for (const [index, path] of files.entries()) assert.deepEqual(ours[index], theirs[index], path);
    process.stderr.write(`${theirs.length} files, the same answers in wasmtime\n`);
  });
});
