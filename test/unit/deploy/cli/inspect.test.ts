import assert from 'node:assert/strict';
import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { visible } from '#deploy/cli/inspect-text.ts';
import { buildElf } from '../../../support/elf-builder.ts';
import { validate } from '../../../support/json-schema.ts';
import { buildFat, buildMachO, LC } from '../../../support/mach-o-builder.ts';
import { buildPe } from '../../../support/pe-builder.ts';
import { withTemporaryDirectory } from '../../../support/temporary-directory.ts';

const main = join(import.meta.dirname, '../../../../deploy/cli/main.ts');
const library = buildElf({
  needed: ['liba.so.1', 'libb.so'],
  soname: 'libx.so',
  rpath: '$ORIGIN',
}).bytes;

function stageyard(words: readonly string[], input = ''): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [main, 'inspect', ...words], { input, encoding: 'utf8' });
}

async function withFiles(use: (root: string) => Promise<void> | void): Promise<void> {
  await withTemporaryDirectory(async (root) => {
    await mkdir(join(root, 'lib'));
    await writeFile(join(root, 'lib/libx.so'), library);
    await writeFile(join(root, 'lib/readme'), 'text');
    await writeFile(join(root, 'lib/with\nline.so'), library);
    await use(root);
  });
}

describe('stageyard inspect', () => {
  it('prints a tree for people', async () => {
    await withFiles((root) => {
      const { stdout, status } = stageyard([join(root, 'lib/libx.so')]);
      assert.equal(status, 0);
      assert.equal(
        stdout,
        [
          `${root}/lib/libx.so: shared library, x86_64, 64 bit`,
          ' ├─ soname      libx.so',
          ' ├─ rpath       $ORIGIN',
          ' ├─ needs       liba.so.1',
          ' └─ needs       libb.so',
          '',
        ].join('\n'),
      );
    });
  });

  it('prints a JSON line for every file of a directory', async () => {
    await withFiles((root) => {
      const { stdout, status } = stageyard(['--json', root]);
      assert.equal(status, 0);
      const lines = stdout.trimEnd().split('\n');
      const kinds = lines.map((line) => {
        const { path, schema, kind } = JSON.parse(line);
        return [path.slice(root.length), schema, kind];
      });
      assert.deepEqual(kinds, [
        ['/lib/libx.so', 1, 'binary'],
        ['/lib/readme', 1, 'not-binary'],
        ['/lib/with\nline.so', 1, 'binary'],
      ]);
    });
  });

  it('prints every slice of a universal file, with what is said of each library', async () => {
    await withTemporaryDirectory(async (root) => {
      const slice = buildMachO({
        dylibs: [
          { command: LC.idDylib, name: '@rpath/libx.dylib' },
          { command: LC.loadWeakDylib, name: '/usr/lib/libz.1.dylib' },
        ],
        rpaths: ['@loader_path'],
        platforms: [[1, 0xb0000, 0]],
        isSigned: true,
      });
      const path = join(root, 'libx.dylib');
      await writeFile(path, buildFat([slice, buildMachO({ machine: 0x0100_0007, fileType: 8 })]));
      assert.equal(
        stageyard([path]).stdout,
        [
          `${path}: shared library, aarch64, 64 bit, signed`,
          ' ├─ soname      @rpath/libx.dylib',
          ' ├─ rpath       @loader_path',
          ' ├─ needs       /usr/lib/libz.1.dylib (may be missing)',
          ' └─ runs on     macos 11.0.0 and later',
          `${path}: plugin, x86_64, 64 bit`,
          '',
        ].join('\n'),
      );
    });
  });

  it('prints JSON that fits the schema, for every kind of answer', async () => {
    await withFiles(async (root) => {
      await writeFile(join(root, 'x.dll'), buildPe({ imports: ['a.dll'], isSigned: true }));
      await writeFile(
        join(root, 'x.dylib'),
        buildFat([buildMachO({ rpaths: ['/a'], isSigned: true })]),
      );
      await writeFile(join(root, 'cut.so'), library.subarray(0, 100));
      const { stdout } = stageyard(['--json', root, join(root, 'absent')]);
      const lines = stdout.trimEnd().split('\n');
      assert.equal(lines.length, 7);
      const file = join(import.meta.dirname, '../../../../docs/inspect.schema.json');
      // Readers ignore keys that they do not know; we don't, so that the schema has them all.
      const schema = JSON.parse(readFileSync(file, 'utf8'), (_, value) =>
        value?.properties && value?.required ? { ...value, additionalProperties: false } : value,
      );
      for (const line of lines) assert.deepEqual(validate(JSON.parse(line), schema), [], line);
      assert.notDeepEqual(validate({ path: 'x', kind: 'binary', schema: 1 }, schema), []);
    });
  });

  it('shows who needs a library, and exits with 3 when nobody does', async () => {
    await withFiles(async (root) => {
      await writeFile(join(root, 'x.dll'), buildPe({ imports: ['KERNEL32.dll'] }));
      const bundle = buildMachO({ dylibs: [{ command: LC.loadDylib, name: '@rpath/libz.dylib' }] });
      await writeFile(join(root, 'x.dylib'), bundle);
      const neededBy = (name: string): readonly (string | number | null)[] => {
        const { stdout, status } = stageyard(['--needed-by', name, '--json', root]);
        const lines = stdout.split('\n').filter((line) => line !== '');
        return [...lines.map((line) => JSON.parse(line).path.slice(root.length)), status];
      };
      assert.deepEqual(neededBy('libb.so'), ['/lib/libx.so', '/lib/with\nline.so', 0]);
      assert.deepEqual(neededBy('kernel32.DLL'), ['/x.dll', 0]);
      assert.deepEqual(neededBy('libz.dylib'), ['/x.dylib', 0]);
      assert.deepEqual(neededBy('libq.so'), [3]);
    });
  });

  it('exits with 1 when a file has a problem, and still answers for the others', async () => {
    await withFiles(async (root) => {
      await writeFile(join(root, 'broken.so'), library.subarray(0, 100));
      const { stdout, status } = stageyard([root, join(root, 'absent')]);
      assert.equal(status, 1);
      assert.match(stdout, /broken\.so: problem: .*cut off \[INSPECT_TRUNCATED\]/);
      assert.match(stdout, /absent: problem: cannot be opened: ENOENT \[INSPECT_IO\]/);
      assert.match(stdout, /2 binaries, 1 other file, 2 problems\n$/);
    });
  });

  it('says of a named file that it is no binary', async () => {
    await withFiles((root) => {
      const { stdout, status } = stageyard([join(root, 'lib/readme')]);
      assert.equal(stdout, `${root}/lib/readme: not a binary\n`);
      assert.equal(status, 0);
    });
  });

  it('exits with 2 without a path and for a flag that it does not have', () => {
    assert.equal(stageyard([]).status, 2);
    assert.equal(stageyard(['--jsn', '.']).status, 2);
  });

  it('reads paths from standard input, by lines or by NUL', async () => {
    await withFiles((root) => {
      const byLines = stageyard(['--json', '-'], `${root}/lib/libx.so\n\n${root}/lib/readme\n`);
      assert.equal(byLines.stdout.trimEnd().split('\n').length, 2);
      const byNul = stageyard(['--json', '-'], `${root}/lib/with\nline.so\0`);
      assert.equal(JSON.parse(byNul.stdout).kind, 'binary');
      assert.equal(stageyard(['-'], '').status, 0);
    });
  });

  it('ends quietly when nobody reads its output any more', async () => {
    await withTemporaryDirectory(async (root) => {
      for (let i = 0; i < 3000; i++) await writeFile(join(root, `lib${i}.so`), library);
      const child = spawn(process.execPath, [main, 'inspect', '--json', root], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let errors = '';
      child.stderr.on('data', (text) => {
        errors += text;
      });
      await once(child.stdout, 'data');
      child.stdout.destroy();
      const [status] = await once(child, 'exit');
      assert.equal(status, 0);
      assert.equal(errors, '');
    });
  });

  it('shows control characters and never sends them to the terminal', () => {
    assert.equal(
      visible('a\u001b[31m\u009b\n\udcff\u{1f600}é'),
      'a\\x1b[31m\\x9b\\x0a\\xff\u{1f600}é',
    );
  });
});
