import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { digestOfBytes } from '#proto/adapters/hashing.ts';
import { S3ResultIndex, type S3ResultIndexOptions } from '#proto/adapters/s3-result-index.ts';
import { monotonicClock } from '#proto/adapters/system-clock.ts';
import { StageyardError } from '#proto/errors.ts';
import { inputKey } from '#proto/ids.ts';
import { describeResultIndexContract } from '../contract/result-index.contract.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { S3Server } from '../support/services/s3-server.ts';
import { type LesserS3Options, LesserS3Proxy } from '../support/lesser-s3-proxy.ts';

const TTL_MS = 60_000;
/** Answers of the server that are awaited after a step of the clock, unless somebody is asleep again before. */
const ROUND_TRIPS_MAX = 40;
const key = inputKey('d'.repeat(64));

let server: S3Server;
let prefixCount = 0;
before(async () => {
  server = await S3Server.start();
});
after(() => server.dispose());

function newPrefix(): string {
  prefixCount += 1;
  return `index/${prefixCount}`;
}

function openIndex(options: Partial<S3ResultIndexOptions> = {}): Promise<S3ResultIndex> {
  return S3ResultIndex.open({ ...server.place, clock: monotonicClock, ...options });
}

async function advance(clock: FakeClock, ms: number): Promise<void> {
  await clock.advance(ms);
  const client = server.client();
  for (let trip = 0; trip < ROUND_TRIPS_MAX && clock.sleeperCount === 0; trip += 1)
    await client.bucketExists(server.place.bucket);
}

function resultOf(text: string) {
  const output = { digest: digestOfBytes(text), sizeBytes: text.length, location: `at/${text}` };
  return { key, output, builtAtMs: 1_760_000_000_000 };
}

describeResultIndexContract('S3ResultIndex', async () => {
  const clock = new FakeClock();
  const prefix = newPrefix();
  const index = await openIndex({ prefix, clock });
  return {
    index,
    openAnother: () => openIndex({ prefix, clock }),
    advance: (ms) => advance(clock, ms),
    dispose: () => index.close(),
  };
});

test('S3ResultIndex: of many who claim at once exactly one is granted, round after round', async () => {
  const prefix = newPrefix();
  const indexes = await Promise.all(Array.from({ length: 12 }, () => openIndex({ prefix })));
  for (const letter of ['1', '2', '3', '4', '5']) {
    const raced = inputKey(letter.repeat(64));
    // The same owner everywhere: run names are the same on machines that build the same recipes.
    const answers = await Promise.all(indexes.map((index) => index.claim(raced, 'r/a1', TTL_MS)));
    const granted = answers.filter(({ kind }) => kind === 'granted');
    assert.equal(granted.length, 1, JSON.stringify(answers));
  }
  await Promise.all(indexes.map((index) => index.close()));
});

test('S3ResultIndex: a claim that is renewed is never taken, however slow or fast the clocks of others', async () => {
  const prefix = newPrefix();
  const [holdersClock, watchersClock] = [new FakeClock(0), new FakeClock(9_000_000_000_000)];
  const holder = await openIndex({ prefix, clock: holdersClock });
  const watcher = await openIndex({ prefix, clock: watchersClock });
  await holder.claim(key, 'r1/a1', TTL_MS);
  for (let round = 0; round < 5; round += 1) {
    assert.equal((await watcher.claim(key, 'r2/a1', TTL_MS)).kind, 'busy');
    await watchersClock.advance(TTL_MS * 0.9);
    assert.equal((await watcher.claim(key, 'r2/a1', TTL_MS)).kind, 'busy');
    assert.equal((await holder.claim(key, 'r1/a1', TTL_MS)).kind, 'granted');
  }
  await watcher.claim(key, 'r2/a1', TTL_MS);
  await watchersClock.advance(TTL_MS);
  assert.deepEqual(await watcher.claim(key, 'r2/a1', TTL_MS), { kind: 'granted', epoch: 2 });
  assert.deepEqual(await holder.claim(key, 'r1/a1', TTL_MS), { kind: 'busy', owner: 'r2/a1' });
  await holder.unclaim(key, 'r1/a1');
  assert.equal((await holder.claim(key, 'r1/a1', TTL_MS)).kind, 'busy');
  await Promise.all([holder.close(), watcher.close()]);
});

