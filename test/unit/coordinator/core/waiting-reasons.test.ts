/** Every task that doesn't run says why. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { waitingReason } from '#coordinator/core/waiting-reasons.ts';
import { DrivenCore, runPlan } from '../../../support/run-plans.ts';

describe('a task that does not run', () => {
  const reasonOf = (core: DrivenCore, name: string) => waitingReason(core.state, core.task(name));

  it('names what it waits for', () => {
    const core = new DrivenCore(
      runPlan(
        { a: {}, b: {}, c: {}, d: {}, end: { after: ['a', 'b', 'c', 'd'] } },
        { queueDepth: 1 },
      ),
    );
    assert.deepEqual(reasonOf(core, 'end'), {
      kind: 'needs-tasks',
      tasks: ['a', 'b', 'c'],
      count: 4,
    });
    assert.deepEqual(reasonOf(core, 'a'), { kind: 'needs-worker', pool: 'linux-64' });
    assert.deepEqual(reasonOf(core, 'b'), { kind: 'needs-slot', pool: 'linux-64' });
    core.accept('a');
    assert.equal(reasonOf(core, 'a'), undefined);
    core.fail('a', { class: 'infra', code: 'BUS_UNAVAILABLE' });
    const { notBeforeMs } = core.task('a');
    assert.deepEqual(reasonOf(core, 'a'), {
      kind: 'backs-off',
      untilMs: notBeforeMs,
      code: 'BUS_UNAVAILABLE',
    });
  });

  it('names the root that blocks it, or why it was stopped', () => {
    const core = new DrivenCore(
      runPlan({ a: {}, b: { after: ['a'] }, c: { after: ['b'] }, d: {}, e: {} }),
    );
    core.accept('a');
    core.fail('a');
    assert.deepEqual(reasonOf(core, 'c'), { kind: 'blocked', root: 'a' });
    assert.deepEqual(reasonOf(core, 'e'), { kind: 'stopped', reason: 'stopped-after-failure' });
    assert.equal(reasonOf(core, 'a'), undefined);
  });
});
