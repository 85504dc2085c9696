/** The coordinator's door and clients that are slow, go away in the middle, or send what is made to do harm. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import {
  ClientRequest,
  createServer,
  type IncomingMessage,
  type Server,
  ServerResponse,
} from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { sha256Digest } from '#proto/digest.ts';
import { runId } from '#proto/ids.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { RunListing } from '#coordinator/core/run-listing.ts';
import type { Farm, FarmRun } from '#coordinator/shell/farm.ts';
import { untilGone } from '#coordinator/http/gone.ts';
import { LineStream } from '#coordinator/http/line-stream.ts';
import { altered } from '../../../support/altered.ts';
import { FarmHouse } from '../../../support/farm-house.ts';
import { HttpFarm } from '../../../support/http-farm.ts';
import { withTemporaryDirectory } from '../../../support/temporary-directory.ts';

const LARGE = 'x'.repeat(1024 * 1024);
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const blobPath = (text: string): string =>
  `/api/v1/blobs/${sha256(text)}?owner=r1&size=${text.length}`;

/** A connection that has sent these lines. */
async function sending(url: string, lines: readonly string[]): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  return socket;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a door', () => {
  let house: FarmHouse;
  let door: HttpFarm;
  beforeEach(async () => {
    house = new FarmHouse();
    door = new HttpFarm(house);
    door.farm = await house.coordinator();
  });
  afterEach(() => door.close());

  it('takes blobs from others while many senders stand still', { timeout: 20_000 }, async () => {
    await door.open();
    const head = [`PUT ${blobPath(LARGE)} HTTP/1.1`, 'host: 127.0.0.1', 'content-length: 1048576'];
    const slow = await Promise.all(Array.from({ length: 64 }, () => sending(door.url, head)));
    for (const text of ['small', LARGE]) {
      const stored = await fetch(`${door.url}${blobPath(text)}`, { method: 'PUT', body: text });
      assert.equal(stored.status, 201);
      const back = await fetch(`${door.url}${blobPath(text)}`);
      assert.equal(await back.text(), text);
    }
    for (const socket of slow) socket.destroy();
  });

  it('stops fetching for who went away, and leaves nothing', { timeout: 20_000 }, async () => {
    await withTemporaryDirectory(async (scratchDir) => {
      const begun = Promise.withResolvers<void>();
      const ended = Promise.withResolvers<void>();
      const blobs = altered<BlobStore>(house.blobs, {
        getFile: async (_ref, _path, { signal } = {}) => {
          begun.resolve();
          await new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()));
          ended.resolve();
          throw new Error('given up');
        },
      });
      const other = new HttpFarm(house, { scratchDir, blobs });
      other.farm = door.farm;
      await other.open();
      const lines = [`GET ${blobPath(LARGE)} HTTP/1.1`, 'host: 127.0.0.1'];
      const gone = await sending(other.url, lines);
      await begun.promise;
      gone.destroy();
      await ended.promise;
      await sending(other.url, lines);
      await other.shut();
      assert.deepEqual(await readdir(scratchDir), []);
    });
  });

  it('waits with its client for a store that has much to fetch', { timeout: 20_000 }, async (t) => {
    const client = t.mock.method(ClientRequest.prototype, 'setTimeout');
    const server = t.mock.method(ServerResponse.prototype, 'setTimeout');
    await door.open();
    const sizeBytes = 4 * 1024 ** 3;
    const ref = { digest: sha256Digest(sha256('none')), sizeBytes, location: '' };
    await assert.rejects(door.client().blobs.getFile(ref, 'nowhere'), /not in the store|no blob/);
    for (const { mock } of [client, server])
      assert.ok(Number(mock.calls[0]?.arguments[0]) > 15 * 60_000);
  });

  it('tells no more runs while much waits for who does not read', { timeout: 20_000 }, async () => {
    const { farm } = door;
    assert.ok(farm !== undefined);
    const name = runId('r-told');
    await farm.submit(await house.plan(name));
    const run = farm.run(name);
    assert.ok(run !== undefined);
    const [task] = await run.tasks();
    assert.ok(task !== undefined);
    const tasks = [{ ...task, title: 'x'.repeat(48 * 1024 * 1024) }];
    door.farm = altered<Farm>(farm, {
      run: () => altered<FarmRun>(run, { tasks: async () => tasks }),
    });
    await door.open();
    const path = `/api/v1/runs/${name}`;
    const unread: Socket[] = [];
    const statuses: string[] = [];
    for (let asked = 0; asked < 5; asked += 1) {
      const socket = await sending(door.url, [`GET ${path} HTTP/1.1`, 'host: 127.0.0.1']);
      unread.push(socket);
      await new Promise((resolve) => socket.once('readable', resolve));
      statuses.push(String(socket.read('HTTP/1.1 200'.length)).slice(-3));
    }
    assert.deepEqual(statuses, ['200', '200', '200', '503', '503']);
    for (const socket of unread) socket.destroy();
    while ((await fetch(`${door.url}${path}`)).status !== 200);
  });

  it('tells of a run that goes on while one that is over is read', {
    timeout: 20_000,
  }, async () => {
    const { farm } = door;
    assert.ok(farm !== undefined);
    const name = runId('r-going');
    await farm.submit(await house.plan(name));
    const run = farm.run(name);
    assert.ok(run !== undefined);
    const read = Promise.withResolvers<readonly []>();
    const asked = Promise.withResolvers<void>();
    const tasks = (): Promise<readonly []> => {
      asked.resolve();
      return read.promise;
    };
    const listing = (): RunListing => ({ ...run.listing(), outcome: 'failed' });
    const over = altered<FarmRun>(run, { listing, tasks });
    door.farm = altered<Farm>(farm, { run: (id) => (id === name ? run : over) });
    await door.open();
    const late = fetch(`${door.url}/api/v1/runs/r-over`);
    await asked.promise;
    assert.equal((await fetch(`${door.url}/api/v1/runs/${name}`)).status, 200);
    read.resolve([]);
    assert.equal((await late).status, 200);
  });

  it('refuses a text that would become far larger than it is', { timeout: 20_000 }, async () => {
    await door.open();
    const levels = 2_000_000;
    const bodies: [string, RegExp][] = [
      [`${'['.repeat(levels)}${']'.repeat(levels)}`, /more than 64 levels/],
      [`[${'{},'.repeat(levels)}1]`, /more than 2000000 objects/],
      [`[${'1,'.repeat(levels * 3)}1]`, /more than 5000000 items/],
    ];
    for (const [body, words] of bodies) {
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${door.url}/api/v1/runs`, { method: 'POST', headers, body });
      assert.equal(answer.status, 400);
      assert.match(await answer.text(), words);
    }
  });
});

describe('a stream of lines', () => {
  let server: Server;
  let viewer: Socket;
  let response: ServerResponse;
  beforeEach(async () => {
    const opened = Promise.withResolvers<ServerResponse>();
    server = createServer((_request: IncomingMessage, answer) => opened.resolve(answer));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    viewer = await sending(`http://127.0.0.1:${port}`, ['GET / HTTP/1.1', 'host: x']);
    viewer.pause();
    response = await opened.promise;
  });
  afterEach(async () => {
    viewer.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  it('ends when its viewer takes nothing for long, and not when there is nothing to take', async () => {
    const lines = new LineStream(response, 'text/plain', untilGone(response));
    while (response.writableLength > 0) await turn();
    response.emit('timeout');
    assert.equal(lines.isClosed, false);
    while (response.writableLength === 0) {
      lines.send(LARGE, 'needed');
      await turn();
    }
    response.emit('timeout');
    assert.equal(lines.isCut, true);
  });

  it('writes what is told in one turn at once: many viewers cost little', async () => {
    const lines = new LineStream(response, 'text/plain', untilGone(response));
    const written: string[] = [];
    response.write = (text: string) => written.push(text) > 0;
    for (const line of ['a', 'b']) lines.send(line, 'needed');
    await turn();
    lines.send('c', 'needed');
    lines.end();
    assert.deepEqual(written, ['a\nb\n', 'c\n']);
  });
});
