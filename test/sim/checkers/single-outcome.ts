/** A task ends once. Only a result that turned out to be gone is made again, and a package has one place. */
import type { Fact } from '#coordinator/core/facts.ts';
import { type Checker, taskName } from './checker.ts';

/** See the file's head. */
export function singleOutcome(): Checker {
  const endings = new Map<string, Fact['kind']>();
  const places = new Map<string, string>();
  return {
    name: 'single-outcome',
    see(sighting) {
      if (sighting.kind !== 'fact' || !('task' in sighting.fact)) return undefined;
      const { run, fact } = sighting;
      const name = taskName({ run, task: fact.task });
      if (fact.kind === 'task-published') {
        const before = places.get(name);
        places.set(name, fact.place);
        return before === undefined ? undefined : `${name} is published to ${before} and again`;
      }
      if (fact.kind === 'publish-failed') return undefined;
      const ended = endings.get(name);
      if (fact.kind === 'task-reopened' && ended === 'task-done') endings.delete(name);
      else if (ended !== undefined) return `${name}: ${fact.kind} after ${ended}`;
      if (isEnding(fact)) endings.set(name, fact.kind);
      return undefined;
    },
  };
}

function isEnding(fact: Fact): boolean {
  switch (fact.kind) {
    case 'task-done':
    case 'task-blocked':
    case 'task-stopped':
      return true;
    case 'attempt-failed':
      return fact.next === 'final';
    default:
      return false;
  }
}
