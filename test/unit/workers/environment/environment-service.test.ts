import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { FinalizedDependency } from '#proto/environment.ts';
import { StageyardError } from '#proto/errors.ts';
import { taskId } from '#proto/ids.ts';
import type { ChannelRef, RunArtifact } from '#proto/task-spec.ts';
import {
  createEnvironmentService,
  type EnvironmentService,
  type PackageSources,
} from '#workers/environment/environment-service.ts';
import { createHttpTransfer } from '#workers/environment/http-transfer.ts';
import { lockEnvironments } from '#workers/environment/lock-environments.ts';
import { createSolver } from '#workers/environment/solver.ts';
import {
  directoryChannel,
  type PackageWish,
  repodataText,
  writePackage,
  writeRepodata,
} from '../../../support/conda-packages.ts';
import { FakeBlobStore } from '../../../support/fake-blob-store.ts';
import { startServer } from '../../../support/http-server.ts';
import { SilentLogger } from '../../../support/silent-logger.ts';
import { temporaryDirectory } from '../../../support/test-directory.ts';

const spec = (text: string): FinalizedDependency => ({ source: text, spec: text });
const from = (
  channels: readonly ChannelRef[],
  artifacts: readonly RunArtifact[] = [],
): PackageSources => ({ channels, artifacts, channelPriority: 'strict' });

async function site(t: TestContext, ...wishes: readonly PackageWish[]) {
  const directory = await temporaryDirectory(t);
  const channelDir = join(directory, 'ch');
  await mkdir(channelDir);
  for (const wish of wishes) await writePackage(channelDir, wish);
  const blobs = new FakeBlobStore();
  const cacheDir = join(directory, 'cache');
  let threadCount = 0;
  const newService = (): EnvironmentService => {
    const solver = createSolver({
      onThreadStart: () => {
        threadCount += 1;
      },
    });
    const service = createEnvironmentService({
      cacheDir,
      blobs,
      logger: new SilentLogger(),
      environment: { CONDA_OVERRIDE_GLIBC: '2.30' },
      solver,
      transfer: createHttpTransfer({ retryDelayMs: 1 }),
    });
    t.after(() => service.close());
    return service;
  };
  const channel = directoryChannel(channelDir);
  return {
    directory,
    channelDir,
    channel,
    blobs,
    cacheDir,
    newService,
    threads: () => threadCount,
  };
}

const solve = async (service: EnvironmentService, sources: PackageSources, ...specs: string[]) =>
  (await service.solve({ specs: specs.map(spec), platform: 'linux-64', sources })).resolved.map(
    ({ name, version }) => `${name} ${version}`,
  );

test('an environment is solved and installed from a directory', async (t) => {
  const { newService, channel, directory } = await site(
    t,
    { name: 'lib', files: { 'lib/x': 'x' } },
    { name: 'tool', depends: ['lib >=1', '__glibc >=2.30'], files: { 'bin/tool': 'tool' } },
  );
  const service = newService();
  const environment = await service.solve({
    specs: [spec('tool 1.*')],
    platform: 'linux-64',
    sources: from([channel]),
  });
  assert.deepEqual(
    environment.resolved.map(({ fn }) => fn),
    ['lib-1.0-0.conda', 'tool-1.0-0.conda'],
  );
  const prefix = join(directory, 'prefix');
  const installed = await service.install({ environment, prefix, artifacts: [] });
  assert.equal(installed.fileCount, 2);
  assert.equal(await readFile(join(prefix, 'lib/x'), 'utf8'), 'x');
  assert.match(await readFile(join(prefix, 'conda-meta/tool-1.0-0.json'), 'utf8'), /"tool 1\.\*"/);
});

test('no requirements need neither channels nor a solver', async (t) => {
  const { newService, threads } = await site(t);
  const missing = { url: 'file:///nowhere/at/all', name: 'x' };
  assert.deepEqual(await solve(newService(), from([missing])), []);
  assert.equal(threads(), 0);
});

test('an answer is remembered until the question or the channel changes', async (t) => {
  const { newService, channel, channelDir, threads, cacheDir } = await site(
    t,
    { name: 'a' },
    { name: 'b' },
  );
  assert.deepEqual(await solve(newService(), from([channel]), 'a', 'b'), ['a 1.0', 'b 1.0']);
  assert.equal(threads(), 1);
  assert.deepEqual(await solve(newService(), from([channel]), 'b', 'a', 'b'), ['a 1.0', 'b 1.0']);
  assert.equal(threads(), 1);
  await writePackage(channelDir, { name: 'a', version: '2.0' });
  assert.deepEqual(await solve(newService(), from([channel]), 'a', 'b'), ['a 2.0', 'b 1.0']);
  assert.equal(threads(), 2);
  const solves = join(cacheDir, 'solves');
  for (const name of await readdir(solves))
    await writeFile(join(solves, name), '{"schema": 1, "records": [{}]}');
  assert.deepEqual(await solve(newService(), from([channel]), 'a', 'b'), ['a 2.0', 'b 1.0']);
  assert.equal(threads(), 3);
});

