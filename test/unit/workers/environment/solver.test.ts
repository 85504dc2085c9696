import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { zstdCompressSync } from 'node:zlib';
import type { RepodataRecord } from '#proto/conda/package-record.ts';
import { StageyardError } from '#proto/errors.ts';
import { createSolver } from '#workers/environment/solver.ts';
import type { ChannelSource, SolveQuestion } from '#workers/environment/solver-protocol.ts';
import { record, repodataText } from '../../../support/conda-packages.ts';
import { temporaryDirectory } from '../../../support/test-directory.ts';

const solver = createSolver();
after(() => solver.close());

function channel(name: string, records: readonly RepodataRecord[]): ChannelSource {
  const url = `https://channels.invalid/${name}`;
  const placed = records.map((item) => ({
    ...item,
    channel: url,
    url: `${url}/${item.subdir}/${item.fn}`,
  }));
  const subdirs = ['linux-64', 'noarch'].map((subdir) => {
    const own = placed.filter((item) => item.subdir === subdir);
    const digest = createHash('sha256').update(JSON.stringify(own)).digest('hex');
    return { kind: 'records', subdir, digest, records: own } as const;
  });
  return { name, url, subdirs };
}

const question = (
  specs: readonly string[],
  channels: readonly ChannelSource[],
  changes: Partial<SolveQuestion> = {},
): SolveQuestion => ({
  specs,
  channels,
  platform: 'linux-64',
  virtualPackages: [{ name: '__glibc', version: '2.36', build: '0' }],
  channelPriority: 'strict',
  ...changes,
});

const solved = async (asked: SolveQuestion): Promise<string[]> =>
  (await solver.solve(asked)).map((item) => `${item.name} ${item.version} ${item.build}`);

const failsWith =
  (code: string, ...patterns: RegExp[]) =>
  (error: unknown) => {
    assert.ok(error instanceof StageyardError, String(error));
    assert.equal(error.code, code, error.message);
    for (const pattern of patterns) assert.match(error.message, pattern);
    return true;
  };

const main = channel('main', [
  record('tool', '2.0', { depends: ['libtool >=1', 'shared'] }),
  record('libtool', '1.0'),
  record('libtool', '1.5', { constrains: ['shared <2'], license: 'MIT', timestamp: 5_000 }),
  record('shared', '1.0', { subdir: 'noarch', noarch: 'generic', timestamp: 1_000 }),
  record('shared', '2.0', { subdir: 'noarch', noarch: 'generic', timestamp: 1_700_000_000_000 }),
  record('needs-new-libc', '1.0', { depends: ['__glibc >=2.50'] }),
  record('needs-libc', '1.0', { depends: ['__glibc >=2.17'] }),
]);

test('an answer is sorted, respects constraints and keeps everything the index says', async () => {
  assert.deepEqual(await solved(question(['tool'], [main])), [
    'libtool 1.5 0',
    'shared 1.0 0',
    'tool 2.0 0',
  ]);
  const [libtool] = await solver.solve(question(['libtool'], [main]));
  assert.equal(libtool?.license, 'MIT');
  assert.deepEqual(libtool?.constrains, ['shared <2']);
  assert.equal(libtool?.url, 'https://channels.invalid/main/linux-64/libtool-1.5-0.conda');
});

test('virtual packages count in the solve and are not part of the answer', async () => {
  assert.deepEqual(await solved(question(['needs-libc'], [main])), ['needs-libc 1.0 0']);
  await assert.rejects(
    solver.solve(question(['needs-new-libc'], [main])),
    failsWith('ENV_UNSOLVABLE', /__glibc >=2\.50/),
  );
});

test('what cannot be solved names the requirements, the channels and the reason', async () => {
  await assert.rejects(
    solver.solve(question(['tool 3.*', 'libtool'], [main])),
    failsWith(
      'ENV_UNSOLVABLE',
      / {2}- tool 3\.\*/,
      / {2}- libtool/,
      /https:\/\/channels\.invalid\/main/,
      /No candidates were found for tool 3\.\*/,
    ),
  );
});

