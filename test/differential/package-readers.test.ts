/**
 * A package made by us, opened and installed by tools that aren't ours: Python's `zipfile` and
 * `tarfile` with `zstandard`, and py-rattler (extraction, random access, streaming, installation).
 * Nothing is left out of the comparison: names, digests, order, modes, links, `paths.json`.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstat, mkdir, readFile, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import type { PackageResult } from '#workers/package/assemble-package.ts';
import { createWorkshop, plainSettings } from '../support/package-workshop.ts';
import type { Workshop } from '../support/package-workshop.ts';
import { pythonVenv } from '../support/python-venv.ts';

interface Read {
  readonly order: readonly string[];
  readonly metadata: Readonly<Record<string, { paths?: PackageResult['paths'] }>>;
  readonly files: Readonly<
    Record<
      string,
      { mode: number; link: string | null; mtime: number; sha256?: string; size?: number }
    >
  >;
}

const long = `share/${'very-long-directory-name/'.repeat(8)}file`;

async function fill(workshop: Workshop): Promise<void> {
  const { hostPrefix } = workshop;
  await workshop.write('prefix/bin/tool', `#!/bin/sh\necho "from ${hostPrefix}/share"\n`, 0o755);
  await workshop.write('prefix/share/binary', `\0\x01${hostPrefix}/share\0rest`);
  await workshop.write('prefix/share/empty', '');
  await workshop.write('prefix/share/ünïcode', 'x');
  await workshop.write(`prefix/${long}`, Buffer.alloc(3_000_000, 'pattern '));
  await workshop.link('prefix/bin/link', 'tool');
  await workshop.link('prefix/share/up', `../${'d/'.repeat(70)}far`);
  await workshop.write('work/LICENSE', 'free');
}

async function made(workshop: Workshop, kind: 'conda' | 'tar-bz2'): Promise<PackageResult> {
  await fill(workshop);
  return await workshop.pack(
    { about: { license_file: ['LICENSE'], license: 'MIT', homepage: 'https://example.com' } },
    {
      settings: { ...plainSettings, packageFormat: { kind, level: kind === 'conda' ? 15 : 9 } },
      run: { depends: [{ source: '__unix', spec: '__unix' }], constraints: [] },
      runExports: { weak: ['demo >=1.0,<2.0a0'] },
    },
  );
}

async function python(script: string, ...args: string[]): Promise<unknown> {
  const interpreter = await pythonVenv();
  const options = { maxBuffer: 64 * 1024 * 1024 };
  const file = join(import.meta.dirname, script);
  const { stdout } = await promisify(execFile)(interpreter, [file, ...args], options);
  return JSON.parse(stdout);
}

const sha256Of = async (path: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');

describe('a package of ours', () => {
  it('is what zipfile, tarfile and zstandard read', async (test) => {
    const workshop = await createWorkshop(test);
    const result = await made(workshop, 'conda');
    const all = (await python('read_packages.py', workshop.outputDir)) as Record<string, Read>;
    const read = all[basename(result.path)];
    assert.ok(read);
    assert.deepEqual(read.order, [
      'metadata.json',
      'pkg-demo-1.0-h0123456_0.tar.zst',
      'info-demo-1.0-h0123456_0.tar.zst',
    ]);
    assert.deepEqual(read.metadata['paths.json']?.paths, result.paths);
    assert.deepEqual(Object.keys(read.files), result.files);
    for (const entry of result.paths) {
      const file: Read['files'][string] | undefined = read.files[entry._path];
      assert.ok(file);
      assert.equal(file.mtime, 1_700_000_000);
      if (entry.path_type === 'hardlink') {
        assert.deepEqual([file.sha256, file.size], [entry.sha256, entry.size_in_bytes]);
        assert.equal(file.mode, entry._path === 'bin/tool' ? 0o755 : 0o644);
      } else {
        assert.equal(Buffer.byteLength(file.link ?? ''), entry.size_in_bytes);
      }
    }
    assert.equal(read.files['bin/link']?.link, 'tool');
  });

  for (const kind of ['conda', 'tar-bz2'] as const) {
    it(`(${kind}) is opened, streamed and installed by py-rattler`, async (test) => {
      const workshop = await createWorkshop(test);
      const result = await made(workshop, kind);
      const [dest, prefix, cache] = ['dest', 'env', 'cache'].map((name) =>
        join(workshop.root, name),
      );
      assert.ok(dest !== undefined && prefix !== undefined && cache !== undefined);
      await mkdir(prefix);
      const seen = await python('install_packages.py', result.path, dest, prefix, cache);
      const { files } = result;
      assert.deepEqual(seen, {
        sha256: result.sha256,
        md5: result.md5,
        name: 'demo',
        version: '1.0',
        depends: ['__unix'],
        license: 'MIT',
        weak: ['demo >=1.0,<2.0a0'],
        paths: files,
        streamed: files,
        listed: files,
        installed: [...files].sort(),
      });
      for (const entry of result.paths) {
        if (entry.path_type === 'hardlink')
          assert.equal(await sha256Of(join(dest, entry._path)), entry.sha256);
      }
      const run = await promisify(execFile)(join(prefix, 'bin/tool'));
      assert.equal(run.stdout, `from ${prefix}/share\n`);
      const binary = await readFile(join(prefix, 'share/binary'));
      assert.equal(
        binary.length,
        result.paths.find((entry) => entry._path === 'share/binary')?.size_in_bytes,
      );
      assert.ok(binary.includes(`${prefix}/share\0`) && binary.toString('latin1').endsWith('rest'));
      assert.equal(await readlink(join(prefix, 'bin/link')), 'tool');
      assert.equal((await lstat(join(prefix, 'bin/tool'))).mode & 0o777, 0o755);
    });
  }
});
