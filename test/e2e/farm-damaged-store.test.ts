/**
 * A run on real processes whose snapshot is lost or damaged in the store once it is made: it is made again, and the
 * packages are those of a quiet build.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { S3BlobStore } from '#proto/adapters/s3-blob-store.ts';
import type { BlobRef } from '#proto/digest.ts';
import { loadSnapshotManifest } from '#proto/messages/codec.ts';
import { readTaskOutput, TASK_DOCUMENT_BYTES_MAX } from '#proto/task-documents.ts';
import { FarmBench, heldRecipe } from '../support/farm-processes/farm-bench.ts';
import { diesAfterFacts } from '../support/farm-processes/mortal-coordinator.ts';
import type { TestFarm } from '../support/farm-processes/test-farm.ts';

const limits = { timeout: 240_000 };
/** Longest time of one case. */
const CASE_MS = 60_000;
const caseLimits = { timeout: CASE_MS + 10_000 };

let bench: FarmBench;

/** The larger part of the run's only snapshot. */
async function layerOf(farm: TestFarm): Promise<BlobRef> {
  const blobs = await S3BlobStore.open({ ...bench.s3.place, prefix: farm.name });
  const stage = (await farm.tasks()).find(({ kind }) => kind === 'stage');
  assert.ok(stage?.result);
  const bytes = await blobs.getBytes(stage.result.output, TASK_DOCUMENT_BYTES_MAX);
  const output = readTaskOutput(new TextDecoder().decode(bytes));
  assert.ok(output.kind === 'stage');
  return (await loadSnapshotManifest(output.manifest, blobs)).prefix.blob;
}

describe('a run whose snapshot cannot be read any more', limits, () => {
  before(async () => {
    bench = await FarmBench.open(heldRecipe);
  });
  after(() => bench.dispose());
  beforeEach(() => bench.reset());

  const remove = ({ location }: BlobRef): Promise<void> =>
    bench.s3.client().removeObject(bench.s3.place.bucket, location);
  const faults: readonly [string, (layer: BlobRef) => Promise<unknown>][] = [
    ['is gone', remove],
    [
      'has other bytes',
      ({ location, sizeBytes }) =>
        bench.s3.client().putObject(bench.s3.place.bucket, location, Buffer.alloc(sizeBytes, 7)),
    ],
  ];
  /** Once the snapshot is made, and before it is used. */
  const untilStaged = async (farm: TestFarm): Promise<void> => {
    bench.letGo();
    farm.coordinator();
    await farm.submit([bench.recipe]);
    await farm.worker('one', { diesAt: ['restoring'] }).exited;
  };

  for (const [what, damage] of faults) {
    it(`makes it again when it ${what}`, caseLimits, async () => {
      await bench.withFarm(CASE_MS, async (farm) => {
        await untilStaged(farm);
        await damage(await layerOf(farm));
        farm.worker('two');
        await bench.endsWell(farm);
      });
    });
  }

  it(
    'makes it again also when the coordinator is killed after each entry',
    caseLimits,
    async () => {
      await bench.withFarm(CASE_MS, async (farm) => {
        await untilStaged(farm);
        await remove(await layerOf(farm));
        await farm.endCoordinators();
        await diesAfterFacts(farm, ['task-reopened'], async () => {
          farm.worker('two');
        });
        await bench.endsWell(farm);
      });
    },
  );
});
