/** In the end nobody holds anything: no message is queued or leased, no worker works, no task has a holder. */
import type { Checker } from './checker.ts';

/** See the file's head. */
export function noOrphanLease(): Checker {
  return {
    name: 'no-orphan-lease',
    see(sighting) {
      if (sighting.kind !== 'end') return undefined;
      const { states, openMessages, runningCount } = sighting;
      if (openMessages.length > 0) return `still queued or leased: ${openMessages.join(', ')}`;
      if (runningCount > 0) return `${runningCount} attempts still run`;
      for (const { tasks } of states.values()) {
        const held = [...tasks.values()].find(
          ({ phase }) => phase === 'running' || phase === 'offered',
        );
        if (held !== undefined) return `${held.plan.id} is held by ${held.worker}`;
      }
      return undefined;
    },
  };
}
