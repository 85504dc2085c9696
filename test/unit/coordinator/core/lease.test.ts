/** Fencing by run, generation, epoch and phase. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runId, workerId } from '#proto/ids.ts';
import { redeliveryVerdict, standingOf } from '#coordinator/core/lease.ts';
import { DrivenCore, runPlan } from '../../../support/run-plans.ts';

describe('a message about an attempt', () => {
  it('is current for the newest epoch of the run’s generation only', () => {
    const core = new DrivenCore(runPlan({ a: {} }));
    const why = (head: Parameters<typeof standingOf>[1]): string => {
      const standing = standingOf(core.state, head);
      return standing.kind === 'current' ? 'current' : standing.why;
    };
    const head = core.head('a', 1);
    assert.equal(why(head), 'current');
    assert.equal(why({ ...head, run: runId('r2') }), 'unknown-task');
    assert.equal(why({ ...head, task: core.head('b', 1).task }), 'unknown-task');
    assert.equal(why({ ...head, generation: 2 }), 'generation');
    assert.equal(why({ ...head, epoch: 2 }), 'epoch');
    assert.equal(why({ ...head, epoch: 0 }), 'epoch');
    core.build('a');
    assert.equal(why(head), 'settled');
  });

  it('delivered again is dropped when its lease was taken back before', () => {
    const core = new DrivenCore(runPlan({ a: {} }));
    core.accept('a');
    core.fail('a', { class: 'infra', code: 'BUS_UNAVAILABLE' });
    const asked = { head: core.head('a', 1), claimant: workerId('w2'), isHolderAlive: false };
    assert.equal(redeliveryVerdict(core.state, asked), 'drop');
  });

  it('delivered again to its own holder, which has forgotten it, is replaced', () => {
    const core = new DrivenCore(runPlan({ a: {} }));
    core.accept('a', 'w1');
    const asked = { head: core.head('a', 1), claimant: workerId('w1'), isHolderAlive: true };
    assert.equal(redeliveryVerdict(core.state, asked), 'replace-and-drop');
  });
});
