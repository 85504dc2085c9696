/** One leader at a time, by a record that several compete for; time is the test's. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { currentProcessIdentity } from '#proto/adapters/process-identity.ts';
import { RecordElection } from '#proto/adapters/record-election.ts';
import { StageyardError } from '#proto/errors.ts';
import type { LeaderRecord, StoredLeaderRecord } from '#proto/ports/leader-record.ts';
import type { Leadership } from '#proto/ports/leadership.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

/** Above what a system gives to a process. */
const NOBODYS_PID = '99999999';

class FakeRecord implements LeaderRecord {
  /** What several share who each have a wire to it. */
  readonly cell: { stored: StoredLeaderRecord | undefined };
  isAway = false;
  /** Calls are never answered. */
  isSilent = false;
  /** The next write is stored, and its answer is lost. */
  losesAnswer = false;

  constructor(cell: FakeRecord['cell'] = { stored: undefined }) {
    this.cell = cell;
  }

  async read(): Promise<StoredLeaderRecord | undefined> {
    await this.#reach();
    return this.cell.stored;
  }

  async write(text: string, expectedRevision: number): Promise<number | undefined> {
    await this.#reach();
    if ((this.cell.stored?.revision ?? 0) !== expectedRevision) return undefined;
    this.cell.stored = { revision: expectedRevision + 1, text };
    if (!this.losesAnswer) return this.cell.stored.revision;
    this.losesAnswer = false;
    throw new StageyardError('BUS_UNAVAILABLE', 'the answer is lost');
  }

  async #reach(): Promise<void> {
    if (this.isSilent) await new Promise(() => undefined);
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
    mine.cell.stored = its.cell.stored;
    // The former leader is paused: it neither beats nor notices.
    const waited: string[] = [];
    const second = contender('b', clock, mine).lead({
      mode: 'standby',
      onWaiting: (leader) => void waited.push(leader),
    });
    await clock.advance(8_000);
    assert.match(mine.cell.stored?.text ?? '', /"a"/);
    await clock.advance(4_000);
    const leadership = await second;
    assert.deepEqual(waited, ['a']);
    assert.equal(leadership.term, first.term + 1);
    // It wakes up and finds another one's record.
    its.cell.stored = mine.cell.stored;
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

  for (const fault of ['isAway', 'isSilent'] as const) {
    it(`ends for a leader whose calls fail (${fault}) before a standby begins`, async () => {
      const clock = new FakeClock();
      const its = new FakeRecord();
      const [wire, other] = [new FakeRecord(its.cell), new FakeRecord(its.cell)];
      const first = await contender('a', clock, wire).lead({ mode: 'refuse' });
      const history: string[] = [];
      void first.lost.then(({ code }) => history.push(`a lost the lead: ${code}`));
      const standby = contender('b', clock, other).lead({ mode: 'standby' });
      void standby.then(() => history.push('b leads'));
      await clock.advance(5_500);
      assert.deepEqual(history, []);
      wire[fault] = true;
      await clock.advance(12_000);
      assert.deepEqual(history, ['a lost the lead: BUS_UNAVAILABLE', 'b leads']);
      const second = await standby;
      assert.equal(second.term, 2);
      await second.release();
    });
  }

  it('is free at once for the one whose leadership an outage has ended', async () => {
    const clock = new FakeClock();
    const its = new FakeRecord();
    const election = contender('a', clock, its);
    const first = await election.lead({ mode: 'refuse' });
    its.isAway = true;
    await clock.advance(10_000);
    assert.match(await stateOf(first), /could not be confirmed for 7 s/);
    await assert.rejects(election.lead({ mode: 'refuse' }), /away/);
    its.isAway = false;
    const again = await election.lead({ mode: 'refuse' });
    assert.equal(again.term, 2);
    // What is left of the first leadership must not end the second.
    await first.release();
    await clock.advance(10_000);
    assert.equal(await stateOf(again), 'leads');
    await again.release();
    assert.equal(clock.sleeperCount, 0);
  });

  it('is free at once when the process of the leader was here and is gone', async () => {
    const clock = new FakeClock();
    const its = new FakeRecord();
    const [start, ...others] = currentProcessIdentity().split('~').toReversed();
    const identity = [...others.slice(1).toReversed(), NOBODYS_PID, start ?? ''].join('~');
    const killed = new RecordElection({
      record: new FakeRecord(its.cell),
      clock,
      identity,
      name: 'a',
    });
    await killed.lead({ mode: 'refuse' });
    const second = await contender('b', clock, its).lead({ mode: 'refuse' });
    assert.equal(second.term, 2);
    await second.release();
  });

  it('is refused although a leader elsewhere was killed, until it has been still for nine looks', async () => {
    const clock = new FakeClock();
    const its = new FakeRecord();
    const wire = new FakeRecord(its.cell);
    await contender('a', clock, wire).lead({ mode: 'refuse' });
    wire.isSilent = true;
    const second = contender('b', clock, its).lead({ mode: 'refuse' });
    await clock.advance(8_900);
    assert.match(its.cell.stored?.text ?? '', /"a"/);
    await clock.advance(1_100);
    assert.equal((await second).term, 2);
    await (await second).release();
  });

  it('stops waiting when it is told to', async () => {
    const clock = new FakeClock();
    const its = new FakeRecord();
    const first = await contender('a', clock, its).lead({ mode: 'refuse' });
    const told = new AbortController();
    const waiting = contender('b', clock, its).lead({ mode: 'standby', signal: told.signal });
    await clock.advance(3_000);
    told.abort(new Error('told to end'));
    await assert.rejects(waiting, /told to end/);
    await first.release();
    assert.equal(clock.sleeperCount, 0);
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

  for (const stored of [undefined, { revision: 99, text: 'no json' }]) {
    it(`ends when its record is ${stored === undefined ? 'gone' : 'junk'}, and may be won again at once`, async () => {
      const clock = new FakeClock();
      const its = new FakeRecord();
      const election = contender('a', clock, its);
      const first = await election.lead({ mode: 'refuse' });
      its.cell.stored = stored;
      await clock.advance(2_000);
      assert.equal((await first.lost).code, 'BUS_UNAVAILABLE');
      const again = await election.lead({ mode: 'refuse' });
      assert.equal(await stateOf(again), 'leads');
      await again.release();
    });
  }

  it('takes a record that nobody can read', async () => {
    const clock = new FakeClock();
    const its = new FakeRecord();
    its.cell.stored = { revision: 7, text: 'no json' };
    const leadership = await contender('a', clock, its).lead({ mode: 'refuse' });
    assert.equal(leadership.term, 1);
    await leadership.release();
  });
});
