/** One seed from its first event to its verdict. */
import { FakeBlobStore } from '../../support/fake-blob-store.ts';
import type { CanaryName } from './canaries.ts';
import { Cluster } from './cluster.ts';
import { scheduleFaults } from './fault-schedule.ts';
import { type FaultTable, faultsOf } from './faults.ts';
import { SeededRandom } from './seeded-random.ts';
import { type Workload, workloadOf } from './workload.ts';
import { withoutRealTime } from './without-real-time.ts';

/** Faults end after this time … */
const FAULTS_MS = 20 * 60_000;
/** … and the runs within this time after it. Less than an attempt's deadline, which would mend too much. */
const LIVENESS_MS = 60 * 60_000;
/** Then everybody has this long to hand back what is left. */
const TIDY_MS = 10 * 60_000;

/** Part of the seeds that have a coordinator of many runs … */
const FARM_PART = 0.6;
/** … and how many. */
const RUNS_MAX = 4;

/** What a simulation says. */
export interface SimReport {
  readonly violations: readonly string[];
  /** Of all facts and all work: equal for two simulations of one seed. */
  readonly hash: string;
  readonly trace: readonly string[];
  readonly faults: FaultTable;
  /** Names of the tasks that were worked on, once per attempt that began. */
  readonly executed: readonly string[];
  readonly virtualMs: number;
}

/** Options of {@link simulate}. */
export interface SimOptions {
  readonly seed: number;
  readonly canary?: CanaryName;
  readonly faults?: FaultTable;
  /** No work fails by the recipes' fault either. */
  readonly isHealthy?: boolean;
}

/** Runs one seed to its end. */
export async function simulate(options: SimOptions): Promise<SimReport> {
  const random = new SeededRandom(options.seed);
  const blobs = new FakeBlobStore();
  const isFarm = random.chance('farm', FARM_PART);
  const planned: Workload[] = [];
  for (let count = isFarm ? random.integer('farm', 1, RUNS_MAX) : 1; count > 0; count -= 1) {
    planned.push(await workloadOf(random, blobs, planned.length));
  }
  const workloads = options.isHealthy === true ? planned.map(healthy) : planned;
  const faults = options.faults ?? faultsOf(random);
  const cluster = new Cluster({ random, blobs, workloads, faults, isFarm, canary: options.canary });
  const { clock, observer } = cluster;
  const startMs = clock.nowMs();
  await withoutRealTime(async () => {
    cluster.start(random.integer('cluster', 1, 3));
    scheduleFaults(cluster, workloads);
    void cluster.after(FAULTS_MS, () => cluster.heal());
    await turnUntil(cluster, () => cluster.isOver, startMs + FAULTS_MS + LIVENESS_MS);
    if (observer.violations.length > 0) return;
    cluster.heal();
    void cluster.compare();
    await turnUntil(cluster, undefined, clock.nowMs() + TIDY_MS);
    if (observer.violations.length === 0) observer.end(cluster.openMessages, cluster.runningCount);
  });
  const { violations, hash, trace, executed } = observer;
  return { violations, hash, trace, faults, executed, virtualMs: clock.nowMs() - startMs };
}

function healthy(workload: Workload): Workload {
  return { ...workload, fate: { doomed: new Set(), sick: new Set() } };
}

/**
 * One event after the other; promises settle in between; invariants are checked each time. Without `isOver`
 * it ends at `endMs`, else that is too late.
 */
async function turnUntil(
  { clock, observer }: Cluster,
  isOver: (() => boolean) | undefined,
  endMs: number,
): Promise<void> {
  for (;;) {
    await new Promise((resolve) => setImmediate(resolve));
    observer.catchUp();
    if (isOver?.() === true || observer.violations.length > 0) return;
    if (clock.nowMs() <= endMs && clock.step()) continue;
    if (isOver !== undefined) observer.violate('terminates', 'it does not end');
    return;
  }
}
