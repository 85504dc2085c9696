/** Facts and states that must not be. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { workerId } from '#proto/ids.ts';
import type { Fact } from '#coordinator/core/facts.ts';
import { factViolation, stateViolations } from '#coordinator/core/invariants.ts';
import { DrivenCore, id, runPlan } from '../../../support/run-plans.ts';

const broken = (core: DrivenCore, fact: Fact) => factViolation(core.state, fact)?.invariant;
const atMs = 1;

describe('the invariants', () => {
  it('refuse facts that contradict the ones before', () => {
    const core = new DrivenCore(runPlan({ a: {}, b: { after: ['a'] } }));
    const worker = workerId('w1');
    assert.equal(
      broken(core, { kind: 'task-offered', atMs, task: id('b'), epoch: 1 }),
      'single-outcome',
    );
    assert.equal(
      broken(core, { kind: 'attempt-accepted', atMs, task: id('a'), epoch: 2, worker }),
      'fenced-results',
    );
    assert.equal(
      broken(core, { kind: 'attempt-accepted', atMs, task: id('a'), epoch: 1, worker }),
      undefined,
    );
    assert.equal(
      broken(core, { kind: 'task-offered', atMs, task: id('zz'), epoch: 1 }),
      'conservation',
    );
    assert.equal(
      broken(core, { kind: 'task-published', atMs, task: id('a'), place: 'channel' }),
      'single-outcome',
    );
    assert.equal(
      broken(core, { kind: 'task-reopened', atMs, task: id('a'), missedBy: id('b') }),
      'single-outcome',
    );
    core.build('a');
    assert.equal(
      broken(core, { kind: 'task-stopped', atMs, task: id('a'), reason: 'run-cancelled' }),
      'single-outcome',
    );
  });

  it('refuse an offer before its prerequisites are done', () => {
    const core = new DrivenCore(runPlan({ a: {}, b: { after: ['a'] } }));
    core.task('b').phase = 'ready';
    assert.equal(
      broken(core, { kind: 'task-offered', atMs, task: id('b'), epoch: 1 }),
      'dependencies-first',
    );
  });

  it('count tasks, attempts and queued offers', () => {
    const core = new DrivenCore(runPlan({ a: {}, b: {} }));
    assert.deepEqual(stateViolations(core.state), []);
    core.state.counts.done += 1;
    core.state.offeredByPool.set('linux-64', 3);
    core.task('a').tally.lost = 3;
    core.task('b').tally.user = 2;
    const found = stateViolations(core.state).map(({ invariant }) => invariant);
    assert.deepEqual(found, [
      'conservation',
      'capacity-respected',
      'attempts-bounded',
      'attempts-bounded',
    ]);
  });
});
