/** The coordinator's door, asked by hand: who is let in, what is refused, what a body may be. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { StageyardError } from '#proto/errors.ts';
import { runId } from '#proto/ids.ts';
import type { Farm, FarmRun } from '#coordinator/shell/farm.ts';
import type { RunEvent } from '#coordinator/shell/run-events.ts';
import { checkListening } from '#coordinator/http/admission.ts';
import { altered } from '../../../support/altered.ts';
import { FarmHouse } from '../../../support/farm-house.ts';
import { HttpFarm } from '../../../support/http-farm.ts';
import { withTemporaryDirectory } from '../../../support/temporary-directory.ts';

const TOKEN = 'a-token-of-some-length';

interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly json: { readonly error?: { readonly code: string; readonly message: string } };
}

function ask(url: string, { method = 'GET', headers = {}, body }: Asked = {}): Promise<Answer> {
  const answered = Promise.withResolvers<Answer>();
  const outgoing = request(url, { method, headers, agent: false }, (response: IncomingMessage) => {
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    response.on('end', () => {
      const isJson = response.headers['content-type'] === 'application/json' && text !== '';
      const json: Answer['json'] = isJson ? JSON.parse(text) : {};
      answered.resolve({ status: response.statusCode ?? 0, text, json });
    });
  });
  outgoing.on('error', answered.reject);
  outgoing.end(body);
  return answered.promise;
}

const json = { 'content-type': 'application/json' };
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('the address of a coordinator', () => {
  const isInvalid = (error: unknown): boolean =>
    error instanceof StageyardError && error.code === 'CONFIG_INVALID';

  it('needs a token where other machines reach it', () => {
    for (const host of ['0.0.0.0', '::', '192.0.2.1', 'farm.example']) {
      assert.throws(() => checkListening({ host, port: 0 }, undefined), isInvalid, host);
      checkListening({ host, port: 0 }, TOKEN);
    }
    for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost'])
      checkListening({ host, port: 0 }, undefined);
  });

  it('takes no token that can be guessed or does not fit a header', () => {
    for (const token of [
      '',
      'short',
      'sixteen letters and spaces',
      `${'ä'.repeat(20)}`,
      'x'.repeat(5000),
    ])
      assert.throws(() => checkListening({ host: '127.0.0.1', port: 0 }, token), isInvalid);
  });

  it('that is taken already is told', async () => {
    const door = new HttpFarm(new FarmHouse());
    await door.open();
    const { port } = new URL(door.url);
    const other = new HttpFarm(new FarmHouse(), {
      listen: { host: '127.0.0.1', port: Number(port) },
    });
    await assert.rejects(other.open(), /another program listens there already/);
    await door.close();
  });
});

describe('a door with a token', () => {
  let door: HttpFarm;
  beforeEach(async () => {
    const house = new FarmHouse();
    door = new HttpFarm(house, { token: TOKEN });
    door.farm = await house.coordinator();
    await door.open();
  });
  afterEach(() => door.close());

  it('opens for who shows it, and for nobody else', async () => {
    const url = `${door.url}/api/v1/runs`;
    for (const authorization of [undefined, 'Bearer wrong', `Bearer ${TOKEN}x`, `Basic ${TOKEN}`]) {
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
      const { status, json: answer } = await ask(url, { headers });
      assert.equal(status, 401);
      assert.equal(answer.error?.code, 'TOKEN_INVALID');
      assert.ok(!answer.error?.message.includes(TOKEN));
    }
    const good = await ask(url, { headers: { authorization: `Bearer ${TOKEN}` } });
    assert.deepEqual([good.status, good.json], [200, { runs: [] }]);
  });

  it('does not say without it what there is behind', async () => {
    assert.equal((await ask(`${door.url}/api/v1/nothing`)).status, 401);
  });
});

describe('a door without a token', () => {
  let door: HttpFarm;
  let house: FarmHouse;
  beforeEach(async () => {
    house = new FarmHouse();
    door = new HttpFarm(house);
    door.farm = await house.coordinator();
    await door.open();
  });
  afterEach(() => door.close());

  it('is closed to web pages, whatever name they use for this machine', async () => {
    const url = `${door.url}/api/v1/runs`;
    for (const headers of [
      { origin: 'https://example.org' },
      { origin: 'null' },
      { host: 'rebound.example:7311' },
      { host: '127.0.0.1.example.org' },
    ] as Record<string, string>[]) {
      assert.equal((await ask(url, { headers })).status, 403, JSON.stringify(headers));
    }
    assert.equal((await ask(url, { headers: { host: 'localhost:7311' } })).status, 200);
  });

  it('tells paths and methods that it does not have', async () => {
    const cases: [string, string, number][] = [
      ['GET', '/', 404],
      ['GET', '/api/v1/', 404],
      ['GET', '/api/v2/runs', 404],
      ['GET', '/api/v1/runs/../../etc/passwd', 404],
      ['DELETE', '/api/v1/runs', 405],
      ['PUT', '/api/v1/runs/r1/cancel', 405],
      ['GET', '/api/v1/runs/%zz', 400],
      ['GET', '/api/v1/runs/r-unknown', 404],
      ['GET', `/api/v1/runs/${'r'.repeat(300)}`, 404],
      ['GET', '/api/v1/runs?limit=-1', 400],
      ['GET', '/api/v1/runs?limit=1e3', 400],
      ['POST', '/api/v1/runs/r-unknown/cancel', 404],
      ['GET', '/api/v1/blobs/abc?size=1', 400],
      ['GET', `/api/v1/blobs/${sha256('x')}`, 400],
      ['GET', `/api/v1/blobs/${sha256('x')}?size=1`, 404],
      ['PUT', `/api/v1/blobs/${sha256('x')}?owner=../../x`, 400],
    ];
    for (const [method, path, expected] of cases) {
      const { status, json: answer } = await ask(`${door.url}${path}`, { method });
      assert.equal(status, expected, `${method} ${path}`);
      assert.ok((answer.error?.message ?? '') !== '', `${method} ${path}`);
    }
  });

  it('takes no body that is no plan, and says what is wrong with it', async () => {
    const url = `${door.url}/api/v1/runs`;
    const plan = await house.plan('r-good');
    const cases: [string, Record<string, string>, number, RegExp][] = [
      ['{}', {}, 415, /application\/json/],
      ['{}', { 'content-type': 'text/plain' }, 415, /application\/json/],
      ['', json, 400, /not JSON/],
      ['[]', json, 400, /expected an object/],
      ['{"plan": 1}', json, 400, /plan: expected an object/],
      [`${'['.repeat(100_000)}`, json, 400, /not JSON/],
      [JSON.stringify({ plan: { ...plan, run: '../r' } }), json, 400, /run/],
      [JSON.stringify({ plan: { ...plan, tasks: [] } }), json, 400, /no task/],
      [
        JSON.stringify({ plan: { ...plan, tasks: [...plan.tasks, plan.tasks[0]] } }),
        json,
        400,
        /twice/,
      ],
      ['{"__proto__": {"plan": {}}}', json, 400, /plan/],
    ];
    for (const [body, headers, expected, words] of cases) {
      const { status, json: answer } = await ask(url, { method: 'POST', headers, body });
      assert.equal(status, expected, body.slice(0, 60));
      assert.match(answer.error?.message ?? '', words);
    }
    assert.deepEqual(door.farm?.runs(), []);
  });

  it('refuses a body by the size that it says to have, before it comes', async () => {
    for (const [path, size] of [
      ['POST /api/v1/runs', 2 ** 40],
      [`PUT /api/v1/blobs/${sha256('x')}?owner=r1`, 2 ** 45],
    ] as const) {
      const answer = await raw(door.url, [
        `${path} HTTP/1.1`,
        'host: 127.0.0.1',
        'content-type: application/json',
        `content-length: ${size}`,
      ]);
      assert.match(answer, /^HTTP\/1\.1 413 /, path);
    }
  });

  it('stores a blob only if it has the digest it is said to have, and keeps nothing else', async () => {
    await withTemporaryDirectory(async (scratchDir) => {
      const other = new HttpFarm(house, { scratchDir });
      other.farm = door.farm;
      await other.open();
      const url = (text: string): string => `${other.url}/api/v1/blobs/${sha256(text)}?owner=r1`;
      const small = 'small';
      const large = 'x'.repeat(3 * 1024 * 1024);
      for (const text of [small, large]) {
        const stored = await ask(url(text), { method: 'PUT', body: text });
        assert.equal(stored.status, 201);
        assert.equal(house.blobs.blobs.get(sha256(text))?.length, text.length);
        const damaged = await ask(url(`${text}!`), { method: 'PUT', body: `${text}?` });
        assert.equal(damaged.status, 400);
        assert.equal(damaged.json.error?.code, 'BLOB_DIGEST_MISMATCH');
        assert.equal(house.blobs.blobs.has(sha256(`${text}?`)), false);
        const back = await ask(`${url(text)}&size=${text.length}`);
        assert.equal(back.text, text);
        const head = await ask(`${url(text)}&size=${text.length}`, { method: 'HEAD' });
        assert.equal(head.status, 200);
      }
      await cutOff(url(large), large);
      const [scratch = ''] = await readdir(scratchDir);
      while ((await readdir(`${scratchDir}/${scratch}`)).length > 0)
        await new Promise((resolve) => setImmediate(resolve));
      await other.shut();
      assert.deepEqual(await readdir(scratchDir), []);
    });
  });

  it('does not tell what is in a failure that nobody planned', async () => {
    assert.ok(door.farm !== undefined);
    door.farm = altered<Farm>(door.farm, {
      runs: () => {
        throw new TypeError('a secret of the inside');
      },
    });
    const { status, text } = await ask(`${door.url}/api/v1/runs`);
    assert.equal(status, 500);
    assert.match(text, /INTERNAL/);
    assert.doesNotMatch(text, /secret/);
  });
});

describe('a coordinator that does not lead', () => {
  it('says why, and that it is alive', async () => {
    const house = new FarmHouse();
    const door = new HttpFarm(house, { standing: () => 'standby: c1 leads' });
    await door.open();
    const refused = await ask(`${door.url}/api/v1/runs`);
    assert.equal(refused.status, 503);
    assert.match(refused.json.error?.message ?? '', /standby: c1 leads/);
    assert.equal((await ask(`${door.url}/healthz`)).status, 200);
    assert.equal((await ask(`${door.url}/readyz`)).status, 503);
    door.farm = await house.coordinator();
    assert.equal((await ask(`${door.url}/readyz`)).status, 200);
    await door.close();
  });
});

describe('a viewer', () => {
  it('that reads too slowly is cut off, and nobody else', async () => {
    const house = new FarmHouse();
    const door = new HttpFarm(house);
    const crowd = new Set<(event: RunEvent) => void>();
    const farm = await house.coordinator();
    await farm.submit(await house.plan('r-told'));
    const run = farm.run(runId('r-told'));
    assert.ok(run !== undefined);
    const told = altered<FarmRun>(run, {
      follow: async (listener) => {
        listener({ kind: 'opened', run: runId('r-told'), isResumed: true, tasks: [] });
        crowd.add(listener);
        return () => void crowd.delete(listener);
      },
    });
    door.farm = altered<Farm>(farm, { run: () => told });
    await door.open();
    const { slow, quick } = await twoViewers(door.url);
    const [task] = await run.tasks();
    assert.ok(task !== undefined);
    const event: RunEvent = {
      kind: 'task',
      atMs: 1,
      what: 'attempt-failed',
      task: { ...task, title: 'x'.repeat(100_000) },
      logTail: [],
    };
    let turnCount = 0;
    while (crowd.size === 2 && turnCount < 2_000) {
      turnCount += 1;
      for (const listener of crowd) listener(event);
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(crowd.size, 1, 'the slow one is gone');
    const sentBytes = turnCount * 100_000;
    while (quick.bytes < sentBytes) await new Promise((resolve) => setImmediate(resolve));
    slow.destroy();
    quick.socket.destroy();
    await door.close();
  });

  it('is let go by a coordinator that does not lead any more and is still there', async () => {
    const house = new FarmHouse();
    const door = new HttpFarm(house);
    door.farm = await house.coordinator();
    await door.farm.submit(await house.plan('r-told'));
    await door.open();
    const { slow, quick } = await twoViewers(door.url);
    const left = new Promise((resolve) => quick.socket.once('close', resolve));
    await door.farm.close();
    await left;
    slow.destroy();
    await door.close();
  });
});

/** One that never reads, one that always does; both follow when this resolves. */
async function twoViewers(
  url: string,
): Promise<{ slow: Socket; quick: { socket: Socket; bytes: number } }> {
  const lines = ['GET /api/v1/runs/r-told/events HTTP/1.1', 'host: 127.0.0.1', '', ''];
  const open = async (): Promise<Socket> => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(lines.join('\r\n'));
    await new Promise((resolve) => socket.once('readable', resolve));
    return socket;
  };
  const slow = await open();
  const socket = await open();
  const quick = { socket, bytes: 0 };
  socket.on('data', (chunk) => (quick.bytes += chunk.length));
  return { slow, quick };
}

/** Everything that is answered to these lines. */
async function raw(url: string, lines: readonly string[]): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

/** Sends half of a body and goes away. */
async function cutOff(url: string, body: string): Promise<void> {
  const outgoing = request(url, {
    method: 'PUT',
    headers: { 'content-length': String(body.length) },
    agent: false,
  });
  outgoing.on('error', () => undefined);
  await new Promise<void>((resolve) =>
    outgoing.write(body.slice(0, body.length / 2), () => resolve()),
  );
  outgoing.destroy();
  await new Promise((resolve) => outgoing.once('close', resolve));
}
