/**
 * What every journal promises. Written against the port alone; the harness knows how to let a second
 * coordinator try, and how to begin anew after the first one is gone.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { StageyardError } from '#proto/errors.ts';
import type { JournalEntry, SnapshotJournal } from '#proto/ports/journal.ts';

/** One stored journal for one test. */
export interface JournalHarness {
  /** Opens it; undefined when somebody has it and the technology locks. */
  readonly open: () => Promise<SnapshotJournal | undefined>;
  readonly dispose: () => Promise<void>;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function opened(harness: JournalHarness): Promise<SnapshotJournal> {
  const journal = await harness.open();
  assert.ok(journal !== undefined, 'nobody has the journal');
  return journal;
}

async function entriesOf(journal: SnapshotJournal, fromSequence: number): Promise<string[]> {
  const texts: string[] = [];
  let expected = fromSequence;
  for await (const { sequence, body } of journal.read(fromSequence)) {
    assert.equal(sequence, expected);
    expected += 1;
    texts.push(new TextDecoder().decode(body));
  }
  return texts;
}

function textOf(entry: JournalEntry | undefined): string | undefined {
  return entry === undefined ? undefined : new TextDecoder().decode(entry.body);
}

/** Registers the suite. `makeHarness` is called once per test. */
export function describeJournalContract(
  name: string,
  makeHarness: () => Promise<JournalHarness>,
): void {
  const it = (title: string, body: (harness: JournalHarness) => Promise<void>): void => {
    test(`${name}: ${title}`, async () => {
      const harness = await makeHarness();
      try {
        await body(harness);
      } finally {
        await harness.dispose();
      }
    });
  };
  describeAppending(it);
  describeOwnership(it);
  describeSnapshots(it);
}

type Register = (title: string, body: (harness: JournalHarness) => Promise<void>) => void;

function describeAppending(it: Register): void {
  it('an empty journal has no entries and starts at 1', async (harness) => {
    const journal = await opened(harness);
    assert.equal(await journal.last(), undefined);
    assert.deepEqual(await entriesOf(journal, 1), []);
    const outcome = await journal.append(bytes('one'), 0);
    assert.deepEqual(outcome, { kind: 'appended', sequence: 1 });
    await journal.close();
  });

  it('entries are read in order from any sequence', async (harness) => {
    const journal = await opened(harness);
    const texts = Array.from({ length: 700 }, (_, index) => `entry ${index + 1}`);
    for (const [index, text] of texts.entries()) await journal.append(bytes(text), index);
    assert.deepEqual(await entriesOf(journal, 1), texts);
    assert.deepEqual(await entriesOf(journal, 699), texts.slice(698));
    assert.deepEqual(await entriesOf(journal, 701), []);
    assert.equal(textOf(await journal.last()), 'entry 700');
    await journal.close();
  });

  it('an append that expects another last entry changes nothing', async (harness) => {
    const journal = await opened(harness);
    await journal.append(bytes('one'), 0);
    for (const expected of [0, 2, 7]) {
      const outcome = await journal.append(bytes('two'), expected);
      assert.deepEqual(outcome, { kind: 'conflict', lastSequence: 1 });
    }
    assert.deepEqual(await entriesOf(journal, 1), ['one']);
    await journal.close();
  });

  it('a reader sees what was there when it began, while others append', async (harness) => {
    const journal = await opened(harness);
    await journal.append(bytes('one'), 0);
    const reading = journal.read(1);
    await journal.append(bytes('two'), 1);
    const seen: number[] = [];
    for await (const { sequence } of reading) {
      seen.push(sequence);
      await journal.append(bytes('more'), 1 + seen.length);
    }
    assert.deepEqual(seen, [1]);
    await journal.close();
  });

  it('empty and binary bodies survive', async (harness) => {
    const journal = await opened(harness);
    const bodies = [new Uint8Array(0), Uint8Array.from({ length: 256 }, (_, byte) => byte)];
    for (const [index, body] of bodies.entries()) await journal.append(body, index);
    const read: number[][] = [];
    for await (const { body } of journal.read(1)) read.push([...body]);
    assert.deepEqual(
      read,
      bodies.map((body) => [...body]),
    );
    await journal.close();
  });
}

function describeOwnership(it: Register): void {
  it('what was appended is there for the next coordinator', async (harness) => {
    const first = await opened(harness);
    await first.append(bytes('one'), 0);
    await first.close();
    const second = await opened(harness);
    assert.equal(textOf(await second.last()), 'one');
    assert.deepEqual(await second.append(bytes('two'), 1), { kind: 'appended', sequence: 2 });
    await second.close();
  });

  it('of two coordinators at most one can append at a sequence', async (harness) => {
    const first = await opened(harness);
    await first.append(bytes('one'), 0);
    const second = await harness.open();
    const outcomes = [
      await first.append(bytes('first'), 1),
      await second?.append(bytes('second'), 1),
    ];
    assert.equal(outcomes.filter((outcome) => outcome?.kind === 'appended').length, 1);
    await second?.close();
    await first.close();
  });

  it('a closed journal takes nothing more, and closing twice is fine', async (harness) => {
    const journal = await opened(harness);
    await journal.close();
    await journal.close();
    await assert.rejects(
      journal.append(bytes('one'), 0),
      (error) => error instanceof StageyardError && error.code === 'JOURNAL_UNAVAILABLE',
    );
  });
}

function describeSnapshots(it: Register): void {
  it('a snapshot replaces the entries before it', async (harness) => {
    const first = await opened(harness);
    assert.equal(await first.loadSnapshot(), undefined);
    for (let index = 0; index < 10; index += 1) await first.append(bytes(`${index + 1}`), index);
    await first.saveSnapshot({ sequence: 7, body: bytes('state after 7') });
    await first.saveSnapshot({ sequence: 3, body: bytes('an older state') });
    await first.close();
    const next = await opened(harness);
    const snapshot = await next.loadSnapshot();
    assert.equal(snapshot?.sequence, 7);
    assert.equal(new TextDecoder().decode(snapshot?.body), 'state after 7');
    assert.deepEqual(await entriesOf(next, 8), ['8', '9', '10']);
    await assert.rejects(
      () => entriesOf(next, 1),
      (error) => error instanceof StageyardError && error.code === 'JOURNAL_CORRUPT',
    );
    await next.saveSnapshot({ sequence: 10, body: bytes('all') });
    assert.equal((await next.last())?.sequence, 10);
    assert.deepEqual(await next.append(bytes('11'), 10), { kind: 'appended', sequence: 11 });
    await next.close();
  });

  it('of two snapshots that are saved at once the newer one stays', async (harness) => {
    const journal = await opened(harness);
    for (let index = 0; index < 4; index += 1) await journal.append(bytes(`${index + 1}`), index);
    const save = (sequence: number): Promise<void> =>
      journal.saveSnapshot({ sequence, body: bytes('state') });
    const [newer] = await Promise.allSettled([save(3), save(2)]);
    // The older one was a moment earlier: who is refused repeats it.
    if (newer.status === 'rejected') await save(3);
    assert.equal((await journal.loadSnapshot())?.sequence, 3);
    assert.deepEqual(await entriesOf(journal, 4), ['4']);
    await journal.close();
  });
}
