import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { sha256Digest } from '#proto/digest.ts';
import { StageyardError } from '#proto/errors.ts';
import { taskId } from '#proto/ids.ts';
import type { RunArtifact } from '#proto/task-spec.ts';
import { type ChannelsWanted, createChannelIndex } from '#workers/environment/channel-index.ts';
import { createHttpTransfer } from '#workers/environment/http-transfer.ts';
import type { SubdirSource } from '#workers/environment/solver-protocol.ts';
import {
  directoryChannel,
  record,
  repodataText,
  writePackage,
  writeRepodata,
} from '../../../support/conda-packages.ts';
import { startServer } from '../../../support/http-server.ts';
import { temporaryDirectory } from '../../../support/test-directory.ts';

const transfer = createHttpTransfer({ retryDelayMs: 1 });
const sha256 = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex');

async function newIndex(t: TestContext, freshMs = 0) {
  const directory = await temporaryDirectory(t);
  const cacheDir = join(directory, 'cache');
  return { directory, index: createChannelIndex({ cacheDir, transfer, freshMs }) };
}

const wanted = (...channels: ChannelsWanted['channels']): ChannelsWanted => ({
  channels,
  artifacts: [],
  platform: 'linux-64',
});

const failsWith =
  (code: string, ...patterns: RegExp[]) =>
  (error: unknown) => {
    assert.ok(error instanceof StageyardError, String(error));
    assert.equal(error.code, code, error.message);
    for (const pattern of patterns) assert.match(error.message, pattern);
    return true;
  };

const namesIn = (source: SubdirSource | undefined): string[] =>
  source?.kind === 'records' ? source.records.map((item) => item.fn) : [];

test('a directory channel is read from its repodata.json, and changes are noticed', async (t) => {
  const { directory, index } = await newIndex(t);
  const channel = directoryChannel(join(directory, 'ch'));
  await writeRepodata(join(directory, 'ch'), 'linux-64', [record('a')]);
  const read = async () => (await index.read(wanted(channel)))[0]?.subdirs ?? [];
  const [first, ...others] = await read();
  assert.deepEqual(others, []);
  assert.equal(first?.digest, sha256(repodataText('linux-64', [record('a')])));
  assert.deepEqual(await read(), [first]);
  await writeRepodata(join(directory, 'new'), 'linux-64', [record('b')]);
  await rename(
    join(directory, 'new/linux-64/repodata.json'),
    join(directory, 'ch/linux-64/repodata.json'),
  );
  const [second] = await read();
  assert.equal(second?.digest, sha256(repodataText('linux-64', [record('b')])));
});

test('without an index the packages speak for themselves', async (t) => {
  const { directory, index } = await newIndex(t);
  const channelDir = join(directory, 'ch');
  const a = await writePackage(channelDir, { name: 'a', depends: ['b'] });
  const b = await writePackage(channelDir, { name: 'b', subdir: 'noarch', format: 'tar-bz2' });
  await writeFile(join(channelDir, 'linux-64', 'README.md'), 'not a package');
  const [source] = await index.read(wanted(directoryChannel(channelDir)));
  const records = source?.subdirs.flatMap((subdir) =>
    subdir.kind === 'records' ? subdir.records : [],
  );
  assert.deepEqual(records, [a, b]);
});

test('a directory that is missing, or is none, is refused by name; an empty one is fine', async (t) => {
  const { directory, index } = await newIndex(t);
  const missing = directoryChannel(join(directory, 'nosuch'));
  await assert.rejects(
    index.read(wanted(missing)),
    failsWith('CHANNEL_INVALID', /nosuch does not exist/),
  );
  await writeFile(join(directory, 'file'), '');
  await assert.rejects(
    index.read(wanted(directoryChannel(join(directory, 'file')))),
    failsWith('CHANNEL_INVALID', /is not a directory/),
  );
  await mkdir(join(directory, 'empty'));
  const [empty] = await index.read(wanted(directoryChannel(join(directory, 'empty'))));
  assert.deepEqual(empty?.subdirs, []);
});

