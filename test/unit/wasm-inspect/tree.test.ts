import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createInspector } from '#wasm-inspect/host/inspector.ts';
import {
  inspectTree,
  inspectTreeSync,
  type TreeEntry,
  type TreeOptions,
} from '#wasm-inspect/host/tree.ts';
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

describe('a large tree', () => {
  const FILES = 3000;

  async function withLargeTree(use: (root: string) => Promise<void>): Promise<void> {
    await withTemporaryDirectory(async (root) => {
      for (let i = 0; i < FILES; i++) {
        const directory = join(root, `d${i % 20}`);
        if (i < 20) await mkdir(directory);
        await writeFile(join(directory, `f${i}`), i % 3 === 0 ? library : 'text');
      }
      await use(root);
    });
  }

  async function gather(root: string, options: TreeOptions): Promise<readonly TreeEntry[]> {
    const entries: TreeEntry[] = [];
    for await (const entry of inspectTree(root, options)) entries.push(entry);
    return entries;
  }

  it('has the same answers in the same order, however many threads read it', async () => {
    await withLargeTree(async (root) => {
      const alone = [...inspectTreeSync(inspector, root)];
      assert.equal(alone.length, FILES);
      for (const threadCount of [0, 1, 3]) {
        assert.deepEqual(await gather(root, { threadCount }), alone, `${threadCount} threads`);
      }
    });
  });

  it('is left when the signal says so, before and after threads were started', async () => {
    await withLargeTree(async (root) => {
      const aborted = AbortSignal.abort(new Error('enough'));
      await assert.rejects(gather(root, { signal: aborted }), /enough/);
      const controller = new AbortController();
      let count = 0;
      const leave = async (): Promise<void> => {
        for await (const entry of inspectTree(root, {
          threadCount: 2,
          signal: controller.signal,
        })) {
          assert.ok(entry.path);
          if (++count === 2500) controller.abort(new Error('late'));
        }
      };
      await assert.rejects(leave(), /late/);
      assert.equal(count, 2500);
    });
  });

  it('may be left in the middle by whoever reads it', async () => {
    await withLargeTree(async (root) => {
      let count = 0;
      for await (const entry of inspectTree(root, { threadCount: 2 })) {
        assert.ok(entry.path);
        if (++count === 2200) break;
      }
      assert.equal(count, 2200);
    });
  });

  it('keeps to the limits that it is given, in threads too', async () => {
    await withLargeTree(async (root) => {
      const entries = await gather(root, { threadCount: 1, limits: { fileReadsMax: 1 } });
      const long = buildElf({ needed: ['a'.repeat(9000)] }).bytes;
      await writeFile(join(root, 'd9/zz'), long);
      const [last] = (await gather(root, { threadCount: 1, limits: { fileReadsMax: 1 } })).slice(
        -1,
      );
      assert.equal(
        entries.every(({ report }) => report.kind !== 'problem'),
        true,
      );
      assert.equal(last?.report.kind === 'problem' && last.report.finding.code, 'INSPECT_LIMIT');
    });
  });
});
