/** What the processes of a farm are configured with, and the settings it is read from. */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { StageyardError } from '#proto/errors.ts';
import type { NatsCredentials } from '#proto/adapters/nats-connection.ts';
import type { SyncAssurance } from '#proto/adapters/nats-sync-check.ts';
import { storePathOf } from '../store-layout.ts';
import * as read from './readers.ts';
import {
  readSettings,
  type Setting,
  type SettingReader,
  type SettingSources,
  type SettingTable,
  type SettingValues,
} from './settings.ts';

/** Where NATS is. */
export interface NatsConfig {
  readonly servers: readonly string[];
  /** Farms share a server by their names. */
  readonly farm: string;
  readonly credentials: NatsCredentials;
  readonly tls?: {
    readonly caFile?: string;
    readonly certFile?: string;
    readonly keyFile?: string;
  };
}

/** Where blobs and results are. */
export type StoreConfig =
  | { readonly kind: 'directory'; readonly path: string }
  | {
      readonly kind: 's3';
      readonly endpoint: string;
      readonly bucket: string;
      readonly prefix: string;
      readonly region?: string;
      readonly accessKey: string;
      readonly secretKey: string;
      readonly sessionToken?: string;
    };

/** Where facts are. */
export type JournalConfig =
  | { readonly kind: 'jetstream'; readonly assurance: SyncAssurance }
  | { readonly kind: 'sqlite'; readonly path: string };

/** Of `stageyard coordinator`. */
export interface CoordinatorConfig {
  readonly nats: NatsConfig;
  readonly store: StoreConfig;
  readonly journal: JournalConfig;
  readonly isStandby: boolean;
  readonly listen: { readonly host: string; readonly port: number };
  readonly token?: string;
  readonly logPath: string;
}

/** Of `stageyard worker`. */
export interface WorkerConfig {
  readonly nats: NatsConfig;
  readonly store: StoreConfig;
  readonly name: string;
  readonly slots: number;
  readonly labels: readonly string[];
  readonly secretsFile?: string;
  /** Package cache, sources, blobs. */
  readonly cacheDir: string;
  readonly cacheSizeBytesMax: number;
  readonly buildRoot?: string;
  /** How long running tasks may go on after SIGTERM. */
  readonly graceMs: number;
  /** Of `/healthz` and `/readyz`; undefined: none. */
  readonly listen?: { readonly host: string; readonly port: number };
  readonly logPath: string;
}

/** Of the client commands. */
export interface ClientConfig {
  readonly url: string;
  readonly token?: string;
}

const setting = <T>(
  key: string,
  reader: SettingReader<T>,
  help: string,
  more: Partial<Setting<T>> = {},
): Setting<T> => ({ key, read: reader, help, ...more });
const secret = { isSecret: true } as const;

const natsSettings = {
  servers: setting('nats.servers', read.list, 'NATS servers, separated by commas', {
    shownDefault: 'nats://127.0.0.1:4222',
  }),
  farm: setting('nats.farm', farmName, 'name of the farm; farms share a server by their names', {
    shownDefault: 'stageyard',
  }),
  natsUser: setting('nats.user', read.text, 'user for NATS'),
  natsPassword: setting('nats.password', read.text, 'password for NATS', secret),
  natsToken: setting('nats.token', read.text, 'token for NATS', secret),
  natsNkey: setting('nats.nkey', read.text, 'seed of an nkey for NATS', secret),
  natsCreds: setting('nats.creds-file', read.path, 'creds file for NATS'),
  natsCa: setting('nats.ca-file', read.path, 'certificates that NATS is trusted by'),
  natsCert: setting('nats.cert-file', read.path, 'certificate of this process for NATS'),
  natsKey: setting('nats.key-file', read.path, 'key of that certificate'),
} satisfies SettingTable;

const storeSettings = {
  store: setting('store', storePlace, 'store: dir:PATH or s3://BUCKET/PREFIX', {
    shownDefault: "dir: the user's store",
  }),
  endpoint: setting('s3.endpoint', read.url('http', 'https'), 'URL of the S3 server'),
  region: setting('s3.region', read.text, 'region of the bucket'),
  accessKey: setting('s3.access-key', read.text, 'access key for S3', secret),
  secretKey: setting('s3.secret-key', read.text, 'secret key for S3', secret),
  sessionToken: setting('s3.session-token', read.text, 'session token for S3', secret),
} satisfies SettingTable;

