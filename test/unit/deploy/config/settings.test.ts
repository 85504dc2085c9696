/** Settings from a file, the environment and flags. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import * as read from '#deploy/config/readers.ts';
import { readSettings, refuseProblems, type SettingSources } from '#deploy/config/settings.ts';
import { StageyardError } from '#proto/errors.ts';
import { temporaryDirectory } from '../../../support/test-directory.ts';

const table = {
  servers: { key: 'nats.servers', help: '', read: read.servers },
  password: { key: 'nats.password', help: '', read: read.secretText, isSecret: true },
  slots: { key: 'slots', help: '', read: read.count(1, 1_000) },
  labels: { key: 'labels', help: '', read: read.list },
  standby: { key: 'standby', help: '', read: read.flag, isSwitch: true },
  cache: { key: 'cache-dir', help: '', read: read.path },
} as const;
const allKeys = new Set([...Object.values(table).map(({ key }) => key), 'journal']);

function sources(more: Partial<SettingSources> = {}): SettingSources {
  return { file: undefined, environment: {}, flags: {}, allKeys, ...more };
}

async function fileOf(test: TestContext, text: string | Uint8Array): Promise<string> {
  const path = join(await temporaryDirectory(test), 'farm.yaml');
  writeFileSync(path, text);
  return path;
}

/** What is wrong with a file, each place without its directory. */
async function problemsOf(test: TestContext, text: string | Uint8Array): Promise<string[]> {
  const file = await fileOf(test, text);
  return readSettings(table, sources({ file })).problems.map((problem) =>
    problem.replaceAll(file, 'farm.yaml'),
  );
}

describe('settings', () => {
  it('come from flags before the environment, and from that before the file', async (test) => {
    const file = await fileOf(
      test,
      'nats: {servers: nats://file:1}\nslots: 2\nlabels: [gpu, big]\n',
    );
    const environment = { STAGEYARD_NATS_SERVERS: 'nats://variable:1', STAGEYARD_SLOTS: '3' };
    const flags = { natsServers: 'nats://flag:1,tls://flag:2' };
    const { values, problems } = readSettings(table, sources({ file, environment, flags }));
    assert.deepEqual(problems, []);
    assert.deepEqual(values, {
      servers: ['nats://flag:1', 'tls://flag:2'],
      password: undefined,
      slots: 3,
      labels: ['gpu', 'big'],
      standby: undefined,
      cache: undefined,
    });
  });

  it('are told all at once, each with its place and what it must be', async (test) => {
    const file = await fileOf(test, 'nats:\n  servers: "http://x"\nslotz: 3\nlabels: {a: b}\n');
    const environment = { STAGEYARD_SLOTS: '0', STAGEYARD_NATS_SERVER: 'nats://x:1' };
    const flags = { standby: 'perhaps' };
    const { problems } = readSettings(table, sources({ file, environment, flags }));
    assert.deepEqual(problems, [
      `${file}:3: there is no setting slotz; slots is meant?`,
      `${file}:4: there is no setting labels.a; labels is meant?`,
      'STAGEYARD_NATS_SERVER: there is no such variable; STAGEYARD_NATS_SERVERS is meant?',
      `${file}:2: nats.servers "http://x" must be URLs such as nats://HOST:4222, separated by commas`,
      'STAGEYARD_SLOTS: "0" must be an integer from 1 to 1000',
      '--standby: "perhaps" must be true or false',
    ]);
    assert.throws(
      () => refuseProblems(problems),
      (error) =>
        error instanceof StageyardError &&
        error.code === 'CONFIG_INVALID' &&
        error.message.startsWith('6 settings are wrong:\n'),
    );
    assert.doesNotThrow(() => refuseProblems([]));
  });

  it('leave what other programs of the farm read, and variables of other names, alone', async (test) => {
    assert.deepEqual(await problemsOf(test, 'journal: jetstream\nslots: 4\n'), []);
    const environment = {
      STAGEYARD_SECRET_SLOT: 'x',
      STAGEYARD_IMAGE_DIGEST: 'sha256:0',
      STAGEYARD_WEATHER: 'fine',
      SLOTS: '7',
    };
    const { values, problems } = readSettings(table, sources({ environment }));
    assert.deepEqual(problems, []);
    assert.equal(values.slots, undefined);
  });

  it('count as absent where a variable is empty, and an empty list is a list', async (test) => {
    const file = await fileOf(test, 'labels: []\nslots: 2\n');
    const environment = { STAGEYARD_SLOTS: '' };
    const { values } = readSettings(table, sources({ file, environment }));
    assert.deepEqual([values.slots, values.labels], [2, []]);
  });

  it('take relative paths of a file from where the file is', async (test) => {
    const directory = await temporaryDirectory(test);
    mkdirSync(join(directory, 'etc'));
    const file = join(directory, 'etc', 'farm.yaml');
    writeFileSync(file, 'cache-dir: ../cache\n');
    assert.equal(readSettings(table, sources({ file })).values.cache, join(directory, 'cache'));
    const flags = { cacheDir: 'cache' };
    const { values } = readSettings(table, sources({ file, flags }));
    assert.equal(values.cache, join(process.cwd(), 'cache'));
  });
});

