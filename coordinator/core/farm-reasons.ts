/**
 * Why a task waits, as a farm knows it: the run's own reason (waiting-reasons.ts), made exact by what workers there
 * are and which services answer.
 */
import type { PoolRequirements } from '#proto/ports/run-register.ts';
import { meetsRequirements, type WorkerAbilities } from '#proto/task-requests.ts';
import type { WaitingReason } from './waiting-reasons.ts';

/** What matters of a worker. */
export interface WorkerOffer extends WorkerAbilities {
  /** It takes no new task: it leaves, or is out of order. */
  readonly isClosed: boolean;
}

/** How things stand around a queue. */
export interface Surroundings {
  readonly workers: readonly WorkerOffer[];
  readonly unreachable: readonly ('bus' | 'store')[];
}

/** Names of platforms in one reason. */
const PLATFORMS_MAX = 10;

/** Why tasks wait in a queue, as it is shown of the first one. */
export function queueReason(needs: PoolRequirements, around: Surroundings): WaitingReason {
  const [what] = around.unreachable;
  if (what !== undefined) return { kind: 'unreachable', what };
  const { platform } = needs;
  const open = around.workers.filter(({ isClosed }) => !isClosed);
  const ofPlatform = around.workers.filter((worker) => worker.platform === platform);
  const fitting = ofPlatform.filter(({ isClosed }) => !isClosed);
  if (fitting.length === 0) {
    const there = [...new Set(open.map((worker) => worker.platform))].toSorted();
    const platforms = there.slice(0, PLATFORMS_MAX);
    return { kind: 'no-worker', platform, platforms, closedCount: ofPlatform.length };
  }
  if (fitting.some((worker) => meetsRequirements(worker, needs))) {
    return { kind: 'slots-full', position: 1 };
  }
  const { labels, secrets } = needs;
  const unknownLabels = unknownTo(fitting, labels, (worker) => worker.labels);
  const unknownSecrets = unknownTo(fitting, secrets, (worker) => worker.secretNames);
  const isSpread = unknownLabels.length + unknownSecrets.length === 0;
  // Each is somewhere, and no worker has them all.
  if (isSpread) return { kind: 'missing', labels, secrets };
  return { kind: 'missing', labels: unknownLabels, secrets: unknownSecrets };
}

function unknownTo(
  workers: readonly WorkerOffer[],
  names: readonly string[],
  offered: (worker: WorkerOffer) => readonly string[],
): readonly string[] {
  return names.filter((name) => !workers.some((worker) => offered(worker).includes(name)));
}
