/** What a coordinator that starts makes of a store that doesn't answer as before. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StageyardError } from '#proto/errors.ts';
import { replayFarm, type ReplayedFarm } from '#coordinator/shell/farm-replay.ts';
import { indexRef } from '#coordinator/shell/farm-snapshots.ts';
import { FarmHouse } from '../../../support/farm-house.ts';

/** A farm with an open run, whose coordinator has left a snapshot. */
async function leftFarm(): Promise<FarmHouse> {
  const house = new FarmHouse();
  const farm = await house.coordinator();
  await farm.submit(await house.plan('open'));
  await farm.close();
  assert.ok(house.journal.snapshot !== undefined);
  return house;
}

const replayed = (house: FarmHouse): Promise<ReplayedFarm> => replayFarm(house);

const hasCode =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof StageyardError && error.code === code;

describe('a replay', () => {
  it('leaves no run out while the store refuses to answer', async () => {
    const house = await leftFarm();
    const { blobs } = house;
    const getBytes = blobs.getBytes.bind(blobs);
    let readCount = 0;
    for (const code of ['CONFIG_INVALID', 'BLOB_STORE_UNAVAILABLE'] as const) {
      readCount = 0;
      blobs.getBytes = async (ref, bytesMax) => {
        readCount += 1;
        // The index is read, states aren't.
        if (readCount > 1) throw new StageyardError(code, 'refused');
        return getBytes(ref, bytesMax);
      };
      await assert.rejects(replayed(house), hasCode(code));
    }
    blobs.getBytes = getBytes;
    assert.deepEqual([...(await replayed(house)).open.keys()], ['open']);
  });

  it('says what is missing when the index of runs is gone', async () => {
    const house = await leftFarm();
    house.blobs.blobs.clear();
    await assert.rejects(replayed(house), (error) => {
      assert.ok(hasCode('JOURNAL_CORRUPT')(error) && error instanceof StageyardError);
      assert.match(error.message, /snapshot after entry \d+, whose index of runs can't be read/);
      return true;
    });
  });

  it('begins again when a former leader replaced the snapshot and removed its index', async () => {
    const house = await leftFarm();
    const { journal } = house;
    const older = journal.snapshot;
    const farm = await house.coordinator();
    await farm.submit(await house.plan('later'));
    await farm.close();
    assert.ok(older !== undefined && older.sequence < (journal.snapshot?.sequence ?? 0));
    house.blobs.blobs.delete(indexRef(older).digest);
    const loads = [older];
    const loadSnapshot = journal.loadSnapshot.bind(journal);
    journal.loadSnapshot = async () => loads.pop() ?? loadSnapshot();
    assert.deepEqual([...(await replayed(house)).open.keys()].toSorted(), ['later', 'open']);
  });
});
