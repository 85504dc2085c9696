/** What counts is there: a committed result can be read, and so can the package in a channel. */
import type { Checker } from './checker.ts';

/** See the file's head. */
export function indexPointsToExistingBlobs(): Checker {
  return {
    name: 'index-points-to-existing-blobs',
    see(sighting, world) {
      if (sighting.kind !== 'fact') return undefined;
      const { fact, state } = sighting;
      if (fact.kind === 'task-done') {
        return world.hasBlob(fact.output) ? undefined : `the result of ${fact.task} is not stored`;
      }
      if (fact.kind !== 'task-published') return undefined;
      const output = state.tasks.get(fact.task)?.result?.output;
      const artifact = output === undefined ? undefined : world.artifactOf(output);
      if (artifact === undefined) return `${fact.task} is published and has no package`;
      return world.hasBlob(artifact) ? undefined : `${fact.task} is published, its bytes are gone`;
    },
  };
}
