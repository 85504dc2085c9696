import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import test, { after, before } from 'node:test';
import {
  type ChannelArtifact,
  type ChannelTarget,
  publishTo,
} from '#coordinator/channel/publish.ts';
import { channelTransfer } from '#deploy/channel/channel-transfer.ts';
import { S3ChannelPlace, type S3ChannelOptions } from '#deploy/channel/s3-place.ts';
import { bucketAccess } from '#deploy/config/farm-config.ts';
import { packageIndexReader } from '#deploy/package-index-reader.ts';
import { DirectoryBlobStore } from '#proto/adapters/directory-blob-store.ts';
import { digestOfBytes } from '#proto/adapters/hashing.ts';
import { systemClock } from '#proto/adapters/system-clock.ts';
import { StageyardError } from '#proto/errors.ts';
import { createEnvironmentService } from '#workers/environment/environment-service.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { S3Server } from '../support/services/s3-server.ts';
import { SilentLogger } from '../support/silent-logger.ts';
import { type PackageWish, storedPackage } from '../support/small-packages.ts';
import { withTemporaryDirectory } from '../support/temporary-directory.ts';

const PUBLISHERS = 3;
const PACKAGES_EACH = 3;
const KILL_ROUNDS = 6;
const aName = 'a-1.0-h0123456_0.conda';

let server: S3Server;
let channelCount = 0;
before(async () => {
  server = await S3Server.start();
});
after(() => server.dispose());

interface Yard {
  readonly directory: string;
  readonly prefix: string;
  readonly said: string[];
  readonly open: (options?: Partial<S3ChannelOptions>) => ChannelTarget;
  readonly make: (wish: PackageWish) => Promise<ChannelArtifact>;
}

async function inYard(body: (yard: Yard) => Promise<void>): Promise<void> {
  channelCount += 1;
  const prefix = `channels/c${channelCount}`;
  const said: string[] = [];
  const opened: S3ChannelPlace[] = [];
  await withTemporaryDirectory(async (directory) => {
    const store = await DirectoryBlobStore.open(join(directory, 'store'));
    const open = (options: Partial<S3ChannelOptions> = {}): ChannelTarget => {
      const say = (line: string): void => void said.push(line);
      const place = new S3ChannelPlace({ ...server.place, prefix, store, say, ...options });
      opened.push(place);
      return { place, clock: systemClock, reader: packageIndexReader, logger: new SilentLogger() };
    };
    const scratch = join(directory, 'scratch');
    try {
      await body({
        directory,
        prefix,
        said,
        open,
        make: (wish) => storedPackage(store, { scratch, ...wish }),
      });
    } finally {
      for (const place of opened) place.close();
    }
  });
}

async function objectText(key: string): Promise<string> {
  return text(await server.client().getObject(server.place.bucket, key));
}

type Entries = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

async function indexOf(prefix: string, subdir = 'linux-64'): Promise<Entries> {
  const index = JSON.parse(await objectText(`${prefix}/${subdir}/repodata.json`));
  return { ...index.packages, ...index['packages.conda'] };
}

/** Every entry's object is there with its sum; answers the names. */
async function assertSound(prefix: string): Promise<readonly string[]> {
  const names: string[] = [];
  for (const subdir of ['noarch', 'linux-64']) {
    for (const [fn, entry] of Object.entries(await indexOf(prefix, subdir))) {
      const { bucket } = server.place;
      const stream = await server.client().getObject(bucket, `${prefix}/${subdir}/${fn}`);
      const digest = digestOfBytes(Buffer.concat(await stream.toArray()));
      assert.equal(digest, entry['sha256'], fn);
      names.push(fn);
    }
  }
  return names.toSorted();
}

