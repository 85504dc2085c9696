import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { onceOnMachine } from '#deploy/local-farm/services/once-on-machine.ts';
import { withTemporaryDirectory } from '../../../support/temporary-directory.ts';

async function made(scratch: string): Promise<string> {
  const path = join(scratch, 'made');
  await writeFile(path, 'whole');
  return path;
}

test('of several who want it at once one makes it, and the others say that they wait', () =>
  withTemporaryDirectory(async (directory) => {
    const path = join(directory, 'cache', 'server');
    const waiting = Promise.withResolvers<void>();
    let count = 0;
    const make = async (scratch: string): Promise<string> => {
      count += 1;
      await waiting.promise;
      return made(scratch);
    };
    const first = onceOnMachine(path, make, waiting.resolve);
    await Promise.all([first, onceOnMachine(path, make, waiting.resolve)]);
    assert.equal(count, 1);
    assert.equal(await readFile(path, 'utf8'), 'whole');
    assert.deepEqual(await readdir(join(directory, 'cache')), ['server']);
  }));

test('one that fails leaves nothing, and the next one tries again', () =>
  withTemporaryDirectory(async (directory) => {
    const path = join(directory, 'server');
    const failing = onceOnMachine(path, () => Promise.reject(new Error('no route')));
    await assert.rejects(failing, /no route/);
    assert.deepEqual(await readdir(directory), []);
    await onceOnMachine(path, made);
    assert.deepEqual(await readdir(directory), ['server']);
  }));

test('what a killed process left is taken away and made at once', () =>
  withTemporaryDirectory(async (directory) => {
    const path = join(directory, 'server');
    const module = join(
      import.meta.dirname,
      '../../../../deploy/local-farm/services/once-on-machine.ts',
    );
    const program = `import { onceOnMachine } from ${JSON.stringify(module)};
      await onceOnMachine(${JSON.stringify(path)}, () => {
        process.stdout.write('making');
        return new Promise(() => setInterval(() => {}, 1000));
      });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.ok(existsSync(`${path}.lock`));
    await onceOnMachine(path, made);
    assert.deepEqual(await readdir(directory), ['server']);
  }));
