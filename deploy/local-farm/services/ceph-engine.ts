/**
 * Ceph's S3 gateway with the smallest cluster it runs on: one monitor, one store, no manager, all in one
 * directory. Slower to start than MinIO (half a minute), and it disagrees with it in some points; a farm
 * lives with both.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runBounded } from './bounded-command.ts';
import { freePort } from './free-port.ts';
import type { S3Engine, S3Wish } from './s3-engine.ts';
import { programInPath, type Say } from './server-binary.ts';
import { answersAtAll, ServerProcess } from './server-process.ts';

const PROGRAMS = [
  'radosgw',
  'radosgw-admin',
  'ceph',
  'ceph-mon',
  'ceph-osd',
  'ceph-authtool',
  'monmaptool',
];
const PACKAGES = ['radosgw', 'ceph-mon', 'ceph-osd', 'ceph-common'];
const INSTALL_TIMEOUT_MS = 5 * 60_000;
const COMMAND_TIMEOUT_MS = 60_000;
/** The file is sparse; what is stored fills it. */
const STORE_BYTES = 6 * 1024 ** 3;

/** Whether all its programs are there. */
export function isCephPresent(): boolean {
  return PROGRAMS.every((program) => programInPath(program) !== undefined);
}

/** Debian's packages, where we may install any. Rejects where not. */
export async function installCeph(say: Say): Promise<void> {
  const words = ['install', '-y', '-q', '--no-install-recommends', ...PACKAGES];
  if (process.getuid?.() !== 0) throw new Error(`needs root: apt-get ${words.join(' ')}`);
  say(`installing Ceph's S3 gateway once (half a minute): apt-get ${words.join(' ')}`);
  const environment = { DEBIAN_FRONTEND: 'noninteractive' };
  const timeoutMs = INSTALL_TIMEOUT_MS;
  await runBounded({ program: 'apt-get', words: ['update', '-q'], environment, timeoutMs });
  await runBounded({ program: 'apt-get', words, environment, timeoutMs });
}

/** See the file's head. */
export function cephEngine(): S3Engine {
  const cluster: ServerProcess[] = [];
  return {
    name: 'Ceph',
    prepare: async (wish) => {
      await startCluster(wish, cluster);
    },
    start: startGateway,
    end: async () => {
      for (const process of cluster.toReversed()) await process.stop();
    },
  };
}

interface ClusterPlace {
  readonly directory: string;
  readonly conf: string;
}

async function startCluster({ directory }: S3Wish, cluster: ServerProcess[]): Promise<void> {
  const place = { directory, conf: join(directory, 'ceph.conf') };
  const monPort = await freePort();
  const fsid = randomUUID();
  for (const name of ['mon', 'osd', 'rgw', 'run']) await mkdir(join(directory, name));
  await writeFile(place.conf, configuration(directory, { fsid, monPort }), { mode: 0o600 });
  await makeKeys(directory);
  const monmap = join(directory, 'monmap');
  const address = `[v1:127.0.0.1:${monPort}]`;
  await tool('monmaptool', '--create', '--fsid', fsid, '--addv', 'a', address, monmap);
  const keyring = join(directory, 'keyring');
  const mkfs = ['--mkfs', '-i', 'a', '--monmap', monmap, '--keyring', keyring];
  await tool('ceph-mon', '-c', place.conf, ...mkfs);
  cluster.push(server(place, 'ceph-mon', ['-i', 'a', '--foreground']));
  await startStore(place, cluster);
  await ceph(
    place,
    'auth',
    'get-or-create',
    'client.rgw',
    'mon',
    'allow rw',
    'osd',
    'allow rwx',
    '-o',
    rgwKeyring(directory),
  );
}

