/** What was submitted stays: each task is waiting, with somebody or ended, at each moment and in the end. */
import type { RunPlan } from '#coordinator/core/run-plan.ts';
import { isTerminal, type RunState } from '#coordinator/core/state.ts';
import type { Checker } from './checker.ts';

/** See the file's head. */
export function conservation(): Checker {
  const promised = new Set<string>();
  return {
    name: 'conservation',
    see(sighting) {
      switch (sighting.kind) {
        case 'submitted':
          promised.add(sighting.plan.run);
          return undefined;
        case 'step':
          return imbalance(sighting.plan, sighting.state);
        case 'end': {
          const missing = [...promised].find((run) => !isKnown(sighting.states, run));
          return missing === undefined ? undefined : `${missing} was taken and is not there`;
        }
        default:
          return undefined;
      }
    },
  };
}

function isKnown(states: ReadonlyMap<string, RunState>, run: string): boolean {
  return states.get(run)?.plan !== null && states.has(run);
}

function imbalance(plan: RunPlan, state: RunState): string | undefined {
  if (state.plan === null) return undefined;
  const counted = Object.values(state.counts).reduce((a, b) => a + b, 0);
  if (counted !== plan.tasks.length) return `${counted} of ${plan.tasks.length} tasks`;
  if (state.outcome === null) return undefined;
  const open = [...state.tasks.values()].find((task) => !isTerminal(task));
  return open === undefined
    ? undefined
    : `${plan.run} is ${state.outcome}, ${open.plan.id} ${open.phase}`;
}
