/**
 * One coordinator and some workers with their real shells and cores, on simulated ports and virtual time.
 * Two phases: faults are on, safety is watched; then everything heals and the run has to end.
 */
import { isDeepStrictEqual } from 'node:util';
import { MemoryBus } from '#proto/adapters/memory-bus.ts';
import { runId, workerId } from '#proto/ids.ts';
import { decodeTaskEvent, encodeTaskEvent } from '#proto/messages/task-codec.ts';
import type { EventDelivery } from '#proto/ports/bus.ts';
import { type OpenRun, openRun } from '#coordinator/shell/open-run.ts';
import { viewOf } from '#coordinator/shell/run-events.ts';
import { WorkerPool } from '#workers/shell/worker-pool.ts';
import { FakeBlobStore } from '../../support/fake-blob-store.ts';
import { FakeJournal } from '../../support/fake-journal.ts';
import { SilentLogger } from '../../support/silent-logger.ts';
import { calm, type FaultTable, faultsOf } from './faults.ts';
import { Observer } from './observer.ts';
import { SeededRandom } from './seeded-random.ts';
import { SimClock } from './sim-clock.ts';
import { SimBlobStore, SimBus, type SimConnection, SimJournal } from './sim-ports.ts';
import { SimProcess } from './sim-process.ts';
import { SimExecutor, SimPublisher } from './sim-work.ts';
import { POOL, type Workload, workloadOf } from './workload.ts';

/** Faults end after this time … */
const FAULTS_MS = 20 * 60_000;
/** Crashes and pauses come early, when there is something to disturb. */
const CRASHES_MS = 6 * 60_000;
/** … and the run within this time after it. Less than an attempt's deadline, which would mend too much. */
const LIVENESS_MS = 60 * 60_000;
const LEASE_MS = 60_000;
const RESTART_MS_MAX = 120_000;
const PAUSE_MS_MAX = 240_000;

/** Known bugs, put in on purpose: the simulation has to find them. */
export type Canary = 'none' | 'skip-fencing' | 'ack-before-journal';

/** What a simulation says. */
export interface SimReport {
  readonly violations: readonly string[];
  readonly hash: string;
  readonly trace: readonly string[];
  readonly faults: FaultTable;
  readonly virtualMs: number;
}

/** Options of {@link simulate}. */
export interface SimOptions {
  readonly seed: number;
  readonly canary?: Canary;
  readonly faults?: FaultTable;
}

/** Runs one seed to its end. */
export async function simulate(options: SimOptions): Promise<SimReport> {
  const random = new SeededRandom(options.seed);
  const blobs = new FakeBlobStore();
  const workload = await workloadOf(random, blobs);
  const faults = options.faults ?? faultsOf(random);
  const cluster = new Cluster({
    random,
    blobs,
    workload,
    faults,
    canary: options.canary ?? 'none',
  });
  return withoutRealTime(() => cluster.run());
}

interface ClusterParts {
  readonly random: SeededRandom;
  readonly blobs: FakeBlobStore;
  readonly workload: Workload;
  readonly faults: FaultTable;
  readonly canary: Canary;
}

class Cluster {
  readonly #parts: ClusterParts;
  readonly #clock = new SimClock();
  readonly #disk = new FakeJournal();
  readonly #bus: MemoryBus;
  readonly #observer: Observer;
  readonly #startMs: number;
  #coordinator: SimProcess | undefined;
  #run: OpenRun | undefined;
  #outcome: string | undefined;
  readonly #workers = new Map<number, { process: SimProcess; pool: Promise<WorkerPool> }>();
  #processCount = 0;

  constructor(parts: ClusterParts) {
    this.#parts = parts;
    this.#bus = new MemoryBus({ clock: this.#clock, leaseMs: LEASE_MS });
    this.#observer = new Observer(this.#disk);
    this.#startMs = this.#clock.nowMs();
  }

  async run(): Promise<SimReport> {
    const { random } = this.#parts;
    const workerCount = random.integer('cluster', 1, 3);
    for (let index = 0; index < workerCount; index += 1) this.#startWorker(index);
    this.#startCoordinator();
    this.#scheduleFaults(workerCount);
    const endMs = this.#startMs + FAULTS_MS + LIVENESS_MS;
    await this.#turnUntil(() => this.#outcome !== undefined, endMs);
    this.#checkEnd();
    await this.#drainWorkers(endMs);
    const { violations, hash, trace } = this.#observer;
    const virtualMs = this.#clock.nowMs() - this.#startMs;
    return { violations, hash, trace, faults: this.#parts.faults, virtualMs };
  }

  /** One event after the other; promises settle in between; invariants are checked each time. */
  async #turnUntil(isOver: () => boolean, endMs: number): Promise<void> {
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      this.#observer.catchUp();
      if (isOver() || this.#observer.violations.length > 0) return;
      if (this.#clock.nowMs() > endMs || !this.#clock.step()) {
        this.#observer.violate('terminates', 'it does not end');
        return;
      }
    }
  }

