/** Logs of attempts, fetched as they end. */
import assert from 'node:assert/strict';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { runId, type TaskId } from '#proto/ids.ts';
import type { Farm, FarmRun } from '#coordinator/shell/farm.ts';
import type { FarmClient } from '#deploy/farm-client/farm-client.ts';
import { LogCollector } from '#deploy/farm-client/log-collector.ts';
import { logFileName } from '#deploy/log-file-name.ts';
import { altered } from '../../../support/altered.ts';
import { FarmHouse, runOf } from '../../../support/farm-house.ts';
import { HttpFarm } from '../../../support/http-farm.ts';
import { withTemporaryDirectory } from '../../../support/temporary-directory.ts';

const run = runId('r-log');

describe('a log that is fetched', { timeout: 10_000 }, () => {
  let house: FarmHouse;
  let door: HttpFarm;
  let client: FarmClient;
  let task: TaskId;

  beforeEach(async () => {
    house = new FarmHouse();
    door = new HttpFarm(house);
    const farm = await house.coordinator();
    await farm.submit(await house.plan(run));
    const going = runOf(farm, run);
    task = (await going.tasks())[0]?.id ?? task;
    const logLines = () => ({ epoch: 1, first: 0, lines: ['of the first attempt'] });
    door.farm = altered<Farm>(farm, { run: () => altered<FarmRun>(going, { logLines }) });
    await door.open();
    client = door.client();
    // One that has never answered isn't waited for anyway.
    await client.farm();
  });
  afterEach(() => door.close());

  function collector(logDir: string): LogCollector {
    const { signal } = new AbortController();
    return new LogCollector({ client, run, logDir, logger: house.logger, signal });
  }

  it('and can not be written is given up at once: the farm is not away', async () => {
    await withTemporaryDirectory(async (logDir) => {
      await mkdir(join(logDir, logFileName(task, 1)));
      const logs = collector(logDir);
      logs.add(task, 1);
      await logs.idle();
    });
    assert.deepEqual(door.said, []);
  });

  it('and is of another attempt is left, and its connection is free again', async () => {
    await withTemporaryDirectory(async (logDir) => {
      const logs = collector(logDir);
      for (let count = 0; count < 20; count += 1) logs.add(task, 2);
      logs.add(task, 1);
      await logs.idle();
      assert.deepEqual(await readdir(logDir), [logFileName(task, 1)]);
    });
  });
});
