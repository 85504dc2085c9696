/**
 * Stored documents of tasks as the first version wrote them: specifications of runs that go on after an upgrade, and
 * results in stores that live for years.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { canonicalJson } from '#proto/canonical-json.ts';
import { readTaskOutput, readTaskSpec } from '#proto/task-documents.ts';

const KINDS = ['stage', 'package', 'test'] as const;

function stored(name: string): string {
  const path = join(import.meta.dirname, 'documents', `${name}.v1.json`);
  return readFileSync(path, 'utf8').trimEnd();
}

describe('documents of the first version', () => {
  for (const kind of KINDS) {
    it(`that specify a ${kind} task are read and say nothing of a commit`, () => {
      const spec = readTaskSpec(stored(`${kind}-spec`));
      assert.equal(spec.kind, kind);
      assert.equal(spec.recipe.revision, undefined);
      assert.equal(canonicalJson(spec), stored(`${kind}-spec`));
    });

    it(`that hold the result of a ${kind} task are read, without provenance and measured less`, () => {
      const output = readTaskOutput(stored(`${kind}-output`));
      assert.equal(output.kind, kind);
      assert.ok(!('provenance' in output));
      assert.deepEqual(Object.keys(output.measures), ['scriptMs', 'wallMs']);
      assert.equal(canonicalJson(output), stored(`${kind}-output`));
    });
  }
});