const first = channel('first', [record('tool', '1.0')]);
const second = channel('second', [
  record('tool', '2.0'),
  record('other', '1.0'),
  record('new-tool-user', '1.0', { depends: ['tool >=2'] }),
]);

test('with strict priority a name comes from the first channel that has it', async () => {
  assert.deepEqual(await solved(question(['tool', 'other'], [first, second])), [
    'other 1.0 0',
    'tool 1.0 0',
  ]);
  await assert.rejects(
    solver.solve(question(['new-tool-user'], [first, second])),
    failsWith('ENV_UNSOLVABLE', /tool >=2/),
  );
});

test('a direct requirement comes from the first channel that can meet it, as with rattler-build', async () => {
  assert.deepEqual(await solved(question(['tool 2.*'], [first, second])), ['tool 2.0 0']);
});

test('without channel priority the best version of all channels is taken', async () => {
  const asked = question(['tool'], [first, second], { channelPriority: 'disabled' });
  const [tool] = await solver.solve(asked);
  assert.equal(tool?.version, '2.0');
  assert.equal(tool?.channel, 'https://channels.invalid/second');
});

test('a channel in a spec or in a dependency never reaches the solver', async () => {
  assert.deepEqual(await solved(question(['second::tool'], [first, second])), ['tool 2.0 0']);
  assert.deepEqual(await solved(question(['tool[channel=second]'], [first, second])), [
    'tool 2.0 0',
  ]);
  const odd = channel('odd', [
    record('a', '1.0', { depends: ['second::b >=1', 'c[channel=x]'] }),
    record('b', '1.0'),
    record('c', '1.0', { constrains: ['x::y <1'] }),
  ]);
  assert.deepEqual(await solved(question(['a'], [odd])), ['a 1.0 0', 'b 1.0 0', 'c 1.0 0']);
  await assert.rejects(
    solver.solve(question(['nowhere::tool'], [first, second])),
    failsWith('ENV_UNSOLVABLE', /nowhere::tool/),
  );
});

test('records newer than the limit do not exist, whether their time is in seconds or milliseconds', async () => {
  const asked = question(['shared', 'libtool'], [main], { excludeNewerMs: 4_000_000 });
  assert.deepEqual(await solved(asked), ['libtool 1.0 0', 'shared 1.0 0']);
});

test('what the run has built is never too new for it', async () => {
  const own = channel('own', [record('fresh', '1.0', { timestamp: 9_000_000 })]);
  const asked = (isOwn: boolean) =>
    question(['fresh'], [{ ...own, isOwn }], { excludeNewerMs: 4_000_000 });
  assert.deepEqual(await solved(asked(true)), ['fresh 1.0 0']);
  await assert.rejects(solver.solve(asked(false)), failsWith('ENV_UNSOLVABLE', /fresh/));
});

test('a broken dependency excludes its record and nothing else', async () => {
  const odd = channel('odd', [
    record('a', '2.0', { depends: ['>>> not a spec'] }),
    record('a', '1.0'),
  ]);
  assert.deepEqual(await solved(question(['a'], [odd])), ['a 1.0 0']);
});

test('indexes are read from files, compressed or not, and their digest is checked', async (t) => {
  const directory = await temporaryDirectory(t);
  const text = repodataText('linux-64', [record('filed', '1.0')]);
  const stored = { none: Buffer.from(text), zstd: zstdCompressSync(Buffer.from(text)) };
  for (const compression of ['none', 'zstd'] as const) {
    const path = join(directory, compression);
    await writeFile(path, stored[compression]);
    const digest = createHash('sha256').update(stored[compression]).digest('hex');
    const at = (claimed: string): ChannelSource => ({
      name: compression,
      url: `https://channels.invalid/${compression}`,
      subdirs: [{ kind: 'file', subdir: 'linux-64', digest: claimed, path, compression }],
    });
    assert.deepEqual(await solved(question(['filed'], [at(digest)])), ['filed 1.0 0']);
    await assert.rejects(
      solver.solve(question(['filed'], [at('0'.repeat(64))])),
      (error) => error instanceof StageyardError && error.context['isStale'] === true,
    );
  }
});