test('S3ResultIndex: the newest of many epochs is found by one who comes late', async () => {
  const prefix = newPrefix();
  const index = await openIndex({ prefix });
  for (let epoch = 1; epoch <= 11; epoch += 1) {
    assert.deepEqual(await index.claim(key, 'r1/a1', TTL_MS), { kind: 'granted', epoch });
    if (epoch < 11) await index.unclaim(key, 'r1/a1');
  }
  const other = await openIndex({ prefix });
  assert.equal((await other.claim(key, 'r2/a1', TTL_MS)).kind, 'busy');
  await index.unclaim(key, 'r1/a1');
  assert.deepEqual(await other.claim(key, 'r2/a1', TTL_MS), { kind: 'granted', epoch: 12 });
  await Promise.all([index.close(), other.close()]);
});

test('S3ResultIndex: an answer that is lost neither loses the claim nor the result', async (context) => {
  const prefix = newPrefix();
  const proxy = await FaultProxy.start(server.place.endpoint);
  context.after(() => proxy.dispose());
  const index = await openIndex({ prefix, endpoint: proxy.url });
  // Somewhere among these the answer to the conditional PUT is cut off.
  for (let step = 0; step < 10; step += 1) {
    const asked = inputKey(String(step).repeat(64));
    proxy.fault = { kind: 'reset', afterBytes: 250 * step, times: 1 };
    assert.deepEqual(await index.claim(asked, 'r1/a1', TTL_MS), { kind: 'granted', epoch: 1 });
  }
  proxy.fault = { kind: 'reset', afterBytes: 0, times: 1 };
  assert.deepEqual(await index.commit(resultOf('one')), resultOf('one'));
  assert.deepEqual(await index.lookup(key), resultOf('one'));
  await index.close();
});

test('S3ResultIndex: a result and a claim that are none are gone over', async () => {
  const prefix = newPrefix();
  const clock = new FakeClock();
  const index = await openIndex({ prefix, clock });
  const { bucket } = server.place;
  await server.client().putObject(bucket, `${prefix}/results/${key}`, 'no result');
  await server.client().putObject(bucket, `${prefix}/claims/${key}.1`, '{"schema":7}');
  assert.equal(await index.lookup(key), undefined);
  assert.equal((await index.claim(key, 'r1/a1', TTL_MS)).kind, 'busy');
  await clock.advance(TTL_MS);
  assert.deepEqual(await index.claim(key, 'r1/a1', TTL_MS), { kind: 'granted', epoch: 2 });
  assert.deepEqual(await index.commit(resultOf('one')), resultOf('one'));
  assert.deepEqual(await index.lookup(key), resultOf('one'));
  await index.close();
});

test('S3ResultIndex: claims go with the result, and a holder that slept knows that a later one is not its own', async () => {
  const prefix = newPrefix();
  const clock = new FakeClock();
  const [sleeper, maker] = [await openIndex({ prefix, clock }), await openIndex({ prefix, clock })];
  await sleeper.claim(key, 'r1/a1', TTL_MS);
  await maker.claim(key, 'r2/a1', TTL_MS);
  await clock.advance(TTL_MS);
  assert.deepEqual(await maker.claim(key, 'r2/a1', TTL_MS), { kind: 'granted', epoch: 2 });
  assert.deepEqual(await claimsBelow(prefix), [`${key}.1`, `${key}.2`]);
  await maker.commit(resultOf('one'));
  assert.deepEqual(await claimsBelow(prefix), []);
  assert.equal((await sleeper.claim(key, 'r1/a1', TTL_MS)).kind, 'exists');
  await maker.forget(key);
  assert.deepEqual(await maker.claim(key, 'r2/a1', TTL_MS), { kind: 'granted', epoch: 1 });
  const busy = { kind: 'busy', owner: 'r2/a1' };
  assert.deepEqual(await sleeper.claim(key, 'r1/a1', TTL_MS), busy);
  await sleeper.unclaim(key, 'r1/a1');
  assert.deepEqual(await sleeper.claim(key, 'r1/a1', TTL_MS), busy);
  await Promise.all([sleeper.close(), maker.close()]);
});