test('a channel in a bucket: packages in their subdirs, an index with the time of publication', () =>
  inYard(async ({ open, make, prefix, said }) => {
    const artifacts = [await make({ name: 'a' }), await make({ name: 'b', subdir: 'noarch' })];
    const odd = await make({ name: 'odd', version: '1!2.0+local' });
    assert.deepEqual(await publishTo(open(), [...artifacts, odd]), [null, null, null]);
    assert.deepEqual(await assertSound(prefix), [
      aName,
      'b-1.0-h0123456_0.conda',
      'odd-1!2.0+local-h0123456_0.conda',
    ]);
    const { indexed_timestamp: indexed, ...entry } = (await indexOf(prefix))[aName] ?? {};
    const { url: _url, fn: _fn, channel: _channel, ...record } = artifacts[0]?.record ?? {};
    assert.deepEqual(entry, record);
    assert.ok(Math.abs(Number(indexed) - Date.now()) < 60_000);
    assert.deepEqual(said, []);
  }));

test('a channel in a bucket: publishing again changes nothing; what others left is indexed or removed', () =>
  inYard(async ({ open, make, prefix }) => {
    const artifact = await make({ name: 'a' });
    await publishTo(open(), [artifact]);
    const before = await objectText(`${prefix}/linux-64/repodata.json`);
    assert.deepEqual(await publishTo(open(), [artifact]), [null]);
    assert.equal(await objectText(`${prefix}/linux-64/repodata.json`), before);
    const other = await make({ name: 'other' });
    const { bucket } = server.place;
    const place = open().place;
    await place.alone(() => place.put({ folder: 'linux-64', fn: other.record.fn }, other.blob));
    await server.client().putObject(bucket, `${prefix}/linux-64/repodata.json.zst`, 'stale');
    await server.client().removeObject(bucket, `${prefix}/linux-64/${aName}`);
    await publishTo(open(), []);
    await publishTo(open(), [await make({ name: 'c' })]);
    assert.deepEqual(await assertSound(prefix), ['c-1.0-h0123456_0.conda', other.record.fn]);
    await assert.rejects(objectText(`${prefix}/linux-64/repodata.json.zst`));
  }));

test('a channel in a bucket: another package of the same name is refused, the others are published', () =>
  inYard(async ({ open, make, prefix }) => {
    await publishTo(open(), [await make({ name: 'a', content: 'one' })]);
    const second = await make({ name: 'a', content: 'two' });
    const answers = await publishTo({ ...open(), remedy: 'raise build.number' }, [
      second,
      await make({ name: 'b' }),
    ]);
    assert.equal(answers[0]?.code, 'OUTPUT_EXISTS');
    assert.match(answers[0]?.message ?? '', /^.*s3:\/\/.*\/linux-64\/a-1\.0.* exists already/);
    assert.equal(answers[1], null);
    assert.deepEqual(await assertSound(prefix), [aName, 'b-1.0-h0123456_0.conda']);
  }));

function publisher({ directory, prefix }: Yard, name: string, count: number): ChildProcess {
  const child = join(import.meta.dirname, 'children', 's3-publisher.ts');
  const { endpoint, bucket, accessKey, secretKey } = server.place;
  return fork(child, [join(directory, name), prefix, name, String(count)], {
    env: { ...process.env, endpoint, bucket, accessKey, secretKey },
  });
}

test('a channel in a bucket: several processes that publish at once lose nothing of each other', () =>
  inYard(async (yard) => {
    const { prefix } = yard;
    const children = Array.from({ length: PUBLISHERS }, (_, index) =>
      publisher(yard, `p${index}`, PACKAGES_EACH),
    );
    const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]));
    assert.deepEqual(codes, Array(PUBLISHERS).fill(0));
    assert.equal((await assertSound(prefix)).length, PUBLISHERS * PACKAGES_EACH);
  }));

test('a channel in a bucket: a publisher killed anywhere leaves a sound channel, and may be repeated', () =>
  inYard(async (yard) => {
    const { prefix, open, make } = yard;
    await publishTo(open(), [await make({ name: 'base' })]);
    for (let round = 0; round < KILL_ROUNDS; round += 1) {
      const child = publisher(yard, 'p', PACKAGES_EACH);
      for (let message = 0; message <= round % PACKAGES_EACH; message += 1)
        await once(child, 'message');
      const { client, bucket } = { client: server.client(), bucket: server.place.bucket };
      // Some round trips further, so that it dies at another moment each time.
      for (let trip = 0; trip < 3 * round; trip += 1) await client.bucketExists(bucket);
      child.kill('SIGKILL');
      await once(child, 'exit');
      await assertSound(prefix);
    }
    const last = publisher(yard, 'p', PACKAGES_EACH);
    assert.deepEqual((await once(last, 'exit'))[0], 0);
    assert.equal((await assertSound(prefix)).length, PACKAGES_EACH + 1);
  }));