  #checkEnd(): void {
    if (this.#observer.violations.length > 0) return;
    this.#observer.end();
    const { state } = this.#observer;
    const replayed = [...state.tasks.values()].map((task) => viewOf(state, task));
    if (!isDeepStrictEqual(replayed, this.#run?.tasks())) {
      this.#observer.violate('replay-equals-live', 'the replayed state differs');
    }
  }

  async #drainWorkers(endMs: number): Promise<void> {
    if (this.#observer.violations.length > 0) return;
    let openCount = this.#workers.size;
    for (const { process, pool } of this.#workers.values()) {
      process.resume();
      if (!process.isAlive) openCount -= 1;
      void pool
        .then((started) => started.drain())
        .then(() => {
          openCount -= 1;
        });
    }
    await this.#turnUntil(() => openCount === 0, endMs);
  }

  #connection(name: string): SimConnection {
    this.#processCount += 1;
    const { random, faults } = this.#parts;
    const process = new SimProcess(`${name}-${this.#processCount}`, this.#clock, random);
    const areOn = (): boolean => this.#clock.nowMs() < this.#startMs + FAULTS_MS;
    return { process, random, faults: () => (areOn() ? faults : calm) };
  }

  #startWorker(index: number): void {
    const connection = this.#connection(`worker${index}`);
    const { process } = connection;
    const worker = workerId(process.name);
    const slots = 1 + (index % 2);
    const blobs = new SimBlobStore(connection, this.#parts.blobs);
    const { doomed } = this.#parts.workload;
    const observer = this.#observer;
    const executor = new SimExecutor({ connection, worker, slots, blobs, doomed, observer });
    const bus = new SimBus(connection, this.#bus);
    const logger = new SilentLogger();
    const ports = { bus, blobs, clock: process, logger, executor, worker };
    const pool = WorkerPool.start({ ...ports, pool: POOL, slots });
    this.#workers.set(index, { process, pool });
  }

  #startCoordinator(): void {
    const connection = this.#connection('coordinator');
    const { process } = connection;
    this.#coordinator = process;
    const blobs = new SimBlobStore(connection, this.#parts.blobs);
    const bus = new SimBus(connection, this.#bus, (event) => this.#tamper(event));
    const opening = openRun({
      journal: new SimJournal(connection, this.#disk),
      bus,
      blobs,
      clock: process,
      logger: new SilentLogger(),
      publisher: new SimPublisher(connection, this.#observer),
      plan: this.#parts.workload.plan,
      isBusLost: false,
      onEvent: () => undefined,
    });
    opening
      .then(async (run) => {
        this.#run = run;
        this.#outcome = await run.finished;
      })
      .catch((error: unknown) => this.#restartCoordinator(process, error));
  }

  /** A coordinator that gave up is started again by its supervisor. */
  #restartCoordinator(process: SimProcess, why: unknown): void {
    if (!process.isAlive) return;
    process.crash();
    this.#observer.note(`coordinator ended: ${String(why)}`);
    void this.#later(this.#parts.random.integer('restart', 1_000, RESTART_MS_MAX), () =>
      this.#startCoordinator(),
    );
  }

  #scheduleFaults(workerCount: number): void {
    const { random, faults } = this.#parts;
    const within = (): number => random.integer('schedule', 0, CRASHES_MS);
    for (let count = 0; count < faults.coordinatorCrashes; count += 1) {
      void this.#later(within(), () => {
        if (this.#coordinator !== undefined) this.#restartCoordinator(this.#coordinator, 'crash');
      });
    }
    for (let count = 0; count < faults.workerCrashes; count += 1) {
      const index = random.integer('schedule', 0, workerCount - 1);
      void this.#later(within(), () => this.#crashWorker(index));
    }
    for (let count = 0; count < faults.workerPauses; count += 1) {
      const index = random.integer('schedule', 0, workerCount - 1);
      void this.#later(within(), () => this.#pauseWorker(index));
    }
  }

  #crashWorker(index: number): void {
    const process = this.#workers.get(index)?.process;
    if (process?.isAlive !== true) return;
    this.#observer.note(`crash ${process.name}`);
    process.crash();
    const delayMs = this.#parts.random.integer('restart', 1_000, RESTART_MS_MAX);
    void this.#later(delayMs, () => this.#startWorker(index));
  }

  #pauseWorker(index: number): void {
    const process = this.#workers.get(index)?.process;
    if (process === undefined) return;
    this.#observer.note(`pause ${process.name}`);
    process.pause();
    void this.#later(this.#parts.random.integer('pause', 1_000, PAUSE_MS_MAX), () =>
      process.resume(),
    );
  }

  async #later(delayMs: number, action: () => void): Promise<void> {
    await this.#clock.sleep(delayMs);
    if (this.#outcome === undefined) action();
  }

  #tamper(event: EventDelivery): EventDelivery {
    switch (this.#parts.canary) {
      case 'none':
        return event;
      case 'ack-before-journal':
        void event.ack().catch(() => undefined);
        return { body: event.body, ack: async () => undefined };
      case 'skip-fencing': {
        const decoded = decodeTaskEvent(event.body);
        const epoch = this.#observer.state.tasks.get(decoded.task)?.epoch ?? decoded.epoch;
        const run = runId(decoded.run);
        return { body: encodeTaskEvent({ ...decoded, run, epoch }), ack: () => event.ack() };
      }
    }
  }
}

/** Real time and real chance would make a run differ from itself: they throw while it lasts. */
async function withoutRealTime<T>(body: () => Promise<T>): Promise<T> {
  const { setTimeout, setInterval } = globalThis;
  const { now } = Date;
  const { random } = Math;
  const forbidden = (): never => {
    throw new Error('real time or chance inside a simulation');
  };
  Object.assign(globalThis, { setTimeout: forbidden, setInterval: forbidden });
  Object.assign(Date, { now: forbidden });
  Object.assign(Math, { random: forbidden });
  try {
    return await body();
  } finally {
    Object.assign(globalThis, { setTimeout, setInterval });
    Object.assign(Date, { now });
    Object.assign(Math, { random });
  }
}
