import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import {
  type Say,
  serverBinary,
  type ServerSource,
  type WantedServer,
} from '#deploy/local-farm/services/server-binary.ts';
import { fromDebian, fromGo } from '#deploy/local-farm/services/server-sources.ts';
import { withTemporaryDirectory } from '../support/temporary-directory.ts';

const VARIABLE = 'STAGEYARD_TEST_SERVER_BIN';
const quiet: Say = () => undefined;

const wanted = (program: string, sources: readonly ServerSource[]): WantedServer => ({
  program,
  variable: `${VARIABLE}_${program.toUpperCase()}`,
  accepts: (version) => version.includes('v1.'),
  sources,
  advice: `set ${VARIABLE}.`,
});

const written = (version: string): ServerSource => ({
  title: `the archive of ${version}`,
  version,
  obtain: async (scratch) => {
    const path = join(scratch, 'got');
    await writeFile(path, `#!/bin/sh\necho ${version}\n`, { mode: 0o755 });
    return path;
  },
});
const absent: ServerSource = {
  title: 'a place that is down',
  version: 'v1.0',
  obtain: () => Promise.reject(new Error('no route to it')),
};

/** The environment of a machine with nothing, for one test. */
function emptyMachine(context: TestContext, directory: string): void {
  const before = { ...process.env };
  process.env['XDG_CACHE_HOME'] = join(directory, 'cache');
  process.env['PATH'] = join(directory, 'bin');
  context.after(() => Object.assign(process.env, before));
}

test('without any source that works the message says what was tried and what to do', (context) =>
  withTemporaryDirectory(async (directory) => {
    emptyMachine(context, directory);
    const go = fromGo({
      program: 'a',
      module: 'example.invalid/a',
      version: 'v1',
      duration: '1 s',
    });
    await assert.rejects(serverBinary(wanted('a', [absent, go]), quiet), (error) => {
      assert.ok(error instanceof Error);
      assert.match(
        error.message,
        /^a is needed, and it is neither in STAGEYARD_TEST_SERVER_BIN_A, /,
      );
      assert.match(error.message, /\n {2}a place that is down: no route to it\n/);
      assert.match(error.message, /\n {2}building example\.invalid\/a@v1 .*: spawn go ENOENT\n/);
      assert.match(error.message, /set STAGEYARD_TEST_SERVER_BIN\.$/);
      return true;
    });
  }));

test('a server that the variable names is taken, and a wrong path is an error', (context) =>
  withTemporaryDirectory(async (directory) => {
    emptyMachine(context, directory);
    process.env[`${VARIABLE}_B`] = join(directory, 'mine');
    context.after(() => delete process.env[`${VARIABLE}_B`]);
    const server = wanted('b', [written('v1.5')]);
    await assert.rejects(serverBinary(server, quiet), /_B names .*mine, which isn't there/);
    await writeFile(join(directory, 'mine'), '');
    const asked = { ...server, variable: `${VARIABLE}_B_AGAIN` };
    process.env[asked.variable] = join(directory, 'mine');
    context.after(() => delete process.env[asked.variable]);
    assert.equal(await serverBinary(asked, quiet), join(directory, 'mine'));
  }));

test('a server in PATH is taken when its version is right', (context) =>
  withTemporaryDirectory(async (directory) => {
    emptyMachine(context, directory);
    await mkdir(join(directory, 'bin'));
    const write = (program: string, version: string): Promise<void> =>
      writeFile(join(directory, 'bin', program), `#!/bin/sh\necho ${version}\n`, { mode: 0o755 });
    await write('c', 'v1.9');
    await write('d', 'v0.9');
    assert.equal(await serverBinary(wanted('c', [absent]), quiet), join(directory, 'bin', 'c'));
    await assert.rejects(serverBinary(wanted('d', [absent]), quiet), /d is needed/);
  }));

test('the first source that works fills the cache, which is looked at first from then on', (context) =>
  withTemporaryDirectory(async (directory) => {
    emptyMachine(context, directory);
    const said: string[] = [];
    const sources = [absent, written('v1.5'), written('v1.4')];
    const server = { ...wanted('e', sources), instead: '`f`' };
    const path = await serverBinary(server, (line) => said.push(line));
    assert.equal(path, join(directory, 'cache', 'stageyard', 'servers', 'e-v1.5'));
    assert.deepEqual(said, [
      'getting e once: a place that is down; or set STAGEYARD_TEST_SERVER_BIN_E, or `f`',
      'e: no luck with a place that is down: no route to it',
      'getting e once: the archive of v1.5; or set STAGEYARD_TEST_SERVER_BIN_E, or `f`',
    ]);
    const again = { ...server, variable: `${VARIABLE}_E_AGAIN` };
    assert.equal(await serverBinary(again, quiet), path);
  }));

test('Debian is asked for one version where that one is wanted', (context) =>
  withTemporaryDirectory(async (directory) => {
    emptyMachine(context, directory);
    const bin = join(directory, 'bin');
    await mkdir(bin);
    await symlink('/bin/sh', join(bin, 'sh'));
    const stand = (name: string, script: string): Promise<void> =>
      writeFile(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    await stand(
      'apt-get',
      'case $3 in f|f=1.5*) : > f_1.5-2.deb;; *) echo no such >&2; exit 9;; esac',
    );
    await stand('dpkg-deb', '/bin/mkdir "$3/bin"; echo "$1 $2" > "$3/bin/f"');
    const f = { program: 'f', name: 'f', folder: 'bin' };
    const [gone, right] = ['v1.4', 'v1.5'].map((version) => fromDebian({ ...f, version }));
    assert.ok(gone !== undefined && right !== undefined);
    await assert.rejects(serverBinary(wanted('f', [gone]), quiet), /f=1\.4\* .*: no such/);
    const path = await serverBinary(
      { ...wanted('f', [right]), variable: `${VARIABLE}_F_5` },
      quiet,
    );
    assert.equal(path, join(directory, 'cache', 'stageyard', 'servers', 'f-v1.5'));
    const any = { ...wanted('f', [fromDebian(f)]), variable: `${VARIABLE}_F_ANY` };
    assert.match(await serverBinary(any, quiet), /f-debian$/);
  }));
