/** One leader at a time, by a record that several compete for; time is the test's. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RecordElection } from '#proto/adapters/record-election.ts';
import { StageyardError } from '#proto/errors.ts';
import type { LeaderRecord, StoredLeaderRecord } from '#proto/ports/leader-record.ts';
import type { Leadership } from '#proto/ports/leadership.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

class FakeRecord implements LeaderRecord {
  stored: StoredLeaderRecord | undefined;
  isAway = false;
  /** The next write is stored, and its answer is lost. */
  losesAnswer = false;

  async read(): Promise<StoredLeaderRecord | undefined> {
    this.#check();
    return this.stored;
  }

  async write(text: string, expectedRevision: number): Promise<number | undefined> {
    this.#check();
    if ((this.stored?.revision ?? 0) !== expectedRevision) return undefined;
    this.stored = { revision: expectedRevision + 1, text };
    if (!this.losesAnswer) return this.stored.revision;
    this.losesAnswer = false;
    throw new StageyardError('BUS_UNAVAILABLE', 'the answer is lost');
  }

  #check(): void {
    if (this.isAway) throw new StageyardError('BUS_UNAVAILABLE', 'away');
  }
}

function contender(name: string, clock: FakeClock, its: LeaderRecord): RecordElection {
  return new RecordElection({ record: its, clock, identity: `elsewhere~${name}`, name });
}

async function stateOf(leadership: Leadership): Promise<string> {
  const lost = leadership.lost.then((error) => error.message);
  return Promise.race([lost, new Promise<string>((resolve) => setImmediate(resolve, 'leads'))]);
}

describe('an election', () => {
  it('is refused while the leader beats, and says who leads', async () => {
    const clock = new FakeClock();
    const its = new FakeRecord();
    const first = await contender('a', clock, its).lead({ mode: 'refuse' });
    const refused = assert.rejects(
      contender('b', clock, its).lead({ mode: 'refuse' }),
      (error) =>
        error instanceof StageyardError &&
        error.code === 'LEADER_EXISTS' &&
        error.message.includes('(a)'),
    );
    await clock.advance(4_000);
    await refused;
    assert.equal(await stateOf(first), 'leads');
    await first.release();
  });

  it('gives a standby the lead nine looks after the last beat, with a higher term', async () => {
    const clock = new FakeClock();
    const [its, mine] = [new FakeRecord(), new FakeRecord()];
    const first = await contender('a', clock, its).lead({ mode: 'refuse' });
    mine.stored = its.stored;
    // The former leader is paused: it neither beats nor notices.
    const waited: string[] = [];
    const second = contender('b', clock, mine).lead({
      mode: 'standby',
      onWaiting: (leader) => void waited.push(leader),
    });
    await clock.advance(8_000);
    assert.match(mine.stored?.text ?? '', /"a"/);
    await clock.advance(4_000);
    const leadership = await second;
    assert.deepEqual(waited, ['a']);
    assert.equal(leadership.term, first.term + 1);
    // It wakes up and finds another one's record.
    its.stored = mine.stored;
    await clock.advance(2_000);
    assert.match(await stateOf(first), /another coordinator leads/);
    assert.equal(await stateOf(leadership), 'leads');
    await Promise.all([leadership.release(), first.release()]);
  });

  it('goes to the next one at once after a release', async () => {
    const clock = new FakeClock();
    const its = new FakeRecord();
    const first = await contender('a', clock, its).lead({ mode: 'refuse' });
    await first.release();
    const second = await contender('b', clock, its).lead({ mode: 'refuse' });
    assert.equal(second.term, 2);
    await second.release();
    assert.equal(clock.sleeperCount, 0);
  });

  it('ends for a leader that cannot write before anybody else may begin', async () => {
    const clock = new FakeClock();
    const its = new FakeRecord();
    const first = await contender('a', clock, its).lead({ mode: 'refuse' });
    its.isAway = true;
    await clock.advance(5_000);
    assert.equal(await stateOf(first), 'leads');
    await clock.advance(2_000);
    assert.match(await stateOf(first), /could not be confirmed/);
  });

  it('goes on when only the answer of a beat was lost', async () => {
    const clock = new FakeClock();
    const its = new FakeRecord();
    const first = await contender('a', clock, its).lead({ mode: 'refuse' });
    its.losesAnswer = true;
    await clock.advance(10_000);
    assert.equal(await stateOf(first), 'leads');
    await first.release();
  });

  it('has one winner when several want the lead of nobody', async () => {
    const clock = new FakeClock();
    const its = new FakeRecord();
    const ended = new AbortController();
    const all = ['a', 'b', 'c'].map((name) =>
      contender(name, clock, its).lead({ mode: 'standby', signal: ended.signal }),
    );
    await clock.advance(30_000);
    ended.abort();
    const outcomes = await Promise.allSettled(all);
    const winners = outcomes.filter(({ status }) => status === 'fulfilled');
    assert.equal(winners.length, 1);
    const [winner] = winners;
    if (winner?.status === 'fulfilled') await winner.value.release();
  });

  it('takes a record that nobody can read', async () => {
    const clock = new FakeClock();
    const its = new FakeRecord();
    its.stored = { revision: 7, text: 'no json' };
    const leadership = await contender('a', clock, its).lead({ mode: 'refuse' });
    assert.equal(leadership.term, 1);
    await leadership.release();
  });
});
