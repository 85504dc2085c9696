/** What the processes of a farm are configured with. Whatever is wrong is told at once. */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { checkListening, isLoopback } from '#coordinator/http/admission.ts';
import type { NatsCredentials, NatsTls } from '#proto/adapters/nats-security.ts';
import type { SyncAssurance } from '#proto/adapters/nats-sync-check.ts';
import { StageyardError, wrapError } from '#proto/errors.ts';
import { storePathOf } from '../store-layout.ts';
import {
  allKeys,
  clientSettings,
  coordinatorSettings,
  type natsSettings,
  storeSettings,
  workerSettings,
} from './setting-tables.ts';
import {
  readSettings,
  refuseProblems,
  type SettingSources,
  type SettingsRead,
  type SettingTable,
  variableOf,
} from './settings.ts';

/** Where NATS is. */
export interface NatsConfig {
  readonly servers: readonly string[];
  /** Farms share a server by their names. */
  readonly farm: string;
  readonly credentials: NatsCredentials;
  readonly tls?: NatsTls;
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
  /** Of the coordinators, one of which leads. */
  readonly addresses: readonly string[];
  readonly token?: string;
}

const CACHE_SIZE_BYTES_DEFAULT = 20 * 1024 ** 3;
const GRACE_MS_DEFAULT = 10 * 60_000;
const SERVER_DEFAULT = 'nats://127.0.0.1:4222';
const MONITORING_PORT_DEFAULT = '8222';

/** Where settings are read from. */
export type ConfigSources = Omit<SettingSources, 'allKeys'>;

type NatsRead = SettingsRead<typeof natsSettings>;
type StoreRead = SettingsRead<typeof storeSettings>;

function readTable<T extends SettingTable>(table: T, sources: ConfigSources): SettingsRead<T> {
  return readSettings(table, { ...sources, allKeys });
}

/** Throws `CONFIG_INVALID` with every problem there is. */
export function coordinatorConfig(sources: ConfigSources): CoordinatorConfig {
  const read = readTable(coordinatorSettings, sources);
  const { token, standby, log, listen = { host: '127.0.0.1', port: 7311 } } = read.values;
  const config = {
    nats: natsConfig(read),
    store: storeConfig(read, sources.environment),
    journal: journalConfig(read),
    isStandby: standby ?? false,
    listen,
    ...(token === undefined ? {} : { token }),
    logPath: log ?? join(storePathOf(sources.environment), 'coordinator.log'),
  };
  read.problems.push(...listeningProblems(config));
  refuseProblems(read.problems);
  return config;
}

