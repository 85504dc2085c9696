/**
 * Coordinators and workers with their real shells and cores, on simulated ports and virtual time. Two
 * phases: faults are on, safety is watched; then everything heals and every run has to end.
 */
import { MemoryRunRegister } from '#proto/adapters/memory-run-register.ts';
import { workerId } from '#proto/ids.ts';
import { RecentStandings } from '#workers/shell/recent-standings.ts';
import { WorkerPool } from '#workers/shell/worker-pool.ts';
import { FakeBlobStore } from '../../support/fake-blob-store.ts';
import { FakeJournal } from '../../support/fake-journal.ts';
import { SilentLogger } from '../../support/silent-logger.ts';
import { BusServer } from './bus-server.ts';
import { type Canary, type CanaryName, canaries } from './canaries.ts';
import type { SimConnection } from './connection.ts';
import {
  type CoordinatorHost,
  type CoordinatorParts,
  farmHost,
  singleRunHost,
} from './coordinator-host.ts';
import { farmParts, singleRunParts } from './entry-parts.ts';
import { calm, type FaultTable } from './faults.ts';
import { Observer } from './observer.ts';
import type { SeededRandom } from './seeded-random.ts';
import { SimBus } from './sim-bus.ts';
import { SimClock } from './sim-clock.ts';
import { SimProcess, type Skew } from './sim-process.ts';
import { SimServer } from './sim-server.ts';
import { SimBlobStore, SimJournal, SimRegister } from './sim-storage.ts';
import { type Fate, SimExecutor } from './sim-work.ts';
import { POOL, type Workload } from './workload.ts';

/** Clocks run this much too fast or too slow. */
const RATE_ERROR_MAX = 0.01;
const RESTART_MS_MAX = 120_000;
/** Time between two looks of a client at its run. */
const CLIENT_PAUSE_MS = 5_000;

/** What a cluster is made of. */
export interface ClusterParts {
  readonly random: SeededRandom;
  readonly blobs: FakeBlobStore;
  readonly workloads: readonly Workload[];
  readonly faults: FaultTable;
  readonly canary: CanaryName | undefined;
  /** One coordinator of all runs; else one of the only run. */
  readonly isFarm: boolean;
}

interface SimWorker {
  readonly process: SimProcess;
  readonly executor: SimExecutor;
  readonly pool: Promise<WorkerPool>;
}

/** See the file's head. */
export class Cluster {
  readonly clock = new SimClock();
  readonly observer: Observer;
  readonly bus: BusServer;
  readonly store = new SimServer('BLOB_STORE_UNAVAILABLE');
  readonly coordinators = new Set<CoordinatorHost>();
  readonly workers = new Map<number, SimWorker>();
  readonly #parts: ClusterParts;
  readonly #canary: Canary;
  readonly #disk = new FakeJournal();
  readonly #registered = new MemoryRunRegister();
  readonly #journalDoor: SimServer;
  readonly #fate: Fate;
  readonly #haveStableNames: boolean;
  #areFaultsOn = true;
  #processCount = 0;

  constructor(parts: ClusterParts) {
    const { random, blobs, workloads, canary, isFarm } = parts;
    this.#parts = parts;
    this.#canary = canary === undefined ? { invariant: 'terminates' } : canaries[canary];
    this.#fate = mergedFate(workloads);
    this.#haveStableNames = random.chance('names', 0.5);
    this.observer = new Observer({
      disk: this.#disk,
      blobs,
      decode: isFarm ? farmParts(blobs) : singleRunParts,
      plans: workloads.map(({ plan }) => plan),
      nowMs: () => this.clock.nowMs(),
    });
    this.bus = new BusServer({
      clock: this.clock,
      random,
      queued: (body) => this.observer.queued(body),
      acknowledged: (body) => this.observer.acknowledged(body),
    });
    // A journal in JetStream goes away with the bus, one on a disk doesn't.
    const isOnBus = random.chance('journal.place', 0.5);
    this.#journalDoor = isOnBus ? this.bus.door : new SimServer('JOURNAL_UNAVAILABLE');
  }

