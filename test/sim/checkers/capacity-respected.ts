/** Queues stay as shallow as the run's options say. (Workers' slots are watched where work is done.) */
import type { Checker } from './checker.ts';

/** See the file's head. */
export function capacityRespected(): Checker {
  return {
    name: 'capacity-respected',
    see(sighting) {
      if (sighting.kind !== 'step') return undefined;
      const { state, plan } = sighting;
      for (const [pool, count] of state.offeredByPool) {
        if (count > plan.options.queueDepth) return `${count} offered in ${pool}`;
      }
      return undefined;
    },
  };
}
