/** Which faults a seed has, and how strong: each run has some of them and not others. */
import type { SeededRandom } from './seeded-random.ts';

/** Rates are per call, counts per run of the simulation. */
export interface FaultTable {
  /** The bus refuses before anything happens. */
  readonly busRefuses: number;
  /** The bus does it, but the answer is lost. */
  readonly busLosesReply: number;
  /** A pulled message never arrives at the worker. */
  readonly busLosesDelivery: number;
  /** A queued message is there twice. */
  readonly busDoublesOffer: number;
  /** An event is delivered twice. */
  readonly busDoublesEvent: number;
  /** An event arrives late, after younger ones. */
  readonly busDelaysEvent: number;
  /** A question never arrives. */
  readonly busLosesRequest: number;
  readonly journalRefuses: number;
  readonly journalLosesReply: number;
  readonly blobsRefuse: number;
  readonly blobsLoseReply: number;
  /** A stored artifact is gone when somebody looks for it. */
  readonly blobsForget: number;
  /** A server takes seconds to answer. */
  readonly slowCalls: number;
  /** A worker's disk is slow: work takes ten times as long. */
  readonly slowDisk: number;
  /** The work fails by infrastructure. */
  readonly workFails: number;
  readonly workerCrashes: number;
  readonly workerPauses: number;
  readonly coordinatorCrashes: number;
  readonly coordinatorPauses: number;
  /** A second coordinator is started while the first is there. */
  readonly secondCoordinators: number;
  readonly busRestarts: number;
  readonly storeRestarts: number;
  /** Somebody sets a clock. */
  readonly clockSteps: number;
  /** Clocks differ by up to this many milliseconds. */
  readonly skewMs: number;
  /** Runs that their owners cancel. */
  readonly cancellations: number;
}

/** No fault at all. */
export const calm: FaultTable = {
  busRefuses: 0,
  busLosesReply: 0,
  busLosesDelivery: 0,
  busDoublesOffer: 0,
  busDoublesEvent: 0,
  busDelaysEvent: 0,
  busLosesRequest: 0,
  journalRefuses: 0,
  journalLosesReply: 0,
  blobsRefuse: 0,
  blobsLoseReply: 0,
  blobsForget: 0,
  slowCalls: 0,
  slowDisk: 0,
  workFails: 0,
  workerCrashes: 0,
  workerPauses: 0,
  coordinatorCrashes: 0,
  coordinatorPauses: 0,
  secondCoordinators: 0,
  busRestarts: 0,
  storeRestarts: 0,
  clockSteps: 0,
  skewMs: 0,
  cancellations: 0,
};

/** The seed's own mixture. */
export function faultsOf(random: SeededRandom): FaultTable {
  const rate = (name: string, max: number): number =>
    random.chance('swarm', 0.5) ? random.unit(`swarm.${name}`) * max : 0;
  const count = (name: string, max: number): number =>
    random.chance('swarm', 0.6) ? random.integer(`swarm.${name}`, 1, max) : 0;
  return {
    busRefuses: rate('busRefuses', 0.2),
    busLosesReply: rate('busLosesReply', 0.2),
    busLosesDelivery: rate('busLosesDelivery', 0.2),
    busDoublesOffer: rate('busDoublesOffer', 0.3),
    busDoublesEvent: rate('busDoublesEvent', 0.3),
    busDelaysEvent: rate('busDelaysEvent', 0.3),
    busLosesRequest: rate('busLosesRequest', 0.3),
    journalRefuses: rate('journalRefuses', 0.2),
    journalLosesReply: rate('journalLosesReply', 0.3),
    blobsRefuse: rate('blobsRefuse', 0.1),
    blobsLoseReply: rate('blobsLoseReply', 0.1),
    blobsForget: rate('blobsForget', 0.3),
    slowCalls: rate('slowCalls', 0.3),
    slowDisk: rate('slowDisk', 0.3),
    workFails: rate('workFails', 0.2),
    workerCrashes: count('workerCrashes', 4),
    workerPauses: count('workerPauses', 3),
    coordinatorCrashes: count('coordinatorCrashes', 4),
    coordinatorPauses: count('coordinatorPauses', 2),
    secondCoordinators: count('secondCoordinators', 2),
    busRestarts: count('busRestarts', 3),
    storeRestarts: count('storeRestarts', 3),
    clockSteps: count('clockSteps', 3),
    skewMs: rate('skewMs', 300_000),
    cancellations: count('cancellations', 1),
  };
}
