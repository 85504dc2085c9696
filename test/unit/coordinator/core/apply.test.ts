/** Replaying facts gives the state that they came from. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { taskId } from '#proto/ids.ts';
import { apply, emptyState } from '#coordinator/core/apply.ts';
import { durableView } from '#coordinator/core/state.ts';
import { DrivenCore, runPlan } from '../../../support/run-plans.ts';

describe('applying facts', () => {
  it('again gives the same state', () => {
    const core = new DrivenCore(runPlan({ a: {}, b: { after: ['a'] }, p: {}, t: { tests: 'p' } }));
    core.accept('a');
    core.fail('a', { class: 'infra', code: 'BLOB_STORE_UNAVAILABLE' });
    core.build('p');
    core.build('t');
    core.nowMs += 60_000;
    core.tell({ kind: 'tick' });
    core.build('a');
    const replayed = emptyState();
    for (const fact of core.facts) apply(replayed, fact);
    assert.deepEqual(durableView(replayed), durableView(core.state));
  });

  it('that are about no known task is refused', () => {
    const fact = { kind: 'task-offered', atMs: 1, task: taskId('a'), epoch: 1 } as const;
    assert.throws(() => apply(emptyState(), fact), RangeError);
  });

  it('puts ready dependents back when their prerequisite is reopened', () => {
    const after = { after: ['a'] };
    const core = new DrivenCore(
      runPlan({ a: {}, b: after, c: after, d: after }, { queueDepth: 1 }),
    );
    core.build('a');
    core.accept('b');
    assert.deepEqual(core.phases, { a: 'done', b: 'running', c: 'offered', d: 'ready' });
    core.fail('b', { class: 'infra', code: 'BLOB_MISSING', producer: 'a' });
    assert.deepEqual(core.phases, { a: 'ready', b: 'waiting', c: 'offered', d: 'waiting' });
    core.accept('c');
    core.build('a');
    assert.deepEqual([core.task('b').missingCount, core.task('d').missingCount], [0, 0]);
    assert.equal(core.task('d').phase, 'offered');
  });
});
