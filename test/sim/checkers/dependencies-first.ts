/** Nothing is offered before everything that it was submitted to depend on is done. */
import { type Checker, taskName } from './checker.ts';

/** See the file's head. */
export function dependenciesFirst(): Checker {
  const done = new Set<string>();
  return {
    name: 'dependencies-first',
    see(sighting) {
      if (sighting.kind !== 'fact' || !('task' in sighting.fact)) return undefined;
      const { run, fact, plan } = sighting;
      const name = taskName({ run, task: fact.task });
      if (fact.kind === 'task-done') done.add(name);
      if (fact.kind === 'task-reopened') done.delete(name);
      if (fact.kind !== 'task-offered') return undefined;
      const before = plan.tasks.find(({ id }) => id === fact.task)?.dependsOn ?? [];
      const open = before.find((task) => !done.has(taskName({ run, task })));
      return open === undefined ? undefined : `${name} before ${open}`;
    },
  };
}
