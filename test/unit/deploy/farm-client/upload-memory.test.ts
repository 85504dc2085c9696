/** Files that were sent to a farm before are not sent again, as long as it has them. */
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemClock } from '#proto/adapters/system-clock.ts';
import { FarmClient } from '#deploy/farm-client/farm-client.ts';
import { UploadMemory } from '#deploy/farm-client/upload-memory.ts';
import { altered } from '../../../support/altered.ts';
import { FarmHouse } from '../../../support/farm-house.ts';
import { HttpFarm } from '../../../support/http-farm.ts';
import { temporaryDirectory } from '../../../support/test-directory.ts';

const scope = { owner: 'test' };

async function yard(t: TestContext) {
  const directory = await temporaryDirectory(t);
  const house = new FarmHouse();
  let putCount = 0;
  const blobs = altered(house.blobs, {
    putFile: (path) => {
      putCount += 1;
      return house.blobs.putFile(path);
    },
    putBytes: (bytes) => {
      putCount += 1;
      return house.blobs.putBytes(bytes);
    },
  });
  const door = new HttpFarm(house, { blobs });
  door.farm = await house.coordinator();
  await door.open();
  t.after(() => door.close());
  const root = join(directory, 'uploads');
  const said: string[] = [];
  const client = async (nowMs = Date.now()): Promise<FarmClient> => {
    const uploads = await UploadMemory.open(root, door.url, nowMs);
    const opened = new FarmClient({
      addresses: [door.url],
      uploads,
      clock: systemClock,
      patienceMs: 0,
      say: (text) => void said.push(text),
    });
    t.after(() => opened.close());
    return opened;
  };
  const path = join(directory, 'package.conda');
  await writeFile(path, 'x'.repeat(200_000));
  return { house, client, path, root, said, puts: () => putCount };
}

test('a large file is told before it is sent, and only then', async (t) => {
  const { client, path, said } = await yard(t);
  await (await client()).blobs.putFile(path, scope);
  assert.deepEqual(said, []);
  await truncate(path, 40 * 2 ** 20);
  for (let times = 0; times < 2; times += 1) await (await client()).blobs.putFile(path, scope);
  assert.deepEqual(said, ['sending 40 MiB to the farm']);
});

test('a file is sent once, by whichever process', async (t) => {
  const { client, path, puts } = await yard(t);
  const first = await (await client()).blobs.putFile(path, scope);
  assert.deepEqual(await (await client()).blobs.putFile(path, scope), first);
  assert.equal(puts(), 1);
  await writeFile(path, 'y'.repeat(200_000));
  assert.notEqual((await (await client()).blobs.putFile(path, scope)).digest, first.digest);
  assert.equal(puts(), 2);
});

test('a file that the farm lost is sent again', async (t) => {
  const { house, client, path, puts } = await yard(t);
  const ref = await (await client()).blobs.putFile(path, scope);
  await house.blobs.delete(ref);
  assert.deepEqual(await (await client()).blobs.putFile(path, scope), ref);
  assert.equal(puts(), 2);
  assert.equal(await house.blobs.has(ref), true);
});

test('what is remembered may be damaged, or old', async (t) => {
  const { client, path, root, puts } = await yard(t);
  await (await client()).blobs.putFile(path, scope);
  const [name = ''] = globSync('*/*', { cwd: root });
  await writeFile(join(root, name), '{"blob": {"digest": "..", "sizeBytes": -1}}');
  await (await client()).blobs.putFile(path, scope);
  assert.equal(puts(), 2);
  await utimes(join(root, name), new Date(0), new Date(0));
  await client();
  assert.deepEqual(globSync('*/*', { cwd: root }), []);
});
