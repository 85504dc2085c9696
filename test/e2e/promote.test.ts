/** A run of a real farm is promoted: to a directory and to a bucket, twice at once, interrupted, against what is there. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { digestOfBytes } from '#proto/adapters/hashing.ts';
import { assertReadable, RecipeYard } from '../support/recipe-yard.ts';
import { NatsServer } from '../support/services/nats-server.ts';
import { S3Server } from '../support/services/s3-server.ts';
import { writePackage } from '../support/small-packages.ts';
import type { CommandOutcome, StartedCommand } from '../support/stageyard.ts';

const limits = { timeout: 120_000 };
const RECIPE = `recipe: {name: promoted, version: "1"}
outputs:
  - package: {name: tested}
    build: {noarch: generic, script: "mkdir -p $PREFIX/x; echo > $PREFIX/x/tested"}
    tests: [{package_contents: {files: [x/tested]}}]
  - package: {name: untested}
    build: {script: "mkdir -p $PREFIX/x; echo > $PREFIX/x/untested"}
  - package: {name: needy}
    build: {noarch: generic, script: "mkdir -p $PREFIX/x; echo > $PREFIX/x/needy"}
    requirements: {run: [untested]}
    tests: [{package_contents: {files: [x/needy]}}]
`;

const yard = new RecipeYard();
const started: StartedCommand[] = [];
let nats: NatsServer;
let s3: S3Server;
let farmUrl = '';
let run = '';

function startService(words: readonly string[]): StartedCommand {
  const command = yard.start([
    ...words,
    '--nats-servers',
    nats.url,
    '--store',
    `dir:${join(yard.directory, 'farm-store')}`,
  ]);
  started.push(command);
  return command;
}

/** The first line on its standard output. */
function firstLine({ child, ended }: StartedCommand): Promise<string> {
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', (said: string) => resolve(said.split('\n')[0] ?? ''));
    ended.then(({ stderr }) => reject(new Error(stderr)), reject);
  });
}

function startPromote(words: readonly string[]): StartedCommand {
  const { endpoint, accessKey, secretKey } = s3.place;
  const keys = { AWS_ACCESS_KEY_ID: accessKey, AWS_SECRET_ACCESS_KEY: secretKey };
  return yard.start(['promote', run, '--farm', farmUrl, ...words], {
    env: { AWS_ENDPOINT_URL: endpoint, ...keys },
  });
}

async function promote(words: readonly string[]): Promise<CommandOutcome> {
  const outcome = await startPromote(words).ended;
  assertReadable(outcome.stdout + outcome.stderr);
  return outcome;
}

type Entries = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

function entriesOf(index: string): Entries {
  const parsed = JSON.parse(index);
  return { ...parsed.packages, ...parsed['packages.conda'] };
}

/** Names that a channel directory's indexes list; each file has its digest. */
function promotedTo(channel: string): readonly string[] {
  return ['noarch', 'linux-64']
    .flatMap((subdir) => {
      const index = join(channel, subdir, 'repodata.json');
      if (!existsSync(index)) return [];
      return Object.entries(entriesOf(readFileSync(index, 'utf8'))).map(([fn, entry]) => {
        const bytes = readFileSync(join(channel, subdir, fn));
        assert.equal(digestOfBytes(bytes), entry['sha256']);
        return String(entry['name']);
      });
    })
    .toSorted();
}

/** The same of a channel in the bucket. */
async function promotedToBucket(prefix: string): Promise<readonly string[]> {
  const client = s3.client();
  const { bucket } = s3.place;
  const names: string[] = [];
  for (const subdir of ['noarch', 'linux-64']) {
    const index = await client.getObject(bucket, `${prefix}/${subdir}/repodata.json`);
    for (const [fn, entry] of Object.entries(entriesOf(await text(index)))) {
      const stream = await client.getObject(bucket, `${prefix}/${subdir}/${fn}`);
      assert.equal(digestOfBytes(Buffer.concat(await stream.toArray())), entry['sha256']);
      names.push(String(entry['name']));
    }
  }
  return names.toSorted();
}

before(async () => {
  [nats, s3] = await Promise.all([NatsServer.start(), S3Server.start()]);
  const listen = ['--listen', '127.0.0.1:0', '--assume-sync-always'];
  farmUrl = await firstLine(startService(['coordinator', ...listen]));
  startService(['worker', '--slots', '2', '--build-root', yard.buildRoot]);
  const recipe = yard.recipe('promoted', RECIPE);
  const submitted = await yard.run(
    ['submit', '--farm', farmUrl, '-c', yard.channel, '--bundle-channel', '--recipe', recipe],
    { env: { SOURCE_DATE_EPOCH: '1750000000' } },
  );
  assert.equal(submitted.code, 0, submitted.stderr);
  run = /\br[0-9a-f]{16}-[0-9a-f]+/.exec(submitted.stdout + submitted.stderr)?.[0] ?? '';
  const watched = await yard.run(['watch', run, '--farm', farmUrl]);
  assert.equal(watched.code, 0, watched.stdout + watched.stderr);
});

after(async () => {
  for (const { child } of started) child.kill('SIGKILL');
  await Promise.all(started.map(({ ended }) => ended));
  await Promise.all([nats.dispose(), s3.dispose()]);
  await yard.remove();
});

