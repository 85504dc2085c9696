/** What is confirmed to whoever asks a run for something, also when its coordinator ends meanwhile. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from '#proto/adapters/system-clock.ts';
import { StageyardError } from '#proto/errors.ts';
import { emptyState } from '#coordinator/core/apply.ts';
import type { RunState } from '#coordinator/core/state.ts';
import { BlobCheck } from '#coordinator/shell/blob-check.ts';
import { GoingRun } from '#coordinator/shell/going-run.ts';
import { LiveLines } from '#coordinator/shell/live-lines.ts';
import type { StepLog } from '#coordinator/shell/run-journal.ts';
import { TaskOutputs } from '#coordinator/shell/task-outputs.ts';
import { FarmHouse } from '../../../support/farm-house.ts';

const notReady = (error: unknown): boolean =>
  error instanceof StageyardError && error.code === 'FARM_NOT_READY';

/** A run of a journal whose appends wait for `store`. */
async function newRun(more: Partial<RunState> = {}) {
  const house = new FarmHouse();
  const { bus, blobs, logger } = house;
  const plan = await house.plan('a');
  const stored = Promise.withResolvers<void>();
  const kinds: string[] = [];
  const log: StepLog = {
    append: async ({ facts }) => {
      kinds.push(...facts.map(({ kind }) => kind));
      if (facts[0]?.kind !== 'run-submitted') await stored.promise;
    },
    confirm: async () => undefined,
    turn: async () => undefined,
  };
  const state = { ...emptyState(), term: 1, ...more };
  const ports = { bus, clock: systemClock, logger, publisher: new BlobCheck(blobs) };
  const onStanding = (): void => undefined;
  const outputs = new TaskOutputs(blobs);
  const parts = { ports, log, state, plan, outputs, lines: new LiveLines() };
  const run = new GoingRun({ ...parts, refine: (views) => views, onStanding });
  return { run, plan, kinds, store: stored.resolve };
}

describe('a run of a farm', () => {
  it('confirms what is stored while its coordinator ends, and refuses what is not', async () => {
    const { run, plan, kinds, store } = await newRun();
    await run.start({ kind: 'submit', plan });
    const paused = run.setPaused(true);
    while (!kinds.includes('run-paused')) await new Promise(setImmediate);
    const cancelled = assert.rejects(run.cancel(), notReady);
    const closed = run.close();
    store();
    await Promise.all([paused, cancelled, closed]);
    assert.ok(!kinds.includes('run-cancelled'));
  });

  it('takes every wish when it was over before its coordinator began', async () => {
    const { run } = await newRun({ outcome: 'cancelled' });
    await run.cancel();
    await run.setPaused(true);
  });

  it('does not begin any more once it is closed', async () => {
    const { run, plan, kinds } = await newRun();
    const begun = assert.rejects(run.start({ kind: 'submit', plan }), notReady);
    await run.close();
    await begun;
    assert.deepEqual(kinds, []);
  });
});