/** Settings of `stageyard coordinator`. */
export const coordinatorSettings = {
  ...natsSettings,
  ...storeSettings,
  journal: setting('journal', journalPlace, 'journal: jetstream or sqlite:PATH', {
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
  token: setting('token', read.text, 'what clients must show', secret),
  log: setting('log', read.path, 'log file', { shownDefault: "in the user's store" }),
} satisfies SettingTable;

/** Settings of `stageyard worker`. */
export const workerSettings = {
  ...natsSettings,
  ...storeSettings,
  name: setting('name', workerName, 'name of this worker; another one for each on a machine', {
    shownDefault: 'HOST-PID',
  }),
  slots: setting('slots', read.count(1, 1_000), 'tasks at a time', { shownDefault: '1' }),
  labels: setting('labels', read.list, 'labels that tasks may ask for, separated by commas'),
  secretsFile: setting(
    'secrets-file',
    read.path,
    'file of secrets for scripts: YAML, names and texts',
  ),
  cacheDir: setting('cache-dir', read.path, 'packages, sources and blobs of this worker', {
    shownDefault: "the user's store",
  }),
  cacheSize: setting('cache-size', read.size, 'most that the cache of blobs may hold', {
    shownDefault: '20G',
  }),
  buildRoot: setting('build-root', read.path, 'where builds happen', {
    shownDefault: 'the temporary directory',
  }),
  grace: setting('grace', read.duration, 'how long running tasks may go on after SIGTERM', {
    shownDefault: '10m',
  }),
  listen: setting('health', read.address, 'where /healthz and /readyz are served'),
  log: setting('log', read.path, 'log file', { shownDefault: 'in the cache directory' }),
} satisfies SettingTable;

/** Settings of the client commands. */
export const clientSettings = {
  farm: setting('farm', read.url('http', 'https'), 'URL of the coordinator', {
    shownDefault: 'http://127.0.0.1:7311',
  }),
  token: setting('token', read.text, 'what the coordinator asks for', secret),
} satisfies SettingTable;

/** One file serves all processes of a farm. */
const allKeys: ReadonlySet<string> = new Set(
  [coordinatorSettings, workerSettings, clientSettings].flatMap((table: SettingTable) =>
    Object.values(table).map(({ key }) => key),
  ),
);

const CACHE_SIZE_BYTES_DEFAULT = 20 * 1024 ** 3;
const GRACE_MS_DEFAULT = 10 * 60_000;
const MONITORING_PORT_DEFAULT = '8222';

/** Where settings are read from. */
export type ConfigSources = Omit<SettingSources, 'foreignKeys'>;

function sourcesOf(sources: ConfigSources): SettingSources {
  return { ...sources, foreignKeys: allKeys };
}

/** Throws `CONFIG_INVALID` with every problem there is. */
export function coordinatorConfig(sources: ConfigSources): CoordinatorConfig {
  const values = readSettings(coordinatorSettings, sourcesOf(sources));
  const { token, standby, listen, log } = values;
  return {
    nats: natsConfig(values),
    store: storeConfig(values, sources.environment),
    journal: journalConfig(values),
    isStandby: standby ?? false,
    listen: listen ?? { host: '127.0.0.1', port: 7311 },
    ...(token === undefined ? {} : { token }),
    logPath: log ?? join(storePathOf(sources.environment), 'coordinator.log'),
  };
}

/** Throws `CONFIG_INVALID` with every problem there is. */
export function workerConfig(sources: ConfigSources): WorkerConfig {
  const values = readSettings(workerSettings, sourcesOf(sources));
  const cacheDir = values.cacheDir ?? storePathOf(sources.environment);
  const { secretsFile, buildRoot, listen } = values;
  return {
    nats: natsConfig(values),
    store: storeConfig(values, sources.environment),
    name: values.name ?? `${hostname().replaceAll(/[^A-Za-z0-9-]/g, '-')}-${process.pid}`,
    slots: values.slots ?? 1,
    labels: values.labels ?? [],
    ...(secretsFile === undefined ? {} : { secretsFile }),
    cacheDir,
    cacheSizeBytesMax: values.cacheSize ?? CACHE_SIZE_BYTES_DEFAULT,
    ...(buildRoot === undefined ? {} : { buildRoot }),
    graceMs: values.grace ?? GRACE_MS_DEFAULT,
    ...(listen === undefined ? {} : { listen }),
    logPath: values.log ?? join(cacheDir, 'worker.log'),
  };
}

/** Throws `CONFIG_INVALID` with every problem there is. */
export function clientConfig(sources: ConfigSources): ClientConfig {
  const { farm, token } = readSettings(clientSettings, sourcesOf(sources));
  return {
    url: (farm ?? 'http://127.0.0.1:7311').replace(/\/+$/, ''),
    ...(token === undefined ? {} : { token }),
  };
}

function natsConfig(values: SettingValues<typeof natsSettings>): NatsConfig {
  const { natsCa: caFile, natsCert: certFile, natsKey: keyFile } = values;
  const tls = {
    ...(caFile === undefined ? {} : { caFile }),
    ...(certFile === undefined ? {} : { certFile }),
    ...(keyFile === undefined ? {} : { keyFile }),
  };
  return {
    servers: values.servers ?? ['nats://127.0.0.1:4222'],
    farm: values.farm ?? 'stageyard',
    credentials: natsCredentials(values),
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
  };
}

function natsCredentials(values: SettingValues<typeof natsSettings>): NatsCredentials {
  const { natsUser: user, natsPassword: password, natsToken, natsNkey, natsCreds } = values;
  if (natsCreds !== undefined) return { kind: 'creds-file', path: natsCreds };
  if (natsNkey !== undefined) return { kind: 'nkey', seed: natsNkey };
  if (natsToken !== undefined) return { kind: 'token', token: natsToken };
  return user === undefined
    ? { kind: 'none' }
    : { kind: 'password', user, password: password ?? '' };
}

/** The store that `place` names, with what the environment says of it. Throws `CONFIG_INVALID`. */
export function namedStoreConfig(
  place: string,
  environment: ConfigSources['environment'],
): StoreConfig {
  const sources = { file: undefined, environment, flags: { store: place } };
  return storeConfig(readSettings(storeSettings, sourcesOf(sources)), environment);
}

/** The names that other tools use count too, after ours. */
function storeConfig(
  values: SettingValues<typeof storeSettings>,
  environment: ConfigSources['environment'],
): StoreConfig {
  const { store } = values;
  if (store === undefined) return { kind: 'directory', path: storePathOf(environment) };
  if (store.kind === 'directory') return store;
  const accessKey = values.accessKey ?? environment['AWS_ACCESS_KEY_ID'];
  const secretKey = values.secretKey ?? environment['AWS_SECRET_ACCESS_KEY'];
  const region = values.region ?? (environment['AWS_REGION'] || environment['AWS_DEFAULT_REGION']);
  const sessionToken = values.sessionToken ?? environment['AWS_SESSION_TOKEN'];
  const endpoint =
    values.endpoint ?? (environment['AWS_ENDPOINT_URL_S3'] || environment['AWS_ENDPOINT_URL']);
  const missing = [
    ...(endpoint ? [] : ['s3.endpoint (STAGEYARD_S3_ENDPOINT or AWS_ENDPOINT_URL)']),
    ...(accessKey ? [] : ['s3.access-key (STAGEYARD_S3_ACCESS_KEY or AWS_ACCESS_KEY_ID)']),
    ...(secretKey ? [] : ['s3.secret-key (STAGEYARD_S3_SECRET_KEY or AWS_SECRET_ACCESS_KEY)']),
  ];
  if (!endpoint || !accessKey || !secretKey) {
    const text = `the store s3://${store.bucket} also needs ${missing.join(', ')}`;
    throw new StageyardError('CONFIG_INVALID', text);
  }
  return {
    ...store,
    endpoint,
    accessKey,
    secretKey,
    ...(region ? { region } : {}),
    ...(sessionToken ? { sessionToken } : {}),
  };
}

function journalConfig(values: SettingValues<typeof coordinatorSettings>): JournalConfig {
  if (values.journal?.kind === 'sqlite') return values.journal;
  if (values.assumeSyncAlways === true)
    return { kind: 'jetstream', assurance: { kind: 'assumed' } };
  const [first = 'nats://127.0.0.1:4222'] = values.servers ?? [];
  const host =
    URL.parse(first.includes('://') ? first : `nats://${first}`)?.hostname ?? '127.0.0.1';
  const url = values.monitoring ?? `http://${host}:${MONITORING_PORT_DEFAULT}`;
  return { kind: 'jetstream', assurance: { kind: 'monitoring', url } };
}

function farmName(given: string): ReturnType<SettingReader<string>> {
  const isName = /^[a-z0-9][a-z0-9-]{0,39}$/.test(given);
  return isName ? { value: given } : 'must be up to 40 of a-z, 0-9 and -';
}

function workerName(given: string): ReturnType<SettingReader<string>> {
  const isName = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/.test(given);
  return isName ? { value: given } : 'must be up to 100 letters, digits, _, . and -';
}

type StorePlace =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 's3'; readonly bucket: string; readonly prefix: string };

/** `dir:PATH` or a path, `s3://BUCKET/PREFIX`. */
export function storePlace(given: string): ReturnType<SettingReader<StorePlace>> {
  const [, bucket, prefix = ''] =
    /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(given) ?? [];
  if (bucket !== undefined) {
    return { value: { kind: 's3', bucket, prefix: prefix.replace(/\/+$/, '') } };
  }
  if (given.includes('://')) return 'must be dir:PATH or s3://BUCKET/PREFIX';
  const directory = read.path(given.replace(/^dir:/, ''));
  if (typeof directory === 'string') return directory;
  return { value: { kind: 'directory', path: directory.value } };
}

function journalPlace(
  given: string,
): ReturnType<SettingReader<{ kind: 'jetstream' } | { kind: 'sqlite'; path: string }>> {
  if (given === 'jetstream') return { value: { kind: 'jetstream' } };
  const [, file] = /^sqlite:(.+)$/.exec(given) ?? [];
  const place = file === undefined ? 'must be jetstream or sqlite:PATH' : read.path(file);
  return typeof place === 'string' ? place : { value: { kind: 'sqlite', path: place.value } };
}
