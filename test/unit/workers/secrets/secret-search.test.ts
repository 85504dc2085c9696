/** A secret that a script leaves behind is found before anything is stored. */
import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { StageyardError } from '#proto/errors.ts';
import { refuseExposedSecrets } from '#workers/secrets/secret-search.ts';
import { temporaryDirectory } from '../../../support/test-directory.ts';

const VALUE = 'correct-horse-battery';

async function treeOf(context: TestContext, files: Readonly<Record<string, string | Buffer>>) {
  const root = await temporaryDirectory(context);
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  return root;
}

async function found(root: string, values: Readonly<Record<string, string>> = { TOKEN: VALUE }) {
  const search = { values, trees: [{ root, label: '$PREFIX' }], what: 'the build script of a' };
  try {
    await refuseExposedSecrets(search);
    return '';
  } catch (error) {
    assert.ok(error instanceof StageyardError && error.code === 'SECRET_EXPOSED');
    return error.message;
  }
}

describe('the value of a secret', () => {
  it('is found in text and binary files, and the file is named without it', async (context) => {
    const root = await treeOf(context, {
      'etc/a.conf': `token = ${VALUE}\n`,
      'lib/b.so': Buffer.concat([Buffer.alloc(9, 0xff), Buffer.from(VALUE), Buffer.alloc(9)]),
      'share/fine.txt': 'nothing here',
    });
    const message = await found(root);
    assert.match(message, /^the build script of a left the value of the secret TOKEN/);
    assert.match(message, /\$PREFIX\/etc\/a\.conf\n {2}\$PREFIX\/lib\/b\.so\n/);
    assert.ok(!message.includes('fine.txt'));
    assert.ok(!message.includes(VALUE));
  });

  it('is found where it crosses the border of two pieces of a large file', async (context) => {
    const mib = 1024 * 1024;
    for (const at of [mib - VALUE.length + 1, mib - 1, 2 * mib - 7, 3 * mib]) {
      const content = Buffer.alloc(3 * mib + 50, 'x');
      content.write(VALUE, at);
      assert.match(await found(await treeOf(context, { large: content })), /large/, `${at}`);
    }
  });

  it('is found in names and link targets, which are not told', async (context) => {
    const named = await treeOf(context, { [`log-${VALUE}.txt`]: '' });
    const linked = await treeOf(context, {});
    await symlink(`/tmp/${VALUE}`, join(linked, 'link'));
    for (const root of [named, linked]) {
      const message = await found(root);
      assert.match(message, /TOKEN/);
      assert.ok(!message.includes(VALUE));
    }
  });

  it('is not looked for where it is so short that it occurs by chance', async (context) => {
    const root = await treeOf(context, { a: 'version 1\n' });
    assert.equal(await found(root, { DEBUG: '1', NOTHING: '', SPACES: '         ' }), '');
  });

  it('is found in every file that has it, of which a few are named', async (context) => {
    const names = Array.from({ length: 12 }, (_, index) => `file${index}`);
    const root = await treeOf(context, Object.fromEntries(names.map((name) => [name, VALUE])));
    assert.match(await found(root), /and 7 more/);
  });

  it('ends the search when the attempt is cancelled', async (context) => {
    const root = await treeOf(context, { a: VALUE });
    const reason = new StageyardError('CANCELLED', 'stopped');
    const search = { values: { TOKEN: VALUE }, trees: [{ root, label: '$PREFIX' }], what: 'x' };
    const signal = AbortSignal.abort(reason);
    await assert.rejects(refuseExposedSecrets({ ...search, signal }), reason);
  });
});
