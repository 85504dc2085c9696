/** What a task sees of its run. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { BlobRef } from '#proto/digest.ts';
import { StageyardError } from '#proto/errors.ts';
import { canonicalJson } from '#proto/canonical-json.ts';
import { readTaskInputs } from '#proto/task-documents.ts';
import type { TaskInputs, TaskSpec } from '#proto/task-spec.ts';
import { embeddedRetryPolicy } from '#coordinator/core/retry-policy.ts';
import type { TaskState } from '#coordinator/core/state.ts';
import type { PlanRecipe } from '#coordinator/plan/plan.ts';
import { planRun } from '#coordinator/plan/plan-run.ts';
import { storePlan } from '#coordinator/shell/stored-plan.ts';
import { TaskOutputs } from '#coordinator/shell/task-outputs.ts';
import { FakeBlobStore } from '../../../support/fake-blob-store.ts';
import { madeResult } from '../../../support/made-results.ts';
import {
  output,
  planInput,
  recipe,
  scriptTest,
  staging,
} from '../../../support/rendered-outputs.ts';
import { DrivenCore } from '../../../support/run-plans.ts';

class CountingStore extends FakeBlobStore {
  /** Digests that were asked for. */
  readonly gets: string[] = [];

  override async getBytes(ref: BlobRef, maxBytes: number) {
    this.gets.push(ref.digest);
    return super.getBytes(ref, maxBytes);
  }
}

async function inputsOf(
  blobs: FakeBlobStore,
  task: TaskState,
  outputs = new TaskOutputs(blobs),
): Promise<TaskInputs> {
  const stored = await outputs.storeInputs(task, 'r/a#1');
  return readTaskInputs(new TextDecoder().decode(await blobs.getBytes(stored, stored.sizeBytes)));
}

/** A run in which everything is done: `app` from a staging chain, beside `lib` from another staging. */
async function calculators() {
  const own = [staging('top', { inherit: 'base', host: ['lib'] }), staging('base')];
  const recipes = [
    recipe([
      output({ name: 'lib', staging: [staging('other')], run: ['data'] }),
      output({ name: 'data' }),
      output({ name: 'app', staging: own }),
      output({ name: 'stranger' }),
    ]),
  ];
  return finishedRun(recipes);
}

async function finishedRun(recipes: readonly PlanRecipe[]) {
  const blobs = new CountingStore();
  const planned = planRun(planInput(recipes));
  assert.ok(planned.ok);
  const options = { continueOnFailure: false, queueDepth: 99, retry: embeddedRetryPolicy };
  const plan = await storePlan({
    plan: planned.value,
    blobs,
    options,
    poolOf: (platform) => platform,
  });
  const core = new DrivenCore(plan);
  for (const { id, spec } of planned.value.tasks)
    await finish(core, blobs, { id, spec, run: plan.run });
  const find = (start: string) => {
    const found = [...core.state.tasks.values()].find(({ plan: task }) =>
      task.id.startsWith(start),
    );
    assert.ok(found !== undefined);
    return found;
  };
  return { blobs, find };
}

async function finish(
  core: DrivenCore,
  blobs: FakeBlobStore,
  made: { id: string; spec: TaskSpec; run: string },
) {
  const ref = await blobs.putBytes(new TextEncoder().encode(canonicalJson(madeResult(made.spec))));
  const task = core.task(made.id);
  const { exactKey } = madeResult(made.spec);
  const head = { ...core.head(made.id, task.epoch), run: made.spec.run };
  const measures = { wallMs: 1, scriptMs: 1 };
  core.tell({
    kind: 'done',
    head,
    worker: 'w1' as never,
    output: ref,
    exactKey,
    reused: false,
    measures,
  });
}

