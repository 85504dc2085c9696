/** A run on a farm, followed over HTTP as if it were driven here: through restarts, with packages coming home. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { systemClock } from '#proto/adapters/system-clock.ts';
import type { ErrorData } from '#proto/errors.ts';
import { runId, taskId } from '#proto/ids.ts';
import type { Clock } from '#proto/ports/clock.ts';
import type { Farm, FarmRun } from '#coordinator/shell/farm.ts';
import type { PackagePublisher } from '#coordinator/shell/publication-queue.ts';
import type { RunEvent, TaskView } from '#coordinator/shell/run-events.ts';
import type { FarmClient } from '#deploy/farm-client/farm-client.ts';
import { RemoteRun } from '#deploy/farm-client/remote-run.ts';
import type { WorkerPool } from '#workers/shell/worker-pool.ts';
import { altered } from '../../../support/altered.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { FarmHouse } from '../../../support/farm-house.ts';
import { HttpFarm } from '../../../support/http-farm.ts';
import { RememberingPublisher } from '../../../support/made-results.ts';
import { withTemporaryDirectory } from '../../../support/temporary-directory.ts';

const name = runId('r-1');

/** What viewers were told, shortly: `task-done package:…`. */
class Audience {
  readonly events: RunEvent[] = [];
  readonly waiting: (readonly TaskView[])[] = [];
  readonly #listeners = new Set<() => void>();

