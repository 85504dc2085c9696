/** Appends with lost answers, foreign entries, damaged entries. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StageyardError } from '#proto/errors.ts';
import type { AppendOutcome } from '#proto/ports/journal.ts';
import { encodeStep } from '#coordinator/core/fact-codec.ts';
import { durableView } from '#coordinator/core/state.ts';
import { RunJournal } from '#coordinator/shell/run-journal.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { FakeJournal } from '../../../support/fake-journal.ts';
import { DrivenCore, runPlan } from '../../../support/run-plans.ts';

const code = (wanted: string) => (error: unknown) =>
  error instanceof StageyardError && error.code === wanted;
const facts = (core: DrivenCore) => ({ term: 1, facts: core.facts });

/** Loses the answer of the next appends, before or after they happened. */
class MoodyJournal extends FakeJournal {
  moods: ('refuse' | 'lose-answer')[] = [];

  override async append(body: Uint8Array, expected: number): Promise<AppendOutcome> {
    const mood = this.moods.shift();
    if (mood === 'refuse') throw new StageyardError('JOURNAL_UNAVAILABLE', 'refused');
    const outcome = await super.append(body, expected);
    if (mood === 'lose-answer') throw new StageyardError('JOURNAL_UNAVAILABLE', 'no answer');
    return outcome;
  }
}

describe('the journal of a run', () => {
  it('replays what was appended', async () => {
    const disk = new FakeJournal();
    const core = new DrivenCore(runPlan({ a: {}, b: { after: ['a'] } }));
    await new RunJournal(disk, new FakeClock()).append(facts(core));
    const state = await new RunJournal(disk, new FakeClock()).replay();
    assert.deepEqual(durableView(state), durableView(core.state));
  });

  it('stores a step once, whether the answer of the first try was lost or the try refused', async () => {
    for (const moods of [
      ['lose-answer'],
      ['refuse'],
      ['refuse', 'lose-answer', 'refuse'],
    ] as const) {
      const disk = new MoodyJournal();
      disk.moods = [...moods];
      const clock = new FakeClock();
      const journal = new RunJournal(disk, clock);
      const core = new DrivenCore(runPlan({ a: {} }));
      const appended = journal.append(facts(core));
      await clock.advance(5_000);
      await appended;
      const decision = core.accept('a');
      await journal.append({ term: 1, facts: decision.facts });
      assert.equal(disk.entries.length, 2);
    }
  });

  it('refuses to go on when somebody else appended', async () => {
    const disk = new FakeJournal();
    const journal = new RunJournal(disk, new FakeClock());
    const core = new DrivenCore(runPlan({ a: {} }));
    await journal.append(facts(core));
    await disk.append(new TextEncoder().encode(encodeStep({ term: 2, facts: [] })), 1);
    const { facts: next } = core.accept('a');
    await assert.rejects(journal.append({ term: 1, facts: next }), code('JOURNAL_CONFLICT'));
  });

  it('tells somebody else’s entry from its own lost answer', async () => {
    const disk = new MoodyJournal();
    disk.moods = ['refuse'];
    const clock = new FakeClock();
    const journal = new RunJournal(disk, clock);
    const refused = assert.rejects(
      journal.append({ term: 1, facts: [] }),
      code('JOURNAL_CONFLICT'),
    );
    await clock.advance(100);
    await disk.append(new TextEncoder().encode('other'), 0);
    await clock.advance(1_000);
    await refused;
  });

  it('is corrupt where an entry is unreadable or contradicts the ones before', async () => {
    const core = new DrivenCore(runPlan({ a: {} }));
    const offeredTwice = { term: 1, facts: core.facts.slice(1) };
    for (const text of ['{', '{"schema":9,"term":1,"facts":[]}', encodeStep(offeredTwice)]) {
      const disk = new FakeJournal();
      await disk.append(new TextEncoder().encode(encodeStep(facts(core))), 0);
      await disk.append(new TextEncoder().encode(text), 1);
      const replay = new RunJournal(disk, new FakeClock()).replay();
      await assert.rejects(
        replay,
        (error) => code('JOURNAL_CORRUPT')(error) && /entry 2/.test(String(error)),
      );
    }
  });
});
