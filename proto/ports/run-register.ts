/**
 * What workers must know of every run although they never talk to the coordinator: is it still wanted, and
 * which queues there are. Written by the leading coordinator, read by workers before work and while they
 * work, so that a cancellation reaches a worker that missed the request. It may lag behind the journal and
 * may be gone for a minute; it decides nothing but whether work is worth beginning.
 */
import type { RunId } from '../ids.ts';

/** How a run stands, for workers. */
export interface RunStanding {
  /** Of the run's plan; an attempt of an older one is not wanted any more. */
  readonly generation: number;
  readonly state: 'open' | 'paused' | 'cancelled' | 'finished';
  /** Of the coordinator that wrote it. */
  readonly term: number;
}

/** A queue and what a worker needs to pull from it. Lists are sorted by bytes. */
export interface PoolRequirements {
  readonly pool: string;
  readonly platform: string;
  readonly labels: readonly string[];
  readonly secrets: readonly string[];
}

/** See the file's head. All methods reject with `BUS_UNAVAILABLE`. */
export interface RunRegister {
  /** Replaces what is known of the run; one of an older term than the stored one is dropped. */
  publish(run: RunId, standing: RunStanding): Promise<void>;
  /** Undefined for a run that nobody registered (or was forgotten long after its end). */
  read(run: RunId): Promise<RunStanding | undefined>;
  /** Replaces the list of queues that need more than a platform. */
  publishPools(term: number, pools: readonly PoolRequirements[]): Promise<void>;
  readPools(): Promise<readonly PoolRequirements[]>;
}