/** Throws `CONFIG_INVALID` with every problem there is. */
export function workerConfig(sources: ConfigSources): WorkerConfig {
  const read = readTable(workerSettings, sources);
  const { values } = read;
  const cacheDir = values.cacheDir ?? storePathOf(sources.environment);
  const { secretsFile, buildRoot, listen } = values;
  const config = {
    nats: natsConfig(read),
    store: storeConfig(read, sources.environment),
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
  if (listen !== undefined && !isLoopback(listen.host)) {
    const text = `health: only this machine may ask: listen on 127.0.0.1, not on ${listen.host}`;
    read.problems.push(text);
  }
  refuseProblems(read.problems);
  return config;
}

/** Throws `CONFIG_INVALID` with every problem there is. */
export function clientConfig(sources: ConfigSources): ClientConfig {
  const { values, problems } = readTable(clientSettings, sources);
  refuseProblems(problems);
  const { farm = ['http://127.0.0.1:7311'], token } = values;
  const addresses = farm.map((one) => one.replace(/\/+$/, ''));
  return { addresses, ...(token === undefined ? {} : { token }) };
}

/** The store that a flag names, else the environment, with what the environment says of it. Throws `CONFIG_INVALID`. */
export function namedStoreConfig(
  place: string | undefined,
  environment: ConfigSources['environment'],
): StoreConfig {
  const flags = place === undefined ? {} : { store: place };
  const read = readTable(storeSettings, { file: undefined, environment, flags });
  const config = storeConfig(read, environment);
  refuseProblems(read.problems);
  return config;
}

/** Server and keys for buckets that channels name, as the environment says them. */
export function bucketAccess(
  environment: ConfigSources['environment'],
): (bucket: string) => Extract<StoreConfig, { kind: 's3' }> {
  return (bucket) => {
    const config = namedStoreConfig(`s3://${bucket}`, environment);
    if (config.kind === 's3') return config;
    throw new StageyardError('CONFIG_INVALID', `s3://${bucket}: no bucket`);
  };
}

function natsConfig(read: NatsRead): NatsConfig {
  const { values, problems } = read;
  const { natsCa: caFile, natsCert: certFile, natsKey: keyFile } = values;
  if ((certFile === undefined) !== (keyFile === undefined)) {
    problems.push('nats.cert-file and nats.key-file belong together: set both or none');
  }
  const tls = {
    ...(caFile === undefined ? {} : { caFile }),
    ...(certFile === undefined ? {} : { certFile }),
    ...(keyFile === undefined ? {} : { keyFile }),
  };
  return {
    servers: values.servers ?? [SERVER_DEFAULT],
    farm: values.farm ?? 'stageyard',
    credentials: natsCredentials(read),
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
  };
}

function natsCredentials({ values, problems }: NatsRead): NatsCredentials {
  const { natsUser: user, natsPassword: password, natsToken, natsNkey, natsCreds } = values;
  const ways = [
    ...(user === undefined && password === undefined ? [] : ['nats.user with nats.password']),
    ...(natsToken === undefined ? [] : ['nats.token']),
    ...(natsNkey === undefined ? [] : ['nats.nkey']),
    ...(natsCreds === undefined ? [] : ['nats.creds-file']),
  ];
  if (ways.length > 1) problems.push(`${ways.join(', ')} are set: NATS takes one of them`);
  if ((user === undefined) !== (password === undefined)) {
    const missing = user === undefined ? 'nats.user' : 'nats.password';
    problems.push(`${missing} (${variableOf(missing)}) is missing: user and password go together`);
  }
  if (natsCreds !== undefined) return { kind: 'creds-file', path: natsCreds };
  if (natsNkey !== undefined) return { kind: 'nkey', seed: natsNkey };
  if (natsToken !== undefined) return { kind: 'token', token: natsToken };
  return user === undefined || password === undefined
    ? { kind: 'none' }
    : { kind: 'password', user, password };
}

/** The names that other tools use count too, after ours. */
function storeConfig(
  { values, problems }: StoreRead,
  environment: ConfigSources['environment'],
): StoreConfig {
  const { store } = values;
  if (store === undefined) return { kind: 'directory', path: storePathOf(environment) };
  if (store.kind === 'directory') return store;
  const other = (...names: readonly string[]): string | undefined =>
    names.map((name) => environment[name]).find((text) => text !== undefined && text !== '');
  const endpoint = values.endpoint ?? other('AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL');
  const accessKey = values.accessKey ?? other('AWS_ACCESS_KEY_ID');
  const secretKey = values.secretKey ?? other('AWS_SECRET_ACCESS_KEY');
  const sessionToken = values.sessionToken ?? other('AWS_SESSION_TOKEN');
  const region = values.region ?? other('AWS_REGION', 'AWS_DEFAULT_REGION');
  const missing = [
    ...(endpoint ? [] : ['s3.endpoint (STAGEYARD_S3_ENDPOINT or AWS_ENDPOINT_URL)']),
    ...(accessKey ? [] : ['s3.access-key (STAGEYARD_S3_ACCESS_KEY or AWS_ACCESS_KEY_ID)']),
    ...(secretKey ? [] : ['s3.secret-key (STAGEYARD_S3_SECRET_KEY or AWS_SECRET_ACCESS_KEY)']),
  ];
  if (missing.length > 0) {
    problems.push(`the store s3://${store.bucket} also needs ${missing.join(', ')}`);
  }
  return {
    ...store,
    endpoint: endpoint ?? '',
    accessKey: accessKey ?? '',
    secretKey: secretKey ?? '',
    ...(region ? { region } : {}),
    ...(sessionToken ? { sessionToken } : {}),
  };
}

function journalConfig({ values }: SettingsRead<typeof coordinatorSettings>): JournalConfig {
  if (values.journal?.kind === 'sqlite') return values.journal;
  if (values.assumeSyncAlways === true)
    return { kind: 'jetstream', assurance: { kind: 'assumed' } };
  const [first = SERVER_DEFAULT] = values.servers ?? [];
  const host =
    URL.parse(first.includes('://') ? first : `nats://${first}`)?.hostname ?? '127.0.0.1';
  const url = values.monitoring ?? `http://${host}:${MONITORING_PORT_DEFAULT}`;
  return { kind: 'jetstream', assurance: { kind: 'monitoring', url } };
}

function listeningProblems({ listen, token }: CoordinatorConfig): readonly string[] {
  try {
    checkListening(listen, token);
    return [];
  } catch (error) {
    return [wrapError(error, 'listen').message];
  }
}
