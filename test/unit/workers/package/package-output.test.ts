import assert from 'node:assert/strict';
import { lstat, mkdir, readFile, readdir, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openCondaArchive } from '#workers/archive/conda-archive.ts';
import {
  createWorkshop,
  filesGlobs,
  infoJson,
  infoText,
  plainSettings,
} from '../../../support/package-workshop.ts';

async function unpacked(path: string, directory: string): Promise<string> {
  await mkdir(directory);
  const archive = await openCondaArchive(path);
  await archive.extractTo(directory);
  await archive.close();
  return directory;
}

describe('packageOutput', () => {
  it('writes the files with normalised modes and the build time', async (test) => {
    const workshop = await createWorkshop(test);
    await workshop.write('prefix/bin/tool', 'x', 0o775);
    await workshop.write('prefix/share/data', 'y', 0o600);
    await workshop.write('prefix/bin/suid', 'z', 0o4755);
    const result = await workshop.pack();
    assert.deepEqual(result.files, ['bin/suid', 'bin/tool', 'share/data']);
    assert.match(result.path, /\/output\/demo-1\.0-h0123456_0\.conda$/);
    const modes = new Map<string, number>();
    const archive = await openCondaArchive(result.path);
    const dest = join(workshop.root, 'x');
    await mkdir(dest);
    await archive.extractTo(dest, {
      onEntry: (entry) => {
        assert.equal(entry.mtimeSeconds, 1_700_000_000);
        modes.set(entry.path, entry.mode);
      },
    });
    await archive.close();
    assert.deepEqual(
      ['bin/suid', 'bin/tool', 'share/data', 'info/index.json'].map((path) => modes.get(path)),
      [0o755, 0o755, 0o644, 0o644],
    );
    assert.match(
      result.findings.map((finding) => finding.message).join(),
      /bin\/suid has a set-user-id/,
    );
  });

  it('states the record in index.json and in its answer', async (test) => {
    const workshop = await createWorkshop(test);
    await workshop.write('prefix/a', 'a');
    const result = await workshop.pack(
      {
        about: { license_file: [], license: 'MIT', license_family: 'MIT' },
        build: {
          number: 3,
          string: 'h0_3',
          variant: { use_keys: [], ignore_keys: [], down_prioritize_variant: -2 },
        },
      },
      {
        run: {
          depends: [{ source: 'zlib', spec: 'zlib >=1.2' }],
          constraints: [{ source: 'foo', spec: 'foo <2' }],
        },
      },
    );
    const index = {
      arch: 'x86_64',
      build: 'h0_3',
      build_number: 3,
      constrains: ['foo <2'],
      depends: ['zlib >=1.2'],
      license: 'MIT',
      license_family: 'MIT',
      name: 'demo',
      platform: 'linux',
      subdir: 'linux-64',
      timestamp: 1_700_000_000_000,
      track_features: 'demo-p-0 demo-p-1',
      version: '1.0',
    };
    assert.equal(await infoText(result.path, 'index.json'), JSON.stringify(index, undefined, 2));
    const { sha256, md5, sizeBytes } = result;
    const fn = 'demo-1.0-h0_3.conda';
    assert.deepEqual(result.record, {
      ...index,
      sha256,
      md5,
      size: sizeBytes,
      fn,
      url: `blob:${sha256}`,
      channel: 'run',
    });
    assert.equal((await stat(result.path)).size, sizeBytes);
  });

  it('leaves architecture out of noarch records', async (test) => {
    const workshop = await createWorkshop(test);
    await workshop.write('prefix/share/a', 'a');
    const { path } = await workshop.pack({
      platforms: { target: 'noarch', host: 'linux-64', build: 'linux-64' },
      build: { noarch: 'generic' },
    });
    const index = await infoJson(path, 'index.json');
    assert.deepEqual(
      [index['noarch'], index['subdir'], index['arch'], index['platform']],
      ['generic', 'noarch', undefined, undefined],
    );
  });

  it('describes every path, with the prefix where files hold it', async (test) => {
    const workshop = await createWorkshop(test);
    const { hostPrefix } = workshop;
    await workshop.write('prefix/bin/tool', `#!${hostPrefix}/bin/sh\n`, 0o755);
    await workshop.write('prefix/lib/data', `\0${hostPrefix}\0`);
    await workshop.write('prefix/lib/empty', '');
    await workshop.link('prefix/lib/abs', `${hostPrefix}/bin/tool`);
    await workshop.link('prefix/lib/broken', 'nowhere');
    await workshop.link('prefix/lib/outside', '/etc/hostname');
    const result = await workshop.pack({ build: { always_copy_files: ['lib/empty'] } });
    const { paths } = await infoJson(result.path, 'paths.json');
    assert.deepEqual(paths, result.paths);
    const sha256 = result.paths[0]?.sha256;
    const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
    const prefix_placeholder = hostPrefix;
    assert.deepEqual(paths, [
      {
        _path: 'bin/tool',
        path_type: 'hardlink',
        file_mode: 'text',
        prefix_placeholder,
        sha256,
        size_in_bytes: 210,
      },
      { _path: 'lib/abs', path_type: 'softlink', sha256, size_in_bytes: 11 },
      { _path: 'lib/broken', path_type: 'softlink', sha256: empty, size_in_bytes: 7 },
      {
        _path: 'lib/data',
        path_type: 'hardlink',
        file_mode: 'binary',
        prefix_placeholder,
        sha256: result.paths[3]?.sha256,
        size_in_bytes: 202,
      },
      { _path: 'lib/empty', no_link: true, path_type: 'hardlink', sha256: empty, size_in_bytes: 0 },
      { _path: 'lib/outside', path_type: 'softlink', sha256: empty, size_in_bytes: 13 },
    ]);
    const dest = await unpacked(result.path, join(workshop.root, 'dest'));
    assert.equal(await readlink(join(dest, 'lib/abs')), '../bin/tool');
    assert.match(
      result.findings[0]?.message ?? '',
      /lib\/outside is a symbolic link to \/etc\/hostname, outside/,
    );
  });

  it('refuses binaries with the prefix when told to', async (test) => {
    const workshop = await createWorkshop(test);
    await workshop.write('prefix/lib/data', `\0${workshop.hostPrefix}\0`);
    const settings = { ...plainSettings, errorPrefixInBinary: true };
    await assert.rejects(
      workshop.pack({}, { settings }),
      /binary files hold the build prefix.*lib\/data/,
    );
    assert.deepEqual(await readdir(workshop.outputDir), []);
  });

  it('refuses links in noarch packages before anything is written', async (test) => {
    const workshop = await createWorkshop(test);
    await workshop.link('prefix/l', 'x');
    await assert.rejects(workshop.pack({ build: { noarch: 'generic' } }), {
      code: 'PACKAGE_CONTENT',
    });
    assert.deepEqual(await readdir(workshop.outputDir), []);
  });

  it('gives binaries of their own to relinking and never touches the host prefix', async (test) => {
    const workshop = await createWorkshop(test);
    await workshop.write('prefix/lib/x.so', '\x7fELFxxxx', 0o555);
    await workshop.write('prefix/doc', 'text');
    const inode = async (file: string) => (await lstat(file)).ino;
    await workshop.pack(
      {},
      {
        between: async (prepared) => {
          assert.deepEqual(
            prepared.files.map((file) => [file.path, file.isBinary]),
            [
              ['doc', false],
              ['lib/x.so', true],
            ],
          );
          const at = (path: string) => join(prepared.tempPrefix, path);
          assert.equal(await inode(at('doc')), await inode(join(workshop.hostPrefix, 'doc')));
          assert.notEqual(
            await inode(at('lib/x.so')),
            await inode(join(workshop.hostPrefix, 'lib/x.so')),
          );
          assert.equal((await stat(at('lib/x.so'))).mode & 0o777, 0o755);
          return prepared;
        },
      },
    );
  });

  it('applies post_process without touching the host prefix', async (test) => {
    const workshop = await createWorkshop(test);
    await workshop.write('prefix/share/a.pc', 'version=1\nName: x\n', 0o755);
    await workshop.write('prefix/share/b.txt', 'version=1\n');
    const step = {
      files: ['share/*.pc'],
      regex: '(?m)^version=(?P<n>\\d+)$',
      replacement: 'v${n}$$',
    };
    const { path } = await workshop.pack({
      build: { post_process: [{ ...step, regex: '(?m)^version=(\\d+)$', replacement: 'v${1}$$' }] },
    });
    const dest = await unpacked(path, join(workshop.root, 'dest'));
    assert.equal(await readFile(join(dest, 'share/a.pc'), 'utf8'), 'v1$\nName: x\n');
    assert.equal((await stat(join(dest, 'share/a.pc'))).mode & 0o777, 0o755);
    assert.equal(await readFile(join(dest, 'share/b.txt'), 'utf8'), 'version=1\n');
    assert.equal(
      await readFile(join(workshop.hostPrefix, 'share/a.pc'), 'utf8'),
      'version=1\nName: x\n',
    );
    const named = await workshop.pack({ build: { post_process: [step] } });
    const again = await unpacked(named.path, join(workshop.root, 'again'));
    assert.equal(await readFile(join(again, 'share/a.pc'), 'utf8'), 'v1$\nName: x\n');
    const broken = workshop.pack({ build: { post_process: [{ ...step, regex: '(' }] } });
    await assert.rejects(broken, { code: 'RECIPE_INVALID' });
  });

  it('stores tests and their files, without package_contents', async (test) => {
    const workshop = await createWorkshop(test);
    await workshop.write('prefix/a', 'a');
    await workshop.write('recipe/run.sh', 'echo hi\n');
    await workshop.write('recipe/extra.txt', 'extra');
    const nothing = { exists: [], not_exists: [] };
    const script = { env: {}, secrets: [] };
    const none = { run: [], build: [] };
    const { path, files } = await workshop.pack({
      tests: [
        {
          kind: 'package_contents',
          files: nothing,
          site_packages: nothing,
          bin: nothing,
          lib: nothing,
          include: nothing,
          strict: false,
        },
        {
          kind: 'script',
          script: { ...script, body: { kind: 'commands', commands: ['true'] } },
          requirements: { run: ['bash'], build: [] },
          files: { source: [], recipe: ['extra.txt'] },
        },
        {
          kind: 'script',
          script: { ...script, body: { kind: 'file', file: 'run.sh' } },
          requirements: none,
          files: { source: [], recipe: [] },
        },
      ],
    });
    assert.deepEqual(files, ['a', 'etc/conda/test-files/demo/0/extra.txt']);
    const lines = [
      '- script:',
      '    cwd: etc/conda/test-files/demo/0',
      '    content: "true"',
      '  requirements:',
      '    run:',
      '      - bash',
      '  files:',
      '    recipe:',
      '      - extra.txt',
      '- script:',
      '    interpreter: bash',
      '    content: |',
      '      echo hi',
      '',
    ];
    assert.equal(await infoText(path, 'tests/tests.yaml'), lines.join('\n'));
  });

  it('fills templates of test scripts in, and names the place of installation by its variable', async (test) => {
    const workshop = await createWorkshop(test);
    const { path } = await workshop.pack({
      context: { version: '1.0' },
      tests: [
        {
          kind: 'script',
          script: {
            env: {},
            secrets: [],
            body: {
              kind: 'commands',
              commands: [
                'tool --version | grep ${{ version }}',
                'test -f ${{ PREFIX }}/bin/${{ PKG_NAME }}${{ nosuch }}',
              ],
            },
          },
          requirements: { run: [], build: [] },
          files: { source: [], recipe: [] },
        },
        {
          kind: 'script',
          script: {
            env: {},
            secrets: [],
            body: { kind: 'inline', content: 'one\n${{ "two" if unix }}\n' },
          },
          requirements: { run: [], build: [] },
          files: { source: [], recipe: [] },
        },
      ],
    });
    assert.equal(
      await infoText(path, 'tests/tests.yaml'),
      '- script:\n    - tool --version | grep 1.0\n    - test -f $PREFIX/bin/demo\n' +
        '- script:\n    content: |-\n      one\n      two\n',
    );
  });

  it('says which test file is missing', async (test) => {
    const workshop = await createWorkshop(test);
    const body = { kind: 'file', file: 'gone.sh' } as const;
    const packed = workshop.pack({
      tests: [
        {
          kind: 'script',
          script: { env: {}, secrets: [], body },
          requirements: { run: [], build: [] },
          files: { source: [], recipe: [] },
        },
      ],
    });
    await assert.rejects(packed, { code: 'PACKAGE_CONTENT' });
  });

  it('refuses broken documents that other programs read', async (test) => {
    const workshop = await createWorkshop(test);
    await workshop.write('prefix/Menu/x.json', '{');
    await assert.rejects(workshop.pack(), /Menu\/x.json is no valid JSON/);
  });

  it('packages nothing at all when nothing is new', async (test) => {
    const workshop = await createWorkshop(test);
    const { path, files } = await workshop.pack();
    assert.deepEqual(files, []);
    assert.deepEqual(await infoJson(path, 'paths.json'), { paths: [], paths_version: 1 });
    assert.equal(await infoText(path, 'tests/tests.yaml'), '[]\n');
  });

  it('writes .tar.bz2 with the same metadata', async (test) => {
    const workshop = await createWorkshop(test);
    await workshop.write('prefix/bin/tool', `#!${workshop.hostPrefix}/bin/sh\n`, 0o755);
    const conda = await workshop.pack();
    const settings = { ...plainSettings, packageFormat: { kind: 'tar-bz2', level: 9 } as const };
    const old = await workshop.pack({}, { settings });
    assert.match(old.path, /\.tar\.bz2$/);
    assert.deepEqual(old.paths, conda.paths);
    assert.equal(await infoText(old.path, 'index.json'), await infoText(conda.path, 'index.json'));
  });

  it('names the files that files globs missed', async (test) => {
    const workshop = await createWorkshop(test);
    await workshop.write('work/lib/library.txt', 'x');
    await assert.rejects(workshop.pack({ build: filesGlobs('lib/*') }), {
      code: 'FILES_UNMATCHED',
    });
  });
});
