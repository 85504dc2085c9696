/** What a result was made from, as its record says. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { canonicalJson } from '#proto/canonical-json.ts';
import type { RepodataRecord } from '#proto/conda/package-record.ts';
import type { LockedEnvironments } from '#proto/environment.ts';
import { readTaskOutput } from '#proto/task-documents.ts';
import { planRun } from '#coordinator/plan/plan-run.ts';
import { provenanceOf, type ProvenanceInput } from '#workers/tasks/provenance.ts';
import { madeResult } from '../../../support/made-results.ts';
import { output, planInput, recipe, sha256Hex, tree } from '../../../support/rendered-outputs.ts';

const record = (name: string, sha256 = sha256Hex(name)): RepodataRecord => ({
  name,
  version: '1',
  build: '0',
  build_number: 0,
  subdir: 'linux-64',
  depends: [],
  channel: 'c',
  fn: `${name}-1-0.conda`,
  url: `https://example.org/linux-64/${name}-1-0.conda`,
  sha256,
});

const environments = (...resolved: readonly RepodataRecord[]): LockedEnvironments => ({
  build: null,
  host: { platform: 'linux-64', specs: [], resolved },
  exports: [],
});

const input: ProvenanceInput = {
  recipe: {
    recipeFile: 'recipe.yaml',
    recipeDir: tree('recipe'),
    pathSources: { '../src': tree('source') },
    revision: { commit: 'c'.repeat(40), isModified: true },
  },
  inherited: [{ ref: tree('near').blob }, { ref: tree('far').blob }],
  environments: environments(record('zlib'), record('bzip2')),
  identity: { system: 'linux x64', distribution: '', cLibrary: '', tools: [] },
};

describe('the record of a result', () => {
  it('names commit, bundles, snapshots and machine', () => {
    const { environments: _digests, ...named } = provenanceOf(input);
    assert.deepEqual(named, {
      revision: { commit: 'c'.repeat(40), isModified: true },
      recipe: sha256Hex('recipe'),
      pathSources: { '../src': sha256Hex('source') },
      snapshots: [sha256Hex('near'), sha256Hex('far')],
      worker: input.identity,
    });
  });

  it('names an environment by what is in it, in whatever order it was solved', () => {
    const hostOf = (...records: readonly RepodataRecord[]): string =>
      provenanceOf({ ...input, environments: environments(...records) }).environments.host;
    const both = hostOf(record('zlib'), record('bzip2'));
    assert.equal(hostOf(record('bzip2'), record('zlib')), both);
    assert.notEqual(hostOf(record('bzip2')), both);
    assert.notEqual(hostOf(record('zlib', sha256Hex('other')), record('bzip2')), both);
    assert.equal(provenanceOf(input).environments.build, null);
  });

  it('can be made again from what the output says', () => {
    const { host } = provenanceOf(input).environments;
    const packages = ['bzip2', 'zlib'].map((name) => {
      const { url, sha256 } = record(name);
      return canonicalJson({ url, sha256 });
    });
    assert.equal(host, sha256Hex(canonicalJson({ platform: 'linux-64', packages })));
  });

  it('travels with the output; outputs without one are read as well', () => {
    const plan = planRun(planInput([recipe([output({ name: 'a' })])]));
    assert.ok(plan.ok && plan.value.tasks[0] !== undefined);
    const old = madeResult(plan.value.tasks[0].spec);
    const made = { ...old, provenance: provenanceOf(input) };
    assert.deepEqual(readTaskOutput(canonicalJson(made)), made);
    assert.deepEqual(readTaskOutput(canonicalJson(old)), old);
    const damaged = canonicalJson({ ...old, provenance: { recipe: 7 } });
    assert.throws(() => readTaskOutput(damaged), /provenance\.recipe/);
  });
});