describe('promote', () => {
  it('copies to a directory; again changes nothing', limits, async () => {
    const channel = join(yard.directory, 'stable');
    const first = await promote(['--to', channel]);
    assert.equal(first.code, 0, first.stderr);
    assert.deepEqual(promotedTo(channel), ['needy', 'tested', 'untested']);
    const index = readFileSync(join(channel, 'noarch', 'repodata.json'), 'utf8');
    for (const entry of Object.values(entriesOf(index))) {
      assert.equal(entry['timestamp'], 1_750_000_000_000);
      assert.ok(Math.abs(Number(entry['indexed_timestamp']) - Date.now()) < 60_000);
    }
    assert.equal((await promote(['--to', channel])).code, 0);
    assert.equal(readFileSync(join(channel, 'noarch', 'repodata.json'), 'utf8'), index);
  });

  it('promotes nothing when a package does not meet what is required', limits, async () => {
    const channel = join(yard.directory, 'strict');
    const refused = await promote(['--to', channel, '--require', 'tested,no-overlinking']);
    assert.equal(refused.code, 1, refused.stderr);
    assert.match(refused.stderr, /untested .*stays behind: it was not tested/);
    assert.match(refused.stderr, /needy .*stays behind: it needs untested/);
    assert.match(refused.stderr, /nothing was promoted: --partial promotes the other 1/);
    assert.equal(existsSync(channel), false);
    const partial = await promote(['--to', channel, '--require', 'tested', '--partial']);
    assert.equal(partial.code, 0, partial.stderr);
    assert.deepEqual(promotedTo(channel), ['tested']);
  });

  it('promotes nothing when another package has one of the names', limits, async () => {
    const channel = join(yard.directory, 'taken');
    const filled = await promote(['--to', channel, '--json']);
    assert.equal(filled.code, 0, filled.stderr);
    const lines = filled.stdout.trim().split('\n');
    const taken = lines.map((line) => JSON.parse(line)).find(({ fn }) => fn.startsWith('tested-'));
    const other = join(yard.directory, 'other');
    mkdirSync(join(other, 'noarch'), { recursive: true });
    const [, version = '', build = ''] = /-([^-]+)-([^-]+)\.conda$/.exec(taken.fn) ?? [];
    await writePackage(join(other, 'noarch', taken.fn), {
      name: 'tested',
      version,
      build,
      subdir: 'noarch',
      content: 'other',
    });
    const refused = await promote(['--to', other]);
    assert.equal(refused.code, 1, refused.stderr);
    assert.match(refused.stderr, /exists already with other content .*raise build\.number/);
    assert.deepEqual(promotedTo(other), []);
    assert.equal(existsSync(join(other, 'linux-64', 'repodata.json')), false);
  });

  it('copies to a bucket, two at once and one after the other', limits, async () => {
    const to = ['--to', `s3://${s3.place.bucket}/channels/stable`];
    const outcomes = await Promise.all([promote(to), promote(to)]);
    for (const { code, stderr } of outcomes) assert.equal(code, 0, stderr);
    const names = ['needy', 'tested', 'untested'];
    assert.deepEqual(await promotedToBucket('channels/stable'), names);
    assert.equal((await promote(to)).code, 0);
    assert.deepEqual(await promotedToBucket('channels/stable'), names);
  });

  it('may be killed and repeated', limits, async () => {
    const prefix = 'channels/killed';
    const to = ['--to', `s3://${s3.place.bucket}/${prefix}`];
    const killed = startPromote(to);
    const over = killed.ended.then(() => true);
    for (let isThere = false; !isThere; ) {
      const found = await s3.client().listObjectsV2(s3.place.bucket, prefix, true).toArray();
      isThere = found.some(({ name = '' }) => name.endsWith('.conda'));
      if (!isThere) isThere = await Promise.race([over, Promise.resolve(false)]);
    }
    killed.child.kill('SIGKILL');
    await killed.ended;
    const again = await promote(to);
    assert.equal(again.code, 0, again.stderr);
    assert.deepEqual(await promotedToBucket(prefix), ['needy', 'tested', 'untested']);
  });

  it('says what is wrong with a channel, a rule, a run', limits, async () => {
    const cases: readonly [readonly string[], number, RegExp][] = [
      [['--to', 's3://no-such-bucket/x'], 2, /there is no bucket no-such-bucket/],
      [['--to', 'https://example.org/channel'], 2, /to a directory or to s3:\/\/BUCKET\/PREFIX/],
      [['--to', 'here', '--require', 'blessed'], 2, /choose from tested, no-overlinking/],
      [['--to', join(yard.directory, 'a-file', 'x')], 3, /cannot write to the channel/],
    ];
    writeFileSync(join(yard.directory, 'a-file'), '');
    for (const [words, code, message] of cases) {
      const outcome = await promote(words);
      assert.equal(outcome.code, code, outcome.stderr);
      assert.match(outcome.stderr, message);
    }
    const unknown = await yard.run(['promote', 'r0', '--farm', farmUrl, '--to', 'here']);
    assert.equal(unknown.code, 2, unknown.stderr);
  });
});