test('the same question asked at once is solved once', async (t) => {
  const { newService, channel, threads } = await site(t, { name: 'a' });
  const service = newService();
  const answers = await Promise.all([1, 2, 3].map(() => solve(service, from([channel]), 'a')));
  assert.deepEqual(answers, [['a 1.0'], ['a 1.0'], ['a 1.0']]);
  assert.equal(threads(), 1);
});

test('a task whose question another task cancelled still gets its answer', async (t) => {
  const { newService, channel } = await site(t, { name: 'a' });
  const service = newService();
  const cancel = new AbortController();
  const request = { specs: [spec('a')], platform: 'linux-64', sources: from([channel]) };
  const first = service.solve({ ...request, signal: cancel.signal });
  const second = service.solve(request);
  cancel.abort();
  await assert.rejects(
    first,
    (error) => error instanceof StageyardError && error.code === 'CANCELLED',
  );
  assert.equal((await second).resolved.length, 1);
});

async function artifact(
  directory: string,
  blobs: FakeBlobStore,
  wish: PackageWish,
): Promise<RunArtifact> {
  const built = await writePackage(join(directory, 'built'), wish);
  const blob = await blobs.putFile(fileURLToPath(built.url));
  const record = { ...built, url: `blob:${blob.digest}`, channel: 'this run' };
  return {
    task: taskId(`package:${wish.name}`),
    record,
    blob,
    files: Object.keys(wish.files ?? {}),
  };
}

test('what this run has built goes before all channels and is installed from its blob', async (t) => {
  const { newService, channel, directory, blobs } = await site(t, { name: 'lib', version: '9.0' });
  const own = await artifact(directory, blobs, { name: 'lib', files: { 'lib/own': 'own' } });
  const service = newService();
  const environment = await service.solve({
    specs: [spec('lib')],
    platform: 'linux-64',
    sources: from([channel], [own]),
  });
  assert.deepEqual(environment.resolved, [own.record]);
  const prefix = join(directory, 'prefix');
  await service.install({ environment, prefix, artifacts: [own] });
  assert.equal(await readFile(join(prefix, 'lib/own'), 'utf8'), 'own');
});

test('a channel that is published into while it is read is read again', async (t) => {
  const { newService, channel, channelDir } = await site(t);
  const first = await writePackage(channelDir, { name: 'a' });
  const second = await writePackage(channelDir, { name: 'a', version: '2.0' });
  await writeRepodata(channelDir, 'linux-64', [first]);
  const service = newService();
  assert.deepEqual(await solve(service, from([channel]), 'a'), ['a 1.0']);
  // Rewritten while the question is on its way to the thread.
  const answer = solve(service, from([channel]), 'a >=1');
  await writeRepodata(channelDir, 'linux-64', [first, second]);
  assert.match((await answer).join(), /^a [12]\.0$/);
  assert.deepEqual(await solve(service, from([channel]), 'a >=1'), ['a 2.0']);
});

test('an environment comes from a server, and a page that is no index is fetched anew', async (t) => {
  const { newService, channelDir, directory } = await site(t);
  const record = await writePackage(channelDir, { name: 'a', files: { x: 'from afar' } });
  let index = '<html>maintenance</html>';
  const server = await startServer(t, (request, response: ServerResponse) => {
    if (request.url === '/ch/linux-64/repodata.json') response.end(index);
    else if (request.url === `/ch/linux-64/${record.fn}`) {
      readFile(fileURLToPath(record.url)).then(
        (bytes) => response.end(bytes),
        () => response.destroy(),
      );
    } else response.writeHead(404).end();
  });
  const channel = { url: `${server.url}/ch`, name: 'afar' };
  const service = newService();
  await assert.rejects(
    solve(service, from([channel]), 'a'),
    (error) =>
      error instanceof StageyardError &&
      error.code === 'CHANNEL_INVALID' &&
      error.message.includes(`${server.url}/ch/linux-64/repodata.json is not a conda index`),
  );
  index = repodataText('linux-64', [record]);
  const environment = await service.solve({
    specs: [spec('a')],
    platform: 'linux-64',
    sources: from([channel]),
  });
  const prefix = join(directory, 'prefix');
  await service.install({ environment, prefix, artifacts: [] });
  assert.equal(await readFile(join(prefix, 'x'), 'utf8'), 'from afar');
});

