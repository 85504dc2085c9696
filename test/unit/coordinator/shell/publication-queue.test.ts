/** Packages on their way into the channel. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ErrorData } from '#proto/errors.ts';
import { canonicalJson } from '#proto/canonical-json.ts';
import { embeddedRetryPolicy, farmRetryPolicy } from '#coordinator/core/retry-policy.ts';
import type { Input } from '#coordinator/core/inputs.ts';
import { PublicationQueue, type PackageToPublish } from '#coordinator/shell/publication-queue.ts';
import { TaskOutputs } from '#coordinator/shell/task-outputs.ts';
import { planRun } from '#coordinator/plan/plan-run.ts';
import { FakeBlobStore } from '../../../support/fake-blob-store.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { madeResult } from '../../../support/made-results.ts';
import { output, planInput, recipe } from '../../../support/rendered-outputs.ts';
import { DrivenCore, id, runPlan } from '../../../support/run-plans.ts';

const conflict: ErrorData = { code: 'OUTPUT_EXISTS', message: 'another one is there', context: {} };
const passing: ErrorData = { code: 'DISK_FULL', message: 'full', context: {} };

async function queueOf(
  publish: (packages: readonly PackageToPublish[]) => Promise<readonly (ErrorData | null)[]>,
  retry = embeddedRetryPolicy,
) {
  const names = ['a', 'b', 'c'];
  const core = new DrivenCore(
    runPlan(Object.fromEntries(names.map((name) => [name, { kind: 'package' as const }])), {
      queueDepth: 9,
      retry,
    }),
  );
  const blobs = new FakeBlobStore();
  const planned = planRun(planInput([recipe([output({ name: 'a' })])]));
  assert.ok(planned.ok && planned.value.tasks[0] !== undefined);
  const text = canonicalJson(madeResult(planned.value.tasks[0].spec));
  const ref = await blobs.putBytes(new TextEncoder().encode(text));
  for (const name of names) {
    core.build(name);
    const task = core.task(name);
    if (task.result !== null) task.result = { ...task.result, output: ref };
  }
  const posted: Input[] = [];
  const clock = new FakeClock();
  const stopped = new AbortController();
  const queue = new PublicationQueue({
    state: core.state,
    publisher: { publish },
    outputs: new TaskOutputs(blobs),
    clock,
    post: (input) => void posted.push(input),
    signal: stopped.signal,
  });
  return { queue, posted, clock, blobs, ref, stopped };
}

const brief = (inputs: readonly Input[]): string[] =>
  inputs.map((input) => `${input.kind} ${'task' in input ? input.task : ''}`);

describe('the queue of publications', () => {
  it('makes one call for all that became due while another was under way', async () => {
    const calls: string[][] = [];
    const first = Promise.withResolvers<void>();
    const { queue, posted } = await queueOf(async (packages) => {
      calls.push(packages.map(({ task }) => task));
      if (calls.length === 1) await first.promise;
      return packages.map(() => null);
    });
    queue.add(id('a'), 'channel');
    while (calls.length === 0) await Promise.resolve();
    for (const name of ['b', 'c', 'a', 'b']) queue.add(id(name), 'channel');
    first.resolve();
    await queue.idle();
    assert.deepEqual(calls, [['a'], ['b', 'c']]);
    assert.deepEqual(brief(posted), ['published a', 'published b', 'published c']);
  });

  it('gives up at once on what no try can mend, and after some tries on the rest', async () => {
    let callCount = 0;
    const { queue, posted, clock } = await queueOf(async (packages) => {
      callCount += 1;
      return packages.map(({ task }) => (task === 'a' ? conflict : task === 'b' ? passing : null));
    });
    for (const name of ['a', 'b', 'c']) queue.add(id(name), 'channel');
    await clock.advance(60_000);
    await queue.idle();
    assert.deepEqual(brief(posted), ['publish-failed a', 'published c', 'publish-failed b']);
    assert.equal(callCount, 3);
  });

  it('waits on a farm for a store that is away for minutes, and holds up nobody meanwhile', async () => {
    const away: ErrorData = { code: 'BLOB_STORE_UNAVAILABLE', message: 'away', context: {} };
    let isAway = true;
    const { queue, posted, clock } = await queueOf(
      async (packages) => packages.map(({ task }) => (isAway && task === 'a' ? away : null)),
      farmRetryPolicy,
    );
    queue.add(id('a'), 'channel');
    await clock.advance(200_000);
    queue.add(id('b'), 'channel');
    await clock.advance(0);
    assert.deepEqual(brief(posted), ['published b']);
    isAway = false;
    await clock.advance(600_000);
    await queue.idle();
    assert.deepEqual(brief(posted), ['published b', 'published a']);
  });

  it('treats a rejection as the failure of every package of the call', async () => {
    let callCount = 0;
    const { queue, posted, clock } = await queueOf(async (packages) => {
      callCount += 1;
      if (callCount === 1) throw new Error('boom');
      return packages.map(() => null);
    });
    queue.add(id('a'), 'broken');
    await clock.advance(10_000);
    await queue.idle();
    assert.deepEqual(brief(posted), ['publish-failed a']);
  });

  it('fails a package whose result can’t be read', async () => {
    const { queue, posted, blobs, ref } = await queueOf(async (packages) =>
      packages.map(() => null),
    );
    await blobs.delete(ref);
    queue.add(id('a'), 'channel');
    await queue.idle();
    assert.deepEqual(brief(posted), ['publish-failed a']);
  });

  it('stops when the run is closed', async () => {
    let callCount = 0;
    const { queue, stopped } = await queueOf(async (packages) => {
      callCount += 1;
      return packages.map(() => passing);
    });
    stopped.abort();
    queue.add(id('a'), 'channel');
    await queue.idle();
    assert.equal(callCount, 0);
  });
});