test('a package that is damaged or lies about itself is refused by name', async (t) => {
  const { directory, index } = await newIndex(t);
  const table: [string, (channelDir: string) => Promise<unknown>, string, RegExp][] = [
    [
      'damaged',
      async (channelDir) => {
        await mkdir(join(channelDir, 'linux-64'), { recursive: true });
        await writeFile(join(channelDir, 'linux-64/a-1-0.conda'), 'not a package');
      },
      'PACKAGE_INVALID',
      /a-1-0\.conda/,
    ],
    [
      'renamed',
      (channelDir) => writePackage(channelDir, { name: 'a', index: { version: '2.0' } }),
      'CHANNEL_INVALID',
      /a-1\.0-0\.conda calls itself a-2\.0-0/,
    ],
    [
      'elsewhere',
      (channelDir) => writePackage(channelDir, { name: 'a', index: { subdir: 'win-64' } }),
      'CHANNEL_INVALID',
      /subdir must be linux-64/,
    ],
    [
      'no JSON',
      (channelDir) => writePackage(channelDir, { name: 'a', info: { 'index.json': '{' } }),
      'PACKAGE_INVALID',
      /index\.json is not JSON/,
    ],
  ];
  for (const [name, make, code, pattern] of table) {
    const channelDir = join(directory, name);
    await make(channelDir);
    await assert.rejects(
      index.read(wanted(directoryChannel(channelDir))),
      failsWith(code, pattern),
      name,
    );
  }
});

test('packages of the run go before all channels', async (t) => {
  const { directory, index } = await newIndex(t);
  await mkdir(join(directory, 'ch'));
  const artifact = (name: string, subdir: string): RunArtifact => ({
    task: taskId(`package:${name}`),
    record: record(name, '1.0', { subdir, url: `blob:${'a'.repeat(64)}` }),
    blob: { digest: sha256Digest('a'.repeat(64)), sizeBytes: 1, location: '' },
    files: [],
  });
  const [run, ...others] = await index.read({
    ...wanted(directoryChannel(join(directory, 'ch'))),
    artifacts: [artifact('b', 'linux-64'), artifact('a', 'linux-64'), artifact('n', 'noarch')],
  });
  assert.deepEqual(
    run?.subdirs.map((source) => [source.subdir, namesIn(source)]),
    [
      ['linux-64', ['a-1.0-0.conda', 'b-1.0-0.conda']],
      ['noarch', ['n-1.0-0.conda']],
    ],
  );
  assert.equal(others.length, 1);
});

test('other kinds of URLs and platforms that are none are refused', async (t) => {
  const { index } = await newIndex(t);
  await assert.rejects(
    index.read(wanted({ url: 'ftp://me:pw@host/x', name: 'x' })),
    failsWith('CHANNEL_INVALID', /ftp:\/\/host\/x/),
  );
  await assert.rejects(
    index.read({ ...wanted(), platform: '../etc' }),
    failsWith('CHANNEL_INVALID', /is not a platform/),
  );
});

/** Serves `files` by path with an entity tag each. */
function serve(files: ReadonlyMap<string, Buffer>) {
  return (
    request: { url?: string | undefined; headers: NodeJS.Dict<string | string[]> },
    response: ServerResponse,
  ): void => {
    const bytes = files.get(request.url ?? '');
    if (bytes === undefined) {
      response.writeHead(404).end('no such file');
      return;
    }
    const etag = `"${sha256(bytes)}"`;
    if (request.headers['if-none-match'] === etag) response.writeHead(304).end();
    else response.setHeader('etag', etag).end(bytes);
  };
}

test('a server is asked for the compressed form first, and again only with validators', async (t) => {
  const { index } = await newIndex(t);
  const compressed = zstdCompressSync(Buffer.from(repodataText('linux-64', [record('a')])));
  const files = new Map([
    ['/ch/linux-64/repodata.json.zst', compressed],
    ['/ch/noarch/repodata.json', Buffer.from(repodataText('noarch', []))],
  ]);
  const server = await startServer(t, serve(files));
  const channel = { url: `${server.url}/ch`, name: 'ch' };
  const [first] = await index.read(wanted(channel));
  assert.deepEqual(
    first?.subdirs.map((source) => [source.subdir, source.digest]),
    [
      ['linux-64', sha256(compressed)],
      ['noarch', sha256(repodataText('noarch', []))],
    ],
  );
  assert.deepEqual(server.requests.toSorted(), [
    'GET /ch/linux-64/repodata.json.zst',
    'GET /ch/noarch/repodata.json',
    'GET /ch/noarch/repodata.json.zst',
  ]);
  server.requests.length = 0;
  assert.deepEqual(await index.read(wanted(channel)), [first]);
  assert.deepEqual(server.requests.toSorted(), [
    'GET /ch/linux-64/repodata.json.zst',
    'GET /ch/noarch/repodata.json',
  ]);
  files.set('/ch/linux-64/repodata.json.zst', zstdCompressSync(Buffer.from('{}')));
  const [changed] = await index.read(wanted(channel));
  assert.notEqual(changed?.subdirs[0]?.digest, first?.subdirs[0]?.digest);
});

