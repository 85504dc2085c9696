/**
 * A run on real processes while the disk of one of its servers is full: who can't go on says whose disk it is, and
 * once there is space the run ends well, although nobody restarts anything.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { RunEvent } from '#coordinator/shell/run-events.ts';
import { FarmBench, heldRecipe, stagedPair } from '../support/farm-processes/farm-bench.ts';
import type { FarmProcess } from '../support/farm-processes/farm-process.ts';
import type { TestFarm } from '../support/farm-processes/test-farm.ts';
import { LesserS3Proxy, type LesserS3Options } from '../support/lesser-s3-proxy.ts';

const limits = { timeout: 120_000 };
/** Longest time of one case. */
const CASE_MS = 30_000;
const caseLimits = { timeout: CASE_MS + 10_000 };

const disk: LesserS3Options = { target: '', answer: 'none', remove: async () => undefined };
let bench: FarmBench;
let proxy: LesserS3Proxy;

/** A run whose script waits; `fault` lets it go. It ends well and with the right packages. */
async function withFarm(
  fault: (farm: TestFarm, coordinator: FarmProcess) => Promise<void>,
): Promise<void> {
  const place = { ...bench.s3.place, endpoint: proxy.url };
  const use = async (farm: TestFarm): Promise<void> => {
    const coordinator = farm.coordinator();
    await farm.submit([bench.recipe]);
    await farm.worker('one').until('working', ({ phase }) => phase === 'script');
    await fault(farm, coordinator);
    await bench.endsWell(farm);
  };
  await bench.withFarm(CASE_MS, use, place);
}

describe('a run whose servers have full disks for a while', limits, () => {
  before(async () => {
    bench = await FarmBench.open(heldRecipe, { maxFileStore: '160MB' });
    proxy = await LesserS3Proxy.start(Object.assign(disk, { target: bench.s3.place.endpoint }));
  });

  after(async () => {
    await proxy.dispose();
    await bench.dispose();
  });

  beforeEach(() => bench.reset());

  it(
    'ends well when the disk of NATS was full, and the coordinator said so',
    caseLimits,
    async () => {
      await withFarm(async (_, coordinator) => {
        await bench.nats.fill();
        bench.letGo();
        await coordinator.until('said', ({ line }) =>
          /does not lead: .* the disk of NATS is full/.test(line),
        );
        await bench.nats.clear();
      });
    },
  );

  it(
    'ends well when the disk of the S3 server was full, and the attempt said so',
    caseLimits,
    async () => {
      await withFarm(async (farm) => {
        disk.answer = 'full';
        bench.letGo();
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

/** Whose script meets the end of a disk until the file is there. */
function crampedRecipe(go: string): string {
  const command = `[ -e '${go}' ] || { echo a | cat > /dev/full; exit 1; }`;
  return ['recipe: {name: cramped, version: "1"}', 'outputs:', ...stagedPair(command)].join('\n');
}

describe("a run on a worker's full disk", limits, () => {
  let cramped: FarmBench;
  before(async () => {
    cramped = await FarmBench.open(crampedRecipe);
  });
  after(() => cramped.dispose());

  it('is tried again, since the recipe is not to blame', caseLimits, async () => {
    await cramped.withFarm(CASE_MS, async (farm) => {
      farm.coordinator();
      await farm.submit([cramped.recipe]);
      farm.worker('one');
      const failed = await farm.until(
        (event) => event.kind === 'task' && event.what === 'attempt-failed',
      );
      cramped.letGo();
      assert.equal(failed.kind === 'task' ? failed.task.error?.code : undefined, 'DISK_FULL');
      await cramped.endsWell(farm);
    });
  });
});
