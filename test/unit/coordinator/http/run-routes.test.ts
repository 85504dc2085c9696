/** Routes about runs whose askers go away. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { it } from 'node:test';
import { systemClock } from '#proto/adapters/system-clock.ts';
import type { Farm, FarmRun } from '#coordinator/shell/farm.ts';
import { BlobTransfers } from '#coordinator/http/blob-transfers.ts';
import { followRun } from '#coordinator/http/run-routes.ts';
import { altered } from '../../../support/altered.ts';
import { FarmHouse, runOf } from '../../../support/farm-house.ts';
import { withTemporaryDirectory } from '../../../support/temporary-directory.ts';

it('a viewer who goes away while a run is read is followed no more', { timeout: 20_000 }, () =>
  withTemporaryDirectory(async (directory) => {
    const house = new FarmHouse();
    const { blobs, logger } = house;
    const farm = await house.coordinator();
    await farm.submit(await house.plan('r1'));
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const viewer = get({ port: (server.address() as AddressInfo).port }).on('error', () => null);
    const [request, response] = await once(server, 'request');
    assert.ok(response instanceof ServerResponse);
    let isFollowed = true;
    const follow: FarmRun['follow'] = async (listener) => {
      viewer.destroy();
      await once(response, 'close');
      listener({ kind: 'finished', atMs: 1, outcome: 'failed' });
      return () => (isFollowed = false);
    };
    const run = altered<FarmRun>(runOf(farm, 'r1'), { follow });
    const url = new URL('http://127.0.0.1/api/v1/runs/r1/events');
    const transfers = await BlobTransfers.open(() => blobs, directory);
    const told = { request, response, url, words: ['r1'], blobs, transfers };
    const call = { ...told, clock: systemClock, logger };
    await followRun(call, altered<Farm>(farm, { run: () => run }));
    assert.equal(isFollowed, false);
    server.close();
    await transfers.close();
    await farm.close();
  }),
);
