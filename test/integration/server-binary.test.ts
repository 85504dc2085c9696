import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { serverBinary } from '../support/server-binary.ts';
import { withTemporaryDirectory } from '../support/temporary-directory.ts';

const wanted = (program: string) => ({
  program,
  variable: 'STAGEYARD_TEST_SERVER_BIN',
  module: `example.invalid/${program}@v1.2.3`,
  duration: 'a moment',
  accepts: (version: string) => version.includes('v1.'),
});

/** The environment of a machine with nothing, for one test. */
function emptyMachine(context: TestContext, directory: string): void {
  const before = { ...process.env };
  process.env['XDG_CACHE_HOME'] = join(directory, 'cache');
  process.env['PATH'] = join(directory, 'bin');
  context.after(() => Object.assign(process.env, before));
}

test('without Go and without a server the message says what to install', (context) =>
  withTemporaryDirectory(async (directory) => {
    emptyMachine(context, directory);
    await assert.rejects(serverBinary(wanted('server-a')), (error) => {
      assert.ok(error instanceof Error);
      assert.match(error.message, /these tests need server-a/);
      assert.match(error.message, /install Go .*\n.*set STAGEYARD_TEST_SERVER_BIN=/);
      return true;
    });
  }));

test('a server in PATH is taken when its version is right', (context) =>
  withTemporaryDirectory(async (directory) => {
    emptyMachine(context, directory);
    await mkdir(join(directory, 'bin'));
    const write = (program: string, version: string): Promise<void> =>
      writeFile(join(directory, 'bin', program), `#!/bin/sh\necho ${version}\n`, { mode: 0o755 });
    await write('server-b', 'v1.9');
    await write('server-c', 'v0.9');
    assert.equal(await serverBinary(wanted('server-b')), join(directory, 'bin', 'server-b'));
    await assert.rejects(serverBinary(wanted('server-c')), /these tests need server-c/);
  }));
