/** When processes and servers die, freeze and come back: early, while there is something to disturb. */
import type { Cluster } from './cluster.ts';
import type { SimProcess } from './sim-process.ts';
import type { SimServer } from './sim-server.ts';
import type { Workload } from './workload.ts';

const SCHEDULE_MS = 8 * 60_000;
const PAUSE_MS_MAX = 240_000;
const OUTAGE_MS_MAX = 150_000;
const CLOCK_STEP_MS_MAX = 600_000;

/** Arranges everything that happens to parties as a whole. */
export function scheduleFaults(cluster: Cluster, workloads: readonly Workload[]): void {
  const { random, faults, workers, coordinators } = cluster;
  const times = (name: string, count: number, action: () => void): void => {
    for (let time = 0; time < count; time += 1) {
      void cluster.after(random.integer(`schedule.${name}`, 0, SCHEDULE_MS), action);
    }
  };
  const anyWorker = (): number => random.integer('victim', 0, workers.size - 1);
  const anyCoordinator = (): [SimProcess] | [] => {
    const host = random.pick('victim', [...coordinators]);
    return host === undefined ? [] : [host.process];
  };
  times('worker.crash', faults.workerCrashes, () => cluster.crashWorker(anyWorker()));
  times('worker.pause', faults.workerPauses, () => {
    const worker = workers.get(anyWorker());
    if (worker !== undefined) pause(cluster, worker.process);
  });
  times('coordinator.crash', faults.coordinatorCrashes, () => {
    const host = random.pick('victim', [...coordinators]);
    if (host !== undefined) cluster.endCoordinator(host, 'crash');
  });
  times('coordinator.pause', faults.coordinatorPauses, () => {
    for (const process of anyCoordinator()) pause(cluster, process);
  });
  times('coordinator.second', faults.secondCoordinators, () => cluster.startCoordinator());
  times('bus.restart', faults.busRestarts, () => outage(cluster, 'bus', cluster.bus.door));
  times('store.restart', faults.storeRestarts, () => outage(cluster, 'store', cluster.store));
  times('clock', faults.clockSteps, () => {
    const process = workers.get(anyWorker())?.process;
    const victims = random.chance('victim', 0.5) ? anyCoordinator() : [process];
    for (const victim of victims) {
      victim?.stepClock(random.integer('clock', -CLOCK_STEP_MS_MAX, CLOCK_STEP_MS_MAX));
    }
  });
  times('cancel', faults.cancellations, () => {
    const workload = random.pick('victim', workloads);
    if (workload !== undefined) void cluster.cancel(workload);
  });
}

function pause(cluster: Cluster, process: SimProcess): void {
  cluster.observer.note('pause', process.name);
  process.pause();
  void cluster.after(cluster.random.integer('pause', 1_000, PAUSE_MS_MAX), () => process.resume());
}

function outage(cluster: Cluster, name: string, door: SimServer): void {
  if (!door.isUp) return;
  cluster.observer.note('outage', name);
  door.stop();
  void cluster.after(cluster.random.integer('outage', 1_000, OUTAGE_MS_MAX), () => {
    cluster.observer.note('back', name);
    door.start();
  });
}
