/** When the machine a task runs on is part of what its result is stored under. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inputKey } from '#proto/ids.ts';
import type { Script } from '#proto/recipe/recipe.ts';
import type { WorkerIdentity } from '#proto/worker-identity.ts';
import { exactKeyOf } from '#workers/tasks/exact-keys.ts';
import { inlineScript, sha256Hex } from '../../../support/rendered-outputs.ts';

const identity: WorkerIdentity = {
  system: 'linux x64',
  distribution: 'debian 12',
  cLibrary: 'glibc 2.36',
  tools: [{ name: 'cc', path: '/usr/bin/gcc-12', version: 'cc 12.2.0' }],
};
const image = (digit: string): WorkerIdentity => ({
  ...identity,
  imageDigest: `sha256:${digit.repeat(64)}`,
});
const others: readonly WorkerIdentity[] = [
  { ...identity, system: 'linux arm64' },
  { ...identity, distribution: 'debian 13' },
  { ...identity, cLibrary: 'glibc 2.41' },
  { ...identity, tools: [] },
  image('1'),
  image('2'),
];

function keyOn(worker: WorkerIdentity, scripts: readonly Script[]): string {
  const environments = {
    build: null,
    host: { platform: 'linux-64', specs: [], resolved: [] },
    exports: [],
  };
  const task = { staticKey: inputKey(sha256Hex('a')), environments, scripts };
  return exactKeyOf(task, { identity: worker }, { artifacts: [], snapshots: [] });
}

describe('the key of a result', () => {
  it('differs from worker to worker where a script sees the machine', () => {
    const keys = [identity, ...others].map((worker) => keyOn(worker, [inlineScript('make')]));
    assert.equal(new Set(keys).size, keys.length);
  });

  it('is the same on all of them where no script runs', () => {
    const none: Script = { env: {}, secrets: [], body: { kind: 'none' } };
    for (const scripts of [[], [none]]) {
      const keys = [identity, ...others].map((worker) => keyOn(worker, scripts));
      assert.equal(new Set(keys).size, 1);
    }
  });
});
