/** Match specs: every form with its canonical text in strict and in lenient reading (null: refused), and what they match. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MatchSpec } from '#proto/conda/match-spec.ts';
import type { RepodataRecord } from '#proto/conda/package-record.ts';

const forms: readonly (readonly [string, string | null, string | null])[] = [
  ['foo', 'foo', 'foo'],
  ['Foo', 'foo', 'foo'],
  ['FOO_bar', 'foo_bar', 'foo_bar'],
  ['r.base', 'r.base', 'r.base'],
  ['foo 1.2', null, 'foo ==1.2'],
  ['foo =1.2', 'foo 1.2.*', 'foo 1.2.*'],
  ['foo=1.2', 'foo 1.2.*', 'foo 1.2.*'],
  ['foo= 1.2', 'foo 1.2.*', 'foo 1.2.*'],
  ['foo = 1.2', 'foo 1.2.*', 'foo 1.2.*'],
  ['foo == 1.2', 'foo ==1.2', 'foo ==1.2'],
  ['foo==1.2', 'foo ==1.2', 'foo ==1.2'],
  ['foo==1.2=h123', null, 'foo ==1.2 h123'],
  ['foo=1.2=h*', null, 'foo ==1.2 h*'],
  ['foo 1.2.* h*', 'foo 1.2.* h*', 'foo 1.2.* h*'],
  ['foo 1.2.*  h*', 'foo 1.2.* h*', 'foo 1.2.* h*'],
  ['foo 1.2* h123_0', 'foo 1.2.* h123_0', 'foo 1.2.* h123_0'],
  ['foo >=1,<2', 'foo >=1,<2', 'foo >=1,<2'],
  ['foo >= 1, < 2', 'foo >=1,<2', 'foo >=1,<2'],
  ['foo >= 1 , < 2', 'foo >=1,<2', 'foo >=1,<2'],
  ['foo >=1,<2 h123', 'foo >=1,<2 h123', 'foo >=1,<2 h123'],
  ['foo >= 1, < 2 h123', 'foo >=1,<2 h123', 'foo >=1,<2 h123'],
  ['foo >=1|<0.5', 'foo >=1|<0.5', 'foo >=1|<0.5'],
  ['foo >=1 | <0.5', 'foo >=1|<0.5', 'foo >=1|<0.5'],
  ['foo (>=1|<0.5),>0', 'foo (>=1|<0.5),>0', 'foo (>=1|<0.5),>0'],
  ['foo * h123', 'foo * h123', 'foo * h123'],
  ['foo * *_cpython', 'foo * *_cpython', 'foo * *_cpython'],
  ['foo *', 'foo *', 'foo *'],
  ['foo=*', null, 'foo *'],
  ['foo=*=h123', null, 'foo * h123'],
  ['foo=1.2.*=h123', null, 'foo 1.2.* h123'],
  ["foo[version='>=1']", 'foo >=1', 'foo >=1'],
  ['foo[version=">=1,<2"]', 'foo >=1,<2', 'foo >=1,<2'],
  ["foo[version='1.2']", null, 'foo ==1.2'],
  ['foo[version=1.2.*]', 'foo 1.2.*', 'foo 1.2.*'],
  ['foo[build="h*"]', 'foo[build="h*"]', 'foo[build="h*"]'],
  ['foo[build=h*]', 'foo[build="h*"]', 'foo[build="h*"]'],
  ['foo * [build=h*]', 'foo * h*', 'foo * h*'],
  ['foo >=1[build=h*]', 'foo >=1 h*', 'foo >=1 h*'],
  ['foo >=1 [build=h*]', 'foo >=1 h*', 'foo >=1 h*'],
  [
    "foo >=1 [build='h*', channel=conda-forge]",
    'conda-forge::foo >=1 h*',
    'conda-forge::foo >=1 h*',
  ],
  ['foo[build_number=3]', 'foo[build_number="==3"]', 'foo[build_number="==3"]'],
  ["foo[build_number='>=3']", 'foo[build_number=">=3"]', 'foo[build_number=">=3"]'],
  ['foo[channel=conda-forge]', 'conda-forge::foo', 'conda-forge::foo'],
  ['conda-forge::foo', 'conda-forge::foo', 'conda-forge::foo'],
  [
    'conda-forge/linux-64::foo >=1',
    'conda-forge/linux-64::foo >=1',
    'conda-forge/linux-64::foo >=1',
  ],
  ['conda-forge/label/dev::foo', 'conda-forge/label/dev::foo', 'conda-forge/label/dev::foo'],
  ['https://conda.anaconda.org/conda-forge::foo', 'conda-forge::foo', 'conda-forge::foo'],
  [
    'https://conda.anaconda.org/conda-forge/linux-64::foo',
    'conda-forge/linux-64::foo',
    'conda-forge/linux-64::foo',
  ],
  [
    'foo[channel="https://x.org/y"]',
    'foo[channel="https://x.org/y/"]',
    'foo[channel="https://x.org/y/"]',
  ],
  ['foo[subdir=linux-64]', 'foo[subdir="linux-64"]', 'foo[subdir="linux-64"]'],
  [
    'foo[channel=conda-forge,subdir=linux-64]',
    'conda-forge/linux-64::foo',
    'conda-forge/linux-64::foo',
  ],
  [
    'foo[md5=dede6252c964db3f3e41c7d30d07f6bf]',
    'foo[md5="dede6252c964db3f3e41c7d30d07f6bf"]',
    'foo[md5="dede6252c964db3f3e41c7d30d07f6bf"]',
  ],
  [
    'foo[sha256=aaac4bc9c6916ecc0e33137431645b029ade22190c7144eead61446dcbcc6f97]',
    'foo[sha256="aaac4bc9c6916ecc0e33137431645b029ade22190c7144eead61446dcbcc6f97"]',
    'foo[sha256="aaac4bc9c6916ecc0e33137431645b029ade22190c7144eead61446dcbcc6f97"]',
  ],
  ['foo[fn=foo-1.0-0.conda]', 'foo[fn="foo-1.0-0.conda"]', 'foo[fn="foo-1.0-0.conda"]'],
  [
    'foo[url=https://x.org/linux-64/foo-1.0-0.conda]',
    'foo[url="https://x.org/linux-64/foo-1.0-0.conda"]',
    'foo[url="https://x.org/linux-64/foo-1.0-0.conda"]',
  ],
  ['foo[license=MIT]', 'foo[license="MIT"]', 'foo[license="MIT"]'],
  ['foo[license_family=MIT]', 'foo[license_family="MIT"]', 'foo[license_family="MIT"]'],
  ['foo[track_features=x]', 'foo[track_features="x"]', 'foo[track_features="x"]'],
  ['foo[features=x]', null, null],
  ['foo[nosuch=1]', null, null],
  ['foo[version]', null, null],
  ['foo[]', 'foo', 'foo'],
  ['foo[', null, null],
  ['foo]', null, null],
  ['foo # comment', 'foo', 'foo'],
  ['foo >=1 # comment', 'foo >=1', 'foo >=1'],
  ['foo >=1#comment', 'foo >=1', 'foo >=1'],
  [
    'https://x.org/linux-64/foo-1.0-0.conda',
    'foo[url="https://x.org/linux-64/foo-1.0-0.conda"]',
    'foo[url="https://x.org/linux-64/foo-1.0-0.conda"]',
  ],
  [
    'https://x.org/linux-64/foo-1.0-0.tar.bz2',
    'foo[url="https://x.org/linux-64/foo-1.0-0.tar.bz2"]',
    'foo[url="https://x.org/linux-64/foo-1.0-0.tar.bz2"]',
  ],
  [
    'file:///x/foo-1.0-0.conda',
    'foo[url="file:///x/foo-1.0-0.conda"]',
    'foo[url="file:///x/foo-1.0-0.conda"]',
  ],
  ['./foo-1.0-0.conda', null, null],
  ['foo-1.0-0.conda', 'foo-1.0-0.conda', 'foo-1.0-0.conda'],
  ['*', null, null],
  ['* >=1', null, null],
  ['foo*', null, null],
  ['^foo$', null, null],
  ['foo 1.2 h123 x', null, 'foo ==1.2[build="h123 x"]'],
  ['foo >=1.2.*', null, 'foo >=1.2'],
  ['foo 1.2|1.3', null, 'foo ==1.2|==1.3'],
  ['foo =1.2.*', null, 'foo 1.2.*'],
  ['foo ==1.2.*', null, 'foo 1.2.*'],
  ['foo =*', null, 'foo *'],
  ['foo 1.2.*.*', null, 'foo 1.2.*'],
  ['foo !=1.2', 'foo !=1.2', 'foo !=1.2'],
  ['foo ~=1.2', 'foo ~=1.2', 'foo ~=1.2'],
  ['foo~=1.2', 'foo ~=1.2', 'foo ~=1.2'],
  ['foo>=1', 'foo >=1', 'foo >=1'],
  ['foo>1', 'foo >1', 'foo >1'],
  ['foo<1', 'foo <1', 'foo <1'],
  ['foo!=1', 'foo !=1', 'foo !=1'],
  ['foo>=1,<2', 'foo >=1,<2', 'foo >=1,<2'],
  ['foo <2,>=1', 'foo <2,>=1', 'foo <2,>=1'],
  ['foo >=1,>=1', 'foo >=1,>=1', 'foo >=1,>=1'],
  ['foo 1.2-3', null, 'foo ==1.2-3'],
  ['__glibc >=2.17', '__glibc >=2.17', '__glibc >=2.17'],
  ['_foo', '_foo', '_foo'],
  ['foo_', 'foo_', 'foo_'],
  ['-foo', '-foo', '-foo'],
  ['foo-', 'foo-', 'foo-'],
  ['.foo', '.foo', '.foo'],
  ['foo.bar', 'foo.bar', 'foo.bar'],
  ['foo/bar', null, null],
  ['foo bar', null, 'foo ==bar'],
  ['foo ==1.2 h1234_0', 'foo ==1.2 h1234_0', 'foo ==1.2 h1234_0'],
  ['foo ==1.2 *h1*', 'foo ==1.2 *h1*', 'foo ==1.2 *h1*'],
  ['foo ==1.2 ^h.*$', null, 'foo ==1.2 ^h.*$'],
  ['foo ==1.2 h1|h2', null, 'foo ==1.2[build="h1|h2"]'],
  [' foo ', 'foo', 'foo'],
  ['foo;if python >=3', null, null],
  ['foo ; if python >=3', null, null],
  ['foo if python', null, 'foo ==if python'],
  ['python 3.11.* *_cpython', 'python 3.11.* *_cpython', 'python 3.11.* *_cpython'],
  ['python =3.11', 'python 3.11.*', 'python 3.11.*'],
  ['python =3.11 *_cpython', 'python 3.11.* *_cpython', 'python ==3.11 *_cpython'],
  ['python 3.11', null, 'python ==3.11'],
  ['foo =1.2=h123', null, 'foo ==1.2 h123'],
  ['foo >=1 h1[build=h2]', null, 'foo >=1 h2'],
  ["foo >=1[version='<2']", null, 'foo <2'],
  ['conda-forge::foo[channel=bioconda]', 'bioconda::foo', 'bioconda::foo'],
  ['conda-forge:ns:foo', 'conda-forge:ns:foo', 'conda-forge:ns:foo'],
  ['a:b:c:d', null, null],
  ['foo >=1!2.3', 'foo >=1!2.3', 'foo >=1!2.3'],
  ['foo ==1!2.3+4', 'foo ==1!2.3+4', 'foo ==1!2.3+4'],
  ['foo ==1.2+local', 'foo ==1.2+local', 'foo ==1.2+local'],
  ['foo ==a', 'foo ==a', 'foo ==a'],
  ['foo ==1.2_3', 'foo ==1.2_3', 'foo ==1.2_3'],
  ['foo =1.2_3', 'foo 1.2_3.*', 'foo 1.2_3.*'],
  ['foo =1.2-3', 'foo 1.2-3.*', 'foo 1.2-3.*'],
  ['foo >=1,', null, null],
  ['foo >=,<1', null, null],
  ['foo >=', null, null],
  ['foo =', null, null],
  ['foo \u00e9', null, null],
  ['foo\u00e9', null, null],
  ['@foo', null, null],
  ['foo@1', null, null],
  ['FOO >=1.2RC1', 'foo >=1.2rc1', 'foo >=1.2rc1'],
  ['foo=1.2,<1.5', 'foo 1.2.*,<1.5', 'foo 1.2.*,<1.5'],
  ['foo 1.2.*,<1.5', 'foo 1.2.*,<1.5', 'foo 1.2.*,<1.5'],
  ['foo 1.2.*|1.4.*', 'foo 1.2.*|1.4.*', 'foo 1.2.*|1.4.*'],
  ['foo 1.*', 'foo 1.*', 'foo 1.*'],
  ['foo 1.2.3.*', 'foo 1.2.3.*', 'foo 1.2.3.*'],
  ['foo .*', null, null],
  ['foo 1*', 'foo 1.*', 'foo 1.*'],
  ['foo ==1*', null, 'foo 1.*'],
  ['foo[version="1.2.*",build="h*"]', 'foo 1.2.* h*', 'foo 1.2.* h*'],
  ['foo[version="*"]', 'foo *', 'foo *'],
  ['foo[version="*",build="h*"]', 'foo * h*', 'foo * h*'],
  ['foo[version="=1.2"]', 'foo 1.2.*', 'foo 1.2.*'],
  ['foo[version=">=1 , <2"]', 'foo >=1,<2', 'foo >=1,<2'],
  ['foo[name=bar]', null, null],
  ['foo[md5=xyz]', null, null],
  ['foo[build_number=x]', null, null],
  ['foo[build="h*]', null, null],
  ['foo ["build"="h*"]', null, null],
  ['foo[build = "h*"]', 'foo[build="h*"]', 'foo[build="h*"]'],
  ['foo[build="h*",]', null, null],
  ["foo[build='a,b']", 'foo[build="a,b"]', 'foo[build="a,b"]'],
];

const record: RepodataRecord = {
  name: 'foo',
  version: '1.2.3',
  build: 'h1234_0',
  build_number: 0,
  subdir: 'linux-64',
  depends: [],
  license: 'MIT',
  md5: 'dede6252c964db3f3e41c7d30d07f6bf',
  fn: 'foo-1.2.3-h1234_0.conda',
  url: 'https://conda.example/forge/linux-64/foo-1.2.3-h1234_0.conda',
  channel: 'https://conda.example/forge',
};

function spec(text: string, strictness: 'strict' | 'lenient' = 'strict'): MatchSpec {
  const parsed = MatchSpec.parse(text, strictness);
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.failure);
  return parsed.value;
}

describe('the text of a match spec', () => {
  it('has one canonical form', () => {
    for (const [text, strict, lenient] of forms) {
      for (const [strictness, expected] of [
        ['strict', strict],
        ['lenient', lenient],
      ] as const) {
        const parsed = MatchSpec.parse(text, strictness);
        assert.equal(
          parsed.ok ? parsed.value.toString() : null,
          expected,
          `${strictness}: ${text}`,
        );
      }
    }
  });

  it('is stable once canonical', () => {
    for (const [, strict] of forms) {
      if (strict !== null) assert.equal(spec(strict).toString(), strict);
    }
  });

  it('is quoted in the refusal, with what to write', () => {
    const failure = (text: string): string => {
      const parsed = MatchSpec.parse(text);
      return parsed.ok ? '' : parsed.failure;
    };
    assert.equal(
      failure('foo 1.2'),
      'invalid match spec "foo 1.2": `1.2` has no comparison: write `==1.2` or `1.2.*`',
    );
    assert.match(failure('foo=1.2=h1'), /`==1\.2 h1`/);
    assert.match(failure(''), /empty/);
    assert.match(failure('x'.repeat(3000)), /longer/);
  });

  it('is free if it is a name alone', () => {
    assert.equal(spec('Foo').isFree, true);
    for (const text of [
      'foo *',
      'foo >=1',
      'c::foo',
      'foo[build=h*]',
      'foo[md5=dede6252c964db3f3e41c7d30d07f6bf]',
    ])
      assert.equal(spec(text).isFree, false, text);
  });
});

describe('a match spec', () => {
  it('matches the packages it describes', () => {
    for (const text of [
      'foo',
      'FOO',
      'foo 1.2.*',
      'foo >=1,<2 h1234_*',
      'foo * *_0',
      'foo[build=h*4_0]',
      'foo[build_number="<1"]',
      'foo[subdir=linux-64]',
      'foo[license=MIT]',
      'foo[md5=dede6252c964db3f3e41c7d30d07f6bf]',
      'forge::foo',
      'https://conda.example/forge::foo',
      'foo[fn=foo-1.2.3-h1234_0.conda]',
      record.url,
    ])
      assert.equal(spec(text).matches(record), true, text);
    for (const text of [
      'bar',
      'foo >=2',
      'foo * h12',
      'foo * *_1',
      'foo[build_number=1]',
      'foo[subdir=win-64]',
      'foo[license=BSD]',
      'foo[md5=00000000000000000000000000000000]',
      'other::foo',
      'foo[fn=x.conda]',
    ])
      assert.equal(spec(text).matches(record), false, text);
  });

  it('asks nothing of what a record does not know, but checksums', () => {
    const { channel: _channel, url: _url, fn: _fn, md5: _md5, ...plain } = record;
    assert.equal(spec('other::foo').matches(plain), true);
    assert.equal(spec('foo[md5=dede6252c964db3f3e41c7d30d07f6bf]').matches(plain), false);
  });

  it('matches builds by regular expression in lenient reading', () => {
    assert.equal(spec('foo * ^h[0-9]+_\\d$', 'lenient').matches(record), true);
    assert.equal(spec('foo * ^g.*$', 'lenient').matches(record), false);
    assert.equal(MatchSpec.parse('foo * ^(a+)+$', 'lenient').ok, false);
  });

  it('does not match a version that is none', () => {
    assert.equal(spec('foo >=1').matches({ ...record, version: 'not a version' }), false);
    assert.equal(spec('foo').matches({ ...record, version: 'not a version' }), true);
  });
});
