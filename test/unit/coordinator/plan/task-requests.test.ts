/** What planned tasks ask of their workers. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { planRun } from '#coordinator/plan/plan-run.ts';
import type { PlannedTask } from '#coordinator/plan/plan.ts';
import type { Script } from '#proto/recipe/recipe.ts';
import {
  inlineScript,
  output,
  planInput,
  recipe,
  scriptTest,
  staging,
} from '../../../support/rendered-outputs.ts';

const withSecrets = (...secrets: string[]): Script => ({ ...inlineScript('make'), secrets });

function planned(labels?: readonly string[]): readonly PlannedTask[] {
  const test = scriptTest();
  assert.ok(test.kind === 'script');
  const made = output({
    name: 'tools',
    script: { ...withSecrets('IDLE'), body: { kind: 'none' } },
    staging: [{ ...staging('tools-build'), script: withSecrets('SIGN', 'API', 'SIGN') }],
    tests: [{ ...test, script: withSecrets('LICENSE') }],
  });
  const input = planInput([recipe([made])]);
  const plan = planRun(labels === undefined ? input : { ...input, labels });
  assert.ok(plan.ok);
  return plan.value.tasks;
}

describe('a planned task', () => {
  it('asks for the secrets that its own scripts declare, sorted, each once', () => {
    const secrets = planned().map(({ kind, requests }) => [kind, requests.secrets]);
    assert.deepEqual(secrets, [
      ['stage', ['API', 'SIGN']],
      // It runs no script.
      ['package', []],
      ['test', ['LICENSE']],
    ]);
  });

  it('asks for the labels that the submission asks for', () => {
    assert.ok(planned().every(({ requests }) => requests.labels.length === 0));
    const labelled = planned(['large-disk', 'gpu']);
    assert.ok(labelled.every(({ requests }) => requests.labels.join() === 'gpu,large-disk'));
  });

  it('has the same key whatever it asks for', () => {
    const keys = (labels?: readonly string[]): readonly string[] =>
      planned(labels).map(({ staticKey }) => staticKey);
    assert.deepEqual(keys(['gpu']), keys());
  });

  it('asks for some memory and disk', () => {
    const sizes = planned().map(({ requests }) =>
      Math.min(requests.memoryBytes, requests.diskBytes),
    );
    assert.ok(sizes.every((size) => size > 0));
  });
});
