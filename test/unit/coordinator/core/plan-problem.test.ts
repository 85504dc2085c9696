/** Plans that came from outside and can't be. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runId, taskId } from '#proto/ids.ts';
import { NO_REQUESTS, poolName } from '#proto/task-requests.ts';
import { planProblem } from '#coordinator/core/plan-problem.ts';
import type { RunPlan, RunTask } from '#coordinator/core/run-plan.ts';
import { sha256Hex } from '../../../support/rendered-outputs.ts';
import { runPlan } from '../../../support/run-plans.ts';

const about = { label: 'zlib', submittedBy: 'me@here', submittedAtMs: 1 };
const good: RunPlan = { ...runPlan({ a: {}, b: { after: ['a'] } }), run: runId('r1'), about };
const problemOf = (plan: RunPlan): string | undefined => planProblem(plan, sha256Hex);

/** The plan with another first task. */
function withTask(changed: (task: RunTask) => Partial<RunTask>): RunPlan {
  const tasks = good.tasks.map((task, index) =>
    index === 0 ? { ...task, ...changed(task) } : task,
  );
  return { ...good, tasks };
}

function needing(labels: readonly string[], pool?: string): Partial<RunTask> {
  const requests = { ...NO_REQUESTS, labels };
  return { requests, pool: pool ?? poolName('linux-64', requests, sha256Hex) };
}

describe('what is wrong with a plan', () => {
  it('is nothing with a good one', () => {
    assert.equal(problemOf(good), undefined);
    assert.equal(problemOf(withTask(() => needing(['gpu']))), undefined);
  });

  it('is a text that no list of runs can show', () => {
    for (const bad of ['x'.repeat(2_000), 'two\nlines', '\u001b[2J', 'a\u2028b']) {
      for (const key of ['label', 'submittedBy'])
        assert.match(problemOf({ ...good, about: { ...about, [key]: bad } }) ?? '', /short line/);
      assert.match(problemOf(withTask(() => ({ title: bad }))) ?? '', /title/);
      assert.match(problemOf({ ...good, submissionDigest: bad }) ?? '', /digest/);
    }
    const late = { ...about, submittedAtMs: Number.MAX_SAFE_INTEGER };
    assert.match(problemOf({ ...good, about: late }) ?? '', /9999/);
  });

  it('is a task that could never be offered', () => {
    const cases: [(task: RunTask) => Partial<RunTask>, RegExp][] = [
      [() => ({ id: taskId('x'.repeat(250)) }), /240 characters/],
      [({ spec }) => ({ spec: { ...spec, sizeBytes: 2 ** 50 } }), /too large/],
      [({ spec }) => ({ spec: { ...spec, location: 'x'.repeat(2_000) } }), /too large/],
      [({ limits }) => ({ limits: { ...limits, wallTimeMs: 0 } }), /a limit of 0/],
    ];
    for (const [changed, words] of cases) assert.match(problemOf(withTask(changed)) ?? '', words);
  });

  it('is a queue that has other needs than those it is named by', () => {
    const others = poolName('linux-64', { labels: ['gpu'], secrets: [] }, sha256Hex);
    for (const bad of [needing(['none'], others), needing(['gpu'], 'linux-64'), { pool: others }])
      assert.match(problemOf(withTask(() => bad)) ?? '', /no pool of its labels/);
  });

  it('is more queues than workers can be told of', () => {
    assert.match(problemOf(withTask(() => needing(['x'.repeat(3_000)]))) ?? '', /too many labels/);
    const wishes = Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`t${index}`, {}]));
    const plan = runPlan(wishes);
    const tasks = plan.tasks.map((task) => ({ ...task, ...needing([task.title]) }));
    assert.match(problemOf({ ...plan, tasks }) ?? '', /65 kinds of workers/);
  });
});
