/** Which channels workers elsewhere can read, and what is said of the others. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { ChannelRef } from '#proto/task-spec.ts';
import {
  type TravellingChannels,
  travellingChannels,
} from '#deploy/farm-client/travelling-channels.ts';
import { directoryChannel, writePackage } from '../../../support/conda-packages.ts';
import { FarmHouse } from '../../../support/farm-house.ts';
import { HttpFarm } from '../../../support/http-farm.ts';
import { temporaryDirectory } from '../../../support/test-directory.ts';

const far: ChannelRef = { url: 'https://conda.example/forge', name: 'forge' };

async function yard(t: TestContext) {
  const cwd = await temporaryDirectory(t);
  const house = new FarmHouse();
  const door = new HttpFarm(house);
  door.farm = await house.coordinator();
  await door.open();
  t.after(() => door.close());
  const said: string[] = [];
  const ask = (channels: readonly ChannelRef[], more: Partial<TravellingChannels> = {}) =>
    travellingChannels(channels, door.client(), {
      bundlesChannels: false,
      outputDir: join(cwd, 'output'),
      platforms: ['linux-64', 'noarch'],
      outputNames: ['made-here'],
      cwd,
      say: (text) => void said.push(text),
      ...more,
    });
  return { cwd, house, said, ask };
}

test('channels on servers are left as they are', async (t) => {
  const { ask } = await yard(t);
  assert.deepEqual(await ask([far]), [far]);
});

test('a directory exists only here: it is refused with the way out', async (t) => {
  const { cwd, ask } = await yard(t);
  const channels = [directoryChannel(join(cwd, 'my-channel')), far, directoryChannel('/srv/other')];
  await assert.rejects(ask(channels), {
    code: 'USAGE_INVALID',
    message: [
      './my-channel exists only here: use an http or s3 channel, or --bundle-channel',
      '/srv/other exists only here: use an http or s3 channel, or --bundle-channel',
    ].join('\n'),
  });
});

test('with --bundle-channel a directory travels, and is named as before', async (t) => {
  const { cwd, house, said, ask } = await yard(t);
  const channel = directoryChannel(join(cwd, 'my-channel'));
  await writePackage(join(cwd, 'my-channel'), { name: 'libadder' });
  const [first, second] = await ask([channel, far], { bundlesChannels: true });
  assert.ok(first?.bundle !== undefined);
  assert.deepEqual([first.url, first.name], [channel.url, channel.name]);
  assert.ok(house.blobs.blobs.has(first.bundle.digest));
  assert.deepEqual(second, far);
  assert.deepEqual(said, ['./my-channel travels along: 1 package']);
});

test('the output directory is left out, and that is said where something may be missed', async (t) => {
  const { cwd, said, ask } = await yard(t);
  const output = directoryChannel(join(cwd, 'output'));
  await writePackage(join(cwd, 'output'), { name: 'made-here' });
  assert.deepEqual(await ask([output, far]), [far]);
  assert.deepEqual(said, []);
  await writePackage(join(cwd, 'output'), { name: 'made-before' });
  assert.deepEqual(await ask([output, far]), [far]);
  assert.equal(said.length, 1);
  assert.match(said[0] ?? '', /^\.\/output exists only here: .*made-before.* --bundle-channel$/);
  const travelling = await ask([output, far], { bundlesChannels: true });
  assert.equal(travelling.length, 2);
});

test('a server of this machine is one for a farm of this machine', async (t) => {
  const { ask } = await yard(t);
  const own = { url: 'http://localhost:8000/channel', name: 'own' };
  assert.deepEqual(await ask([own]), [own]);
});
