/** What every result index promises. Written against the port alone. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { digestOfBytes } from '#proto/adapters/hashing.ts';
import { inputKey } from '#proto/ids.ts';
import type { IndexedResult, ResultIndex } from '#proto/ports/result-index.ts';

/** One index for one test. */
export interface ResultIndexHarness {
  readonly index: ResultIndex;
  /** A second client of the same index, as another living process would have. */
  readonly openAnother: () => Promise<ResultIndex>;
  /** Lets time pass on the clock by which claims expire. */
  readonly advance: (ms: number) => Promise<void>;
  readonly dispose: () => Promise<void>;
}

const key = inputKey('a'.repeat(64));
const otherKey = inputKey('b'.repeat(64));
const TTL_MS = 60_000;

function resultOf(text: string): IndexedResult {
  const output = { digest: digestOfBytes(text), sizeBytes: text.length, location: `at/${text}` };
  return { key, output, builtAtMs: 1_760_000_000_000 };
}

type Register = (title: string, body: (harness: ResultIndexHarness) => Promise<void>) => void;

/** Registers the suite. `makeHarness` is called once per test. */
export function describeResultIndexContract(
  name: string,
  makeHarness: () => Promise<ResultIndexHarness>,
): void {
  const it: Register = (title, body) => {
    test(`${name}: ${title}`, async () => {
      const harness = await makeHarness();
      try {
        await body(harness);
      } finally {
        await harness.dispose();
      }
    });
  };
  describeResults(it);
  describeClaims(it);
}

function describeResults(it: Register): void {
  it('a committed result is found by its key and by no other, by all clients', async (harness) => {
    const { index } = harness;
    assert.equal(await index.lookup(key), undefined);
    await index.commit(resultOf('one'));
    assert.deepEqual(await index.lookup(key), resultOf('one'));
    assert.equal(await index.lookup(otherKey), undefined);
    const other = await harness.openAnother();
    assert.deepEqual(await other.lookup(key), resultOf('one'));
    assert.deepEqual(await other.claim(key, 'r1/a1', TTL_MS), {
      kind: 'exists',
      result: resultOf('one'),
    });
    await other.close();
  });

  it('the first result of a key stays', async ({ index }) => {
    assert.deepEqual(await index.commit(resultOf('one')), resultOf('one'));
    assert.deepEqual(await index.commit(resultOf('two')), resultOf('one'));
  });

  it('a forgotten result makes room for another', async ({ index }) => {
    await index.commit(resultOf('one'));
    await index.forget(key);
    await index.forget(key);
    assert.equal(await index.lookup(key), undefined);
    assert.deepEqual(await index.commit(resultOf('two')), resultOf('two'));
  });
}

function describeClaims(it: Register): void {
  it('one of two gets the right; the other hears who has it', async (harness) => {
    const other = await harness.openAnother();
    const first = await harness.index.claim(key, 'r1/a1', TTL_MS);
    assert.equal(first.kind, 'granted');
    const busy = { kind: 'busy', owner: 'r1/a1' };
    assert.deepEqual(await other.claim(key, 'r2/a1', TTL_MS), busy);
    assert.deepEqual(await harness.index.claim(key, 'r1/a2', TTL_MS), busy);
    assert.equal((await other.claim(otherKey, 'r2/a1', TTL_MS)).kind, 'granted');
    await other.close();
  });

  it('its owner renews a claim in the same epoch', async ({ index, advance }) => {
    const first = await index.claim(key, 'r1/a1', TTL_MS);
    await advance(TTL_MS * 0.8);
    assert.deepEqual(await index.claim(key, 'r1/a1', TTL_MS), first);
    await advance(TTL_MS * 0.8);
    assert.equal((await index.claim(key, 'r2/a1', TTL_MS)).kind, 'busy');
  });

  it('a claim that ran out goes to the next, in a higher epoch', async ({ index, advance }) => {
    const first = await index.claim(key, 'r1/a1', TTL_MS);
    await advance(TTL_MS + 1);
    const second = await index.claim(key, 'r2/a1', TTL_MS);
    assert.ok(first.kind === 'granted' && second.kind === 'granted');
    assert.ok(second.epoch > first.epoch);
    assert.equal((await index.claim(key, 'r1/a1', TTL_MS)).kind, 'busy');
  });

  it('a claim that was given back is free; nobody gives back what another holds', async (harness) => {
    const { index } = harness;
    const first = await index.claim(key, 'r1/a1', TTL_MS);
    await index.unclaim(key, 'r2/a1');
    assert.equal((await index.claim(key, 'r2/a1', TTL_MS)).kind, 'busy');
    await index.unclaim(key, 'r1/a1');
    await index.unclaim(key, 'r1/a1');
    const second = await index.claim(key, 'r2/a1', TTL_MS);
    assert.ok(first.kind === 'granted' && second.kind === 'granted');
    assert.ok(second.epoch > first.epoch);
  });

  it('a result ends the claim', async ({ index }) => {
    await index.claim(key, 'r1/a1', TTL_MS);
    await index.commit(resultOf('one'));
    await index.forget(key);
    assert.equal((await index.claim(key, 'r2/a1', TTL_MS)).kind, 'granted');
  });
}
