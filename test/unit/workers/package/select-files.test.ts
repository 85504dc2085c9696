import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { packagePathOf } from '#workers/package/copy-files.ts';
import { selectFiles } from '#workers/package/select-files.ts';
import { sourceOfByteCode } from '#workers/package/skip-rules.ts';
import { changedOutput, createWorkshop, filesGlobs } from '../../../support/package-workshop.ts';
import type { OutputChanges, Workshop } from '../../../support/package-workshop.ts';

async function workshopWith(test: TestContext, ...paths: string[]): Promise<Workshop> {
  const workshop = await createWorkshop(test);
  for (const path of paths) await workshop.write(path, 'x');
  return workshop;
}

function selected(
  workshop: Workshop,
  build: NonNullable<OutputChanges['build']> = {},
  options: { ownedBefore?: Iterable<string>; explicitList?: string } = {},
): string[] {
  const { ownedBefore = [], explicitList } = options;
  const selection = selectFiles({
    name: 'demo',
    hostPrefix: workshop.hostPrefix,
    workDir: workshop.workDir,
    build: changedOutput({ build }).build,
    ownedBefore: new Set(ownedBefore),
    ...(explicitList === undefined ? {} : { explicitList }),
  });
  return selection.entries.map((entry) => entry.path);
}

describe('selectFiles', () => {
  it('takes what is new: not what packages own, not conda-meta', async (test) => {
    const workshop = await workshopWith(
      test,
      'prefix/lib/libz.so',
      'prefix/lib/mine.so',
      'prefix/conda-meta/zlib.json',
      'prefix/share/conda-meta/nested.json',
      'prefix/a',
    );
    assert.deepEqual(selected(workshop, {}, { ownedBefore: ['lib/libz.so'] }), [
      'a',
      'lib/mine.so',
    ]);
  });

  it('narrows by files and widens by always_include_files', async (test) => {
    const workshop = await workshopWith(
      test,
      'prefix/lib/a.so',
      'prefix/include/deep/a.h',
      'prefix/share/doc',
      'prefix/etc/owned',
    );
    const build = { ...filesGlobs('lib/*.so', 'include'), always_include_files: ['etc/owned'] };
    assert.deepEqual(selected(workshop, build, { ownedBefore: ['etc/owned'] }), [
      'etc/owned',
      'include/deep/a.h',
      'lib/a.so',
    ]);
    const excluding = { files: { include: [], exclude: ['include/**'] } };
    assert.deepEqual(selected(workshop, excluding, { ownedBefore: ['etc/owned'] }), [
      'lib/a.so',
      'share/doc',
    ]);
  });

  it('takes exactly what the script listed, narrowed by files', async (test) => {
    const workshop = await workshopWith(test, 'prefix/bin/a', 'prefix/bin/b', 'prefix/lib/c');
    await workshop.write('list', `bin/a\n\n  ${workshop.hostPrefix}/lib/c  \n`);
    const explicitList = `${workshop.root}/list`;
    assert.deepEqual(selected(workshop, {}, { explicitList }), ['bin/a', 'lib/c']);
    assert.deepEqual(selected(workshop, filesGlobs('bin/**'), { explicitList }), ['bin/a']);
    // An owned file may be listed: the script asked for it.
    assert.deepEqual(selected(workshop, {}, { explicitList, ownedBefore: ['bin/a'] }), [
      'bin/a',
      'lib/c',
    ]);
    await workshop.write('list', '\n \n');
    assert.deepEqual(selected(workshop, {}, { explicitList }), ['bin/a', 'bin/b', 'lib/c']);
    assert.deepEqual(selected(workshop, {}, { explicitList: `${workshop.root}/absent` }).length, 3);
  });

  for (const line of ['/etc/passwd', '../outside', 'bin/../../outside', 'bin/missing']) {
    it(`refuses ${line} in the script's list`, async (test) => {
      const workshop = await workshopWith(test, 'prefix/bin/a', 'outside');
      await workshop.write('list', `${line}\n`);
      const explicitList = `${workshop.root}/list`;
      assert.throws(() => selected(workshop, {}, { explicitList }), { code: 'PACKAGE_CONTENT' });
    });
  }

  it('skips what never belongs into a package', async (test) => {
    const workshop = await workshopWith(
      test,
      'prefix/share/info/dir',
      'prefix/lib/a.la',
      'prefix/lib/a.pyo',
      'prefix/x/.DS_Store',
      'prefix/CACHEDIR.TAG',
      'prefix/lib/ext.py',
      'prefix/lib/ext.so',
      'prefix/kept',
    );
    assert.deepEqual(selected(workshop), ['kept', 'lib/ext.so']);
  });

  it('leaves byte code with its source, wherever that came from', async (test) => {
    const own = 'lib/python3.12/site-packages/own';
    const staged = 'lib/python3.12/site-packages/staged';
    const workshop = await workshopWith(
      test,
      `prefix/${own}/m.py`,
      `prefix/${own}/__pycache__/m.cpython-312.pyc`,
      `prefix/${staged}/s.py`,
      `prefix/${staged}/__pycache__/s.cpython-312.opt-1.pyc`,
      'prefix/lib/sourceless.pyc',
      'prefix/lib/dep.py',
      'prefix/lib/dep.pyc',
    );
    const files = filesGlobs(`${own}/**`, '**/*.pyc');
    assert.deepEqual(selected(workshop, files, { ownedBefore: ['lib/dep.py'] }), [
      `${own}/__pycache__/m.cpython-312.pyc`,
      `${own}/m.py`,
      'lib/sourceless.pyc',
    ]);
  });

  it('leaves byte code and entry points of noarch python packages to the installer', async (test) => {
    const workshop = await workshopWith(
      test,
      'prefix/bin/tool',
      'prefix/bin/other',
      'prefix/lib/python3.12/site-packages/m.py',
      'prefix/lib/python3.12/site-packages/__pycache__/m.cpython-312.pyc',
    );
    const { python } = changedOutput().build;
    const build = {
      noarch: 'python' as const,
      python: { ...python, entry_points: ['tool = m:main'] },
    };
    assert.deepEqual(selected(workshop, build), ['bin/other', 'lib/python3.12/site-packages/m.py']);
  });

  it('keeps files of $PREFIX/info and pipes out, and says so', async (test) => {
    const workshop = await workshopWith(test, 'prefix/info/index.json', 'prefix/a');
    execFileSync('mkfifo', [`${workshop.hostPrefix}/pipe`]);
    const { entries, findings } = selectFiles({
      name: 'demo',
      ...workshop,
      build: changedOutput().build,
      ownedBefore: new Set(),
    });
    assert.deepEqual(
      entries.map((entry) => entry.path),
      ['a'],
    );
    assert.deepEqual(
      findings.map((finding) => finding.message),
      [
        'info/index.json is not packaged: $PREFIX/info is where packages keep their metadata',
        'pipe is not packaged: it is a socket, a pipe or a device',
      ],
    );
  });
});

