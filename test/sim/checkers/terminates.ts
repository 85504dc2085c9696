/** Once the world is calm every run ends. (The world says so itself when time is up; this looks at the tasks.) */
import { isTerminal } from '#coordinator/core/state.ts';
import type { Checker } from './checker.ts';

/** See the file's head. */
export function terminates(): Checker {
  return {
    name: 'terminates',
    see(sighting) {
      if (sighting.kind !== 'end') return undefined;
      for (const { tasks, outcome, plan } of sighting.states.values()) {
        if (outcome === null) return `${plan?.run} has no outcome`;
        const open = [...tasks.values()].find((task) => !isTerminal(task));
        if (open !== undefined) return `${open.plan.id} is ${open.phase}`;
      }
      return undefined;
    },
  };
}