async function startStore(place: ClusterPlace, cluster: ServerProcess[]): Promise<void> {
  const { directory, conf } = place;
  const uuid = randomUUID();
  const keyring = join(directory, 'osd', 'keyring');
  await tool('ceph-authtool', keyring, '--create-keyring', '--gen-key', '-n', 'osd.0');
  const secret = (await tool('ceph-authtool', keyring, '-n', 'osd.0', '-p')).trim();
  const secrets = join(directory, 'osd-secret.json');
  await writeFile(secrets, JSON.stringify({ cephx_secret: secret }), { mode: 0o600 });
  await ceph(place, 'osd', 'new', uuid, '-i', secrets);
  await tool('ceph-osd', '-c', conf, '-i', '0', '--mkfs', '--osd-uuid', uuid);
  const store = server(place, 'ceph-osd', ['-i', '0', '--foreground']);
  cluster.push(store);
  await store.untilReady(async () => {
    const state = await ceph(place, 'osd', 'stat');
    return state.includes('1 up') ? true : undefined;
  });
}

async function makeKeys(directory: string): Promise<void> {
  const keyring = join(directory, 'keyring');
  const words = [keyring, '--gen-key', '-n'];
  await tool('ceph-authtool', '--create-keyring', ...words, 'mon.', '--cap', 'mon', 'allow *');
  const all = ['mon', 'osd', 'mgr', 'mds'].flatMap((part) => ['--cap', part, 'allow *']);
  await tool('ceph-authtool', ...words, 'client.admin', ...all);
}

async function startGateway(wish: S3Wish): Promise<ServerProcess> {
  const { directory, port, user, password } = wish;
  const place = { directory, conf: join(directory, 'ceph.conf') };
  const words = ['-n', 'client.rgw', '--keyring', rgwKeyring(directory), '-f'];
  const frontend = [`--rgw-frontends`, `beast endpoint=127.0.0.1:${port}`];
  const gateway = server(place, 'radosgw', [...words, ...frontend]);
  await gateway.untilReady(() => answersAtAll(`http://127.0.0.1:${port}/`));
  const who = ['--uid', user, '--display-name', user, '--access-key', user];
  const admin = ['-c', place.conf, '--keyring', join(directory, 'keyring')];
  const isKnown = await tool('radosgw-admin', ...admin, 'user', 'info', '--uid', user).then(
    () => true,
    () => false,
  );
  if (!isKnown) {
    await tool('radosgw-admin', ...admin, 'user', 'create', ...who, '--secret-key', password);
  }
  return gateway;
}

function rgwKeyring(directory: string): string {
  return join(directory, 'rgw', 'keyring');
}

function server({ directory, conf }: ClusterPlace, name: string, words: string[]): ServerProcess {
  const program = programInPath(name) ?? name;
  return new ServerProcess({ program, words: ['-c', conf, ...words], directory });
}

async function ceph({ conf, directory }: ClusterPlace, ...words: string[]): Promise<string> {
  return tool('ceph', '-c', conf, '--keyring', join(directory, 'keyring'), ...words);
}

async function tool(program: string, ...words: string[]): Promise<string> {
  const path = programInPath(program) ?? program;
  return runBounded({ program: path, words, timeoutMs: COMMAND_TIMEOUT_MS });
}

function configuration(
  directory: string,
  { fsid, monPort }: { fsid: string; monPort: number },
): string {
  const lines: readonly (readonly [string, string | number])[] = [
    ['fsid', fsid],
    ['mon_host', `[v1:127.0.0.1:${monPort}]`],
    ['auth_cluster_required', 'cephx'],
    ['auth_service_required', 'cephx'],
    ['auth_client_required', 'cephx'],
    ['mon_data', join(directory, 'mon')],
    ['osd_data', join(directory, 'osd')],
    ['rgw_data', join(directory, 'rgw')],
    ['run_dir', join(directory, 'run')],
    ['admin_socket', join(directory, 'run', '$name.asok')],
    ['pid_file', join(directory, 'run', '$name.pid')],
    ['log_file', join(directory, '$name.log')],
    ['public_addr', '127.0.0.1'],
    ['cluster_addr', '127.0.0.1'],
    ['osd_pool_default_size', 1],
    ['osd_pool_default_min_size', 1],
    ['mon_allow_pool_size_one', 'true'],
    ['osd_crush_chooseleaf_type', 0],
    ['osd_pool_default_pg_num', 8],
    ['bluestore_block_size', STORE_BYTES],
  ];
  return `[global]\n${lines.map(([key, value]) => `${key} = ${value}\n`).join('')}`;
}
