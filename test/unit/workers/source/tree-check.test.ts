import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { checkExtractedTree } from '#workers/source/tree-check.ts';

describe('a tree that another program unpacked', () => {
  let root = '';
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'tree-check-'));
    await mkdir(join(root, 'a/b'), { recursive: true });
    await writeFile(join(root, 'a/b/f'), 'content');
  });
  afterEach(async () => {
    await rm(root, { recursive: true, force: true });
  });

  const check = (maxBytes = 1000, maxFiles = 10): void => {
    checkExtractedTree(root, { code: 'SOURCE_UNSAFE', maxBytes, maxFiles });
  };

  it('may have links that stay inside', async () => {
    await symlink('../b/f', join(root, 'a/b/link'));
    await symlink('a', join(root, 'top'));
    check();
  });

  for (const [what, target] of [
    ['an absolute link', '/etc/passwd'],
    ['a link to the parent', '../../..'],
    ['a link that leaves and comes back', '../../../x/a'],
  ] as const) {
    it(`is refused with ${what}`, async () => {
      await symlink(target, join(root, 'a/b/link'));
      assert.throws(() => check(), { code: 'SOURCE_UNSAFE', message: /a\/b\/link leads out/ });
    });
  }

  it('is refused with a pipe', () => {
    execFileSync('mkfifo', [join(root, 'a/pipe')]);
    assert.throws(() => check(), { code: 'SOURCE_UNSAFE' });
  });

  it('is refused beyond its bounds', () => {
    assert.throws(() => check(3), { code: 'SOURCE_UNSAFE', message: /more than 3 bytes/ });
    assert.throws(() => check(1000, 2), { code: 'SOURCE_UNSAFE', message: /more than 2 members/ });
  });
});
