/**
 * What people read when a recipe or variant file is wrong: the whole text, one recipe per mistake.
 * `UPDATE_GOLDENS=1 node --test test/golden/render.test.ts` writes the expected texts anew.
 */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { formatProblems } from '#coordinator/render/problems.ts';
import { loadVariantConfig } from '#coordinator/render/variants/load.ts';
import { renderText } from '../support/render-text.ts';

const directory = join(import.meta.dirname, 'render');

function compareWithGolden(path: string, actual: string): void {
  const golden = path.replace(/\.yaml$/, '.txt');
  if (process.env['UPDATE_GOLDENS'] === '1') writeFileSync(golden, actual);
  assert.ok(existsSync(golden), `${golden} is missing; UPDATE_GOLDENS=1 makes it`);
  assert.equal(actual, readFileSync(golden, 'utf8'));
}

/** Files beside a recipe stand behind it, each after a line `-- NAME --`. */
const FILE_LINE = /^-- (\S+) --\n/m;

/** Everything that rendering says: problems, or notices and refusals of what isn't built. */
function messagesOf(text: string): string {
  const [recipe = '', ...parts] = text.split(FILE_LINE);
  const files: Record<string, string> = {};
  for (let index = 0; index < parts.length; index += 2)
    files[parts[index] ?? ''] = parts[index + 1] ?? '';
  const result = renderText(recipe, { files, experimental: text.startsWith('# experimental\n') });
  const problems = result.ok
    ? [...result.value.notices, ...result.value.unsupported]
    : result.failure;
  return `${formatProblems(problems)}\n`;
}

describe('the message for a recipe', () => {
  for (const name of globSync('*.yaml', { cwd: directory }).toSorted()) {
    it(`about ${basename(name, '.yaml').replaceAll('-', ' ')} stays as reviewed`, () => {
      const path = join(directory, name);
      compareWithGolden(path, messagesOf(readFileSync(path, 'utf8')));
    });
  }
});

describe('the message for a variant file', () => {
  for (const name of globSync('variants/*.yaml', { cwd: directory }).toSorted()) {
    it(`about ${basename(name, '.yaml').replaceAll('-', ' ')} stays as reviewed`, () => {
      const path = join(directory, name);
      const loaded = loadVariantConfig({
        cliFiles: [
          {
            file: name.includes('legacy') ? 'conda_build_config.yaml' : 'variants.yaml',
            text: readFileSync(path, 'utf8'),
          },
        ],
        recipeFile: undefined,
        overrides: [],
        platforms: { build: 'linux-64', host: 'linux-64', target: 'linux-64' },
        environment: {},
      });
      compareWithGolden(path, `${loaded.ok ? 'accepted' : formatProblems(loaded.failure)}\n`);
    });
  }
});
