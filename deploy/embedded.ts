/**
 * Everything in one process: memory bus, SQLite journal, directory store, and a worker pool with N slots.
 * The same coordinator and workers as on a farm, put together from other adapters.
 */
import { embeddedRetryPolicy } from '#coordinator/core/retry-policy.ts';
import { type OpenRun, openRun } from '#coordinator/shell/open-run.ts';
import { storePlan } from '#coordinator/shell/stored-plan.ts';
import { CachedBlobStore } from '#proto/adapters/cached-blob-store.ts';
import { MemoryBus } from '#proto/adapters/memory-bus.ts';
import { systemClock } from '#proto/adapters/system-clock.ts';
import { workerId } from '#proto/ids.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { Journal } from '#proto/ports/journal.ts';
import type { Logger } from '#proto/ports/logger.ts';
import type { ResultIndex } from '#proto/ports/result-index.ts';
import { createInspector } from '#wasm-inspect/host/inspector.ts';
import {
  createEnvironmentService,
  type EnvironmentService,
} from '#workers/environment/environment-service.ts';
import { diskUseBytes } from '#workers/script/disk-use.ts';
import { environmentSecrets } from '#workers/secrets/secret-source.ts';
import { WorkerPool } from '#workers/shell/worker-pool.ts';
import { createTaskExecutor } from '#workers/tasks/executor.ts';
import { probeWorkerIdentity } from '#workers/tasks/worker-identity.ts';
import { type BuildHost, type HostRun, type HostRunOptions, planNamed } from './build-host.ts';
import { channelTransfer } from './channel/channel-transfer.ts';
import { bucketAccess, type StoreConfig } from './config/farm-config.ts';
import { openRunDirectory } from './run-directory.ts';
import { openStore } from './store/open-store.ts';
import { storeLayout } from './store-layout.ts';

const POOL = 'local';
/** A shared store that doesn't answer is waited for this long. */
const STORE_WAIT_MS_MAX = 60_000;
/** Blobs of a shared store that are kept on this machine. */
const CACHE_SIZE_BYTES_MAX = 20 * 1024 ** 3;

/** What an embedded farm is made with. Paths are absolute. */
export interface EmbeddedOptions {
  readonly storePath: string;
  /** Holds blobs and results instead of the directory, for builds on many machines. */
  readonly sharedStore?: Extract<StoreConfig, { kind: 's3' }>;
  /** One line for people: what is waited for. */
  readonly say: (line: string) => void;
  readonly buildRoot?: string;
  readonly slots: number;
  /** For people: of each slot. */
  readonly threadsPerSlot: number;
  readonly logger: Logger;
  /** Environment of the process. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Puts something between the run and its journal: a meter, or a test's fault. */
  readonly decorateJournal?: (journal: Journal) => Journal;
}

function definedVariables(environment: EmbeddedOptions['environment']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
}

/** Opens the store. Rejects with `STORE_UNWRITABLE`, `DISK_FULL`, `CONFIG_INVALID` or `BLOB_STORE_UNAVAILABLE`. */
export async function openEmbedded(options: EmbeddedOptions): Promise<BuildHost> {
  const { storePath, sharedStore, slots, threadsPerSlot } = options;
  const layout = storeLayout(storePath);
  const store = await openStore(sharedStore ?? { kind: 'directory', path: storePath }, {
    clock: systemClock,
    signal: new AbortController().signal,
    say: options.say,
    waitMsMax: STORE_WAIT_MS_MAX,
    uploadsDir: layout.s3Uploads,
  });
  const { results } = store;
  const blobs = await nearBlobs(options, store.blobs);
  const caller = definedVariables(options.environment);
  const environments = createEnvironmentService({
    cacheDir: layout.environments,
    blobs,
    logger: options.logger,
    environment: caller,
    transfer: channelTransfer(bucketAccess(options.environment)),
  });
  return {
    blobs,
    environments,
    slots: { slots, threadsPerSlot },
    channelsForWorkers: async (channels) => channels,
    start: (run) => startRun(options, { blobs, results, environments }, run),
    async place() {
      const shown = sharedStore === undefined ? '' : `${nameOf(sharedStore)} and `;
      const storeSizeBytes = await diskUseBytes(storePath);
      return {
        storePath: `${shown}${storePath}`,
        ...(storeSizeBytes === undefined ? {} : { storeSizeBytes }),
      };
    },
    async close() {
      await environments.close();
      await store.close();
    },
  };
}

/** A blob of a bucket is fetched once, whoever on this machine needs it. */
async function nearBlobs(
  { sharedStore, storePath, logger }: EmbeddedOptions,
  store: BlobStore,
): Promise<BlobStore> {
  if (sharedStore === undefined) return store;
  const { blobCache: cacheDir } = storeLayout(storePath);
  const cacheSizeBytesMax = CACHE_SIZE_BYTES_MAX;
  return CachedBlobStore.open({ store, cacheDir, cacheSizeBytesMax, logger });
}

function nameOf({ bucket, prefix }: { readonly bucket: string; readonly prefix: string }): string {
  return `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`;
}

interface Parts {
  readonly blobs: BlobStore;
  readonly results: ResultIndex;
  readonly environments: EnvironmentService;
}

async function startRun(
  options: EmbeddedOptions,
  parts: Parts,
  wanted: HostRunOptions,
): Promise<HostRun> {
  const { blobs, results, environments } = parts;
  const { logger, environment, slots } = options;
  const layout = storeLayout(options.storePath);
  const opened = await openRunDirectory(layout.runs, wanted.plan.submissionDigest);
  const bus = new MemoryBus({ clock: systemClock });
  const caller = definedVariables(environment);
  const executor = createTaskExecutor({
    environments,
    blobs,
    results,
    clock: systemClock,
    inspector: createInspector(),
    sourceCacheDir: layout.sources,
    logDirOf: () => wanted.logDir,
    identity: await probeWorkerIdentity({
      system: `${process.platform} ${process.arch}`,
      path: caller['PATH'] ?? '',
      imageDigest: caller['STAGEYARD_IMAGE_DIGEST'],
    }),
    caller,
    secrets: environmentSecrets(caller),
    ...(options.buildRoot === undefined ? {} : { buildRoot: options.buildRoot }),
  });
  const plan = await storePlan({
    plan: planNamed(wanted.plan, opened.run),
    blobs,
    options: {
      continueOnFailure: wanted.continueOnFailure,
      queueDepth: slots * 2,
      retry: embeddedRetryPolicy,
    },
    poolOf: () => POOL,
  });
  const worker = workerId(`local-${process.pid}-${opened.run}`);
  const pool = await WorkerPool.start({
    bus,
    blobs,
    clock: systemClock,
    logger,
    executor,
    worker,
    pools: () => [POOL],
    slots,
  });
  try {
    const run = await openRun({
      journal: options.decorateJournal?.(opened.journal) ?? opened.journal,
      bus,
      blobs,
      clock: systemClock,
      logger,
      publisher: wanted.publisher,
      plan,
      isBusLost: true,
      onEvent: wanted.onEvent,
    });
    return { run, close: () => closeRun(pool, run, { bus, journal: opened.journal }) };
  } catch (error) {
    await pool.stop();
    await bus.close();
    await opened.journal.close();
    throw error;
  }
}

async function closeRun(
  pool: WorkerPool,
  run: OpenRun,
  ports: { bus: MemoryBus; journal: { close(): Promise<void> } },
): Promise<void> {
  await pool.stop();
  await run.close();
  await ports.bus.close();
  await ports.journal.close();
}