test('a server that was asked a moment ago is not asked again', async (t) => {
  const { index } = await newIndex(t, 60_000);
  const files = new Map([['/linux-64/repodata.json', Buffer.from('{}')]]);
  const server = await startServer(t, serve(files));
  const channel = { url: server.url, name: 'ch' };
  await Promise.all([index.read(wanted(channel)), index.read(wanted(channel))]);
  const count = server.requests.length;
  await index.read(wanted(channel));
  assert.equal(server.requests.length, count);
  await index.forget(wanted(channel));
  await index.read(wanted(channel));
  assert.ok(server.requests.length > count);
});

test('a missing subdir is empty, a missing channel is refused with its URL', async (t) => {
  const { index } = await newIndex(t);
  const files = new Map([['/ok/linux-64/repodata.json', Buffer.from('{}')]]);
  const server = await startServer(t, serve(files));
  const [found] = await index.read(wanted({ url: `${server.url}/ok`, name: 'ok' }));
  assert.deepEqual(
    found?.subdirs.map((source) => source.subdir),
    ['linux-64'],
  );
  const secret = `${server.url.replace('://', '://me:pw@')}/gone`;
  await assert.rejects(index.read(wanted({ url: secret, name: secret })), (error) => {
    assert.ok(error instanceof StageyardError);
    assert.equal(error.code, 'CHANNEL_INVALID');
    assert.match(error.message, /\/gone has no repodata\.json for linux-64 or noarch/);
    assert.doesNotMatch(error.message, /pw/);
    return true;
  });
});

test('a server that fails is unreachable, and is asked again at the next read', async (t) => {
  const { index } = await newIndex(t, 60_000);
  let isBroken = true;
  const working = serve(new Map([['/linux-64/repodata.json', Buffer.from('{}')]]));
  const server = await startServer(t, (request, response) => {
    if (isBroken) response.writeHead(502).end();
    else working(request, response);
  });
  const channel = { url: server.url, name: 'ch' };
  await assert.rejects(index.read(wanted(channel)), failsWith('CHANNEL_UNREACHABLE', /502/));
  isBroken = false;
  assert.equal((await index.read(wanted(channel))).length, 1);
});

test('a server that never answered is told apart from one that is away, with what to do and no password', async (t) => {
  const { directory, index } = await newIndex(t);
  const server = await startServer(
    t,
    serve(new Map([['/linux-64/repodata.json', Buffer.from('{}')]])),
  );
  const channel = { url: server.url.replace('://', '://me:pw@'), name: 'ch' };
  await index.read(wanted(channel));
  server.stop();
  const refused = (hasAnswered: boolean) => (error: unknown) => {
    assert.ok(error instanceof StageyardError);
    assert.equal(error.code, 'CHANNEL_UNREACHABLE');
    assert.deepEqual(error.context, { hasAnswered });
    assert.match(error.message, /^channel ch, [^ ]+: http:\/\/127\.0\.0\.1:\d+\/.*ECONNREFUSED/);
    assert.equal(/offline.*HTTPS_PROXY.*--channel/.test(error.message), !hasAnswered);
    assert.doesNotMatch(error.message, /pw/);
    return true;
  };
  await assert.rejects(index.read(wanted(channel)), refused(true));
  const options = {
    cacheDir: join(directory, 'other'),
    transfer: createHttpTransfer({ retryDelayMs: 1 }),
  };
  await assert.rejects(createChannelIndex(options).read(wanted(channel)), refused(false));
});
