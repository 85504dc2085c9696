import assert from 'node:assert/strict';
import test from 'node:test';
import { inputKey } from '#proto/ids.ts';
import type { ClaimOutcome, IndexedResult, ResultIndex } from '#proto/ports/result-index.ts';
import type { TaskNews } from '#proto/ports/task-reporter.ts';
import type { TaskOutput } from '#proto/task-output.ts';
import { adoptOr } from '#workers/tasks/adoption.ts';
import { FakeBlobStore } from '../../../support/fake-blob-store.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { sampleOffer } from '../../../support/sample-messages.ts';

const key = inputKey('a'.repeat(64));

/** An index whose key is always somebody else's, until it is let go. */
class BusyIndex implements ResultIndex {
  isBusy = true;
  committed: IndexedResult | undefined;
  unclaimed = 0;

  async lookup(): Promise<IndexedResult | undefined> {
    return this.committed;
  }

  async claim(): Promise<ClaimOutcome> {
    if (this.isBusy) return { kind: 'busy', owner: 'r9/a1' };
    return { kind: 'granted', epoch: 1 };
  }

  async unclaim(): Promise<void> {
    this.unclaimed += 1;
  }

  async commit(result: IndexedResult): Promise<IndexedResult> {
    this.committed ??= result;
    return this.committed;
  }

  async forget(): Promise<void> {}
  async close(): Promise<void> {}
}

const { limits } = sampleOffer;

/** What {@link adoptOr} is called with; `said` gets the phases that it reports. */
function setting(index: BusyIndex, clock: FakeClock, said: string[] = []) {
  const report = (news: TaskNews): void => {
    if (news.kind === 'phase') said.push(`${news.phase}: ${news.detail}`);
  };
  const { signal } = new AbortController();
  const request = {
    attempt: sampleOffer,
    spec: {},
    inputs: {},
    limits,
    reporter: { report },
    signal,
  };
  return {
    services: { results: index, blobs: new FakeBlobStore(), clock },
    wanted: { request, key },
  };
}

const output: TaskOutput = {
  schema: 1,
  kind: 'test',
  exactKey: key,
  builtAtMs: 0,
  measures: { wallMs: 1, scriptMs: 0 },
  findings: [],
  tests: [],
};

test('who waits for another build says whose it is, and builds when the key becomes free', async () => {
  const [index, clock] = [new BusyIndex(), new FakeClock()];
  const said: string[] = [];
  const { services, wanted } = setting(index, clock, said);
  let builds = 0;
  const adopting = adoptOr(services, wanted, async () => {
    builds += 1;
    return output;
  });
  await clock.advance(limits.wallTimeMs / 4);
  assert.equal(builds, 0);
  assert.deepEqual(said, ['waiting: another build is making the same result (r9/a1)']);
  index.isBusy = false;
  await clock.advance(2_000);
  assert.deepEqual(await adopting, { output, stored: index.committed?.output, reused: false });
  assert.equal(builds, 1);
});

test('waiting ends after half of the time that the attempt has; then it builds itself', async () => {
  const [index, clock] = [new BusyIndex(), new FakeClock()];
  const { services, wanted } = setting(index, clock);
  const adopting = adoptOr(services, wanted, async () => output);
  await clock.advance(limits.wallTimeMs / 2 + 2_000);
  assert.deepEqual(await adopting, { output, stored: index.committed?.output, reused: false });
  assert.equal(index.committed?.key, key);
});

test('a build that fails gives its claim back', async () => {
  const [index, clock] = [new BusyIndex(), new FakeClock()];
  index.isBusy = false;
  const { services, wanted } = setting(index, clock);
  const failing = adoptOr(services, wanted, () => Promise.reject(new Error('no luck')));
  await assert.rejects(failing, /no luck/);
  assert.equal(index.unclaimed, 1);
  assert.equal(index.committed, undefined);
});

/** An index that knows a result until it is told to forget it. */
class KnowingIndex extends BusyIndex {
  override isBusy = false;

  override async claim(): Promise<ClaimOutcome> {
    if (this.committed !== undefined) return { kind: 'exists', result: this.committed };
    return super.claim();
  }

  override async forget(): Promise<void> {
    this.committed = undefined;
  }
}

test('a stored result that is no result is forgotten and made anew', async () => {
  const index = new KnowingIndex();
  const { services, wanted } = setting(index, new FakeClock(), []);
  const ref = await services.blobs.putBytes(new TextEncoder().encode('null'));
  index.committed = { key, output: ref, builtAtMs: 0 };
  const made = await adoptOr(services, wanted, async () => output);
  assert.deepEqual(made, { output, stored: index.committed?.output, reused: false });
});

test('a stored result that nobody could use is made anew, although it looks well', async () => {
  const index = new KnowingIndex();
  const { services, wanted } = setting(index, new FakeClock());
  const build = async (): Promise<TaskOutput> => output;
  await adoptOr(services, wanted, build);
  assert.equal((await adoptOr(services, wanted, build)).reused, true);
  const request = { ...wanted.request, inputs: { rebuild: true } };
  assert.equal((await adoptOr(services, { ...wanted, request }, build)).reused, false);
});