describe('the inputs of a task', () => {
  it('are the packages it depends on, transitively, and its own staging chain, nearest first', async () => {
    const { blobs, find } = await calculators();
    const inputs = await inputsOf(blobs, find('package:app'));
    assert.deepEqual(
      inputs.artifacts.map(({ record }) => record.name),
      ['data', 'lib'],
    );
    assert.deepEqual(inputs.artifacts[1]?.files, ['lib/lib']);
    assert.deepEqual(
      inputs.snapshots.map(({ stagingName }) => stagingName),
      ['top', 'base'],
    );
    const staged = await inputsOf(blobs, find('stage:top'));
    assert.deepEqual(
      staged.snapshots.map(({ stagingName }) => stagingName),
      ['base'],
    );
    assert.deepEqual(
      staged.artifacts.map(({ record }) => record.name),
      ['data', 'lib'],
    );
  });

  it('name the files of packages only where they are looked at: of its recipe, and of the one it tests', async () => {
    const { blobs, find } = await finishedRun([
      recipe([output({ name: 'far' })]),
      recipe([
        output({ name: 'near', hostRequirements: ['far'] }),
        output({ name: 'app', hostRequirements: ['near'], tests: [scriptTest()] }),
      ]),
    ]);
    const filesFor = async (name: string) => {
      const { artifacts } = await inputsOf(blobs, find(name));
      return Object.fromEntries(artifacts.map(({ record, files }) => [record.name, files]));
    };
    assert.deepEqual(await filesFor('package:near'), { far: [] });
    assert.deepEqual(await filesFor('package:app'), { far: [], near: ['lib/near'] });
    assert.deepEqual(await filesFor('test:app'), { far: [], near: [], app: ['lib/app'] });
  });

  it('of all tasks of a run are made from results that are read once each', async () => {
    const names = Array.from({ length: 30 }, (_, index) => `p${index}`);
    const recipes = names.map((name, index) =>
      recipe([output({ name, hostRequirements: names.slice(Math.max(0, index - 2), index) })]),
    );
    const { blobs, find } = await finishedRun(recipes);
    const outputs = new TaskOutputs(blobs);
    for (const [index, name] of names.entries()) {
      const { artifacts } = await inputsOf(blobs, find(`package:${name}-`), outputs);
      assert.deepEqual(
        artifacts.map(({ record }) => record.name),
        names.slice(0, index),
      );
    }
    const results = names.map((name) => find(`package:${name}-`).result?.output.digest);
    const reads = results.map((digest) => blobs.gets.filter((asked) => asked === digest).length);
    assert.deepEqual(reads, [...names.slice(1).map(() => 1), 0]);
  });

  it('that are large leave others their turn, also when all results are in memory', async () => {
    const names = Array.from({ length: 150 }, (_, index) => `p${index}`);
    const app = output({ name: 'app', hostRequirements: names });
    const recipes = [...names.map((name) => output({ name })), app].map((one) => recipe([one]));
    const { blobs, find } = await finishedRun(recipes);
    const outputs = new TaskOutputs(blobs);
    const task = find('package:app');
    await outputs.storeInputs(task, 'r/a#1');
    let storedCount = 0;
    const storing = Array.from({ length: 10 }, async () => {
      await outputs.storeInputs(task, 'r/a#1');
      storedCount += 1;
    });
    const counts: number[] = [];
    while (storedCount < 10) {
      await new Promise(setImmediate);
      counts.push(storedCount);
    }
    await Promise.all(storing);
    assert.ok(new Set(counts).size > 5, `stored in each turn: ${counts.join()}`);
  });

  it('say when its result was gone or damaged: then a stored one is not taken for good', async () => {
    const { blobs, find } = await calculators();
    const app = find('package:app');
    assert.equal((await inputsOf(blobs, app)).rebuild, undefined);
    app.reopenCount = 1;
    assert.equal((await inputsOf(blobs, app)).rebuild, true);
  });

  it('that are gone name the task that made them', async () => {
    const { blobs, find } = await calculators();
    const lib = find('package:lib');
    assert.ok(lib.result !== null);
    await blobs.delete(lib.result.output);
    await assert.rejects(inputsOf(blobs, find('package:app')), (error) => {
      assert.ok(error instanceof StageyardError);
      assert.equal(error.code, 'BLOB_MISSING');
      assert.equal(error.context['producer'], lib.plan.id);
      return true;
    });
  });

  it('are read from the store once', async () => {
    const { blobs, find } = await calculators();
    const outputs = new TaskOutputs(blobs);
    const { result } = find('package:lib');
    assert.ok(result !== null);
    const first = await outputs.read(result.output);
    await blobs.delete(result.output);
    assert.equal(await outputs.read(result.output), first);
  });

  it('go from memory when newer ones need the room', async () => {
    const { blobs, find } = await calculators();
    const outputs = new TaskOutputs(blobs);
    const [older, newer] = ['package:lib', 'package:data'].map((name) => {
      const { result } = find(name);
      assert.ok(result !== null);
      return { ...result.output, sizeBytes: 100 * 1024 ** 2 };
    });
    assert.ok(older !== undefined && newer !== undefined);
    await outputs.read(older);
    await outputs.read(newer);
    await blobs.delete(older);
    await assert.rejects(outputs.read(older), { code: 'BLOB_MISSING' });
  });
});
