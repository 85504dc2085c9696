/** `package_contents` tests: what an entry stands for on each platform, and what a failure says. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PackageTest } from '#proto/recipe/recipe.ts';
import {
  type PackageContentsSubject,
  runPackageContentsTest,
} from '#workers/testing/package-contents.ts';

type ContentsTest = Extract<PackageTest, { kind: 'package_contents' }>;
type Section = 'files' | 'site_packages' | 'bin' | 'lib' | 'include';

function test(
  sections: Partial<Record<Section, readonly string[]>>,
  more: { not?: Partial<Record<Section, readonly string[]>>; strict?: boolean } = {},
): ContentsTest {
  const patterns = (section: Section) => ({
    exists: sections[section] ?? [],
    not_exists: more.not?.[section] ?? [],
  });
  return {
    kind: 'package_contents',
    files: patterns('files'),
    site_packages: patterns('site_packages'),
    bin: patterns('bin'),
    lib: patterns('lib'),
    include: patterns('include'),
    strict: more.strict ?? false,
  };
}

const subject = (
  paths: readonly string[],
  more: Partial<PackageContentsSubject> = {},
): PackageContentsSubject => ({
  paths,
  platform: 'linux-64',
  noarch: null,
  isVersionIndependent: false,
  ...more,
});

function outcome(contents: ContentsTest, of: PackageContentsSubject): string {
  const result = runPackageContentsTest(contents, of);
  return result.ok ? 'passed' : result.failure;
}

describe('an entry of package_contents', () => {
  /** Section, entry, platform, paths that fulfil it together, paths that don't. */
  const rows: readonly (readonly [
    Section,
    string,
    string,
    readonly string[],
    readonly string[],
  ])[] = [
    ['files', 'share/x', 'linux-64', ['share/x'], ['share/x/y']],
    ['files', '**/*.txt', 'linux-64', ['a/b.txt'], ['a/b.text']],
    ['files', '{,lib/}x', 'linux-64', ['lib/x'], ['bin/x']],
    ['include', 'zlib.h', 'linux-64', ['include/zlib.h'], ['zlib.h']],
    ['include', 'zlib.h', 'win-64', ['Library/include/zlib.h'], ['include/zlib.h']],
    ['bin', 'tool', 'linux-64', ['bin/tool'], ['bin/tool.exe', 'sbin/tool']],
    ['bin', 'tool', 'win-64', ['Library/bin/tool.exe'], ['lib/tool.exe']],
    ['bin', 'tool', 'win-64', ['Scripts/tool.bat'], ['Scripts/tool.sh']],
    ['bin', 'tool', 'win-64', ['tool.exe'], ['Library/tool.exe']],
    ['bin', 'tool', 'emscripten-wasm32', ['bin/tool.js', 'bin/tool.wasm'], ['bin/tool.js']],
    ['lib', 'z', 'linux-64', ['lib/libz.so'], ['lib/libz.a', 'lib/libzz.so']],
    ['lib', 'z', 'linux-64', ['lib/libz.so.1.2'], ['lib64/libz.so']],
    ['lib', 'libz', 'linux-aarch64', ['lib/libz.so.1'], ['lib/z.so']],
    ['lib', 'libz.so.1', 'linux-64', ['lib/libz.so.1'], ['lib/libz.so']],
    ['lib', 'libz.a', 'linux-64', ['lib/libz.a'], ['lib/libz.so']],
    ['lib', 'z', 'osx-arm64', ['lib/libz.1.dylib'], ['lib/libz.so']],
    ['lib', 'z', 'osx-64', ['lib/libz.dylib'], ['lib/libzdylib']],
    ['lib', 'z', 'win-64', ['Library/bin/z.dll', 'Library/lib/z.lib'], ['Library/bin/z.dll']],
    ['lib', 'z.dll', 'win-64', ['Library/bin/z.dll'], ['Library/lib/z.lib']],
    ['lib', 'z.lib', 'win-64', ['Library/lib/z.lib'], ['Library/bin/z.dll']],
    [
      'site_packages',
      'a.b',
      'linux-64',
      ['lib/python3.12/site-packages/a/b.py'],
      ['site-packages/a/b.py'],
    ],
    [
      'site_packages',
      'a.b',
      'linux-64',
      ['lib/python3.12/site-packages/a/b/__init__.py'],
      ['lib/python3.12/site-packages/a.py'],
    ],
    ['site_packages', 'a', 'win-64', ['Lib/site-packages/a.py'], ['site-packages/a.py']],
    [
      'site_packages',
      'a/data.txt',
      'linux-64',
      ['lib/python3.12/site-packages/a/data.txt'],
      ['lib/python3.12/site-packages/a/data/txt.py'],
    ],
  ];

  it('stands for the places of the platform', () => {
    for (const [section, entry, platform, yes, no] of rows) {
      const contents = test({ [section]: [entry] });
      assert.equal(
        outcome(contents, subject(yes, { platform })),
        'passed',
        `${section} ${entry} ${platform}`,
      );
      assert.notEqual(
        outcome(contents, subject(no, { platform })),
        'passed',
        `${section} ${entry} ${platform}`,
      );
    }
  });

  it('looks for Python modules where the package will have them', () => {
    const contents = test({ site_packages: ['a'] });
    const paths = ['site-packages/a/__init__.py'];
    assert.equal(outcome(contents, subject(paths, { noarch: 'python' })), 'passed');
    assert.equal(outcome(contents, subject(paths, { isVersionIndependent: true })), 'passed');
    assert.notEqual(outcome(contents, subject(paths)), 'passed');
  });

  it('may have to be absent', () => {
    const contents = test({}, { not: { lib: ['z'], files: ['**/*.la'] } });
    assert.equal(outcome(contents, subject(['lib/libq.so'])), 'passed');
    assert.equal(
      outcome(contents, subject(['lib/libz.so.1', 'lib/a.la'])),
      [
        'failed package content tests:',
        '- files: `**/*.la` must not exist, but matched lib/a.la',
        '- lib: `z` must not exist, but matched lib/libz.so.1',
      ].join('\n'),
    );
  });
});

describe('a failed package_contents test', () => {
  it('names every entry, the glob, and files of that name elsewhere', () => {
    assert.equal(
      outcome(test({ bin: ['tool'], include: ['x.h'] }), subject(['sbin/tool', 'lib/libx.so'])),
      [
        'failed package content tests:',
        '- bin: `tool` matched nothing (bin/tool); the package has sbin/tool',
        '- include: `x.h` matched nothing (include/x.h)',
      ].join('\n'),
    );
  });

  it('lists what no entry mentions where it is strict', () => {
    const contents = test({ bin: ['tool'] }, { strict: true });
    assert.equal(outcome(contents, subject(['bin/tool'])), 'passed');
    assert.equal(
      outcome(contents, subject(['bin/tool', 'bin/other'])),
      'failed package content tests:\n- strict: no entry matches bin/other',
    );
    const many = Array.from({ length: 25 }, (_, index) => `share/${index}`);
    assert.match(outcome(contents, subject(['bin/tool', ...many])), /nor 5 more$/);
  });

  it('says which glob cannot be read', () => {
    assert.equal(
      outcome(test({ files: ['a['] }), subject([])),
      'failed package content tests:\n- files: the glob `a[` cannot be read: `[` is not closed',
    );
  });
});
