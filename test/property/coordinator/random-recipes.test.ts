/** Laws of rendering that hold for random recipes; `test/differential/render.test.ts` compares the same with a peer. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { loadVariantConfig } from '#coordinator/render/variants/load.ts';
import { type RenderedRecipe, renderRecipe } from '#coordinator/render/render-recipe.ts';
import type { RecipeProblem } from '#coordinator/render/problems.ts';
import { renderOnlyJson } from '#coordinator/render/json.ts';
import type { Result } from '#proto/result.ts';
import { renderCases } from '../../support/recipe-generator.ts';
import type { RenderCase } from '../../support/render-case.ts';
import { memoryFiles } from '../../support/render-text.ts';

const RUNS = { numRuns: 300 };

function render({ files, flags }: RenderCase): Result<RenderedRecipe, RecipeProblem[]> {
  const platforms = { build: flags.build, host: flags.target, target: flags.target };
  const variants = loadVariantConfig({
    cliFiles: [],
    recipeFile: { file: '/recipes/a/variants.yaml', text: files['variants.yaml'] ?? '' },
    overrides: [],
    platforms,
    environment: {},
  });
  if (!variants.ok) return variants;
  return renderRecipe({
    text: files['recipe.yaml'] ?? '',
    location: { recipePath: '/recipes/a/recipe.yaml', recipeDir: '/recipes/a' },
    files: memoryFiles({}),
    platforms,
    variants: variants.value,
    environment: {},
  });
}

describe('a random recipe', () => {
  it('renders, or is refused with places', () => {
    fc.assert(
      fc.property(renderCases, (input) => {
        const result = render(input);
        if (result.ok) return;
        assert.ok(result.failure.length > 0);
        for (const { line, code } of result.failure) {
          assert.ok(line > 0);
          assert.notEqual(code, 'INTERNAL');
        }
      }),
      RUNS,
    );
  });

  it('renders to the same again', () => {
    fc.assert(
      fc.property(renderCases, (input) => {
        const [first, second] = [render(input), render(input)];
        if (!first.ok || !second.ok) return assert.equal(first.ok, second.ok);
        const json = (recipe: RenderedRecipe) => renderOnlyJson([recipe], { channels: [] });
        return assert.deepEqual(json(first.value), json(second.value));
      }),
      RUNS,
    );
  });

  it('has outputs whose hash is that of their variant, each once', () => {
    fc.assert(
      fc.property(renderCases, (input) => {
        const result = render(input);
        if (!result.ok) return;
        const identities = new Set<string>();
        for (const { name, version, build, hash, variant } of result.value.outputs) {
          assert.equal(hash.hash, createHash('sha1').update(hash.input).digest('hex').slice(0, 7));
          assert.deepEqual(JSON.parse(hash.input), variant);
          identities.add(`${name} ${version} ${build.string}`);
        }
        assert.equal(identities.size, result.value.outputs.length);
      }),
      RUNS,
    );
  });
});
