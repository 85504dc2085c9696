import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createInspector } from '#wasm-inspect/host/inspector.ts';
import { inspectTreeSync, type TreeEntry } from '#wasm-inspect/host/tree.ts';
import { buildElf } from '../../support/elf-builder.ts';
import { withTemporaryDirectory } from '../../support/temporary-directory.ts';

const inspector = createInspector();
const library = buildElf({ needed: ['liba.so'] }).bytes;

function answers(root: string): readonly (readonly [string, string])[] {
  return [...inspectTreeSync(inspector, root)].map(({ path, report }: TreeEntry) => [
    path.slice(root.length + 1),
    report.kind === 'not-binary' ? report.reason : report.kind,
  ]);
}

describe('a tree', () => {
  it('has an answer for every file, in the order of path bytes', async () => {
    await withTemporaryDirectory(async (root) => {
      await mkdir(join(root, 'a/deep/er'), { recursive: true });
      await mkdir(join(root, 'empty'));
      await writeFile(join(root, 'a/deep/er/libx.so'), library);
      await writeFile(join(root, 'a.b'), '');
      await writeFile(join(root, 'a/\u{1f600}'), 'text');
      await writeFile(join(root, 'a/\uffee'), library.subarray(0, 70));
      await writeFile(join(root, 'B'), library);
      await symlink('..', join(root, 'a/up'));
      await symlink('nowhere', join(root, 'broken'));
      execFileSync('mkfifo', [join(root, 'fifo')]);
      assert.deepEqual(answers(root), [
        ['B', 'binary'],
        ['a.b', 'empty'],
        ['a/deep/er/libx.so', 'binary'],
        ['a/up', 'symlink'],
        ['a/\uffee', 'problem'],
        ['a/\u{1f600}', 'unknown-format'],
        ['broken', 'symlink'],
        ['fifo', 'fifo'],
      ]);
    });
  });

  it('may be a single file, or a link to a directory', async () => {
    await withTemporaryDirectory(async (root) => {
      await mkdir(join(root, 'real'));
      await writeFile(join(root, 'real/libx.so'), library);
      await symlink('real', join(root, 'link'));
      assert.deepEqual(answers(join(root, 'link')), [['libx.so', 'binary']]);
      assert.deepEqual(answers(join(root, 'real/libx.so')), [['', 'binary']]);
      assert.deepEqual(answers(join(root, 'absent')), [['', 'problem']]);
    });
  });

  it('shows and opens names that are no UTF-8', async () => {
    await withTemporaryDirectory(async (root) => {
      await writeFile(
        Buffer.concat([Buffer.from(`${root}/lib`), Buffer.from([0xff, 0x2e])]),
        library,
      );
      assert.deepEqual(answers(root), [['lib\udcff.', 'binary']]);
    });
  });

  it('goes on when files and directories vanish meanwhile', async () => {
    await withTemporaryDirectory(async (root) => {
      await mkdir(join(root, 'c'));
      for (const name of ['a', 'b', 'c/d', 'e']) await writeFile(join(root, name), library);
      const walk = inspectTreeSync(inspector, root);
      assert.equal(walk.next().value?.report.kind, 'binary');
      await rm(join(root, 'b'));
      await rm(join(root, 'c'), { recursive: true });
      const rest = [...walk].map(({ path, report }) => [
        path.slice(root.length + 1),
        report.kind === 'problem' ? report.finding.message : report.kind,
      ]);
      assert.deepEqual(rest, [
        ['b', 'cannot be opened: ENOENT'],
        ['c', 'cannot be listed: ENOENT'],
        ['e', 'binary'],
      ]);
    });
  });

  it('is walked to any depth that the system allows', async () => {
    await withTemporaryDirectory(async (root) => {
      const deep = join(root, ...Array.from({ length: 900 }, () => 'd'));
      await mkdir(deep, { recursive: true });
      await writeFile(join(deep, 'libx.so'), library);
      assert.deepEqual(
        answers(root).map(([, answer]) => answer),
        ['binary'],
      );
    });
  });
});
