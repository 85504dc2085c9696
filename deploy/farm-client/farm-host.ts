/**
 * A farm as the place where a build's tasks are done: the same rendering, bundling and planning as on one machine,
 * then the plan is handed in over HTTP and the run is followed.
 */
import { hash, randomBytes } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { systemClock } from '#proto/adapters/system-clock.ts';
import { type RunId, runId } from '#proto/ids.ts';
import type { Logger } from '#proto/ports/logger.ts';
import { poolName } from '#proto/task-requests.ts';
import type { ChannelRef } from '#proto/task-spec.ts';
import { farmRetryPolicy } from '#coordinator/core/retry-policy.ts';
import { storePlan } from '#coordinator/shell/stored-plan.ts';
import { createEnvironmentService } from '#workers/environment/environment-service.ts';
import { type BuildHost, type HostRun, type HostRunOptions, planNamed } from '../build-host.ts';
import { channelTransfer } from '../channel/channel-transfer.ts';
import { bucketAccess } from '../config/farm-config.ts';
import { storeLayout } from '../store-layout.ts';
import { FARM_PATIENCE_MS, FarmClient } from './farm-client.ts';
import { RemoteRun } from './remote-run.ts';
import { UploadMemory } from './upload-memory.ts';
import { type TravellingChannels, travellingChannels } from './travelling-channels.ts';

/** Tasks of a run that may be on offer in a queue at a time. */
const QUEUE_DEPTH_MIN = 8;
const QUEUE_DEPTH_MAX = 1_000;
const DIGEST_DIGITS = 16;
const NONCE_BYTES = 4;

/** What it is made with. */
export interface FarmHostOptions extends TravellingChannels {
  /** Of the farm's coordinators. */
  readonly addresses: readonly string[];
  readonly token?: string;
  /** Of this machine: caches. */
  readonly storePath: string;
  readonly logger: Logger;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly say: (text: string) => void;
}

/** How a run is handed in. */
export type Submission = Pick<HostRunOptions, 'plan' | 'label' | 'continueOnFailure'>;

/** A host whose runs need nobody to watch them. */
export interface FarmHost extends BuildHost {
  /** Hands the run in: it is journaled when this resolves. */
  submit(submission: Submission): Promise<RunId>;
}

/** Rejects with `FARM_UNREACHABLE`, `FARM_NOT_READY` or `TOKEN_INVALID`. */
export async function openFarmHost(options: FarmHostOptions): Promise<FarmHost> {
  const { addresses, token, storePath, logger, environment, say } = options;
  const layout = storeLayout(storePath);
  const client = new FarmClient({
    addresses,
    uploads: await UploadMemory.open(layout.uploads, addresses.join(), systemClock.nowMs()),
    ...(token === undefined ? {} : { token }),
    clock: systemClock,
    patienceMs: FARM_PATIENCE_MS,
    say,
  });
  const { workers } = await client.farm();
  const slots = workers.reduce((sum, worker) => sum + worker.slots, 0);
  const environments = createEnvironmentService({
    cacheDir: layout.environments,
    blobs: client.blobs,
    logger,
    environment,
    transfer: channelTransfer(bucketAccess(environment)),
  });
  const submit = (submission: Submission): Promise<RunId> => handIn(client, submission, slots);
  return {
    blobs: client.blobs,
    environments,
    slots: { slots, threadsPerSlot: 1, farm: client.url },
    channelsForWorkers: (channels: readonly ChannelRef[]) =>
      travellingChannels(channels, client, options),
    submit,
    async start(wanted) {
      return follow(client, { ...wanted, logger, say, run: await submit(wanted) });
    },
    place: async () => ({ farm: client.url }),
    async close() {
      await environments.close();
      client.close();
    },
  };
}

/** The name is made here, so that handing in may be repeated. */
async function handIn(
  client: FarmClient,
  { plan, label, continueOnFailure }: Submission,
  slots: number,
): Promise<RunId> {
  const digest = plan.submissionDigest.slice(0, DIGEST_DIGITS);
  const run = runId(`r${digest}-${randomBytes(NONCE_BYTES).toString('hex')}`);
  const queueDepth = Math.min(Math.max(slots * 2, QUEUE_DEPTH_MIN), QUEUE_DEPTH_MAX);
  const stored = await storePlan({
    plan: planNamed(plan, run),
    blobs: client.blobs,
    options: { continueOnFailure, queueDepth, retry: farmRetryPolicy },
    poolOf: (platform, requests) =>
      poolName(platform, requests, (text) => hash('sha256', text, 'hex')),
  });
  const about = { label, submittedBy: submitter(), submittedAtMs: Date.now() };
  await client.submit({ ...stored, about });
  return run;
}

/** `user@host`. */
function submitter(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    // A user without an entry in the system's list (containers).
    return `${process.getuid?.() ?? 'somebody'}@${hostname()}`;
  }
}

function follow(
  client: FarmClient,
  wanted: HostRunOptions & {
    readonly run: RunId;
    readonly logger: Logger;
    readonly say: (text: string) => void;
  },
): HostRun {
  const { run, publisher, logDir, onEvent, onWaiting, logger, say } = wanted;
  const home = { publisher, logDir };
  const clock = systemClock;
  const remote = new RemoteRun({ client, run, home, clock, logger, onEvent, onWaiting, say });
  return {
    run: remote,
    detach: () =>
      `run ${run} goes on: \`stageyard watch ${run} --farm ${client.url}\` follows it, \`artifacts\` instead of \`watch\` fetches its packages`,
    close: () => remote.close(),
  };
}
