/** Which packages go to the channel, in plans as nobody makes them. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { withholder } from '#coordinator/core/promotion.ts';
import { DrivenCore, runPlan, type TaskWish } from '../../../support/run-plans.ts';

it('looks at each stage once, however many ways lead there and however long they are', () => {
  const wishes: Record<string, TaskWish> = { first: { kind: 'package' } };
  let before = ['first'];
  for (let layer = 0; layer < 10_000; layer += 1) {
    const pair = [`a${layer}`, `b${layer}`];
    for (const name of pair) wishes[name] = { kind: 'stage', after: before };
    before = pair;
  }
  wishes['last'] = { kind: 'package', after: before };
  const core = new DrivenCore(runPlan(wishes, { continueOnFailure: true, queueDepth: 30_000 }));
  const [first, last] = [core.task('first'), core.task('last')];
  assert.equal(withholder(last), first);
  for (const name of Object.keys(wishes)) core.build(name);
  assert.equal(withholder(last), undefined);
  assert.equal(last.publication.kind, 'due');
});
