/** Many runs on one journal: submitted, paused, cancelled, resumed by the next coordinator, kept in snapshots. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MemoryBus } from '#proto/adapters/memory-bus.ts';
import { systemClock } from '#proto/adapters/system-clock.ts';
import { StageyardError } from '#proto/errors.ts';
import { runId, taskId } from '#proto/ids.ts';
import { decodeTaskEvent, encodeTaskEvent } from '#proto/messages/task-codec.ts';
import type { JournalSnapshot } from '#proto/ports/journal.ts';
import { decodeFarmEntry } from '#coordinator/core/fact-codec.ts';
import type { Farm } from '#coordinator/shell/farm.ts';
import { openFarm } from '#coordinator/shell/running-farm.ts';
import { altered } from '../../../support/altered.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { endOf, FarmHouse, runOf } from '../../../support/farm-house.ts';
import { sampleEvents } from '../../../support/sample-messages.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const otherBus = (): MemoryBus => new MemoryBus({ clock: systemClock });
const hasCode = (code: string) => (error: unknown) =>
  error instanceof StageyardError && error.code === code;

describe('a farm', () => {
  it('drives many runs at once, and steps of several share entries', async () => {
    const house = new FarmHouse();
    const farm = await house.coordinator();
    const names = Array.from({ length: 20 }, (_, index) => `run-${index}`);
    const plans = await Promise.all(names.map((name) => house.plan(name)));
    await Promise.all(plans.map((plan) => farm.submit(plan)));
    const worker = await house.worker();
    for (const name of names) assert.equal(await endOf(farm, name), 'succeeded');
    const entries = house.journal.entries.map(({ body }) =>
      decodeFarmEntry(new TextDecoder().decode(body)),
    );
    const shared = entries.filter(({ steps }) => new Set(steps.map(({ run }) => run)).size > 1);
    assert.ok(shared.length > 0);
    assert.equal(house.executor.requests.length, 120);
    await worker.drain();
    await farm.close();
  });

  it('takes the same submission once, and refuses another one under its name', async () => {
    const house = new FarmHouse();
    const farm = await house.coordinator();
    const plan = await house.plan('once');
    await Promise.all([farm.submit(plan), farm.submit(plan)]);
    await farm.submit(plan);
    assert.equal(farm.runs().length, 1);
    const other = { ...plan, submissionDigest: 'f'.repeat(64) };
    await assert.rejects(farm.submit(other), hasCode('CONFIG_INVALID'));
    await farm.close();
  });

  it('takes nothing once it is closed', async () => {
    const house = new FarmHouse();
    const farm = await house.coordinator();
    const plan = await house.plan('late');
    await farm.close();
    await assert.rejects(farm.submit(plan), hasCode('FARM_NOT_READY'));
    assert.equal(house.journal.entries.length, 1);
  });

  it('refuses plans that cannot be, and says why', async () => {
    const house = new FarmHouse();
    const farm = await house.coordinator();
    const plan = await house.plan('bad');
    const [first, ...others] = plan.tasks;
    assert.ok(first !== undefined);
    const refuse = async (tasks: typeof plan.tasks, why: RegExp): Promise<void> => {
      await assert.rejects(farm.submit({ ...plan, tasks }), why);
    };
    await refuse([], /no task/);
    await refuse([...others, first], /which doesn't come before it/);
    await refuse([first, first], /there twice/);
    await refuse([{ ...first, pool: '../other' }], /no pool/);
    const retry = { ...plan.options.retry, lossesMax: 1e9 };
    const endless = { ...plan, options: { ...plan.options, retry } };
    await assert.rejects(farm.submit(endless), /unbounded retries/);
    assert.deepEqual(farm.runs(), []);
    await farm.close();
  });

  it('tells who follows a run that is over that it is', async () => {
    const house = new FarmHouse();
    const worker = await house.worker();
    const first = await house.coordinator();
    await first.submit(await house.plan('over'));
    await endOf(first, 'over');
    const heard = async (farm: Farm): Promise<readonly string[]> => {
      const kinds: string[] = [];
      (await runOf(farm, 'over').follow(({ kind }) => kinds.push(kind)))();
      return kinds;
    };
    assert.deepEqual(await heard(first), ['opened', 'finished']);
    await first.close();
    const second = await house.coordinator();
    assert.deepEqual(await heard(second), ['opened', 'finished']);
    await Promise.all([worker.drain(), second.close()]);
  });

  it('goes on with the next coordinator, and nothing is built twice', async () => {
    const gate = Promise.withResolvers<void>();
    const house = new FarmHouse(() => gate.promise);
    const worker = await house.worker();
    const first = await house.coordinator();
    for (const name of ['a', 'b']) await first.submit(await house.plan(name));
    while (worker.runningCount < 2) await turn();
    await first.close();
    gate.resolve();
    while (worker.runningCount > 0) await turn();
    const second = await house.coordinator();
    assert.ok(second.term > first.term);
    for (const name of ['a', 'b']) assert.equal(await endOf(second, name), 'succeeded');
    assert.equal(house.executor.requests.length, 12);
    await worker.drain();
    await second.close();
  });

  it('ends when another coordinator begins on its journal', async () => {
    const house = new FarmHouse();
    const first = await house.coordinator();
    await first.submit(await house.plan('a'));
    const second = await house.coordinator(otherBus());
    await assert.rejects(runOf(first, 'a').cancel(), hasCode('JOURNAL_CONFLICT'));
    assert.equal((await first.lost).code, 'JOURNAL_CONFLICT');
    await assert.rejects(first.submit(await house.plan('b')), hasCode('JOURNAL_CONFLICT'));
    assert.equal(runOf(second, 'a').listing().isCancelled, false);
    await Promise.all([first.close(), second.close()]);
  });

  it('leaves news of a run that only another coordinator knows to that one', {
    timeout: 10_000,
  }, async () => {
    const house = new FarmHouse();
    const former = await house.coordinator();
    const leading = await house.coordinator(otherBus());
    await leading.submit(await house.plan('b'));
    const body = encodeTaskEvent({ ...sampleEvents.accepted, run: runId('b') });
    await house.bus.publishEvent('e1', body);
    assert.equal((await former.lost).code, 'JOURNAL_CONFLICT');
    await former.close();
    const again = Promise.withResolvers<Uint8Array>();
    await house.bus.consumeEvents((event) => {
      again.resolve(event.body);
      void event.ack();
    });
    assert.equal(decodeTaskEvent(await again.promise).run, 'b');
    await leading.close();
  });

  it('pauses and continues a run, and tells the workers how it stands', async () => {
    const house = new FarmHouse();
    const farm = await house.coordinator();
    await farm.submit(await house.plan('a'));
    await runOf(farm, 'a').setPaused(true);
    const reasons = (await runOf(farm, 'a').tasks()).map(({ reason }) => reason?.kind);
    assert.ok(reasons.includes('no-worker'));
    while ((await house.register.read(runId('a')))?.state !== 'paused') await turn();
    const worker = await house.worker();
    // Offers that were out already are done; nothing new is.
    while (house.executor.requests.length < 2 || worker.runningCount > 0) await turn();
    await runOf(farm, 'a').setPaused(false);
    assert.equal(await endOf(farm, 'a'), 'succeeded');
    while ((await house.register.read(runId('a')))?.state !== 'finished') await turn();
    await worker.drain();
    await farm.close();
  });

  it('cancels one run and no other', async () => {
    const house = new FarmHouse();
    const farm = await house.coordinator();
    for (const name of ['a', 'b']) await farm.submit(await house.plan(name));
    await runOf(farm, 'a').cancel();
    const worker = await house.worker();
    assert.equal(await endOf(farm, 'b'), 'succeeded');
    assert.equal(await endOf(farm, 'a'), 'cancelled');
    await worker.drain();
    await farm.close();
  });

  it('reads a snapshot instead of the entries before it, and lists runs that are over', async () => {
    const house = new FarmHouse();
    const first = await house.coordinator();
    const worker = await house.worker();
    await first.submit(await house.plan('done'));
    assert.equal(await endOf(first, 'done'), 'succeeded');
    await worker.drain();
    await first.submit(await house.plan('open'));
    await first.close();
    const { snapshot } = house.journal;
    assert.ok(snapshot !== undefined);
    house.journal.firstSequence = snapshot.sequence;
    const second = await house.coordinator();
    assert.deepEqual(
      second.runs().map(({ run, outcome }) => [run, outcome]),
      [
        ['done', 'succeeded'],
        ['open', null],
      ],
    );
    const past = runOf(second, 'done');
    const tasks = await past.tasks();
    assert.ok(tasks.every(({ phase }) => phase === 'done'));
    const [stage] = tasks;
    assert.ok(stage !== undefined);
    assert.equal((await past.outputOf(stage.id))?.kind, 'stage');
    // What was read once is not read again for each of its tasks.
    const stored = [...house.blobs.blobs];
    house.blobs.blobs.clear();
    for (const task of tasks) assert.deepEqual(await runOf(second, 'done').task(task.id), task);
    for (const [digest, bytes] of stored) house.blobs.blobs.set(digest, bytes);
    assert.equal(await past.task(taskId('package:other')), undefined);
    await second.submit(await house.plan('done'));
    const next = await house.worker('w2');
    assert.equal(await endOf(second, 'open'), 'succeeded');
    await next.drain();
    await second.close();
  });

  it('saves one snapshot at a time, also when it closes meanwhile', async () => {
    const house = new FarmHouse();
    const clock = new FakeClock();
    const saved = Promise.withResolvers<void>();
    let underWay = 0;
    let most = 0;
    const saveSnapshot = async (snapshot: JournalSnapshot): Promise<void> => {
      underWay += 1;
      most = Math.max(most, underWay);
      await saved.promise;
      underWay -= 1;
      await house.journal.saveSnapshot(snapshot);
    };
    const { bus, blobs, logger, register } = house;
    const ports = { bus, blobs, logger, register, clock, term: 1, snapshotEntries: 1 };
    const farm = await openFarm({ ...ports, journal: altered(house.journal, { saveSnapshot }) });
    await farm.submit(await house.plan('a'));
    await clock.advance(6_000);
    while (underWay === 0) await turn();
    let isClosed = false;
    const closed = farm.close().finally(() => (isClosed = true));
    for (let turns = 0; turns < 100; turns += 1) await turn();
    await clock.advance(1_000);
    saved.resolve();
    while (!isClosed) {
      await clock.advance(1_000);
      await turn();
    }
    await closed;
    assert.equal(most, 1);
    assert.ok(house.journal.snapshot !== undefined);
  });

  it('leaves out a run whose plan is gone, and goes on with the others', async () => {
    const house = new FarmHouse();
    const first = await house.coordinator();
    const kept = new Set(house.blobs.blobs.keys());
    await first.submit(await house.plan('lost'));
    const [entry] = house.journal.entries.slice(1);
    const { steps } = decodeFarmEntry(new TextDecoder().decode(entry?.body));
    const lost = steps[0]?.submitted?.plan.digest;
    assert.ok(lost !== undefined && !kept.has(lost));
    await first.submit(await house.plan('kept'));
    house.blobs.blobs.delete(lost);
    const second = await house.coordinator(otherBus());
    assert.deepEqual(
      second.runs().map(({ run }) => run),
      ['kept'],
    );
    await Promise.all([first.close(), second.close()]);
  });

  it('tells a viewer how everything stands, and then what happens', async () => {
    const house = new FarmHouse();
    const farm = await house.coordinator();
    await farm.submit(await house.plan('a'));
    const kinds: string[] = [];
    await runOf(farm, 'a').follow((event) => {
      kinds.push(event.kind);
    });
    const worker = await house.worker();
    assert.equal(await endOf(farm, 'a'), 'succeeded');
    assert.equal(kinds[0], 'opened');
    assert.equal(kinds.filter((kind) => kind === 'opened').length, 1);
    assert.equal(kinds.at(-1), 'finished');
    await worker.drain();
    await farm.close();
  });
});
