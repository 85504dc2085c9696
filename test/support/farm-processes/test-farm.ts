/**
 * A farm of real processes on real servers, for one run: the recipes are rendered, bundled and planned as by
 * `stageyard build`, the run is submitted to a coordinator, workers build, and its packages are compared with
 * those of a quiet build on one machine.
 */
import assert from 'node:assert/strict';
import { hash, randomBytes } from 'node:crypto';
import { globSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { S3BlobStore } from '#proto/adapters/s3-blob-store.ts';
import type { S3Place } from '#proto/adapters/s3-calls.ts';
import { systemClock } from '#proto/adapters/system-clock.ts';
import { compareBytes } from '#proto/byte-order.ts';
import { StageyardError } from '#proto/errors.ts';
import { runId } from '#proto/ids.ts';
import { poolName } from '#proto/task-requests.ts';
import { farmRetryPolicy } from '#coordinator/core/retry-policy.ts';
import type { RunPlan } from '#coordinator/core/run-plan.ts';
import type { RunEvent, TaskView } from '#coordinator/shell/run-events.ts';
import { storePlan } from '#coordinator/shell/stored-plan.ts';
import { parseBuildRequest } from '#deploy/cli/build/build-request.ts';
import { channelRefs } from '#deploy/cli/build/channels.ts';
import { renderRequest } from '#deploy/cli/build/rendering.ts';
import { planRequest } from '#deploy/cli/build/submission.ts';
import type { StoreConfig } from '#deploy/config/farm-config.ts';
import { FarmClient } from '#deploy/farm-client/farm-client.ts';
import { freePort } from '#deploy/local-farm/services/free-port.ts';
import type { NatsServer } from '../services/nats-server.ts';
import type { RecipeYard } from '../recipe-yard.ts';
import type { CoordinatorWish, WorkerWish } from './child-words.ts';
import { FarmProcess } from './farm-process.ts';

/** Short, so that a dead worker's task comes back soon. */
const LEASE_MS = 2_500;
/** How long an absent coordinator is waited for. */
const PATIENCE_MS = 60_000;
const SUBMIT_PAUSE_MS = 200;
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

/** Digests of packages by file name. */
export type PackageDigests = ReadonlyMap<string, string>;

/** See the file's head. */
export class TestFarm {
  /** True from the end of the test on. */
  isOver = false;
  /** Name of the only run. */
  readonly run = runId(`r-${randomBytes(4).toString('hex')}`);
  readonly #yard: RecipeYard;
  readonly #servers: FarmServers;
  /** Of the farm. */
  readonly name = `t${randomBytes(4).toString('hex')}`;
  readonly #directory: string;
  readonly #coordinators: FarmProcess[] = [];
  readonly #workers: FarmProcess[] = [];
  readonly #submitted = Promise.withResolvers<void>();
  #port: number;
  #client: FarmClient;

  private constructor(yard: RecipeYard, servers: FarmServers, port: number) {
    this.#yard = yard;
    this.#servers = servers;
    this.#port = port;
    this.#directory = join(yard.directory, this.name);
    mkdirSync(this.#directory);
    this.#client = clientOf(port);
  }

  /** A farm without processes. */
  static async open(yard: RecipeYard, servers: FarmServers): Promise<TestFarm> {
    return new TestFarm(yard, servers, await freePort());
  }

  /** Asks the coordinator at this port from now on. */
  moveTo(port: number): void {
    this.#client.close();
    this.#port = port;
    this.#client = clientOf(port);
  }

  /** Starts a coordinator, where the farm is asked unless it has a port of its own. */
  coordinator(
    faults: Omit<Partial<CoordinatorWish>, 'config'> & { isStandby?: boolean; port?: number } = {},
  ): FarmProcess {
    const { isStandby = false, port = this.#port, ...others } = faults;
    const wish: CoordinatorWish = {
      leaseMs: LEASE_MS,
      ...others,
      config: {
        nats: this.#nats,
        store: this.#store(this.#servers.s3.place),
        journal: { kind: 'jetstream', assurance: { kind: 'assumed' } },
        isStandby,
        listen: { host: '127.0.0.1', port },
        logPath: join(this.#directory, 'coordinator.log'),
      },
    };
    return this.#start(this.#coordinators, 'coordinator-child.ts', wish);
  }

  /** Starts a worker. `s3`: where it finds the store. */
  worker(
    name: string,
    faults: Omit<Partial<WorkerWish>, 'config'> & { s3?: S3Place } = {},
  ): FarmProcess {
    const { s3 = this.#servers.s3.place, ...others } = faults;
    const directory = join(this.#directory, name);
    const wish: WorkerWish = {
      leaseMs: LEASE_MS,
      diesAt: [],
      ...others,
      config: {
        nats: this.#nats,
        store: this.#store(s3),
        name,
        slots: 1,
        labels: [],
        cacheDir: directory,
        cacheSizeBytesMax: 1024 ** 3,
        buildRoot: this.#yard.buildRoot,
        graceMs: 0,
        logPath: join(directory, 'worker.log'),
      },
    };
    mkdirSync(directory, { recursive: true });
    return this.#start(this.#workers, 'worker-child.ts', wish);
  }

  /** Submits the run of these recipe directories to whichever coordinator leads. */
  async submit(recipes: readonly string[]): Promise<void> {
    const plan = await this.#plan(recipes);
    for (;;) {
      try {
        await this.#client.submit(plan);
        return this.#submitted.resolve();
      } catch (error) {
        const isPassing =
          error instanceof StageyardError &&
          (error.code === 'FARM_UNREACHABLE' || error.code === 'FARM_NOT_READY');
        if (!isPassing) throw error;
      }
      await systemClock.sleep(SUBMIT_PAUSE_MS);
    }
  }

  /** Resolves with how the run ended. */
  async outcome(): Promise<string> {
    const event = await this.until((told) => told.kind === 'finished');
    return event.kind === 'finished' ? event.outcome : '';
  }

  /** Resolves with the first event of the run that fits. */
  async until(fits: (event: RunEvent) => boolean): Promise<RunEvent> {
    await this.#submitted.promise;
    for await (const event of this.#client.events(this.run)) if (fits(event)) return event;
    throw new Error('the run ended before');
  }

  /** Asks for a change of the run as often as it takes. */
  async change(what: 'cancel' | 'pause' | 'resume'): Promise<void> {
    await this.#client.change(this.run, what);
  }

  /** How all tasks stand. */
  async tasks(): Promise<readonly TaskView[]> {
    return (await this.#client.run(this.run)).tasks;
  }

  /** What the run made; each file was fetched from the store. */
  async packages(): Promise<PackageDigests> {
    const digests = new Map<string, string>();
    const blobs = await S3BlobStore.open(this.#s3(this.#servers.s3.place));
    for (const { id, kind } of await this.tasks()) {
      const output = kind === 'package' ? await this.#client.outputOf(this.run, id) : undefined;
      if (output?.kind !== 'package') continue;
      const bytes = await blobs.getBytes(output.artifact, output.artifact.sizeBytes);
      digests.set(output.record.fn, hash('sha256', bytes));
    }
    return byName([...digests]);
  }

  /** Nobody stays behind. */
  async end(): Promise<void> {
    this.isOver = true;
    this.#client.close();
    await Promise.all([this.endCoordinators(), this.endWorkers()]);
  }

  async endCoordinators(): Promise<void> {
    await Promise.all(this.#coordinators.map((process) => process.kill()));
  }

  async endWorkers(): Promise<void> {
    await Promise.all(this.#workers.map((process) => process.kill()));
  }

  /** What the processes said last, for a failure's message. */
  get story(): string {
    return [...this.#coordinators, ...this.#workers].map(({ story }) => story).join('\n--\n');
  }

  get #nats(): CoordinatorWish['config']['nats'] {
    const credentials = { kind: 'none' } as const;
    return { servers: [this.#servers.nats.url], farm: this.name, credentials };
  }

  /** The run's plan, its documents stored. */
  async #plan(recipes: readonly string[]): Promise<RunPlan> {
    const environment = { ...this.#yard.environment(), ...epochEnvironment };
    const outputDir = join(this.#directory, 'output');
    const values = {
      recipe: recipes,
      outputDir,
      channel: [this.#yard.channel],
      buildRoot: this.#yard.buildRoot,
    };
    const cwd = this.#yard.directory;
    const request = parseBuildRequest(values, { cwd, environment, stdoutIsTerminal: false });
    const submission = { cwd, environment, nowMs: Date.now() };
    const blobs = await S3BlobStore.open(this.#s3(this.#servers.s3.place));
    const plan = await planRequest(request, renderRequest(request, submission), {
      ...submission,
      blobs,
      channels: channelRefs(request.channels, { cwd, outputDir, environment }),
      isSkipped: () => false,
      isTravelling: true,
    });
    assert.ok(plan !== undefined);
    const { run } = this;
    const tasks = plan.tasks.map((task) => ({ ...task, spec: { ...task.spec, run } }));
    const options = { continueOnFailure: false, queueDepth: 6, retry };
    const stored = await storePlan({
      plan: { ...plan, run, tasks },
      blobs,
      options,
      poolOf: (platform, requests) => poolName(platform, requests, (text) => hash('sha256', text)),
    });
    const about = { label: 'a test', submittedBy: 'a test', submittedAtMs: Date.now() };
    return { ...stored, about };
  }

  #s3(place: S3Place): S3Place & { readonly prefix: string } {
    return { ...place, prefix: this.name };
  }

  #store(place: S3Place): StoreConfig {
    return { kind: 's3', ...this.#s3(place) };
  }

  #start(among: FarmProcess[], program: string, wish: object): FarmProcess {
    const started = new FarmProcess(program, wish, this.#yard.environment(epochEnvironment));
    among.push(started);
    return started;
  }
}

function clientOf(port: number): FarmClient {
  return new FarmClient({
    addresses: [`http://127.0.0.1:${port}`],
    clock: systemClock,
    patienceMs: PATIENCE_MS,
    say: () => undefined,
  });
}

/** Of all packages below a channel directory. */
export function packagesIn(channelDir: string): PackageDigests {
  const names = globSync('{noarch,linux-64}/*.conda', { cwd: channelDir });
  const digests = names.map((name): [string, string] => [
    basename(name),
    hash('sha256', readFileSync(join(channelDir, name))),
  ]);
  return byName(digests);
}

function byName(digests: readonly (readonly [string, string])[]): PackageDigests {
  return new Map(digests.toSorted(([a], [b]) => compareBytes(a, b)));
}
