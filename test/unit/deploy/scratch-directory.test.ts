/** Temporary directories of processes that may be killed. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { it } from 'node:test';
import { withTemporaryDirectory } from '../../support/temporary-directory.ts';

const module = new URL('../../../deploy/scratch-directory.ts', import.meta.url).href;
const program = `
  const { withScratchDirectory } = await import(${JSON.stringify(module)});
  const parentGone = new Promise((resolve) => process.stdin.resume().once('end', resolve));
  await withScratchDirectory('one', () =>
    withScratchDirectory('two', () => {
      console.log('ready');
      return parentGone;
    }),
  );
`;

it('leaves nothing of a process that Ctrl-C ends', () =>
  withTemporaryDirectory(async (directory) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      env: { ...process.env, TMPDIR: directory },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    assert.equal((await readdir(directory)).length, 2);
    child.kill('SIGINT');
    const [, signal]: unknown[] = await once(child, 'exit');
    assert.equal(signal, 'SIGINT');
    assert.deepEqual(await readdir(directory), []);
  }));
