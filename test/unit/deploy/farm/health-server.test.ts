/** What a watcher of processes is told. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StageyardError } from '#proto/errors.ts';
import { startHealthServer } from '#deploy/farm/health-server.ts';

describe('the health of a worker', () => {
  it('says that it lives, whether it is ready, and why not', async () => {
    let problems: readonly string[] = [];
    const server = await startHealthServer({ host: '127.0.0.1', port: 0 }, () => problems);
    const ask = async (path: string): Promise<[number, unknown]> => {
      const response = await fetch(`${server.url}${path}`);
      return [response.status, await response.json()];
    };
    assert.deepEqual(await ask('/healthz'), [200, { alive: true }]);
    assert.deepEqual(await ask('/readyz'), [200, { ready: true, problems: [] }]);
    problems = ['it ends'];
    assert.deepEqual(await ask('/readyz'), [503, { ready: false, problems: ['it ends'] }]);
    assert.equal((await ask('/healthz'))[0], 200);
    assert.equal((await ask('/metrics'))[0], 404);
    await server.close();
  });

  it('is told to this machine only', async () => {
    await assert.rejects(
      startHealthServer({ host: '0.0.0.0', port: 0 }, () => []),
      (error) => error instanceof StageyardError && error.code === 'CONFIG_INVALID',
    );
  });

  it('is refused where another program listens already', async () => {
    const first = await startHealthServer({ host: '127.0.0.1', port: 0 }, () => []);
    const again = { host: '127.0.0.1', port: Number(new URL(first.url).port) };
    await assert.rejects(
      startHealthServer(again, () => []),
      /cannot listen on 127.0.0.1 port \d+: another program listens there already/,
    );
    await first.close();
  });
});
