/**
 * A farm of real processes on real servers, for one run: the recipes are rendered, bundled and planned as by
 * `stageyard build`, the plan is given to coordinators, workers build, and the channel is compared with that of
 * a quiet build on one machine.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { S3BlobStore } from '#proto/adapters/s3-blob-store.ts';
import type { S3Place } from '#proto/adapters/s3-calls.ts';
import { encodeStep } from '#coordinator/core/fact-codec.ts';
import { farmRetryPolicy } from '#coordinator/core/retry-policy.ts';
import type { RunPlan } from '#coordinator/core/run-plan.ts';
import { storePlan } from '#coordinator/shell/stored-plan.ts';
import { parseBuildRequest } from '#deploy/cli/build/build-request.ts';
import { channelRefs } from '#deploy/cli/build/channels.ts';
import { renderRequest } from '#deploy/cli/build/rendering.ts';
import { planRequest } from '#deploy/cli/build/submission.ts';
import type { NatsServer } from '../nats-server.ts';
import type { RecipeYard } from '../recipe-yard.ts';
import type { CoordinatorWish, FarmPlace, WorkerWish } from './child-words.ts';
import { FarmProcess } from './farm-process.ts';

/** Short, so that a dead worker's task comes back soon. */
const LEASE_MS = 2_500;
/** Same times in all packages, whoever builds them. */
export const epochEnvironment = { SOURCE_DATE_EPOCH: '1750000000' };
/** Failures of infrastructure are what these tests make: they may not use up the budget. */
const retry = {
  ...farmRetryPolicy,
  infraFailuresMax: 60,
  backoffMs: 200,
  backoffMsMax: 1_000,
  lossesMax: 60,
};

/** Servers of a farm. */
export interface FarmServers {
  readonly nats: NatsServer;
  readonly s3: { readonly place: S3Place };
}

/** See the file's head. */
export class TestFarm {
  readonly channelDir: string;
  readonly #yard: RecipeYard;
  readonly #place: FarmPlace;
  readonly #directory: string;
  readonly #processes: FarmProcess[] = [];

  constructor(yard: RecipeYard, { nats, s3 }: FarmServers) {
    const farm = `t${randomBytes(4).toString('hex')}`;
    this.#yard = yard;
    this.#directory = join(yard.directory, farm);
    this.channelDir = join(this.#directory, 'channel');
    mkdirSync(join(this.channelDir, 'logs'), { recursive: true });
    this.#place = { farm, nats: nats.url, s3: s3.place, leaseMs: LEASE_MS };
  }

  /** Plans a run of these recipe directories; coordinators that are started then find it. */
  async submit(recipes: readonly string[]): Promise<RunPlan> {
    const environment = { ...this.#yard.environment(), ...epochEnvironment };
    const values = {
      recipe: recipes,
      outputDir: this.channelDir,
      channel: [this.#yard.channel],
      buildRoot: this.#yard.buildRoot,
    };
    const cwd = this.#yard.directory;
    const request = parseBuildRequest(values, { cwd, environment, stdoutIsTerminal: false });
    const submission = { cwd, environment, nowMs: Date.now() };
    const blobs = await S3BlobStore.open(this.#place.s3);
    const { outputDir } = request;
    const plan = await planRequest(request, renderRequest(request, submission), {
      ...submission,
      blobs,
      channels: channelRefs(request.channels, { cwd, outputDir, environment }),
      isSkipped: () => false,
    });
    assert.ok(plan !== undefined);
    const options = { continueOnFailure: false, queueDepth: 6, retry };
    const stored = await storePlan({ plan, blobs, options, poolOf: (platform) => platform });
    const first = { kind: 'run-submitted', atMs: 0, plan: stored } as const;
    writeFileSync(this.#planPath, encodeStep({ term: 1, facts: [first] }));
    return stored;
  }

  /** Starts a coordinator of the run. */
  coordinator(faults: Partial<CoordinatorWish> = {}): FarmProcess {
    const wish: CoordinatorWish = {
      ...this.#place,
      planPath: this.#planPath,
      channelDir: this.channelDir,
      logPath: join(this.#directory, 'coordinator.log'),
      ...faults,
    };
    return this.#start('coordinator-child.ts', wish);
  }

  /** Starts a worker. */
  worker(name: string, faults: Partial<WorkerWish> = {}): FarmProcess {
    const wish: WorkerWish = {
      ...this.#place,
      name,
      slots: 1,
      directory: join(this.#directory, name),
      buildRoot: this.#yard.buildRoot,
      resultsPath: join(this.#directory, 'results.sqlite'),
      diesAt: [],
      ...faults,
    };
    return this.#start('worker-child.ts', wish);
  }

  /** File names and bytes of all packages of the channel. */
  get packages(): ReadonlyMap<string, Buffer> {
    return packagesIn(this.channelDir);
  }

  /** Nobody stays behind. */
  async end(): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.kill()));
  }

  get #planPath(): string {
    return join(this.#directory, 'plan.json');
  }

  #start(program: string, wish: object): FarmProcess {
    const started = new FarmProcess(program, wish, this.#yard.environment(epochEnvironment));
    this.#processes.push(started);
    return started;
  }
}

/** File names and bytes of all packages below a channel. */
export function packagesIn(channelDir: string): ReadonlyMap<string, Buffer> {
  const names = globSync('{noarch,linux-64}/*.conda', { cwd: channelDir }).toSorted();
  return new Map(names.map((name) => [name, readFileSync(join(channelDir, name))]));
}