describe('a secret', () => {
  it('is taken from the file, the environment, or a file of its own, never from a flag', async (test) => {
    const file = await fileOf(test, 'nats: {password: of the file}\n');
    const own = await fileOf(test, ' of its own \n');
    const valueOf = (more: Partial<SettingSources>): string | undefined =>
      readSettings(table, sources(more)).values.password;
    assert.equal(valueOf({ file, flags: { natsPassword: 'x' } }), 'of the file');
    assert.equal(valueOf({ file, environment: { STAGEYARD_NATS_PASSWORD: 'here' } }), 'here');
    assert.equal(valueOf({ environment: { STAGEYARD_NATS_PASSWORD_FILE: own } }), ' of its own ');
    assert.equal(valueOf({ flags: { natsPassword: 'x' } }), undefined);
  });

  it('is never shown, however wrong it is', async (test) => {
    const wrong = 'pass\nphrase';
    const own = await fileOf(test, 'a\nb\n');
    for (const environment of [
      { STAGEYARD_NATS_PASSWORD: wrong },
      { STAGEYARD_NATS_PASSWORD_FILE: own },
    ]) {
      const { problems } = readSettings(table, sources({ environment }));
      assert.match(problems.join('\n'), /^STAGEYARD_NATS_PASSWORD.*: must be one line/);
      assert.doesNotMatch(problems.join('\n'), /phrase|\nb/);
    }
    const environment = { STAGEYARD_NATS_SERVERS: 'nats://farm:pass@bus:4222' };
    const [problem] = readSettings(table, sources({ environment })).problems;
    assert.match(problem ?? '', /"nats:\/\/…@bus:4222" must not hold a user or a password/);
  });

  it('is wanted once, and from a file that is there', () => {
    const password = 'STAGEYARD_NATS_PASSWORD';
    const twice = { [password]: 'x', [`${password}_FILE`]: '/nowhere' };
    assert.deepEqual(readSettings(table, sources({ environment: twice })).problems, [
      `${password} and ${password}_FILE are both set: keep one`,
    ]);
    const nowhere = { [`${password}_FILE`]: '/nowhere' };
    const [problem] = readSettings(table, sources({ environment: nowhere })).problems;
    assert.match(problem ?? '', /^STAGEYARD_NATS_PASSWORD_FILE \(\/nowhere\): can't be read/);
  });
});

describe('a configuration file', () => {
  it('is told what is wrong with it, line by line', async (test) => {
    const cases: readonly (readonly [string | Uint8Array, RegExp])[] = [
      ['slots: 1\nslots: 2\n', /^farm\.yaml:2: Map keys must be unique$/],
      ['slots: [1\n', /^farm\.yaml:\d: /],
      ['- slots\n', /^farm\.yaml:1: the file must be sections and settings$/],
      ['just text\n', /^farm\.yaml:1: the file must be sections and settings$/],
      ['slots:\n', /^farm\.yaml:1: slots must be a text, number, list or section$/],
      [
        'journal: &a 1\nslots: *a\n',
        /^farm\.yaml:2: slots must be a text, number, list or section$/,
      ],
      ['labels: [{a: 1}]\n', /^farm\.yaml:1: labels must be a text, number, list or section$/],
      ['labels: ["a,b"]\n', /^farm\.yaml:1: labels must be/],
      ['nats: {a: {b: {c: {d: 1}}}}\n', /^farm\.yaml:1: nats\.a\.b\.c must be/],
      ['__proto__: {slots: 3}\n', /there is no setting __proto__\.slots/],
      [new Uint8Array([0x73, 0xff, 0xfe]), /^farm\.yaml: the configuration is not UTF-8$/],
      ['#'.repeat(300_000), /^farm\.yaml: the configuration is larger than 262144 bytes$/],
      ['['.repeat(100_000), /^farm\.yaml/],
      ['- '.repeat(100_000), /^farm\.yaml/],
    ];
    for (const [text, problem] of cases) {
      const problems = await problemsOf(test, text);
      assert.match(problems.join('\n'), problem, text.slice(0, 40).toString());
    }
    const { problems } = readSettings(table, sources({ file: '/nowhere/farm.yaml' }));
    assert.match(
      problems.join('\n'),
      /^\/nowhere\/farm\.yaml: the configuration can't be read: ENOENT/,
    );
  });

  it('may be empty', async (test) => {
    assert.deepEqual(await problemsOf(test, ''), []);
    assert.deepEqual(await problemsOf(test, '# nothing yet\n'), []);
  });

  it('never does more than tell what is wrong, whatever is in it', async (test) => {
    const file = await fileOf(test, '');
    const piece = fc.constantFrom(
      'nats',
      'slots',
      ': ',
      '\n',
      '  ',
      '[',
      '{',
      '*a',
      '&a ',
      '- ',
      '"',
      '1',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        writeFileSync(file, pieces.join(''));
        const { values } = readSettings(table, sources({ file }));
        assert.ok(values.slots === undefined || values.slots >= 1);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the reader of', () => {
  const cases = {
    sizes: [
      read.size,
      { '512M': 512 * 1024 ** 2, '20 GiB': 20 * 1024 ** 3, '7': 7 },
      ['0', '-1', '1.5G', 'G'],
    ],
    durations: [
      read.duration,
      { '90s': 90_000, '10m': 600_000, '5ms': 5 },
      ['10', 'm', '1d', '-1s'],
    ],
    addresses: [
      read.address,
      { 'localhost:80': { host: 'localhost', port: 80 }, '[::1]:0': { host: '::1', port: 0 } },
      ['80', 'host', 'host:65536', '::1:80'],
    ],
    files: [read.readableFile, { [import.meta.filename]: import.meta.filename }, ['/nowhere', '']],
    stores: [
      read.storePlace,
      {
        's3://bucket/a/b/': { kind: 's3', bucket: 'bucket', prefix: 'a/b' },
        's3://bucket': { kind: 's3', bucket: 'bucket', prefix: '' },
        'dir:/srv': { kind: 'directory', path: '/srv' },
        '/srv': { kind: 'directory', path: '/srv' },
      },
      ['s3://B', 'gs://bucket', 's3:/bucket', ''],
    ],
    journals: [
      read.journalPlace,
      { jetstream: { kind: 'jetstream' }, 'sqlite:/j': { kind: 'sqlite', path: '/j' } },
      ['sqlite:', 'memory'],
    ],
    URLs: [
      read.url('http'),
      { 'http://a:1/b': 'http://a:1/b' },
      ['a', 'https://a', 'http://u:p@a'],
    ],
    farms: [read.farmName, { 'farm-1': 'farm-1' }, ['', 'Farm', 'a.b', 'x'.repeat(41)]],
    workers: [read.workerName, { 'host-1.example_2': 'host-1.example_2' }, ['', 'a b', 'a/b']],
  } as const;
  for (const [name, [reader, good, bad]] of Object.entries(cases)) {
    it(`${name} takes what fits and says what else must be`, () => {
      for (const [text, value] of Object.entries(good)) {
        assert.deepEqual(reader(text, ''), { value }, text);
      }
      for (const text of bad) {
        const answer = reader(text, '');
        assert.ok(typeof answer === 'string' && answer.startsWith('must '), text);
      }
    });
  }
});