test('a channel in a bucket: one that stood still while another published does its work again', () =>
  inYard(async ({ open, make, prefix, said }) => {
    const clock = new FakeClock();
    const slow = open().place;
    const first = await make({ name: 'slow' });
    let attempts = 0;
    await slow.alone(async () => {
      attempts += 1;
      if (attempts > 1) return;
      await slow.contentOf('linux-64');
      const eager = open({ clock });
      const publishing = publishTo(eager, [await make({ name: 'eager' })]);
      const client = server.client();
      let isPublished = false;
      void publishing.then(() => (isPublished = true));
      while (!isPublished) {
        await clock.advance(5_000);
        await client.bucketExists(server.place.bucket);
      }
      await assert.rejects(slow.writeIndex('linux-64', 'stale'), /another publisher took over/);
    });
    assert.equal(attempts, 2);
    assert.equal(said.length, 1);
    assert.match(said[0] ?? '', /another publisher took over; doing it again/);
    await publishTo(open(), [first]);
    assert.equal((await assertSound(prefix)).length, 2);
  }));

test('a channel in a bucket: wrong credentials, an unknown bucket, a bad prefix say what is wrong', () =>
  inYard(async ({ open }) => {
    const cases: readonly [Partial<S3ChannelOptions>, RegExp][] = [
      [{ secretKey: 'wrong-secret' }, /refuses these credentials/],
      [{ bucket: 'no-such-bucket' }, /there is no bucket no-such-bucket/],
      [{ prefix: '../up' }, /prefix of the channel is not usable/],
    ];
    for (const [options, message] of cases) {
      const publishing = async (): Promise<unknown> => publishTo(open(options), []);
      await assert.rejects(publishing, (error) => {
        assert.ok(error instanceof StageyardError);
        assert.equal(error.code, 'CONFIG_INVALID');
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /wrong-secret/);
        return true;
      });
    }
  }));

test('S3 channel: what was published is solved against and fetched, and a stranger is told what is missing', () =>
  inYard(async ({ directory, prefix, open, make }) => {
    await publishTo(open(), [
      await make({ name: 'a' }),
      await make({ name: 'libc', version: '2.0' }),
    ]);
    const url = `s3://${server.place.bucket}/${prefix}`;
    const fetched = (environment: Record<string, string>): Promise<unknown> =>
      channelTransfer(bucketAccess(environment)).fetchFile({
        url: `${url}/linux-64/${aName}`,
        path: join(directory, 'fetched'),
        sizeBytesMax: 1024 * 1024,
      });
    const { endpoint, accessKey, secretKey } = server.place;
    const environment = {
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: accessKey,
      AWS_SECRET_ACCESS_KEY: secretKey,
    };
    await fetched(environment);
    await assert.rejects(
      fetched({ AWS_ENDPOINT_URL: endpoint }),
      (error) => error instanceof StageyardError && error.code === 'CONFIG_INVALID',
    );
    await assert.rejects(
      fetched({ ...environment, AWS_SECRET_ACCESS_KEY: 'wrong' }),
      (error) => error instanceof StageyardError && error.code === 'CHANNEL_INVALID',
    );
    const service = createEnvironmentService({
      cacheDir: join(directory, 'environments'),
      blobs: await DirectoryBlobStore.open(join(directory, 'blobs')),
      logger: new SilentLogger(),
      environment: {},
      transfer: channelTransfer(bucketAccess(environment)),
    });
    const solved = await service.solve({
      specs: [{ source: 'a', spec: 'a' }],
      platform: 'linux-64',
      sources: { channels: [{ url, name: url }], artifacts: [], channelPriority: 'strict' },
    });
    assert.deepEqual(
      solved.resolved.map((record) => record.url),
      [`${url}/linux-64/${aName}`, `${url}/linux-64/libc-2.0-h0123456_0.conda`],
    );
    await service.close();
  }));
