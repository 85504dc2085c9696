/** All settings of a farm's processes: where each stands, what it means, and how its text is read. */
import * as read from './readers.ts';
import type { Setting, SettingReader, SettingTable } from './settings.ts';

const setting = <T>(
  key: string,
  reader: SettingReader<T>,
  help: string,
  more: Partial<Setting<T>> = {},
): Setting<T> => ({ key, read: reader, help, ...more });
const secret = { isSecret: true } as const;

/** Settings of the connection to NATS. */
export const natsSettings = {
  servers: setting('nats.servers', read.servers, 'NATS servers, separated by commas', {
    shownDefault: 'nats://127.0.0.1:4222',
  }),
  farm: setting(
    'nats.farm',
    read.farmName,
    'name of the farm; farms share a server by their names',
    {
      shownDefault: 'stageyard',
    },
  ),
  natsUser: setting('nats.user', read.text, 'user for NATS'),
  natsPassword: setting('nats.password', read.secretText, 'password for NATS', secret),
  natsToken: setting('nats.token', read.secretText, 'token for NATS', secret),
  natsNkey: setting('nats.nkey', read.secretText, 'seed of an nkey for NATS', secret),
  natsCreds: setting('nats.creds-file', read.readableFile, 'creds file for NATS'),
  natsCa: setting('nats.ca-file', read.readableFile, 'certificates that NATS is trusted by'),
  natsCert: setting('nats.cert-file', read.readableFile, 'certificate of this process for NATS'),
  natsKey: setting('nats.key-file', read.readableFile, 'key of that certificate'),
} satisfies SettingTable;

/** Settings of the store. */
export const storeSettings = {
  store: setting('store', read.storePlace, 'store: dir:PATH or s3://BUCKET/PREFIX', {
    shownDefault: "dir: the user's store",
  }),
  endpoint: setting('s3.endpoint', read.url('http', 'https'), 'URL of the S3 server'),
  region: setting('s3.region', read.text, 'region of the bucket'),
  accessKey: setting('s3.access-key', read.secretText, 'access key for S3', secret),
  secretKey: setting('s3.secret-key', read.secretText, 'secret key for S3', secret),
  sessionToken: setting('s3.session-token', read.secretText, 'session token for S3', secret),
} satisfies SettingTable;

/** Settings of `stageyard coordinator`. */
export const coordinatorSettings = {
  ...natsSettings,
  ...storeSettings,
  journal: setting('journal', read.journalPlace, 'journal: jetstream or sqlite:PATH', {
    shownDefault: 'jetstream',
  }),
  monitoring: setting(
    'nats.monitoring',
    read.url('http', 'https'),
    "URL of the NATS server's monitoring port, to verify its sync setting",
    { shownDefault: 'port 8222 of the first server' },
  ),
  assumeSyncAlways: setting(
    'assume-sync-always',
    read.flag,
    'do not verify that NATS writes every append to disk',
    { isSwitch: true },
  ),
  standby: setting('standby', read.flag, 'wait while another coordinator leads, then take over', {
    isSwitch: true,
  }),
  listen: setting('listen', read.address, 'where clients reach the coordinator', {
    shownDefault: '127.0.0.1:7311',
  }),
  token: setting('token', read.secretText, 'what clients must show', secret),
  log: setting('log', read.path, 'log file', { shownDefault: "in the user's store" }),
} satisfies SettingTable;

/** Settings of `stageyard worker`. */
export const workerSettings = {
  ...natsSettings,
  ...storeSettings,
  name: setting('name', read.workerName, 'name of this worker; another one for each on a machine', {
    shownDefault: 'HOST-PID',
  }),
  slots: setting('slots', read.count(1, 1_000), 'tasks at a time', { shownDefault: '1' }),
  labels: setting('labels', read.list, 'labels that tasks may ask for, separated by commas'),
  secretsFile: setting(
    'secrets-file',
    read.readableFile,
    'file of secrets for scripts: YAML, names and texts',
  ),
  cacheDir: setting('cache-dir', read.path, 'packages, sources and blobs of this worker', {
    shownDefault: "the user's store",
  }),
  cacheSize: setting('cache-size', read.size, 'most that the cache of blobs may hold', {
    shownDefault: '20G',
  }),
  buildRoot: setting('build-root', read.path, 'where builds happen', {
    shownDefault: '/var/tmp/stageyard',
  }),
  grace: setting('grace', read.duration, 'how long running tasks may go on after SIGTERM', {
    shownDefault: '10m',
  }),
  listen: setting('health', read.address, 'where /healthz and /readyz are served'),
  log: setting('log', read.path, 'log file', { shownDefault: 'in the cache directory' }),
} satisfies SettingTable;

/** Settings of the client commands. */
export const clientSettings = {
  farm: setting(
    'farm',
    read.urls('http', 'https'),
    'URL of the coordinator; with standbys all of them, separated by commas',
    {
      shownDefault: 'http://127.0.0.1:7311',
    },
  ),
  token: setting('token', read.secretText, 'what the coordinator asks for', secret),
} satisfies SettingTable;

/** One file serves all processes of a farm: keys that any of them reads. */
export const allKeys: ReadonlySet<string> = new Set(
  [coordinatorSettings, workerSettings, clientSettings].flatMap((table: SettingTable) =>
    Object.values(table).map(({ key }) => key),
  ),
);
