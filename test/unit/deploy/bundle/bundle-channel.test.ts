/** A channel directory that travels: what workers see of it is what was there, and nothing else. */
import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { canonicalJson } from '#proto/canonical-json.ts';
import type { ChannelRef } from '#proto/task-spec.ts';
import { bundleChannel } from '#deploy/bundle/bundle-channel.ts';
import { createEnvironmentService } from '#workers/environment/environment-service.ts';
import {
  directoryChannel,
  record,
  writePackage,
  writeRepodata,
} from '../../../support/conda-packages.ts';
import { FakeBlobStore } from '../../../support/fake-blob-store.ts';
import { SilentLogger } from '../../../support/silent-logger.ts';
import { temporaryDirectory } from '../../../support/test-directory.ts';

const platforms = ['linux-64'];

async function yard(t: TestContext) {
  const directory = await temporaryDirectory(t);
  const store = new FakeBlobStore();
  const channelDir = join(directory, 'my-channel');
  const channel = directoryChannel(channelDir);
  const bundle = () => bundleChannel(channel, { platforms, store, owner: 'test' });
  /** A worker that has nothing of the submitter's machine. */
  const worker = () =>
    createEnvironmentService({
      cacheDir: join(directory, 'worker'),
      blobs: store,
      logger: new SilentLogger(),
      environment: {},
    });
  return { directory, store, channelDir, channel, bundle, worker };
}

const sourcesOf = (channel: ChannelRef) =>
  ({ channels: [channel], artifacts: [], channelPriority: 'strict' }) as const;

test('its packages are solved against and installed where the directory does not exist', async (t) => {
  const { directory, channelDir, channel, bundle, worker } = await yard(t);
  const files = { 'lib/libadder.txt': 'add' };
  await writePackage(channelDir, { name: 'libadder', depends: ['base'], files });
  await writePackage(channelDir, { name: 'base', subdir: 'noarch', files: { 'share/base': 'b' } });
  await writePackage(channelDir, { name: 'elsewhere', subdir: 'osx-64' });
  const made = await bundle();
  assert.equal(made.packageCount, 2, 'only what the platforms can use');
  await rm(channelDir, { recursive: true });
  const environments = worker();
  const travelling = { ...channel, bundle: made.bundle };
  const environment = await environments.solve({
    specs: [{ source: 'libadder', spec: 'libadder' }],
    platform: 'linux-64',
    sources: sourcesOf(travelling),
  });
  assert.deepEqual(
    environment.resolved.map(({ name, url }) => [name, url.startsWith(channel.url)]),
    [
      ['base', true],
      ['libadder', true],
    ],
    'as if it were still there',
  );
  const prefix = join(directory, 'prefix');
  const installed = await environments.install({ environment, prefix, artifacts: [] });
  assert.equal(installed.packages.length, 2);
  await environments.close();
});

test('an index that lists what is not there, or something else, does not travel', async (t) => {
  const { channelDir, bundle } = await yard(t);
  await writeRepodata(channelDir, 'linux-64', [record('a')]);
  await assert.rejects(bundle(), { code: 'CHANNEL_INVALID' });
  const written = await writePackage(channelDir, { name: 'b' });
  await writeRepodata(channelDir, 'linux-64', [
    { ...record('b'), fn: written.fn, sha256: 'f'.repeat(64) },
  ]);
  await assert.rejects(bundle(), /index says f{64}/);
});

test('a worker believes no list of packages that are something else', async (t) => {
  const { store, channelDir, channel, bundle, worker } = await yard(t);
  const good = await writePackage(channelDir, { name: 'good' });
  await bundle();
  const blob = await store.putBytes(new TextEncoder().encode('another package'));
  const environments = worker();
  const lists: [string, unknown, RegExp][] = [
    ['other bytes', { record: good, blob }, /has other bytes than its record says/],
    ['no bytes', { record: good }, /has no bytes/],
    ['no place', { record: { ...good, fn: 7 }, blob }, /no place/],
    ['another name', { record: { ...good, fn: 'x-1-0.conda' }, blob }, /calls itself good/],
    ['no object', 'x', /expected an object/],
  ];
  for (const [what, entry, words] of lists) {
    const text = canonicalJson({ schema: 1, packages: [entry] });
    const hostile = { ...channel, bundle: await store.putBytes(new TextEncoder().encode(text)) };
    const solving = environments.solve({
      specs: [{ source: 'good', spec: 'good' }],
      platform: 'linux-64',
      sources: sourcesOf(hostile),
    });
    await assert.rejects(solving, words, what);
  }
  await environments.close();
});

test('a directory that is no channel is told', async (t) => {
  const { directory, store } = await yard(t);
  await writeFile(join(directory, 'file'), '');
  for (const name of ['nothing', 'file']) {
    const channel = directoryChannel(join(directory, name));
    await assert.rejects(bundleChannel(channel, { platforms, store, owner: 'test' }), {
      code: 'CHANNEL_INVALID',
    });
  }
});
