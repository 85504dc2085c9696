/** What the processes of a farm are configured with. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  clientConfig,
  coordinatorConfig,
  namedStoreConfig,
  workerConfig,
} from '#deploy/config/farm-config.ts';
import { settingsDocument } from '#deploy/config/settings-document.ts';
import { StageyardError } from '#proto/errors.ts';

type Environment = Readonly<Record<string, string>>;
const documentPath = new URL('../../../../docs/settings.md', import.meta.url);
/** That is there. */
const file = fileURLToPath(import.meta.url);
const home = { HOME: '/srv/someone' };

function from(environment: Environment = {}, flags: object = {}) {
  return { file: undefined, environment: { ...home, ...environment }, flags: { ...flags } };
}

function problemsOf(read: () => unknown): readonly string[] {
  try {
    read();
    return [];
  } catch (error) {
    assert.ok(error instanceof StageyardError);
    assert.equal(error.code, 'CONFIG_INVALID');
    return error.message.split('\n');
  }
}

const bucket = {
  STAGEYARD_S3_ENDPOINT: 'http://s3:9000',
  STAGEYARD_S3_ACCESS_KEY: 'key',
  STAGEYARD_S3_SECRET_KEY: 'secret',
};

describe('the configuration', () => {
  it('of a coordinator needs nothing on a machine of its own', () => {
    assert.deepEqual(coordinatorConfig(from()), {
      nats: {
        servers: ['nats://127.0.0.1:4222'],
        farm: 'stageyard',
        credentials: { kind: 'none' },
      },
      store: { kind: 'directory', path: '/srv/someone/.cache/stageyard' },
      journal: {
        kind: 'jetstream',
        assurance: { kind: 'monitoring', url: 'http://127.0.0.1:8222' },
      },
      isStandby: false,
      listen: { host: '127.0.0.1', port: 7311 },
      logPath: '/srv/someone/.cache/stageyard/coordinator.log',
    });
  });

  it('of a worker needs nothing on a machine of its own', () => {
    const { name, ...others } = workerConfig(from());
    assert.match(name, new RegExp(`-${process.pid}$`));
    assert.deepEqual(others, {
      nats: {
        servers: ['nats://127.0.0.1:4222'],
        farm: 'stageyard',
        credentials: { kind: 'none' },
      },
      store: { kind: 'directory', path: '/srv/someone/.cache/stageyard' },
      slots: 1,
      labels: [],
      cacheDir: '/srv/someone/.cache/stageyard',
      cacheSizeBytesMax: 20 * 1024 ** 3,
      graceMs: 600_000,
      logPath: '/srv/someone/.cache/stageyard/worker.log',
    });
  });

  it('of a client is an address, without a slash at its end, and a token', () => {
    assert.deepEqual(clientConfig(from()), { addresses: ['http://127.0.0.1:7311'] });
    const environment = { STAGEYARD_FARM: 'https://farm.example/', STAGEYARD_TOKEN: 'token' };
    assert.deepEqual(clientConfig(from(environment)), {
      addresses: ['https://farm.example'],
      token: 'token',
    });
    const several = { farm: 'http://a:1/, https://b:2' };
    assert.deepEqual(clientConfig(from({}, several)), { addresses: ['http://a:1', 'https://b:2'] });
    assert.throws(() => clientConfig(from({}, { farm: 'http://a:1,' })), /farm.*must be a URL/);
  });

  it('looks for monitoring beside the first server', () => {
    const assuranceOf = (environment: Environment, flags = {}): unknown => {
      const { journal } = coordinatorConfig(from(environment, flags));
      return journal.kind === 'jetstream' ? journal.assurance : journal;
    };
    const servers = { STAGEYARD_NATS_SERVERS: 'bus-1:4222,bus-2:4222' };
    assert.deepEqual(assuranceOf(servers), { kind: 'monitoring', url: 'http://bus-1:8222' });
    const monitoring = { ...servers, STAGEYARD_NATS_MONITORING: 'http://bus-1:9' };
    assert.deepEqual(assuranceOf(monitoring), { kind: 'monitoring', url: 'http://bus-1:9' });
    assert.deepEqual(assuranceOf(monitoring, { assumeSyncAlways: true }), { kind: 'assumed' });
    assert.deepEqual(assuranceOf({}, { journal: 'sqlite:/srv/j' }), {
      kind: 'sqlite',
      path: '/srv/j',
    });
  });

  it('takes one way to prove who it is', () => {
    const credentialsOf = (environment: Environment): unknown =>
      workerConfig(from(environment)).nats.credentials;
    assert.deepEqual(credentialsOf({ STAGEYARD_NATS_USER: 'u', STAGEYARD_NATS_PASSWORD: ' p ' }), {
      kind: 'password',
      user: 'u',
      password: ' p ',
    });
    assert.deepEqual(credentialsOf({ STAGEYARD_NATS_TOKEN: 't' }), { kind: 'token', token: 't' });
    assert.deepEqual(credentialsOf({ STAGEYARD_NATS_NKEY: 'S' }), { kind: 'nkey', seed: 'S' });
    assert.deepEqual(credentialsOf({ STAGEYARD_NATS_CREDS_FILE: file }), {
      kind: 'creds-file',
      path: file,
    });
    const all = {
      STAGEYARD_NATS_USER: 'u',
      STAGEYARD_NATS_TOKEN: 't',
      STAGEYARD_NATS_CERT_FILE: file,
    };
    assert.deepEqual(
      problemsOf(() => workerConfig(from(all))),
      [
        '3 settings are wrong:',
        'nats.cert-file and nats.key-file belong together: set both or none',
        'nats.user with nats.password, nats.token are set: NATS takes one of them',
        'nats.password (STAGEYARD_NATS_PASSWORD) is missing: user and password go together',
      ],
    );
  });

  it('knows a bucket by our variables, then by those of other tools', () => {
    const store = 's3://builds/results';
    const others = {
      AWS_ENDPOINT_URL: 'http://aws:1',
      AWS_ACCESS_KEY_ID: 'aws-key',
      AWS_SECRET_ACCESS_KEY: 'aws-secret',
      AWS_DEFAULT_REGION: 'eu-1',
      AWS_SESSION_TOKEN: '',
    };
    assert.deepEqual(namedStoreConfig(store, others), {
      kind: 's3',
      bucket: 'builds',
      prefix: 'results',
      endpoint: 'http://aws:1',
      accessKey: 'aws-key',
      secretKey: 'aws-secret',
      region: 'eu-1',
    });
    const both = namedStoreConfig(store, { ...others, ...bucket });
    assert.equal(both.kind === 's3' && both.endpoint, 'http://s3:9000');
    assert.equal(both.kind === 's3' && both.accessKey, 'key');
  });

  it('tells everything that is missing or wrong together', () => {
    const flags = { store: 's3://builds', listen: '0.0.0.0:7311', journal: 'memory' };
    const lines = problemsOf(() => coordinatorConfig(from({}, flags)));
    assert.equal(lines[0], '3 settings are wrong:');
    assert.match(lines[1] ?? '', /^--journal: "memory" must be jetstream or sqlite:PATH$/);
    assert.match(
      lines[2] ?? '',
      /needs s3\.endpoint \(.+\), s3\.access-key \(.+\), s3\.secret-key \(/,
    );
    assert.match(lines[3] ?? '', /^listen: listening on 0\.0\.0\.0 .* set a token/);
    assert.equal(lines.length, 4);
  });

  it('takes another address than loopback with a token that cannot be guessed', () => {
    const flags = { listen: '0.0.0.0:7311' };
    const token = '0123456789abcdef';
    const { listen } = coordinatorConfig(from({ STAGEYARD_TOKEN: token }, flags));
    assert.deepEqual(listen, { host: '0.0.0.0', port: 7311 });
    const [problem] = problemsOf(() => coordinatorConfig(from({ STAGEYARD_TOKEN: 'abc' }, flags)));
    assert.match(problem ?? '', /token \(STAGEYARD_TOKEN.* must have 16/);
    assert.doesNotMatch(problem ?? '', /abc /);
  });

  it('of a worker tells its health to this machine only', () => {
    assert.deepEqual(workerConfig(from({}, { health: '127.0.0.1:0' })).listen, {
      host: '127.0.0.1',
      port: 0,
    });
    assert.deepEqual(
      problemsOf(() => workerConfig(from({ STAGEYARD_HEALTH: '10.0.0.1:80' }))),
      ['health: only this machine may ask: listen on 127.0.0.1, not on 10.0.0.1'],
    );
  });

  it('is what docs/settings.md says', () => {
    if (process.env['UPDATE_GOLDENS'] === '1') writeFileSync(documentPath, settingsDocument());
    assert.equal(readFileSync(documentPath, 'utf8'), settingsDocument());
  });
});