  get faults(): FaultTable {
    return this.#parts.faults;
  }

  get random(): SeededRandom {
    return this.#parts.random;
  }

  /** Begins. */
  start(workerCount: number): void {
    for (let index = 0; index < workerCount; index += 1) this.startWorker(index);
    this.startCoordinator();
    for (const workload of this.#parts.workloads) void this.#submit(workload);
  }

  /** All faults end; everybody who is missing comes back. */
  heal(): void {
    this.observer.note('calm', 'faults are over');
    this.#areFaultsOn = false;
    this.bus.door.start();
    this.store.start();
    for (const { process } of this.coordinators) process.resume();
    for (const [index, { process }] of this.workers) {
      process.resume();
      if (!process.isAlive) this.startWorker(index);
    }
    if (this.coordinators.size === 0) this.startCoordinator();
  }

  /** Every run is over, and a coordinator knows it. */
  get isOver(): boolean {
    return this.#parts.workloads.every(({ plan: { run } }) => {
      const isStored = (this.observer.states.get(run)?.outcome ?? null) !== null;
      return isStored && [...this.coordinators].some((host) => host.isFinished(run));
    });
  }

  /** Compares what coordinators remember with what is stored. */
  async compare(): Promise<void> {
    for (const host of this.coordinators) {
      for (const { plan } of this.#parts.workloads) {
        const views = host.isFinished(plan.run) ? await host.viewsOf(plan.run) : undefined;
        if (views !== undefined) this.observer.compare(plan.run, views);
      }
    }
  }

  /** Attempts that are being worked on. */
  get runningCount(): number {
    return [...this.workers.values()]
      .filter(({ process }) => process.isAlive)
      .reduce((sum, { executor }) => sum + executor.runningCount, 0);
  }

  /** Offers that are queued or leased. Nobody answers for those of an embedded build that is over. */
  get openMessages(): readonly string[] {
    return this.#parts.isFarm ? this.bus.openMessages : [];
  }

  startWorker(index: number): void {
    const connection = this.#connection(`worker${index}`);
    const { process } = connection;
    // A worker that comes back may have its old name, or one of its own each time.
    const worker = workerId(this.#haveStableNames ? `worker${index}` : process.name);
    const slots = 1 + (index % 2);
    const blobs = new SimBlobStore(connection, { door: this.store, disk: this.#parts.blobs });
    const { observer } = this;
    const executor = new SimExecutor({
      connection,
      worker,
      slots,
      blobs,
      fate: this.#fate,
      observer,
    });
    const place = { connection, observer };
    const honest = new SimBus(connection, this.bus);
    const bus = this.#canary.workerBus?.(honest, place) ?? honest;
    const logger = new SilentLogger();
    const ports = { bus, blobs, clock: process, logger, executor, worker };
    const register = new SimRegister(connection, { door: this.bus.door, disk: this.#registered });
    const standings = new RecentStandings(register, process);
    const pool = WorkerPool.start({
      ...ports,
      ...(this.#parts.isFarm ? { standings } : {}),
      pools: () => [POOL],
      slots,
    });
    this.workers.set(index, { process, executor, pool });
  }

  crashWorker(index: number): void {
    const process = this.workers.get(index)?.process;
    if (process?.isAlive !== true) return;
    this.observer.note('crash', process.name);
    process.crash();
    const delayMs = this.random.integer('restart', 1_000, RESTART_MS_MAX);
    void this.after(delayMs, () => {
      if (this.workers.get(index)?.process === process) this.startWorker(index);
    });
  }

  startCoordinator(): void {
    const connection = this.#connection('coordinator');
    const { process } = connection;
    const place = { connection, observer: this.observer };
    const honestBus = new SimBus(connection, this.bus);
    const honestJournal = new SimJournal(connection, { door: this.#journalDoor, disk: this.#disk });
    const honestBlobs = new SimBlobStore(connection, { door: this.store, disk: this.#parts.blobs });
    const register = new SimRegister(connection, { door: this.bus.door, disk: this.#registered });
    const host = this.#hostOf({
      connection,
      register,
      bus: this.#canary.coordinatorBus?.(honestBus, place) ?? honestBus,
      journal: this.#canary.journal?.(honestJournal, place) ?? honestJournal,
      blobs: this.#canary.coordinatorBlobs?.(honestBlobs) ?? honestBlobs,
    });
    this.observer.note('start', process.name);
    this.coordinators.add(host);
    host.ended.then(
      (why) => this.endCoordinator(host, why),
      (error: unknown) => this.endCoordinator(host, error),
    );
  }

  /** Its supervisor starts another one, unless another one is there. */
  endCoordinator(host: CoordinatorHost, why: unknown): void {
    if (!this.coordinators.delete(host)) return;
    this.observer.note('end', `${host.process.name}: ${String(why)}`);
    host.process.crash();
    void this.after(this.random.integer('restart', 1_000, RESTART_MS_MAX), () => {
      if (this.coordinators.size === 0) this.startCoordinator();
    });
  }

  /** Later, whatever happens meanwhile. */
  async after(delayMs: number, action: () => void): Promise<void> {
    await this.clock.sleep(delayMs);
    action();
  }

  /** A client's cancellation is repeated until the run is cancelled or over. */
  async cancel({ plan }: Workload): Promise<void> {
    this.observer.note('cancel', plan.run);
    for (;;) {
      const state = this.observer.states.get(plan.run);
      if (state !== undefined && (state.isCancelled || state.outcome !== null)) return;
      const [host] = this.coordinators;
      await Promise.race([host?.cancel(plan.run).catch(() => undefined), this.#clientPause()]);
      await this.#clientPause();
    }
  }

  #hostOf(parts: CoordinatorParts): CoordinatorHost {
    if (this.#parts.isFarm) return farmHost(parts);
    const [first] = this.#parts.workloads;
    if (first === undefined) throw new RangeError('nothing to do');
    return singleRunHost(parts, first.plan);
  }

  /** A client's submission is repeated until a coordinator has confirmed it. */
  async #submit({ plan, afterMs }: Workload): Promise<void> {
    await this.clock.sleep(afterMs);
    for (;;) {
      const [host] = this.coordinators;
      if (host !== undefined && host.submit === undefined) return;
      const stored = host?.submit?.(plan).then(
        () => true,
        () => false,
      );
      if ((await Promise.race([stored, this.#clientPause().then(() => false)])) === true) {
        return this.observer.submitted(plan);
      }
      await this.#clientPause();
    }
  }

  #clientPause(): Promise<void> {
    return this.clock.sleep(CLIENT_PAUSE_MS);
  }

  #connection(name: string): SimConnection {
    this.#processCount += 1;
    const { random, faults } = this.#parts;
    const process = new SimProcess({
      name: `${name}-${this.#processCount}`,
      clock: this.clock,
      random,
      skew: this.#skew(),
    });
    return { process, random, faults: () => (this.#areFaultsOn ? faults : calm) };
  }

  #skew(): Skew {
    const { random, faults } = this.#parts;
    const half = faults.skewMs / 2;
    if (half === 0) return { offsetMs: 0, rate: 1 };
    const offsetMs = random.integer('skew', -half, half);
    return { offsetMs, rate: 1 + (random.unit('skew') * 2 - 1) * RATE_ERROR_MAX };
  }
}

function mergedFate(workloads: readonly Workload[]): Fate {
  const all = (name: keyof Fate): Fate[keyof Fate] =>
    new Set(workloads.flatMap(({ fate }) => [...fate[name]]));
  return { doomed: all('doomed'), sick: all('sick') };
}
