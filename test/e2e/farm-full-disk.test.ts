/**
 * A run on real processes while the disk of one of its servers is full: who can't go on says whose disk it is, and
 * once there is space the run ends well, although nobody restarts anything.
 */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { systemClock } from '#proto/adapters/system-clock.ts';
import type { RunEvent } from '#coordinator/shell/run-events.ts';
import type { FarmProcess } from '../support/farm-processes/farm-process.ts';
import {
  epochEnvironment,
  type PackageDigests,
  packagesIn,
  TestFarm,
} from '../support/farm-processes/test-farm.ts';
import { LesserS3Proxy, type LesserS3Options } from '../support/lesser-s3-proxy.ts';
import { NatsServer } from '../support/services/nats-server.ts';
import { RecipeYard } from '../support/recipe-yard.ts';
import { S3Server } from '../support/services/s3-server.ts';

const limits = { timeout: 120_000 };
/** Longest time of one case. */
const CASE_MS = 30_000;
const caseLimits = { timeout: CASE_MS + 10_000 };

const yard = new RecipeYard();
/** Scripts wait until this file is there. */
const go = join(yard.directory, 'go');
const disk: LesserS3Options = { target: '', answer: 'none', remove: async () => undefined };
const servers: { nats: NatsServer; s3: S3Server; proxy: LesserS3Proxy }[] = [];
let quiet: PackageDigests = new Map();
let recipe = '';

function recipeText(): string {
  const wait = `while [ ! -e '${go}' ]; do sleep 0.05; done`;
  const staged = `${wait}; mkdir -p $PREFIX/x; echo a > $PREFIX/x/a; echo b > $PREFIX/x/b`;
  return [
    'recipe: {name: cramped, version: "1"}',
    'outputs:',
    '  - staging: {name: common}',
    `    build: {script: ${JSON.stringify(staged)}}`,
    ...['a', 'b'].map(
      (name) =>
        `  - package: {name: cramped-${name}}\n    inherit: common\n    build: {files: [x/${name}]}`,
    ),
  ].join('\n');
}

/** A run whose script waits; `fault` lets it go. It ends well and with the right packages. */
async function withFarm(
  fault: (farm: TestFarm, coordinator: FarmProcess) => Promise<void>,
): Promise<void> {
  const [running] = servers;
  assert.ok(running !== undefined);
  const { nats, s3, proxy } = running;
  const place = { ...s3.place, endpoint: proxy.url };
  const farm = await TestFarm.open(yard, { nats, s3: { place } });
  const inTime = new AbortController();
  const isLate = systemClock.sleep(CASE_MS, inTime.signal).then(() => {
    throw new Error(`not over after ${CASE_MS} ms`);
  });
  const isOver = async (): Promise<void> => {
    const coordinator = farm.coordinator();
    await farm.submit([recipe]);
    await farm.worker('one').until('working', ({ phase }) => phase === 'script');
    await fault(farm, coordinator);
    assert.equal(await farm.outcome(), 'succeeded');
    assert.deepEqual(await farm.packages(), quiet);
  };
  try {
    await Promise.race([isOver(), isLate]);
  } catch (error) {
    throw new Error(farm.story, { cause: error });
  } finally {
    inTime.abort();
    isLate.catch(() => undefined);
    await farm.end();
  }
}

const letGo = (): void => writeFileSync(go, '');

describe('a run whose servers have full disks for a while', limits, () => {
  before(async () => {
    const [nats, s3] = await Promise.all([
      NatsServer.start({ maxFileStore: '160MB' }),
      S3Server.start(),
    ]);
    const proxy = await LesserS3Proxy.start(Object.assign(disk, { target: s3.place.endpoint }));
    servers.push({ nats, s3, proxy });
    recipe = yard.recipe('cramped', recipeText());
    letGo();
    const outcome = await yard.buildRecipe(recipe, [], { env: epochEnvironment });
    assert.equal(outcome.code, 0, outcome.stdout + outcome.stderr);
    quiet = packagesIn(yard.output);
  });

  after(async () => {
    for (const { proxy, nats, s3 } of servers) {
      await Promise.all([proxy.dispose(), nats.dispose(), s3.dispose()]);
    }
    await yard.remove();
  });

  beforeEach(() => rmSync(go, { force: true }));

  it(
    'ends well when the disk of NATS was full, and the coordinator said so',
    caseLimits,
    async () => {
      await withFarm(async (_, coordinator) => {
        const [running] = servers;
        await running?.nats.fill();
        letGo();
        await coordinator.until('said', ({ line }) =>
          /does not lead: .* the disk of NATS is full/.test(line),
        );
        await running?.nats.clear();
      });
    },
  );

  it(
    'ends well when the disk of the S3 server was full, and the attempt said so',
    caseLimits,
    async () => {
      await withFarm(async (farm) => {
        disk.answer = 'full';
        letGo();
        const isFailure = (event: RunEvent): boolean =>
          event.kind === 'task' && event.what === 'attempt-failed';
        const failed = await farm.until(isFailure);
        disk.answer = 'none';
        const error = failed.kind === 'task' ? failed.task.error : undefined;
        assert.match(error?.message ?? '', /its disks are full \(XMinioStorageFull\)/);
      });
    },
  );
});
