/** Answers of the register of runs, good for a moment. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StageyardError } from '#proto/errors.ts';
import { runId } from '#proto/ids.ts';
import type { RunStanding } from '#proto/ports/run-register.ts';
import { RecentStandings } from '#workers/shell/recent-standings.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const run = runId('r1');
const open: RunStanding = { generation: 1, state: 'open', term: 1 };

describe('recent standings', () => {
  it('ask once a second for each run', async () => {
    const clock = new FakeClock();
    const asked: string[] = [];
    const read = async (about: string): Promise<RunStanding> => {
      asked.push(about);
      return open;
    };
    const recent = new RecentStandings({ read }, clock);
    await Promise.all([recent.read(run), recent.read(run), recent.read(runId('r2'))]);
    assert.deepEqual(asked, ['r1', 'r2']);
    await clock.advance(999);
    assert.equal(await recent.read(run), open);
    assert.equal(asked.length, 2);
    await clock.advance(1);
    await recent.read(run);
    assert.equal(asked.length, 3);
  });

  it('ask again at once after a failure', async () => {
    const answers = [Promise.reject(new StageyardError('BUS_UNAVAILABLE', 'away'))];
    const read = (): Promise<RunStanding> => answers.pop() ?? Promise.resolve(open);
    const recent = new RecentStandings({ read }, new FakeClock());
    await assert.rejects(recent.read(run), StageyardError);
    assert.equal(await recent.read(run), open);
  });
});
