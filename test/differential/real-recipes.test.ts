/**
 * Hundreds of real recipes beside what rattler-build 0.74.0 rendered from them. They are not part of this repository:
 * the test looks for them in `$STAGEYARD_REAL_RECIPES` or beside the checkout, and says so where they aren't. Compared
 * are names, versions, build strings, hashes, variants, requirements, all sections, order, skips, and what is refused;
 * not the words of messages.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, it } from 'node:test';

const ROOT = join(import.meta.dirname, '../..');
const KIT = process.env['STAGEYARD_REAL_RECIPES'] ?? resolve(ROOT, '../shared/real-recipes');
const COMPARE_TIMEOUT_MS = 10 * 60 * 1000;
const JOBS = 2;

describe('real recipes', () => {
  it('render as they do with rattler-build', async (test) => {
    if (!existsSync(join(KIT, 'compare.py'))) {
      test.diagnostic(`no real recipes at ${KIT}: nothing was compared`);
      return;
    }
    const scratch = await mkdtemp(join(tmpdir(), 'stageyard-real-recipes-'));
    try {
      const tree = join(scratch, 'tree');
      await cp(join(KIT, 'tree'), tree, { recursive: true, verbatimSymlinks: true });
      const compared = spawnSync(
        'python3',
        [
          join(import.meta.dirname, 'compare_real_recipes.py'),
          KIT,
          tree,
          String(JOBS),
          process.execPath,
          join(ROOT, 'test/support/render-server.ts'),
        ],
        { encoding: 'utf8', timeout: COMPARE_TIMEOUT_MS },
      );
      test.diagnostic(compared.stdout.trim().split('\n').at(-1) ?? '');
      assert.equal(compared.status, 0, `${compared.stdout}\n${compared.stderr}`);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  });
});
