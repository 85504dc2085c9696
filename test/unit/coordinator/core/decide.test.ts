/** Decisions: what is offered when, what a failure leads to, what is published, when it is over. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { apply } from '#coordinator/core/apply.ts';
import { decide, nextWakeMs, pendingEffects } from '#coordinator/core/decide.ts';
import { DEADLINE_GRACE_MS } from '#coordinator/core/lease.ts';
import { embeddedRetryPolicy } from '#coordinator/core/retry-policy.ts';
import { DrivenCore, effectNames, offered, runPlan } from '../../../support/run-plans.ts';

const chain = { a: {}, b: { after: ['a'] }, c: { after: ['b'] } };

describe('offers', () => {
  it('are made for tasks whose prerequisites are done, as many as the queue holds', () => {
    const core = new DrivenCore(runPlan({ a: {}, b: {}, c: {}, d: { after: ['a', 'b'] } }));
    assert.deepEqual(core.phases, { a: 'offered', b: 'offered', c: 'ready', d: 'waiting' });
    assert.deepEqual(offered(core.accept('a')), ['c']);
    core.accept('b');
    core.finish('a');
    assert.equal(core.phases['d'], 'waiting');
    assert.deepEqual(offered(core.finish('b')), ['d']);
  });

  it('follow the longest remaining path, then the order of the plan', () => {
    const plan = runPlan(
      {
        short: {},
        long: {},
        middle: { after: ['long'] },
        end: { after: ['middle'] },
        slow: { estimateMs: 500 },
      },
      { queueDepth: 1 },
    );
    const core = new DrivenCore(plan);
    for (const name of ['slow', 'long', 'short', 'middle', 'end']) core.build(name);
    const order = core.facts.flatMap((fact) => (fact.kind === 'task-offered' ? [fact.task] : []));
    assert.deepEqual(order, ['slow', 'long', 'short', 'middle', 'end']);
  });

  it('fill each pool by itself', () => {
    const core = new DrivenCore(
      runPlan({ a: {}, b: { pool: 'osx-64' }, c: {} }, { queueDepth: 1 }),
    );
    assert.deepEqual(core.phases, { a: 'offered', b: 'offered', c: 'ready' });
  });

  it('that were missed in their queues are not taken from who has them by now', () => {
    const core = new DrivenCore(runPlan({ a: {} }));
    core.accept('a', 'w2');
    assert.deepEqual(core.fail('a', { class: 'released', code: 'BUS_UNAVAILABLE' }).facts, []);
  });

  it('are made anew when a second holder was told to stop: his message kept the lease of the first', () => {
    const core = new DrivenCore(runPlan({ a: {} }));
    core.accept('a', 'w2');
    core.fail('a', { class: 'cancelled', code: 'CANCELLED' });
    assert.deepEqual(core.phases, { a: 'offered' });
  });

  it('carry a higher epoch each time', () => {
    const core = new DrivenCore(runPlan({ a: {} }));
    core.accept('a');
    core.fail('a', { class: 'released', code: 'CANCELLED' });
    assert.equal(core.task('a').epoch, 2);
    assert.equal(core.task('a').phase, 'offered');
  });

  it('come after all facts of the step that decided them', () => {
    const core = new DrivenCore();
    const { facts, effects } = core.tell({ kind: 'submit', plan: runPlan(chain) });
    assert.deepEqual(
      facts.map(({ kind }) => kind),
      ['run-submitted', 'task-offered'],
    );
    assert.deepEqual(effects, [{ kind: 'offer', task: 'a', epoch: 1 }]);
  });
});

describe('a failure', () => {
  it('blocks its dependents with the root named, and stops what has not begun', () => {
    const core = new DrivenCore(runPlan({ ...chain, other: {}, later: {} }));
    core.accept('a');
    core.accept('other');
    const { effects } = core.fail('a');
    assert.deepEqual(core.phases, {
      a: 'failed',
      b: 'blocked',
      c: 'blocked',
      other: 'running',
      later: 'stopped',
    });
    assert.equal(core.task('c').root, 'a');
    assert.deepEqual(effectNames(effects, 'withdraw'), ['later']);
    core.finish('other');
    assert.equal(core.state.outcome, 'failed');
    assert.equal(core.task('other').phase, 'done');
  });

  it('leaves independent tasks alone when the run continues on failure', () => {
    const core = new DrivenCore(runPlan({ ...chain, other: {} }, { continueOnFailure: true }));
    core.accept('a');
    core.fail('a');
    core.build('other');
    assert.deepEqual(core.phases, { a: 'failed', b: 'blocked', c: 'blocked', other: 'done' });
    assert.equal(core.state.outcome, 'failed');
  });

  it('of the infrastructure is tried again after a growing delay, within its budget', () => {
    const core = new DrivenCore(runPlan({ a: {} }));
    const delays: number[] = [];
    for (let attempt = 1; attempt <= 8; attempt += 1) {
      core.accept('a');
      core.fail('a', { class: 'infra', code: 'BLOB_STORE_UNAVAILABLE' });
      const wakeMs = nextWakeMs(core.state);
      if (wakeMs === undefined) break;
      delays.push(wakeMs - core.nowMs);
      core.nowMs = wakeMs - 1;
      assert.deepEqual(offered(core.tell({ kind: 'tick' })), []);
      core.nowMs = wakeMs;
      assert.deepEqual(offered(core.tell({ kind: 'tick' })), ['a']);
    }
    assert.equal(delays.length, 7);
    assert.ok(delays.every((delay, index) => index === 0 || delay > (delays[index - 1] ?? 0)));
    assert.equal(core.task('a').phase, 'failed');
  });

  it('that comes twice counts once', () => {
    const core = new DrivenCore(runPlan({ a: {} }));
    core.accept('a');
    core.fail('a', { class: 'infra', code: 'BLOB_STORE_UNAVAILABLE', epoch: 1 });
    assert.deepEqual(
      core.fail('a', { class: 'infra', code: 'BLOB_STORE_UNAVAILABLE', epoch: 1 }).facts,
      [],
    );
    assert.equal(core.task('a').tally.infra, 1);
    assert.deepEqual(core.task('a').error?.context['worker'], 'w1');
  });

  it('because an input is gone makes its producer run again, at most twice', () => {
    const core = new DrivenCore(runPlan({ a: {}, b: { after: ['a'] } }));
    core.build('a');
    for (let time = 0; time < 2; time += 1) {
      core.accept('b');
      core.fail('b', { class: 'infra', code: 'SNAPSHOT_MISSING', producer: 'a' });
      assert.deepEqual(core.phases, { a: 'offered', b: 'waiting' });
      core.build('a');
      core.nowMs += 600_000;
      core.tell({ kind: 'tick' });
    }
    core.accept('b');
    core.fail('b', { class: 'infra', code: 'SNAPSHOT_MISSING', producer: 'a' });
    assert.deepEqual(core.phases, { a: 'done', b: 'ready' });
    core.nowMs += 600_000;
    core.tell({ kind: 'tick' });
    core.build('b');
    assert.equal(core.state.outcome, 'succeeded');
  });
});

describe('news of another attempt', () => {
  it('with an older epoch is refused: the result, the failure and the lease', () => {
    const core = new DrivenCore(runPlan({ a: {} }));
    core.accept('a', 'w1');
    core.fail('a', { class: 'lost', code: 'WORKER_LOST' });
    core.accept('a', 'w2');
    assert.deepEqual(core.finish('a', 'w1', 1), { facts: [], effects: [] });
    assert.deepEqual(core.fail('a', { epoch: 1 }), { facts: [], effects: [] });
    assert.deepEqual(core.accept('a', 'w1', 1).effects, [
      { kind: 'cancel-attempt', task: 'a', epoch: 1, worker: 'w1' },
    ]);
    core.finish('a', 'w2');
    assert.equal(core.task('a').result?.worker, 'w2');
  });

  it('of the same epoch from a second worker ends that worker, not the lease', () => {
    const core = new DrivenCore(runPlan({ a: {} }));
    core.accept('a', 'w1');
    assert.deepEqual(effectNames(core.accept('a', 'w2').effects, 'cancel-attempt'), ['a']);
    assert.deepEqual(core.accept('a', 'w1').effects, []);
    assert.equal(core.task('a').worker, 'w1');
  });

  it('is taken when the lease was lost and nobody has a new one', () => {
    const core = new DrivenCore(runPlan({ a: {} }));
    core.accept('a');
    core.fail('a', { class: 'infra', code: 'BUS_UNAVAILABLE' });
    assert.equal(core.task('a').phase, 'ready');
    core.finish('a', 'w1', 1);
    assert.equal(core.task('a').phase, 'done');
  });

  it('of an older generation is refused after a cancellation', () => {
    const core = new DrivenCore(runPlan({ a: {}, b: {} }));
    core.accept('a');
    const { effects } = core.tell({ kind: 'cancel' });
    assert.deepEqual(effectNames(effects, 'cancel-attempt'), ['a']);
    assert.deepEqual(effectNames(effects, 'withdraw'), ['b']);
    assert.equal(core.state.outcome, 'cancelled');
    assert.deepEqual(core.finish('a').facts, []);
    assert.deepEqual(core.phases, { a: 'stopped', b: 'stopped' });
  });

  it('about a task that was never offered is refused', () => {
    const core = new DrivenCore(runPlan({ a: {}, b: { after: ['a'] } }));
    assert.deepEqual(core.finish('b', 'w1', 0).facts, []);
    assert.deepEqual(core.finish('b', 'w1', 1).facts, []);
    assert.equal(core.task('b').phase, 'waiting');
  });

  it('about a task or a run that is not there changes nothing', () => {
    const core = new DrivenCore(runPlan({ a: {} }));
    const head = { ...core.head('a', 1), task: core.head('zz', 1).task };
    const { facts } = core.tell({
      kind: 'accepted',
      head,
      worker: core.head('w1', 1).task as never,
    });
    assert.deepEqual(facts, []);
  });
});

describe('a second delivery', () => {
  const ask = (core: DrivenCore, claimant: string, isHolderAlive: boolean) =>
    core.tell({
      kind: 'redelivered',
      head: core.head('a', 1),
      claimant: claimant as never,
      isHolderAlive,
      token: 7,
    });

  it('waits while the holder is alive', () => {
    const core = new DrivenCore(runPlan({ a: {} }));
    core.accept('a', 'w1');
    assert.deepEqual(ask(core, 'w2', true), {
      facts: [],
      effects: [{ kind: 'answer', token: 7, verdict: 'wait' }],
    });
  });

  it('of a dead holder is replaced under a new epoch and costs an attempt', () => {
    const core = new DrivenCore(runPlan({ a: {} }));
    core.accept('a', 'w1');
    const { effects } = ask(core, 'w2', false);
    assert.deepEqual(effects[0], { kind: 'answer', token: 7, verdict: 'drop' });
    assert.equal(core.task('a').epoch, 2);
    assert.equal(core.task('a').tally.lost, 1);
  });

  it('of something that nobody accepted is replaced and costs nothing', () => {
    const core = new DrivenCore(runPlan({ a: {} }));
    ask(core, 'w2', false);
    assert.equal(core.task('a').epoch, 2);
    assert.deepEqual(core.task('a').tally, {
      user: 0,
      limit: 0,
      infra: 0,
      lost: 0,
      released: 1,
      cancelled: 0,
    });
  });

  it('of a finished task is dropped', () => {
    const core = new DrivenCore(runPlan({ a: {} }));
    core.build('a');
    assert.deepEqual(ask(core, 'w2', false).effects, [
      { kind: 'answer', token: 7, verdict: 'drop' },
    ]);
  });
});

describe('publication', () => {
  it('of an untested package follows its result', () => {
    const core = new DrivenCore(runPlan({ a: { kind: 'package' } }));
    core.accept('a');
    const { effects } = core.finish('a');
    assert.deepEqual(effects, [{ kind: 'publish', task: 'a', place: 'channel' }]);
    assert.equal(core.state.outcome, null);
    core.tell({ kind: 'published', task: core.task('a').plan.id, place: 'channel' });
    assert.equal(core.state.outcome, 'succeeded');
  });

  it('waits for the test, and a package that fails it is broken', () => {
    const core = new DrivenCore(runPlan({ a: {}, t: { tests: 'a' } }));
    assert.deepEqual(effectNames(core.build('a').effects, 'publish'), []);
    core.accept('t');
    const { effects } = core.fail('t', { code: 'TEST_FAILED' });
    assert.deepEqual(effects, [{ kind: 'publish', task: 'a', place: 'broken' }]);
  });

  it('waits for the packages it depends on, through staging outputs too', () => {
    const core = new DrivenCore(
      runPlan({
        a: {},
        ta: { tests: 'a' },
        s: { kind: 'stage', after: ['a'] },
        b: { kind: 'package', after: ['s'] },
        c: { kind: 'package', after: ['b'] },
      }),
    );
    for (const name of ['a', 's', 'b', 'c'])
      assert.deepEqual(effectNames(core.build(name).effects, 'publish'), []);
    core.accept('ta');
    assert.deepEqual(effectNames(core.finish('ta').effects, 'publish'), ['a', 'b', 'c']);
  });

  it('does not happen behind a package that failed its test', () => {
    const core = new DrivenCore(
      runPlan({ a: {}, ta: { tests: 'a' }, b: { kind: 'package', after: ['a'] } }),
    );
    core.build('a');
    core.accept('ta');
    core.build('b');
    const { effects } = core.fail('ta', { code: 'TEST_FAILED' });
    assert.deepEqual(effectNames(effects, 'publish'), ['a']);
    core.tell({ kind: 'published', task: core.task('a').plan.id, place: 'broken' });
    assert.equal(core.task('b').publication.kind, 'none');
    assert.equal(core.state.outcome, 'failed');
  });

  it('does not happen behind one whose failed package could not be put anywhere', () => {
    const core = new DrivenCore(
      runPlan({ a: {}, ta: { tests: 'a' }, b: { kind: 'package', after: ['a'] } }),
    );
    core.build('a');
    for (const name of ['ta', 'b']) core.accept(name);
    core.fail('ta', { code: 'TEST_FAILED' });
    const error = { code: 'OUTPUT_UNWRITABLE', message: 'no', context: {} } as const;
    core.tell({ kind: 'publish-failed', task: core.task('a').plan.id, error });
    assert.deepEqual(effectNames(core.finish('b').effects, 'publish'), []);
    assert.equal(core.state.outcome, 'failed');
  });

  it('does not happen when the test could not be run', () => {
    const core = new DrivenCore(
      runPlan({ a: {}, t: { tests: 'a' } }, { retry: embeddedRetryPolicy }),
    );
    core.build('a');
    core.accept('t');
    core.fail('t', { class: 'infra', code: 'DISK_FULL' });
    assert.equal(core.task('t').phase, 'failed');
    assert.equal(core.task('a').publication.kind, 'none');
    assert.equal(core.state.outcome, 'failed');
  });

  it('that fails makes the run fail and stops it', () => {
    const core = new DrivenCore(runPlan({ a: { kind: 'package' }, b: {}, c: {} }));
    core.build('a');
    const error = { code: 'OUTPUT_EXISTS', message: 'it is there', context: {} } as const;
    core.tell({ kind: 'publish-failed', task: core.task('a').plan.id, error });
    assert.equal(core.state.outcome, 'failed');
    assert.deepEqual(core.phases, { a: 'done', b: 'stopped', c: 'stopped' });
  });

  it('is told once', () => {
    const core = new DrivenCore(runPlan({ a: { kind: 'package' }, b: {} }));
    core.build('a');
    const published = {
      kind: 'published',
      task: core.task('a').plan.id,
      place: 'channel',
    } as const;
    assert.equal(core.tell(published).facts.length, 1);
    assert.equal(core.tell(published).facts.length, 0);
  });
});

describe('a coordinator that starts with a journal', () => {
  it('takes all leases back when bus and workers died with the process', () => {
    const core = new DrivenCore(runPlan({ a: {}, b: {}, c: {} }));
    core.accept('a');
    core.tell({ kind: 'resume', term: 2, isBusLost: true });
    assert.equal(core.state.term, 2);
    assert.deepEqual(core.phases, { a: 'offered', b: 'offered', c: 'ready' });
    assert.deepEqual([core.task('a').epoch, core.task('b').epoch], [2, 2]);
    assert.equal(core.task('a').tally.released, 1);
  });

  it('leaves leases alone otherwise, and repeats effects that may not have happened', () => {
    const core = new DrivenCore(runPlan({ a: { kind: 'package' }, b: {}, c: {} }));
    core.build('a');
    core.accept('b');
    core.tell({ kind: 'resume', term: 2, isBusLost: false });
    assert.equal(core.task('b').phase, 'running');
    assert.deepEqual(pendingEffects(core.state), [
      { kind: 'offer', task: 'c', epoch: 1 },
      { kind: 'publish', task: 'a', place: 'channel' },
    ]);
  });

  it('blocks what a failed task stands before when only the beginning of that step was stored', () => {
    const plan = runPlan(
      { a: {}, b: { after: ['a'] }, c: { after: ['b'] }, d: {} },
      { continueOnFailure: true },
    );
    const core = new DrivenCore(plan);
    core.accept('a');
    const { facts } = core.fail('a');
    assert.deepEqual(
      facts.map(({ kind }) => kind),
      ['attempt-failed', 'task-blocked', 'task-blocked'],
    );
    for (const storedCount of [1, 2]) {
      const next = new DrivenCore();
      for (const fact of core.facts.slice(0, core.facts.length - 3 + storedCount))
        apply(next.state, fact);
      next.tell({ kind: 'resume', term: 2, isBusLost: false });
      assert.deepEqual(next.phases, { a: 'failed', b: 'blocked', c: 'blocked', d: 'offered' });
    }
  });

  it('does not submit a second time', () => {
    const core = new DrivenCore(runPlan({ a: {} }));
    assert.deepEqual(core.tell({ kind: 'submit', plan: runPlan({ b: {} }) }).facts, []);
  });
});

describe('time', () => {
  it('far beyond an attempt’s limit loses the attempt and stops its worker', () => {
    const core = new DrivenCore(runPlan({ a: {} }));
    core.accept('a');
    const deadline = core.nowMs + 3_600_000 + DEADLINE_GRACE_MS;
    assert.equal(nextWakeMs(core.state), deadline);
    core.nowMs = deadline;
    const { effects } = core.tell({ kind: 'tick' });
    assert.deepEqual(effectNames(effects, 'cancel-attempt'), ['a']);
    assert.equal(core.task('a').tally.lost, 1);
  });

  it('never runs backwards', () => {
    const core = new DrivenCore(runPlan({ a: {} }));
    decide(core.state, { kind: 'tick' }, 5);
    assert.equal(core.state.nowMs, 1_000_000);
  });

  it('is of no interest once the run is over', () => {
    const core = new DrivenCore(runPlan({ a: {} }));
    core.accept('a');
    core.tell({ kind: 'cancel' });
    assert.equal(nextWakeMs(core.state), undefined);
  });
});

describe('a run without tasks', () => {
  it('succeeds at once', () => {
    assert.equal(new DrivenCore(runPlan({})).state.outcome, 'succeeded');
  });
});
