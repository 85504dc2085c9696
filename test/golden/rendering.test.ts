/**
 * What our own recipes render to, without a peer: `test/differential/render.test.ts` compares the same cases with
 * rattler-build. `UPDATE_GOLDENS=1 node --test test/golden/rendering.test.ts` writes the expected renderings anew.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { CASE_PLATFORMS, CASES, type NamedCase, recipeCases } from '../support/recipe-cases.ts';
import { comparable, renderCase, type Rendering, writeCase } from '../support/render-case.ts';
import { withTemporaryDirectory } from '../support/temporary-directory.ts';

/** First lines of a refusal: what is wrong, without the directory. */
function refusalLines(message: string): string[] {
  return message.split('\n').filter((line) => line.startsWith('error'));
}

/** One line for an output; its build string holds the hash of everything that counts. */
function summary(output: unknown): string {
  const { recipe, subdir } = comparable(output) as {
    readonly recipe: {
      readonly package: { readonly name: string; readonly version: string };
      readonly build: { readonly string?: string };
    };
    readonly subdir: string;
  };
  return `${subdir}/${recipe.package.name}-${recipe.package.version}-${recipe.build.string ?? ''}`;
}

function golden(rendering: Rendering, isFull: boolean): unknown {
  if (!rendering.ok) return { refused: refusalLines(rendering.message) };
  return rendering.outputs.map((output) => (isFull ? comparable(output) : summary(output)));
}

async function renderings(named: NamedCase): Promise<Record<string, unknown>> {
  return await withTemporaryDirectory(async (directory) => {
    await writeCase(directory, named.files);
    const entries = CASE_PLATFORMS.map((target, index) => {
      const rendering = renderCase(directory, { ...named.flags, target });
      return [target, golden(rendering, index === 0)] as const;
    });
    return Object.fromEntries(entries);
  });
}

describe('the rendering of our own recipe', () => {
  for (const named of recipeCases()) {
    it(`${named.name.replaceAll('-', ' ')} stays as compared`, async () => {
      const path = join(CASES, `${named.name}.json`);
      const actual = await renderings(named);
      if (process.env['UPDATE_GOLDENS'] === '1')
        writeFileSync(path, `${JSON.stringify(actual, undefined, 1)}\n`);
      assert.ok(existsSync(path), `${path} is missing; UPDATE_GOLDENS=1 makes it`);
      assert.deepEqual(actual, JSON.parse(readFileSync(path, 'utf8')));
    });
  }
});
