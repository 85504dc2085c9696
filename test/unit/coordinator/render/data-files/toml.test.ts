import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseToml, type TomlValue } from '#coordinator/render/data-files/toml.ts';

function plain(value: TomlValue): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!(value instanceof Map)) return value;
  return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
}

function read(text: string): unknown {
  const table = parseToml(text);
  assert.ok(table.ok, table.ok ? '' : table.failure);
  return plain(table.value);
}

describe('parseToml', () => {
  it('reads the tables of a project file', () => {
    const text = `# a comment
[build-system]
requires = ["setuptools>=64", 'wheel', # trailing comma
]
[project]
name = "demo"
license.text = "MIT"
"quoted key" = 1
[project.urls]
Homepage = "https://example.org" # more
[[tool.x]]
n = 1
[[tool.x]]
n = 2
[tool.x.inner]
deep = true
`;
    assert.deepEqual(read(text), {
      'build-system': { requires: ['setuptools>=64', 'wheel'] },
      project: {
        name: 'demo',
        license: { text: 'MIT' },
        'quoted key': 1,
        urls: { Homepage: 'https://example.org' },
      },
      tool: { x: [{ n: 1 }, { n: 2, inner: { deep: true } }] },
    });
  });

  it('reads numbers of every form', () => {
    assert.deepEqual(read('a=[1_000, -2, 0x1F, 0o17, 0b101, 1.0, 1e3, -0.5, +3]'), {
      a: [1000, -2, 31, 15, 5, { float: 1 }, { float: 1000 }, { float: -0.5 }, 3],
    });
    assert.deepEqual(read('a=-inf'), { a: { float: Number.NEGATIVE_INFINITY } });
  });

  it('keeps dates and times as text', () => {
    assert.deepEqual(read('a=2020-01-02T03:04:05Z\nb=2020-01-02\nc=07:32:00.5'), {
      a: '2020-01-02T03:04:05Z',
      b: '2020-01-02',
      c: '07:32:00.5',
    });
  });

  it('reads strings of every form', () => {
    const text = [
      'a = "tab\\t\\"q\\" \\u00e9"',
      "b = 'C:\\new'",
      'c = """\none \\\n   two"""',
      "d = '''\nraw \\n\n'''",
      'e = ""',
      'f = """"quoted""""',
    ].join('\n');
    assert.deepEqual(read(text), {
      a: 'tab\t"q" é',
      b: 'C:\\new',
      c: 'one two',
      d: 'raw \\n\n',
      e: '',
      f: '"quoted"',
    });
  });

  it('reads inline tables', () => {
    assert.deepEqual(read('a = {x = 1, y.z = [{}, {w = "v"}]}'), {
      a: { x: 1, y: { z: [{}, { w: 'v' }] } },
    });
  });

  for (const [text, message] of [
    ['a = 1\na = 2', /line 2: `a` is there twice/],
    ['a = ', /a value is expected/],
    ['a = 1 b = 2', /the line should end here/],
    ['[a', /`]` is missing/],
    ['a = "x', /a value is expected/],
    ['a = """x', /is not closed/],
    ['a = [1 2]', /`,` or `]` is expected/],
    ['a = "\\q"', /is no escape/],
    ['a = 1\n[a]', /`a` is not a table/],
    [`a = ${'['.repeat(200)}`, /deep/],
  ] as const) {
    it(`refuses ${JSON.stringify(text.slice(0, 20))}`, () => {
      const table = parseToml(text);
      assert.match(table.ok ? '' : table.failure, message);
    });
  }
});
