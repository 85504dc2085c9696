/** Queues that need more of a worker than its platform: which of them the tasks of open runs wait in. */
import type { RunId } from '#proto/ids.ts';
import { compareBytes } from '#proto/byte-order.ts';
import type { PoolRequirements } from '#proto/ports/run-register.ts';
import { poolPlatform, poolRequirements } from '#proto/task-requests.ts';
import type { RunPlan } from './run-plan.ts';

/** Workers are told of all in one message; queues beyond wait until runs that came before are over. */
const LIST_LENGTH_MAX = 512 * 1024;

/** Keeps the queues of each run; most runs have none. */
export class PoolTable {
  readonly #ofRun = new Map<RunId, readonly PoolRequirements[]>();

  /** A run goes on. True when the list may have changed. */
  add(plan: RunPlan): boolean {
    if (this.#ofRun.has(plan.run)) return false;
    const pools = demandingPools(plan);
    if (pools.length > 0) this.#ofRun.set(plan.run, pools);
    return pools.length > 0;
  }

  /** A run is over. True when the list may have changed. */
  remove(run: RunId): boolean {
    return this.#ofRun.delete(run);
  }

  /** Each queue once, sorted by name; bounded. */
  list(): readonly PoolRequirements[] {
    let length = 0;
    const fitting = distinct([...this.#ofRun.values()].flat()).filter((pool) => {
      length += JSON.stringify(pool).length;
      return length <= LIST_LENGTH_MAX;
    });
    return fitting.toSorted((a, b) => compareBytes(a.pool, b.pool));
  }
}

function demandingPools({ tasks }: RunPlan): readonly PoolRequirements[] {
  const demanding = tasks.filter(({ pool }) => pool !== poolPlatform(pool));
  return distinct(demanding.map(({ pool, requests }) => poolRequirements(pool, requests)));
}

/** In order of their first mention. */
function distinct(pools: readonly PoolRequirements[]): readonly PoolRequirements[] {
  return [...new Map(pools.map((one) => [one.pool, one])).values()];
}
