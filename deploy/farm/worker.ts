/**
 * The process `stageyard worker`: waits for NATS and the store, takes tasks of its platform (and of the queues whose
 * needs it meets), and drains when it is told to end.
 */
import { statfs } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { CachedBlobStore } from '#proto/adapters/cached-blob-store.ts';
import type { NatsBus } from '#proto/adapters/nats-bus.ts';
import { NatsRunRegister } from '#proto/adapters/nats-run-register.ts';
import { systemClock } from '#proto/adapters/system-clock.ts';
import { controlText } from '#proto/control-messages.ts';
import { StageyardError, wrapError } from '#proto/errors.ts';
import { runId, taskId, workerId } from '#proto/ids.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import { pauseUnlessAborted } from '#proto/ports/clock.ts';
import type { Logger } from '#proto/ports/logger.ts';
import type { ResultIndex } from '#proto/ports/result-index.ts';
import { TASK_PROTOCOL_VERSIONS } from '#proto/task-messages.ts';
import { nameList, type WorkerAbilities } from '#proto/task-requests.ts';
import type { WorkerIdentity } from '#proto/worker-identity.ts';
import type { WorkerAnnouncement } from '#proto/worker-messages.ts';
import { createInspector } from '#wasm-inspect/host/inspector.ts';
import { createEnvironmentService } from '#workers/environment/environment-service.ts';
import {
  environmentForScripts,
  type OfferedSecrets,
  readWorkerSecrets,
} from '#workers/secrets/worker-secrets.ts';
import { BUILD_ROOT_DEFAULT, removeAbandonedPlaces } from '#workers/script/build-places.ts';
import { PoolWatch } from '#workers/shell/pool-watch.ts';
import { PresenceBeacon } from '#workers/shell/presence-beacon.ts';
import { RecentStandings } from '#workers/shell/recent-standings.ts';
import type { TaskExecutor } from '#workers/shell/task-executor.ts';
import { WorkerPool } from '#workers/shell/worker-pool.ts';
import { createTaskExecutor } from '#workers/tasks/executor.ts';
import { withStoredLogs } from '#workers/tasks/stored-logs.ts';
import { probeWorkerIdentity } from '#workers/tasks/worker-identity.ts';
import { currentPlatform } from '../cli/build/current-platform.ts';
import { channelTransfer } from '../channel/channel-transfer.ts';
import { bucketAccess, type WorkerConfig } from '../config/farm-config.ts';
import { connectBus, connectValues, saidOnce } from '../connect.ts';
import { type Patience, untilThere } from '../patience.ts';
import { programVersion } from '../program-version.ts';
import { openStore, type Store } from '../store/open-store.ts';
import { storeLayout } from '../store-layout.ts';
import { makeUserDirectory } from '../user-directory.ts';
import { Ending, untilAborted } from './ending.ts';
import { startHealthServer } from './health-server.ts';
import { withOwnThreads } from './own-threads.ts';

/** Queues with needs come and go. */
const PULL_WAIT_MS = 5_000;
/** A worker that was killed answers no more, but NATS may not know yet. */
const NAMESAKE_WAIT_MS = 2_000;

