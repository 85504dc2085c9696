import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StageyardError } from '#proto/errors.ts';
import { indexRecords, indexRepodata, mergeIndexes } from '#workers/environment/repodata-index.ts';
import { record, repodataText } from '../../../support/conda-packages.ts';

const channelUrl = 'https://channels.invalid/main';
const indexOf = (text: string, subdir = 'linux-64') =>
  indexRepodata({ bytes: Buffer.from(text), subdir, channelUrl });
const entry = (changes: object = {}): object => ({
  name: 'x',
  version: '1',
  build: '0',
  build_number: 0,
  depends: [],
  ...changes,
});
const refuses = (text: string, pattern: RegExp, name = 'x'): void => {
  assert.throws(
    () => indexOf(text).recordsOf(name),
    (error) =>
      error instanceof StageyardError &&
      error.code === 'CHANNEL_INVALID' &&
      pattern.test(error.message) &&
      error.message.startsWith(`${channelUrl}/linux-64/repodata.json`),
    text,
  );
};

test('entries are found by name in both lists, with their place', () => {
  const records = [
    record('zlib', '1.2', { channel: channelUrl, sha256: 'a'.repeat(64), depends: ['libc'] }),
    record('zlib', '1.3', { channel: channelUrl, fn: 'zlib-1.3-0.tar.bz2' }),
    record('abc', '1.0', { channel: channelUrl }),
  ].map((item) => ({ ...item, url: `${channelUrl}/linux-64/${item.fn}` }));
  const index = indexOf(repodataText('linux-64', records));
  assert.deepEqual(index.names, ['abc', 'zlib']);
  assert.deepEqual(
    index.recordsOf('zlib').toSorted((a, b) => (a.fn < b.fn ? -1 : 1)),
    records.slice(0, 2),
  );
  assert.deepEqual(index.recordsOf('nosuch'), []);
});

test('texts with escapes, quotes, braces and white space are passed over rightly', () => {
  const odd = '\\" } ] \\\\ \\u007d é';
  const text = `\n { "info" : {"a": ["${odd}", {"b": [1.5e3, -2, true, null]}]},
    "packages": { } , "packages.conda" : { "x-1-0.conda" : ${JSON.stringify(entry({ license: '}{][",:\\' }))} } }\r\n\t`;
  assert.equal(indexOf(text).recordsOf('x')[0]?.license, '}{][",:\\');
});

test('base_url moves the packages, and cannot turn a server into a file', () => {
  const withBase = (base: string): string =>
    JSON.stringify({ info: { base_url: base }, packages: { 'x-1-0.conda': entry() } });
  const urlOf = (base: string) => indexOf(withBase(base)).recordsOf('x')[0]?.url;
  assert.equal(urlOf('../packages/'), `${channelUrl}/packages/x-1-0.conda`);
  assert.equal(urlOf('https://mirror.invalid/p'), 'https://mirror.invalid/p/x-1-0.conda');
  assert.throws(() => urlOf('file:///etc'), /base_url is not usable/);
});

test('bytes that are no index are refused with the place where they stop being one', () => {
  const table: [string, RegExp][] = [
    ['', /expected "\{" at byte 0, found the end/],
    ['<html>', /at byte 0, found "<"/],
    ['{"packages": {', /byte 14/],
    ['{"packages": {"x-1-0.conda": {"name": "x"', /expected a value at byte 41, found the end/],
    ['{"packages": {}} trailing', /expected the end at byte 17/],
    ['{"packages": []}', /expected "\{"/],
    ['{"packages": {"x-1-0.conda": {"name": "x}}}', /the end of a text/],
    [`{"a": ${'['.repeat(70)}`, /at most 64 levels/],
  ];
  for (const [text, pattern] of table) refuses(text, pattern);
});

test('file names that could leave their directory are refused by name', () => {
  for (const fn of [
    '../x-1-0.conda',
    'a/x-1-0.conda',
    '/etc/x-1-0.conda',
    'x-1-0.zip',
    'x.conda',
    '-1-0.conda',
    'x-1-0\u0000.conda',
    `${'x'.repeat(300)}-1-0.conda`,
  ]) {
    refuses(JSON.stringify({ packages: { [fn]: entry() } }), /is not a package file name/);
  }
});

test('entries with wrong types or contradictions are refused by file name and member', () => {
  const table: [object, RegExp][] = [
    [{ version: 1 }, /version must be text/],
    [{ name: 7 }, /name must be text/],
    [{ name: 'y' }, /calls itself y/],
    [{ name: '../x' }, /name must be a package name/],
    [{ version: '../1' }, /version must be a version/],
    [{ build: 'a/b' }, /build must be a build string/],
    [{ build_number: -1 }, /build_number must be a whole number/],
    [{ build_number: 'x' }, /build_number/],
    [{ depends: 'libc' }, /depends must be a list/],
    [{ depends: [1] }, /depends must be a list of texts/],
    [{ subdir: '../../etc' }, /subdir must be a platform/],
    [{ subdir: 'win-64' }, /subdir must be linux-64/],
    [{ sha256: 'zz' }, /sha256 must be 64 hexadecimal digits/],
    [{ noarch: 'perl' }, /noarch must be/],
    [{ size: 1.5 }, /size must be a whole number/],
  ];
  for (const [changes, pattern] of table) {
    refuses(JSON.stringify({ packages: { 'x-1-0.conda': entry(changes) } }), pattern);
  }
  refuses('{"packages": {"x-1-0.conda": 5}}', /must be an object/);
  refuses('{"packages": {"x-1-0.conda": {"name": x}}}', /bad JSON/);
});

test('an index of a wrong entry still serves the others', () => {
  const text = JSON.stringify({ packages: { 'x-1-0.conda': entry({ version: 1 }) } }).replace(
    '{"packages":{',
    `{"packages":{"y-1-0.conda":${JSON.stringify(entry({ name: 'y' }))},`,
  );
  assert.equal(indexOf(text).recordsOf('y')[0]?.name, 'y');
});

test('older forms of members are understood', () => {
  const text = JSON.stringify({
    packages: {
      'x-1-0.tar.bz2': entry({ noarch: true, track_features: ['a', 'b'], sha256: 'AB'.repeat(32) }),
    },
  });
  const [found] = indexOf(text).recordsOf('x');
  assert.equal(found?.noarch, 'generic');
  assert.equal(found?.track_features, 'a b');
  assert.equal(found?.sha256, 'ab'.repeat(32));
  assert.equal(found?.subdir, 'linux-64');
});

test('of merged indexes the earlier one wins a file name', () => {
  const merged = mergeIndexes('linux-64', [
    indexRecords('linux-64', [record('a', '1.0', { channel: 'https://one.invalid' })]),
    indexRecords('linux-64', [
      record('a', '1.0', { channel: 'https://two.invalid' }),
      record('a', '2.0', { channel: 'https://two.invalid' }),
    ]),
  ]);
  assert.deepEqual(
    merged.recordsOf('a').map((item) => `${item.version} ${item.channel}`),
    ['1.0 https://one.invalid', '2.0 https://two.invalid'],
  );
});