/** Names of the claims that there are, in order. */
async function claimsBelow(prefix: string): Promise<readonly string[]> {
  const folder = `${prefix}/claims/`;
  const names: string[] = [];
  for await (const { name } of server.client().listObjectsV2(server.place.bucket, folder, true))
    names.push(String(name).slice(folder.length));
  return names.filter((name) => name !== 'conditional-writes').toSorted();
}

for (const answer of ['ignored', 'refused'] as const) {
  test(`S3ResultIndex: where conditions are ${answer} that is noticed, and results are still shared`, async (context) => {
    const prefix = newPrefix();
    const { bucket, endpoint: target } = server.place;
    const proxy = await LesserS3Proxy.start({
      target,
      answer,
      remove: (path) => server.client().removeObject(bucket, path.slice(`/${bucket}/`.length)),
    });
    context.after(() => proxy.dispose());
    const place = { prefix, endpoint: proxy.url };
    const one = await openIndex(place);
    const two = await openIndex(place);
    assert.equal(one.isExclusive, false);
    assert.equal(two.isExclusive, false);
    assert.equal((await one.claim(key, 'r1/a1', TTL_MS)).kind, 'granted');
    assert.deepEqual(await two.claim(key, 'r1/a1', TTL_MS), { kind: 'busy', owner: 'r1/a1' });
    await one.commit(resultOf('one'));
    assert.deepEqual(await two.commit(resultOf('two')), resultOf('one'));
    assert.equal((await two.claim(key, 'r2/a1', TTL_MS)).kind, 'exists');
    await Promise.all([one.close(), two.close()]);
  });
}

test('S3ResultIndex: a full server is told as such, at once; what is there can be read', async (context) => {
  const prefix = newPrefix();
  const options: LesserS3Options = {
    target: server.place.endpoint,
    answer: 'none',
    remove: () => Promise.resolve(),
  };
  const proxy = await LesserS3Proxy.start(options);
  context.after(() => proxy.dispose());
  const index = await openIndex({ prefix, endpoint: proxy.url });
  await index.commit(resultOf('one'));
  options.answer = 'full';
  const other = inputKey('e'.repeat(64));
  for (const refused of [
    () => index.claim(other, 'r1/a1', TTL_MS),
    () => index.commit({ ...resultOf('two'), key: other }),
    () => openIndex({ prefix, endpoint: proxy.url }),
  ]) {
    await assert.rejects(refused, (error) => {
      assert.ok(error instanceof StageyardError);
      assert.equal(error.code, 'BLOB_STORE_UNAVAILABLE');
      assert.match(error.message, /its disks are full \(XMinioStorageFull\)/);
      return true;
    });
  }
  assert.deepEqual(await index.lookup(key), resultOf('one'));
  options.answer = 'none';
  assert.equal((await index.claim(other, 'r1/a1', TTL_MS)).kind, 'granted');
  await index.close();
});

test('S3ResultIndex: a real server keeps conditions', async () => {
  const prefix = newPrefix();
  for (let time = 0; time < 2; time += 1) {
    const index = await openIndex({ prefix });
    assert.equal(index.isExclusive, true);
    await index.close();
  }
});

test('S3ResultIndex: wrong credentials, an unknown bucket and a server that is away say what is wrong', async () => {
  const expected: readonly [Partial<S3ResultIndexOptions>, string, RegExp][] = [
    [{ secretKey: 'wrong-secret' }, 'CONFIG_INVALID', /refuses these credentials/],
    [{ bucket: 'no-such-bucket' }, 'CONFIG_INVALID', /there is no bucket no-such-bucket/],
    [{ endpoint: 'http://127.0.0.1:9', triesMax: 1 }, 'BLOB_STORE_UNAVAILABLE', /ECONNREFUSED/],
  ];
  for (const [options, code, message] of expected) {
    await assert.rejects(openIndex(options), (error) => {
      assert.ok(error instanceof StageyardError);
      assert.equal(error.code, code, error.message);
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /wrong-secret/);
      return true;
    });
  }
});