/** What it runs with. */
export interface WorkerOptions {
  readonly config: WorkerConfig;
  readonly logger: Logger;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Aborted: finish what runs within the grace time, then end. */
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** So that nobody waits for services before what is wrong here is told. Rejects with `STORE_UNWRITABLE` or `DISK_FULL`. */
export async function makeWorkerDirectories(config: WorkerConfig): Promise<void> {
  const { cacheDir, buildRoot = BUILD_ROOT_DEFAULT } = config;
  const code = 'STORE_UNWRITABLE';
  await makeUserDirectory({ path: cacheDir, what: 'the cache', flag: '--cache-dir', code });
  await makeUserDirectory({ path: buildRoot, what: 'the build root', flag: '--build-root', code });
}

/** Runs until the signal is aborted. Rejects with `CONFIG_INVALID`, `STORE_UNWRITABLE` or `DISK_FULL`. */
export async function runWorker(options: WorkerOptions): Promise<void> {
  const ending = new Ending();
  try {
    await work(options, ending);
  } catch (error) {
    if (!options.signal.aborted) throw error;
  } finally {
    await ending.run();
  }
}

async function work(options: WorkerOptions, ending: Ending): Promise<void> {
  const { config, logger, environment, signal, say } = options;
  const secrets = await secretsOf(options);
  const parts: ToldParts = {};
  await serveHealth(options, parts, ending);
  const services = await connect(options, ending);
  await tidyBuildRoot(options);
  const identity = await identityOf(environment);
  const caller = environmentForScripts(environment);
  const { executor, close } = executorOf({ options, caller, secrets, identity, ...services });
  ending.add(close);
  const able = {
    platform: currentPlatform(process.platform, process.arch),
    labels: nameList(config.labels),
    secretNames: secrets.names,
  };
  const { bus, blobs, register } = services;
  const watch = new PoolWatch({ register, clock: systemClock, logger, able });
  ending.add(() => watch.stop());
  const patience: Patience = { clock: systemClock, signal, say };
  const pooled = {
    bus,
    blobs,
    clock: systemClock,
    logger,
    executor,
    worker: workerId(config.name),
    standings: new RecentStandings(register, systemClock),
    pools: () => watch.pools,
    pullWaitMs: PULL_WAIT_MS,
    slots: config.slots,
    able,
    onChange: () => void parts.beacon?.announce(),
    onSick: (cause: string) => say(`${config.name} takes no tasks for a while: ${cause}`),
  };
  // What was looked at meanwhile takes seconds: NATS may have gone away.
  const pool = await untilThere('NATS', () => WorkerPool.start(pooled), patience);
  const beacon = beaconOf({ options, bus, pool, able, identity });
  Object.assign(parts, { pool, bus, beacon });
  ending.add(() => beacon.stop());
  say(`${config.name} takes tasks (${able.platform}, ${config.slots} at a time)`);
  await untilAborted(signal);
  await beacon.announce();
  const count = pool.runningCount;
  if (count > 0) say(`${config.name} finishes ${count} ${count === 1 ? 'task' : 'tasks'} and ends`);
  await drainWithin(pool, config.graceMs);
  await beacon.announce();
  say(`${config.name} ends`);
}

/** What is told of a worker depends on these, as they come into being. */
interface ToldParts {
  pool?: WorkerPool;
  bus?: NatsBus;
  beacon?: PresenceBeacon;
}

/** From the beginning on: a worker that waits for its services is alive and not ready. */
async function serveHealth(
  { config, signal, say }: WorkerOptions,
  parts: ToldParts,
  ending: Ending,
): Promise<void> {
  if (config.listen === undefined) return;
  const health = await startHealthServer(config.listen, () => problemsOf(parts, signal));
  ending.add(health.close);
  say(`health at ${health.url}/healthz and /readyz`);
}

function problemsOf({ pool, bus }: ToldParts, signal: AbortSignal): readonly string[] {
  const problems: readonly (readonly [isSo: boolean, problem: string])[] = [
    [pool === undefined, 'it waits for NATS or the store'],
    [bus?.isUp === false, 'NATS is away'],
    [pool?.isSick === true, 'its machine fails'],
    [signal.aborted, 'it ends'],
  ];
  return problems.flatMap(([isSo, problem]) => (isSo ? [problem] : []));
}

/** A worker that was killed left its trees. */
async function tidyBuildRoot({ config, logger }: WorkerOptions): Promise<void> {
  try {
    await removeAbandonedPlaces(config.buildRoot ?? BUILD_ROOT_DEFAULT);
  } catch (error) {
    const cause = wrapError(error, 'build root').message;
    logger.warn({ cause }, 'what killed builds left behind stays');
  }
}

interface Services extends Store {
  readonly bus: NatsBus;
  readonly register: NatsRunRegister;
}

async function connect(options: WorkerOptions, ending: Ending): Promise<Services> {
  const { config, logger, signal, say } = options;
  const patience: Patience = { clock: systemClock, signal, say };
  const uploadsDir = storeLayout(config.cacheDir).s3Uploads;
  const store = await openStore(config.store, { ...patience, uploadsDir });
  ending.add(() => store.close());
  const blobs = await cachedBlobs(options, store.blobs);
  const name = `stageyard-worker-${config.name}`;
  const sayOfConnection = saidOnce(say);
  const caller = { ...patience, nats: config.nats, name, logger, sayOfConnection };
  const bus = await connectBus(caller, { publisher: config.name, hasLeaseThread: true });
  ending.add(() => bus.close());
  await untilThere('NATS', () => refuseNamesake(bus, config.name), caller);
  const values = await connectValues(caller);
  ending.add(() => values.close());
  return { ...store, blobs, bus, register: new NatsRunRegister(values) };
}

/** Another worker would answer what this one is asked: what this one does would count as lost. */
async function refuseNamesake(bus: NatsBus, name: string): Promise<void> {
  const attempt = { run: runId('none'), generation: 1, task: taskId('none'), epoch: 1 };
  const question = new TextEncoder().encode(controlText({ kind: 'holds', attempt, term: 0 }));
  if ((await bus.request(name, question, NAMESAKE_WAIT_MS)) === undefined) return;
  const text = `a worker named ${name} runs on this farm already: give this one another --name`;
  throw new StageyardError('CONFIG_INVALID', text);
}

/** A store on this machine needs no cache. */
async function cachedBlobs(
  { config, logger }: WorkerOptions,
  store: BlobStore,
): Promise<BlobStore> {
  const { cacheSizeBytesMax } = config;
  if (config.store.kind === 'directory') return store;
  const cacheDir = join(config.cacheDir, 'blob-cache');
  return CachedBlobStore.open({ store, cacheDir, cacheSizeBytesMax, logger });
}

function secretsOf({ config, environment }: WorkerOptions): Promise<OfferedSecrets> {
  const { secretsFile: file } = config;
  return readWorkerSecrets({ environment, ...(file === undefined ? {} : { file }) });
}

function identityOf(environment: WorkerOptions['environment']): Promise<WorkerIdentity> {
  return probeWorkerIdentity({
    system: `${process.platform} ${process.arch}`,
    path: environment['PATH'] ?? '',
    imageDigest: environment['STAGEYARD_IMAGE_DIGEST'],
  });
}

interface BeaconParts {
  readonly options: WorkerOptions;
  readonly bus: NatsBus;
  readonly pool: WorkerPool;
  readonly able: WorkerAbilities;
  readonly identity: WorkerIdentity;
}

function beaconOf({ options, bus, pool, able, identity }: BeaconParts): PresenceBeacon {
  const { config, logger, signal } = options;
  const worker = workerId(config.name);
  const announcement = async (): Promise<WorkerAnnouncement> => ({
    protocolVersion: Math.max(...TASK_PROTOCOL_VERSIONS),
    protocolVersions: TASK_PROTOCOL_VERSIONS,
    worker,
    identity,
    ...able,
    slots: config.slots,
    running: pool.running,
    memoryBytes: totalmem(),
    freeDiskBytes: await freeDiskBytes(config.buildRoot ?? BUILD_ROOT_DEFAULT),
    version: programVersion(),
    isDraining: signal.aborted,
    isSick: pool.isSick,
  });
  return new PresenceBeacon({ presence: bus, clock: systemClock, logger, worker, announcement });
}

/** Finishes what runs; what takes longer is handed back. */
async function drainWithin(pool: WorkerPool, graceMs: number): Promise<void> {
  const finished = new AbortController();
  const stopping = stopAfter(pool, graceMs, finished.signal);
  await pool.drain();
  finished.abort();
  await stopping;
}

async function stopAfter(pool: WorkerPool, graceMs: number, signal: AbortSignal): Promise<void> {
  if (await pauseUnlessAborted(systemClock, graceMs, signal)) await pool.stop();
}

interface ExecutorParts {
  readonly options: WorkerOptions;
  readonly caller: Readonly<Record<string, string>>;
  readonly secrets: OfferedSecrets;
  readonly identity: WorkerIdentity;
  readonly blobs: BlobStore;
  readonly results: ResultIndex;
}

function executorOf({ options, caller, secrets, identity, blobs, results }: ExecutorParts): {
  readonly executor: TaskExecutor;
  readonly close: () => Promise<void>;
} {
  const { config, logger } = options;
  const layout = storeLayout(config.cacheDir);
  const { store } = config;
  // Channels in buckets are read as the store is, else with what the environment says.
  const accessOf =
    store.kind === 's3'
      ? (bucket: string) => ({ ...store, bucket })
      : bucketAccess(options.environment);
  const environments = createEnvironmentService({
    cacheDir: layout.environments,
    blobs,
    logger,
    environment: caller,
    transfer: channelTransfer(accessOf),
  });
  const logDirOf = (run: string): string => join(config.cacheDir, 'logs', run);
  const executor = createTaskExecutor({
    environments,
    blobs,
    results,
    clock: systemClock,
    inspector: createInspector(),
    sourceCacheDir: layout.sources,
    logDirOf,
    identity,
    caller,
    secrets,
    ...(config.buildRoot === undefined ? {} : { buildRoot: config.buildRoot }),
  });
  const threads = Math.max(1, Math.floor(availableParallelism() / config.slots));
  const stored = withStoredLogs(withOwnThreads(executor, threads), { blobs, logDirOf, logger });
  return { executor: stored, close: () => environments.close() };
}

/** Where `path` is or will be. */
async function freeDiskBytes(path: string): Promise<number> {
  // Not there yet: its parent's file system will have it.
  const found = await statfs(path).catch(() => undefined);
  if (found !== undefined) return found.bavail * found.bsize;
  return dirname(path) === path ? 0 : freeDiskBytes(dirname(path));
}