test('a damaged index fails the solve with its URL and leaves the thread usable', async (t) => {
  const directory = await temporaryDirectory(t);
  const path = join(directory, 'repodata.json');
  const solveWith = async (content: string, compression: 'none' | 'zstd' = 'none') => {
    await writeFile(path, content);
    const digest = createHash('sha256').update(content).digest('hex');
    const source = { kind: 'file', subdir: 'linux-64', digest, path, compression } as const;
    const url = 'https://channels.invalid/bad';
    await solver.solve(question(['x'], [{ name: 'bad', url, subdirs: [source] }]));
  };
  const place = /https:\/\/channels\.invalid\/bad\/linux-64/;
  await assert.rejects(
    solveWith('<html>hello</html>'),
    failsWith('CHANNEL_INVALID', place, /byte 0/),
  );
  await assert.rejects(solveWith('not zstd', 'zstd'), failsWith('CHANNEL_INVALID', place));
  const wrongType = '{"packages": {"x-1-0.conda": {"name": "x", "version": 1, "build": "0"}}}';
  await assert.rejects(
    solveWith(wrongType),
    failsWith('CHANNEL_INVALID', place, /x-1-0\.conda: version must be text/),
  );
  assert.deepEqual(await solved(question(['tool'], [first])), ['tool 1.0 0']);
});

/** A thread that does what `body` says with each request. */
async function threadOf(directory: string, body: string): Promise<URL> {
  const path = join(directory, 'thread.mjs');
  await writeFile(
    path,
    `import { parentPort } from 'node:worker_threads';\nparentPort.on('message', (request) => { ${body} });\n`,
  );
  return pathToFileURL(path);
}

const answerIfPolite = `
  const { specs } = request.question;
  if (specs.includes('crash')) throw new Error('recursive use of an object');
  if (specs.includes('exit')) process.exit(7);
  if (specs.includes('hang')) return;
  parentPort.postMessage({ id: request.id, outcome: 'solved', records: [], retainedBytes: specs.includes('fat') ? 2 ** 40 : 0 });`;

test('a thread that crashes, exits or hangs fails its own question and is replaced', async (t) => {
  const threadUrl = await threadOf(await temporaryDirectory(t), answerIfPolite);
  let threadCount = 0;
  const onThreadStart = (): void => {
    threadCount += 1;
  };
  const other = createSolver({ threadUrl, timeoutMs: 500, onThreadStart });
  t.after(() => other.close());
  const ask = (spec: string) => other.solve(question([spec], []));
  assert.deepEqual(await ask('fine'), []);
  assert.equal(threadCount, 1);
  await assert.rejects(ask('crash'), failsWith('INTERNAL', /crash/, /recursive use/));
  await assert.rejects(ask('exit'), failsWith('INTERNAL', /exit code 7/));
  await assert.rejects(ask('hang'), failsWith('ENV_UNSOLVABLE', /no answer in/));
  assert.deepEqual(await ask('fine'), []);
  assert.equal(threadCount, 4);
  await ask('fat');
  await ask('fine');
  assert.equal(threadCount, 5);
});

test('a cancelled solve ends at once, and one that waits for its turn never starts', async (t) => {
  const threadUrl = await threadOf(await temporaryDirectory(t), answerIfPolite);
  const other = createSolver({ threadUrl });
  t.after(() => other.close());
  const cancel = new AbortController();
  const hanging = other.solve(question(['hang'], []), cancel.signal);
  const waiting = other.solve(question(['fine'], []), cancel.signal);
  cancel.abort();
  await assert.rejects(hanging, failsWith('CANCELLED'));
  await assert.rejects(waiting, failsWith('CANCELLED'));
});