describe('files that match nothing', () => {
  const failure = (message: string) => ({ code: 'FILES_UNMATCHED', message });

  it('are explained by a file in the work directory', async (test) => {
    const workshop = await workshopWith(test, 'work/lib/library.txt');
    assert.throws(
      () => selected(workshop, filesGlobs('lib/*')),
      failure(
        'demo: build.files: lib/* matched nothing in $PREFIX; the script wrote lib/library.txt in the work directory: did you mean $PREFIX/lib?',
      ),
    );
  });

  it('are explained by a file that a package owns', async (test) => {
    const workshop = await workshopWith(test, 'prefix/lib/libz.so');
    assert.throws(
      () => selected(workshop, filesGlobs('lib/*.so'), { ownedBefore: ['lib/libz.so'] }),
      /lib\/libz.so is there, but it came with an installed package: use build.always_include_files/,
    );
  });

  it('are explained by what is new, or by there being nothing', async (test) => {
    const workshop = await workshopWith(test, 'prefix/lib64/libx.so');
    assert.throws(
      () => selected(workshop, filesGlobs('lib/*.so')),
      /new in \$PREFIX: lib64\/libx.so$/,
    );
    const empty = await workshopWith(test);
    assert.throws(
      () => selected(empty, filesGlobs('bin/*')),
      /the script wrote nothing into \$PREFIX$/,
    );
  });

  it('are fine where another glob matches, and where only excludes are given', async (test) => {
    const workshop = await workshopWith(test, 'prefix/lib/a.so');
    assert.deepEqual(selected(workshop, filesGlobs('lib/*.so', 'Library/**')), ['lib/a.so']);
    assert.deepEqual(selected(workshop, { files: { include: [], exclude: ['lib/**'] } }), []);
  });
});

describe('paths', () => {
  it('of version-independent Python packages are mapped', () => {
    const build = changedOutput({ build: { noarch: 'python' } }).build;
    const table = {
      'lib/python3.12/site-packages/p/m.py': 'site-packages/p/m.py',
      'Lib/site-packages/m.py': 'site-packages/m.py',
      'bin/tool': 'python-scripts/tool',
      'Scripts/tool-script.py': 'python-scripts/tool',
      'share/x': 'share/x',
    };
    for (const [path, mapped] of Object.entries(table))
      assert.equal(packagePathOf(path, build), mapped);
    assert.equal(packagePathOf('bin/tool', changedOutput().build), 'bin/tool');
  });

  it('of byte code name their sources', () => {
    assert.equal(sourceOfByteCode('p/__pycache__/m.cpython-312.opt-1.pyc'), 'p/m.py');
    assert.equal(sourceOfByteCode('__pycache__/m.cpython-312.pyc'), 'm.py');
    assert.equal(sourceOfByteCode('p/m.pyc'), 'p/m.py');
    assert.equal(sourceOfByteCode('p/m.py'), undefined);
  });
});