  readonly onEvent = (event: RunEvent): void => {
    this.events.push(event);
    for (const listener of this.#listeners) listener();
  };

  /** Resolves once it was told `what` of a task. */
  async until(what: string): Promise<void> {
    while (!this.told.some((line) => line.startsWith(what))) {
      await new Promise<void>((resolve) => this.#listeners.add(resolve));
    }
  }

  get told(): readonly string[] {
    return this.events.map((event) =>
      event.kind === 'task'
        ? `${event.what} ${event.task.id.replace(/[-:]h?[0-9a-f]{7,8}(_0)?$/, '')}`
        : event.kind,
    );
  }
}

describe('a run on a farm', () => {
  let house: FarmHouse;
  let door: HttpFarm;
  let audience: Audience;
  let gate: PromiseWithResolvers<void>;
  const pools: WorkerPool[] = [];

  beforeEach(async () => {
    gate = Promise.withResolvers<void>();
    house = new FarmHouse(() => gate.promise);
    door = new HttpFarm(house);
    door.farm = await house.coordinator();
    await door.open();
    audience = new Audience();
  });
  afterEach(async () => {
    gate.resolve();
    for (const pool of pools.splice(0)) await pool.stop();
    await door.close();
  });

  function follow(
    client: FarmClient,
    home: { publisher: PackagePublisher; logDir: string } | undefined,
    clock: Clock = systemClock,
  ): RemoteRun {
    return new RemoteRun({
      client,
      run: name,
      ...(home === undefined ? {} : { home }),
      clock,
      logger: house.logger,
      onEvent: audience.onEvent,
      onWaiting: (views) => void audience.waiting.push(views),
      say: (text) => void door.said.push(text),
    });
  }

  async function submitted(): Promise<FarmClient> {
    const client = door.client();
    await client.submit(await house.plan(name));
    return client;
  }

  it('is submitted once, however often it is handed in', async () => {
    const client = await submitted();
    await client.submit(await house.plan(name));
    assert.deepEqual(
      (await client.runs(10)).map(({ run }) => run),
      [name],
    );
    const other = { ...(await house.plan(name)), submissionDigest: 'f'.repeat(64) };
    await assert.rejects(client.submit(other), /another submission/);
  });

  it('tells what happens in order, and brings each package home before it says so', async () => {
    const client = await submitted();
    const publisher = new RememberingPublisher();
    const run = follow(client, { publisher, logDir: '/dev/null/logs' });
    pools.push(await house.worker());
    gate.resolve();
    assert.equal(await run.finished, 'succeeded');
    const { told } = audience;
    assert.equal(told[0], 'opened');
    assert.equal(told.at(-1), 'finished');
    for (const output of ['lib', 'tools', 'docs']) {
      const task = `package:calculator-${output}-1.0`;
      const steps = told.filter((line) => line.endsWith(task)).map((line) => line.split(' ')[0]);
      assert.deepEqual(
        steps.filter((step) => step !== 'task-offered'),
        ['attempt-accepted', 'task-done', 'task-published'],
      );
    }
    const names = publisher.published.map(({ output: { record } }) => record.name);
    assert.deepEqual(names.toSorted(), ['calculator-docs', 'calculator-lib', 'calculator-tools']);
    const [first] = run.tasks();
    assert.equal(first === undefined ? undefined : (await run.outputOf(first.id))?.kind, 'stage');
    await run.close();
  });

  it('is looked at less often when that takes the farm long', async () => {
    const clock = new FakeClock();
    const client = await submitted();
    const status = await client.run(name);
    let looks = 0;
    const slow = altered(client, {
      run: async () => {
        looks += 1;
        await clock.sleep(2_000);
        return status;
      },
    });
    const run = follow(slow, undefined, clock);
    await audience.until('opened');
    await clock.advance(60_000);
    assert.equal(looks, 2);
    await run.close();
  });

  it('fails where a package that was built can not be put into the channel here', async () => {
    const client = await submitted();
    const error: ErrorData = {
      code: 'OUTPUT_EXISTS',
      message: 'there is another one',
      context: {},
    };
    const publisher: PackagePublisher = {
      publish: async (items) =>
        items.map(({ output }) => (output.record.name === 'calculator-docs' ? error : null)),
    };
    const run = follow(client, { publisher, logDir: '/dev/null/logs' });
    pools.push(await house.worker());
    gate.resolve();
    assert.equal(await run.finished, 'failed');
    const docs = run.tasks().find(({ title }) => title.startsWith('calculator-docs'));
    assert.deepEqual(docs?.publication, { kind: 'failed', place: 'channel', error });
    await run.close();
  });

  it('outlives its coordinator: that is said once, and nothing is told twice or left out', async () => {
    const client = await submitted();
    const publisher = new RememberingPublisher();
    const run = follow(client, { publisher, logDir: '/dev/null/logs' });
    const worker = await house.worker();
    pools.push(worker);
    await audience.until('attempt-accepted');
    const port = await door.shut();
    await door.farm?.close();
    door.farm = undefined;
    gate.resolve();
    await until(() => worker.runningCount === 0 && door.said.length > 0);
    await door.open(port);
    door.farm = await house.coordinator();
    assert.equal(await run.finished, 'succeeded');
    assert.equal(publisher.published.length, 3);
    assert.deepEqual(door.said, [
      `no farm answers at ${door.url}; waiting`,
      `the farm at ${door.url} answers again`,
    ]);
    const { told } = audience;
    assert.equal(told.filter((line) => line === 'opened').length, 1);
    const done = told.filter((line) => line.startsWith('task-done'));
    assert.equal(new Set(done).size, done.length, 'nothing ends twice');
    assert.equal(done.length, 6);
    await run.close();
  });

  it('is left alone by one who goes away', async () => {
    const client = await submitted();
    const run = follow(client, { publisher: new RememberingPublisher(), logDir: '/dev/null/logs' });
    await audience.until('opened');
    await run.close();
    assert.equal(await run.finished, undefined);
    assert.equal((await client.run(name)).listing.isCancelled, false);
  });

  it('is cancelled when that is wished', async () => {
    const client = await submitted();
    const run = follow(client, undefined);
    await audience.until('opened');
    run.cancel();
    assert.equal(await run.finished, 'cancelled');
    assert.ok(run.tasks().every(({ phase }) => phase === 'stopped'));
    await run.close();
  });

  it('is paused and goes on', async () => {
    const client = await submitted();
    assert.equal((await client.change(name, 'pause')).isPaused, true);
    assert.equal((await client.change(name, 'resume')).isPaused, false);
  });

  it('says to one who comes later only what goes on', async () => {
    const client = await submitted();
    pools.push(await house.worker());
    gate.resolve();
    assert.equal(await follow(client, undefined).finished, 'succeeded');
    audience = new Audience();
    const run = follow(client, undefined);
    assert.equal(await run.finished, 'succeeded');
    assert.deepEqual(audience.told, ['opened', 'finished']);
    assert.ok(run.tasks().every(({ phase }) => phase === 'done'));
  });

  it('gives errors with the paths of this machine, and the log that they name', async () => {
    const client = await submitted();
    assert.ok(door.farm !== undefined);
    const log = await house.blobs.putBytes(new TextEncoder().encode('make: it failed\n'));
    const [task] = (await client.run(name)).tasks;
    assert.ok(task !== undefined);
    const failed: TaskView = {
      ...task,
      phase: 'failed',
      epoch: 2,
      error: {
        code: 'SCRIPT_FAILED',
        message: 'exit status 2\nLog: /var/worker/logs/a.log',
        context: {
          logPath: '/var/worker/logs/a.log',
          workDirectory: '/b/1',
          environmentScript: '/b/1/e',
          worker: 'w9',
        },
      },
    };
    const real = door.farm.run(name);
    assert.ok(real !== undefined);
    const run = altered<FarmRun>(real, {
      tasks: async () => [failed],
      task: async () => failed,
      storedLog: async () => log,
      follow: async (listener) => {
        listener({ kind: 'opened', run: name, isResumed: true, tasks: [failed] });
        listener({ kind: 'finished', atMs: 1, outcome: 'failed' });
        return () => undefined;
      },
    });
    door.farm = altered<Farm>(door.farm, { run: () => run });
    await withTemporaryDirectory(async (logDir) => {
      const remote = follow(client, { publisher: new RememberingPublisher(), logDir });
      assert.equal(await remote.finished, 'failed');
      const [file = ''] = await readdir(logDir);
      const path = join(logDir, file);
      assert.equal(await readFile(path, 'utf8'), 'make: it failed\n');
      const [view] = remote.tasks();
      assert.equal(view?.error?.message, `exit status 2\nLog: ${path}`);
      assert.deepEqual(view?.error?.context, {
        logPath: path,
        worker: 'w9',
        workDirectory: '/b/1 on worker w9',
      });
    });
  });
});

describe('a client', () => {
  it('says at once that nothing is there when it never was', async () => {
    const door = new HttpFarm(new FarmHouse());
    await door.open();
    const client = door.client();
    await door.shut();
    await assert.rejects(client.farm(), { code: 'FARM_UNREACHABLE' });
    assert.deepEqual(door.said, []);
    await door.close();
  });

  it('waits for a coordinator that is there and does not lead yet', async () => {
    const house = new FarmHouse();
    const door = new HttpFarm(house, { standing: () => 'the coordinator reads its journal' });
    await door.open();
    const asking = door.client({ patienceMs: 0 }).runs(1);
    while (door.said.length === 0) await new Promise((resolve) => setImmediate(resolve));
    door.farm = await house.coordinator();
    assert.deepEqual(await asking, []);
    assert.match(door.said[0] ?? '', /reads its journal; waiting$/);
    await door.close();
  });

  it('shows its token, and tells what it means when it is wrong', async () => {
    const house = new FarmHouse();
    const door = new HttpFarm(house, { token: 'a-token-of-some-length' });
    door.farm = await house.coordinator();
    await door.open();
    await door.client({ token: 'a-token-of-some-length' }).farm();
    await assert.rejects(door.client({ token: 'another-token-of-some-length' }).farm(), {
      code: 'TOKEN_INVALID',
      exitCode: 2,
    });
    await assert.rejects(door.client().farm(), { code: 'TOKEN_INVALID' });
    const client = door.client();
    await assert.rejects(client.blobs.has({ ...(await house.blobs.putBytes(new Uint8Array(1))) }), {
      code: 'TOKEN_INVALID',
    });
    await door.close();
  });

  it('knows no run by a name that is none', async () => {
    const house = new FarmHouse();
    const door = new HttpFarm(house);
    door.farm = await house.coordinator();
    await door.open();
    const client = door.client();
    await assert.rejects(client.run(runId('r-nowhere')), { code: 'RUN_UNKNOWN' });
    await client.submit(await house.plan(name));
    await assert.rejects(client.outputOf(name, taskId('package:nothing')), { code: 'RUN_UNKNOWN' });
    await door.close();
  });
});

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}
