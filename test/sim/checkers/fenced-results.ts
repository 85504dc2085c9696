/** A result counts only for the newest lease, from the worker that did that attempt, in a run that is wanted. */
import { attemptName, type Checker, taskName } from './checker.ts';

/** See the file's head. */
export function fencedResults(): Checker {
  const newest = new Map<string, number>();
  const executed = new Set<string>();
  const cancelled = new Set<string>();
  return {
    name: 'fenced-results',
    see(sighting) {
      if (sighting.kind === 'executes') {
        executed.add(`${attemptName(sighting)} by ${sighting.worker}`);
        return undefined;
      }
      if (sighting.kind !== 'fact') return undefined;
      const { run, fact } = sighting;
      if (fact.kind === 'run-cancelled') cancelled.add(run);
      if (fact.kind === 'task-offered') {
        newest.set(taskName({ run, task: fact.task }), fact.epoch);
      }
      if (fact.kind !== 'task-done') return undefined;
      const { task, epoch, worker } = fact;
      const name = attemptName({ run, task, epoch });
      if (cancelled.has(run)) return `${name} counts in a cancelled run`;
      const wanted = newest.get(taskName({ run, task }));
      if (epoch !== wanted) return `${name} counts while ${wanted} is the newest`;
      if (!executed.has(`${name} by ${worker}`)) return `${name} by ${worker} never ran`;
      return undefined;
    },
  };
}
