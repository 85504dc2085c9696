/** Nothing that a task says gives a secret away; what it used is known. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StageyardError } from '#proto/errors.ts';
import { attemptId } from '#proto/ids.ts';
import type { TaskNews } from '#proto/ports/task-reporter.ts';
import type { ResourceUse } from '#proto/task-output.ts';
import { planRun } from '#coordinator/plan/plan-run.ts';
import { environmentSecrets } from '#workers/secrets/secret-source.ts';
import { AttemptWatch } from '#workers/tasks/attempt-watch.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { inlineScript, output, planInput, recipe } from '../../../support/rendered-outputs.ts';

const VALUE = 'hunter2hunter2';

function watched(secrets: readonly string[]) {
  const script = { ...inlineScript('make'), secrets };
  const plan = planRun(planInput([recipe([output({ name: 'a', script })])]));
  const [task] = plan.ok ? plan.value.tasks : [];
  assert.ok(task !== undefined);
  const news: TaskNews[] = [];
  const uses: ResourceUse[] = [];
  const clock = new FakeClock();
  const request = {
    spec: task.spec,
    inputs: { artifacts: [], snapshots: [] },
    attempt: {
      run: task.spec.run,
      generation: 1,
      task: task.id,
      attempt: attemptId('a#1'),
      epoch: 1,
    },
    limits: { wallTimeMs: 1, silentTimeMs: 1, logSizeBytesMax: 1 },
    slot: 0,
    reporter: { report: (one: TaskNews) => void news.push(one) },
    meter: { use: (use: ResourceUse) => void uses.push(use) },
    keepLog: () => undefined,
    signal: new AbortController().signal,
  };
  const source = environmentSecrets({ TOKEN: VALUE, OTHER: 'not declared' });
  const watch = new AttemptWatch(request, { clock, secrets: source });
  return { watch, news, uses, clock };
}

describe('what a task tells', () => {
  it('has the values of its secrets masked, of whatever kind it is', () => {
    const { watch, news } = watched(['TOKEN', 'MISSING']);
    watch.report({ kind: 'notice', text: `kept /b/${VALUE}` });
    watch.report({ kind: 'phase', phase: 'script', detail: VALUE });
    const finding = { kind: 'path-warning', severity: 'info', message: VALUE } as const;
    watch.report({ kind: 'finding', finding });
    assert.equal(news.length, 3);
    assert.ok(!JSON.stringify(news).includes(VALUE));
    assert.equal(JSON.stringify(news).split('********').length, 4);
  });

  it('is left as it is where no secret is declared', () => {
    const { watch, news } = watched([]);
    watch.report({ kind: 'notice', text: VALUE });
    assert.deepEqual(news, [{ kind: 'notice', text: VALUE }]);
    const error = new StageyardError('INTERNAL', VALUE);
    assert.equal(watch.safeError(error), error);
  });

  it('has its failures masked: message, context and stack, also of errors of others', () => {
    const { watch } = watched(['TOKEN']);
    const context = { path: `/x/${VALUE}`, exitCode: 2 };
    const known = watch.safeError(new StageyardError('SCRIPT_FAILED', `no ${VALUE}`, { context }));
    assert.ok(known instanceof StageyardError);
    assert.equal(known.code, 'SCRIPT_FAILED');
    assert.deepEqual(known.context, { path: '/x/********', exitCode: 2 });
    const foreign = watch.safeError(new TypeError(`bad ${VALUE}`));
    assert.ok(foreign instanceof StageyardError);
    for (const error of [known, foreign])
      assert.ok(!`${error.message} ${error.stack} ${String(error.cause)}`.includes(VALUE));
    assert.match(foreign.stack ?? '', /TypeError/);
  });
});

describe('what a task used', () => {
  it('is the largest of what was measured, and passed on', async () => {
    const { watch, uses, clock } = watched([]);
    await clock.advance(700);
    assert.deepEqual(watch.measures(5), { wallMs: 700, scriptMs: 5 });
    watch.use({ peakMemoryBytes: 10 });
    watch.use({ peakMemoryBytes: 7, diskBytes: 3 });
    watch.use({ peakMemoryBytes: 20 });
    const use = { peakMemoryBytes: 20, diskBytes: 3 };
    assert.deepEqual(watch.measures(5), { wallMs: 700, scriptMs: 5, ...use });
    assert.equal(uses.length, 3);
  });
});
