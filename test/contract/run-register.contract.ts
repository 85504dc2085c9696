/** What every register of runs promises. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { runId } from '#proto/ids.ts';
import type { RunRegister } from '#proto/ports/run-register.ts';

const run = runId('r1');

/** Registers the suite; `make` answers an empty register and how to end it. */
export function describeRunRegisterContract(
  name: string,
  make: () => Promise<{ readonly register: RunRegister; readonly dispose: () => Promise<void> }>,
): void {
  const it = (title: string, body: (register: RunRegister) => Promise<void>): void => {
    test(`${name}: ${title}`, async () => {
      const { register, dispose } = await make();
      try {
        await body(register);
      } finally {
        await dispose();
      }
    });
  };

  it('knows nothing of a run that nobody registered', async (register) => {
    assert.equal(await register.read(run), undefined);
    assert.deepEqual(await register.readPools(), []);
  });

  it('tells the newest standing of each run', async (register) => {
    await register.publish(run, { generation: 1, state: 'open', term: 3 });
    await register.publish(runId('r2'), { generation: 1, state: 'paused', term: 3 });
    await register.publish(run, { generation: 2, state: 'cancelled', term: 3 });
    assert.deepEqual(await register.read(run), { generation: 2, state: 'cancelled', term: 3 });
    assert.equal((await register.read(runId('r2')))?.state, 'paused');
  });

  it('drops what a former leader writes', async (register) => {
    await register.publish(run, { generation: 2, state: 'cancelled', term: 4 });
    await register.publish(run, { generation: 1, state: 'open', term: 3 });
    assert.equal((await register.read(run))?.state, 'cancelled');
    const pool = { pool: 'linux-64.a1', platform: 'linux-64', labels: ['gpu'], secrets: ['TOKEN'] };
    await register.publishPools(4, [pool]);
    await register.publishPools(3, []);
    assert.deepEqual(await register.readPools(), [pool]);
    await register.publishPools(5, []);
    assert.deepEqual(await register.readPools(), []);
  });

  it('keeps every one of many runs that are written at once', async (register) => {
    const runs = Array.from({ length: 50 }, (_, index) => runId(`many-${index}`));
    const standing = { generation: 1, state: 'open', term: 1 } as const;
    await Promise.all(runs.map((each) => register.publish(each, standing)));
    for (const each of runs) assert.deepEqual(await register.read(each), standing);
  });
}