test('an idle service does not keep its process alive', async (t) => {
  const { channel, cacheDir } = await site(t, { name: 'a' });
  const script = join(import.meta.dirname, '../../../support/solve-and-leave.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [script, cacheDir, channel.url], {
    timeout: 30_000,
  });
  assert.equal(stdout, 'a-1.0-0.conda\n');
});

const noIgnore = { by_name: [], from_package: [] };
const platforms = { target: 'linux-64', host: 'linux-64', build: 'linux-64' };

test('strong exports of build packages are solved into host, and all exports are handed on', async (t) => {
  const { newService, channel } = await site(
    t,
    { name: 'cc', info: { 'run_exports.json': { strong: ['libcc'], weak: ['unused'] } } },
    { name: 'libcc', info: { 'run_exports.json': { weak: ['not-direct'] } } },
    { name: 'zlib', version: '1.3', info: { 'run_exports.json': { weak: ['zlib >=1.3,<2.0a0'] } } },
    { name: 'zlib', version: '2.0' },
  );
  const locked = await lockEnvironments(newService(), {
    requirements: { build: ['cc'], host: ['zlib'], ignore_run_exports: noIgnore },
    variant: { zlib: '1.3' },
    siblings: [],
    platforms,
    sources: from([channel]),
    isMerged: false,
    isVersionIndependent: false,
  });
  assert.deepEqual(locked.build?.specs, [{ source: 'cc', spec: 'cc' }]);
  assert.deepEqual(locked.host.specs, [
    { variant: 'zlib', spec: 'zlib 1.3.*' },
    { run_export: 'cc', from: 'build', spec: 'libcc' },
  ]);
  assert.deepEqual(
    locked.host.resolved.map(({ fn }) => fn),
    ['libcc-1.0-0.conda', 'zlib-1.3-0.conda'],
  );
  assert.deepEqual(locked.exports, [
    { package: 'cc', from: 'build', exports: { strong: ['libcc'], weak: ['unused'] } },
    { package: 'zlib', from: 'host', exports: { weak: ['zlib >=1.3,<2.0a0'] } },
  ]);
});

test('ignored exports of build packages are not solved into host', async (t) => {
  const { newService, channel } = await site(t, {
    name: 'cc',
    info: { 'run_exports.json': { strong: ['nosuch'] } },
  });
  const locked = await lockEnvironments(newService(), {
    requirements: {
      build: ['cc'],
      host: [],
      ignore_run_exports: { ...noIgnore, by_name: ['nosuch'] },
    },
    variant: {},
    siblings: [],
    platforms,
    sources: from([channel]),
    isMerged: false,
    isVersionIndependent: false,
  });
  assert.deepEqual(locked.host.resolved, []);
  assert.equal(locked.exports.length, 1);
});

test('merged environments are one, and only host requirements export', async (t) => {
  const { newService, channel } = await site(
    t,
    { name: 'cc', info: { 'run_exports.json': { weak: ['w'], strong: ['s'] } } },
    { name: 'zlib', info: { 'run_exports.json': { weak: ['z'] } } },
  );
  const locked = await lockEnvironments(newService(), {
    requirements: { build: ['cc'], host: ['zlib'], ignore_run_exports: noIgnore },
    variant: {},
    siblings: [],
    platforms,
    sources: from([channel]),
    isMerged: true,
    isVersionIndependent: false,
  });
  assert.equal(locked.build, null);
  assert.equal(locked.host.resolved.length, 2);
  assert.deepEqual(locked.exports, [{ package: 'zlib', from: 'host', exports: { weak: ['z'] } }]);
});

test('pins in host see siblings and what the build environment resolved to', async (t) => {
  const { newService, channel } = await site(
    t,
    { name: 'tool', version: '3.2' },
    { name: 'sibling', version: '1.1', build: 'h1_0' },
    { name: 'sibling', version: '1.1', build: 'h2_0' },
  );
  const locked = await lockEnvironments(newService(), {
    requirements: {
      build: ['tool'],
      host: [
        { pin_compatible: { name: 'tool', upper_bound: 'x.x' } },
        { pin_subpackage: { name: 'sibling', exact: true } },
      ],
      ignore_run_exports: noIgnore,
    },
    variant: {},
    siblings: [{ name: 'sibling', version: '1.1', build: 'h1_0' }],
    platforms,
    sources: from([channel]),
    isMerged: false,
    isVersionIndependent: false,
  });
  assert.deepEqual(locked.host.specs, [
    { pin_compatible: 'tool', spec: 'tool >=3.2,<3.3.0a0' },
    { pin_subpackage: 'sibling', spec: 'sibling ==1.1 h1_0' },
  ]);
  assert.deepEqual(
    locked.host.resolved.map(({ fn }) => fn),
    ['sibling-1.1-h1_0.conda', 'tool-3.2-0.conda'],
  );
});
