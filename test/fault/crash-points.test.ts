/**
 * The process dies at every entry of a run's journal in turn: before the entry is stored, or after it and
 * before anything follows from it. A second process finishes the run; nothing is published twice in
 * different places, and what was done is not done again.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StageyardError } from '#proto/errors.ts';
import type { AppendOutcome, Journal, JournalEntry } from '#proto/ports/journal.ts';
import { decodeStep } from '#coordinator/core/fact-codec.ts';
import type { FakeJournal } from '../support/fake-journal.ts';
import { MadeUpExecutor } from '../support/made-results.ts';
import { calculator, House } from '../support/one-house.ts';

type Mode = 'before' | 'after';

/** Never answers the nth append, and none after it. */
class EndingJournal implements Journal {
  readonly #disk: FakeJournal;
  readonly #last: number;
  readonly #mode: Mode;
  readonly ended = Promise.withResolvers<void>();
  readonly #answer = Promise.withResolvers<AppendOutcome>();

  constructor(disk: FakeJournal, last: number, mode: Mode) {
    this.#disk = disk;
    this.#last = last;
    this.#mode = mode;
  }

  async append(body: Uint8Array, expected: number): Promise<AppendOutcome> {
    const isLast = this.#disk.entries.length + 1 >= this.#last;
    if (!isLast) return this.#disk.append(body, expected);
    if (this.#mode === 'after') await this.#disk.append(body, expected);
    this.ended.resolve();
    return this.#answer.promise;
  }

  /** Clears the dead process away. */
  bury(): void {
    this.#answer.reject(new StageyardError('JOURNAL_CONFLICT', 'the process is dead'));
  }

  read(fromSequence: number): AsyncIterable<JournalEntry> {
    return this.#disk.read(fromSequence);
  }

  last(): Promise<JournalEntry | undefined> {
    return this.#disk.last();
  }

  async close(): Promise<void> {}
}

function doneTasks(house: House): string[] {
  return house.journal.entries
    .flatMap(({ body }) => decodeStep(new TextDecoder().decode(body)).facts)
    .flatMap((fact) => (fact.kind === 'task-done' ? [fact.task] : []));
}

async function crashAndFinish(at: number, mode: Mode): Promise<void> {
  const house = new House();
  const plan = await house.plan([calculator()]);
  const ending = new EndingJournal(house.journal, at, mode);
  const first = await house.live(new MadeUpExecutor(), plan, ending);
  await Promise.race([ending.ended.promise, first.run.finished]);
  const doneBefore = doneTasks(house);
  const executor = new MadeUpExecutor();
  const second = await house.live(executor, plan);
  assert.equal(await second.run.finished, 'succeeded', `${mode} entry ${at}`);
  ending.bury();
  await Promise.all([first.pool.stop(), first.run.close(), second.pool.drain()]);
  const repeated = executor.requests
    .map(({ spec }) => spec.task)
    .filter((task) => doneBefore.includes(task));
  assert.deepEqual(repeated, [], `${mode} entry ${at}`);
  assert.equal(new Set(doneTasks(house)).size, 6);
  const published = new Set(house.publisher.published.map(({ task, place }) => `${place} ${task}`));
  assert.equal(published.size, 3, `${mode} entry ${at}`);
}

describe('a process that dies', () => {
  it('at any entry of its journal leaves a run that the next one finishes', async () => {
    const quiet = new House();
    const { run, pool } = await quiet.live(new MadeUpExecutor(), await quiet.plan([calculator()]));
    await run.finished;
    await pool.drain();
    const entryCount = quiet.journal.entries.length;
    assert.ok(entryCount >= 6);
    for (let at = 1; at <= entryCount; at += 1) {
      await crashAndFinish(at, 'before');
      await crashAndFinish(at, 'after');
    }
  });

  it('is not mistaken for one whose journal refuses: that ends the run with its error', async () => {
    const house = new House();
    const refusing = new EndingJournal(house.journal, 1, 'before');
    refusing.append = () => Promise.reject(new StageyardError('DISK_FULL', 'no space left'));
    const { run, pool } = await house.live(
      new MadeUpExecutor(),
      await house.plan([calculator()]),
      refusing,
    );
    await assert.rejects(
      run.finished,
      (error) => error instanceof StageyardError && error.code === 'DISK_FULL',
    );
    await pool.drain();
    assert.deepEqual(house.publisher.published, []);
  });
});
