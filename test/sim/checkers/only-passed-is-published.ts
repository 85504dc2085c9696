/** Users see what passed its test and whatever it needs; its author finds what failed. Nothing else is visible. */
import { withholder } from '#coordinator/core/promotion.ts';
import type { RunState, TaskState } from '#coordinator/core/state.ts';
import type { Checker } from './checker.ts';

/** See the file's head. */
export function onlyPassedIsPublished(): Checker {
  return {
    name: 'only-passed-is-published',
    see(sighting) {
      if (sighting.kind === 'fact' && sighting.fact.kind === 'task-published') {
        const { task, place } = sighting.fact;
        const publication = sighting.state.tasks.get(task)?.publication;
        const isDecided = publication?.kind === 'due' && publication.place === place;
        return isDecided ? undefined : `${task} is published and it was not decided`;
      }
      if (sighting.kind !== 'end') return undefined;
      for (const state of sighting.states.values()) {
        const wrong = [...state.tasks.values()].map((task) => misplaced(state, task));
        const first = wrong.find((text) => text !== undefined);
        if (first !== undefined) return first;
      }
      return undefined;
    },
  };
}

function misplaced(state: RunState, task: TaskState): string | undefined {
  const { id, kind, testedBy } = task.plan;
  const { publication } = task;
  if (kind !== 'package' || task.phase !== 'done' || publication.kind === 'failed') {
    return undefined;
  }
  const test = testedBy === null ? undefined : state.tasks.get(testedBy);
  const isBroken = test?.phase === 'failed' && test.tally.user > 0;
  const isPassed = (testedBy === null || test?.phase === 'done') && withholder(task) === undefined;
  const wanted = isPassed ? 'channel' : isBroken ? 'broken' : undefined;
  const place = publication.kind === 'settled' ? publication.place : undefined;
  return place === wanted ? undefined : `${id} is in ${place}, not in ${wanted}`;
}
