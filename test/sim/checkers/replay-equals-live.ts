/** What is rebuilt from the journal is what the coordinator had in memory. */
import { isDeepStrictEqual } from 'node:util';
import type { Checker } from './checker.ts';

/** See the file's head. */
export function replayEqualsLive(): Checker {
  return {
    name: 'replay-equals-live',
    see(sighting) {
      if (sighting.kind !== 'compared') return undefined;
      const { live, replayed, run } = sighting;
      if (live.length !== replayed.length)
        return `${run}: ${live.length} tasks, replayed ${replayed.length}`;
      const differing = live.findIndex((view, index) => !isDeepStrictEqual(view, replayed[index]));
      if (differing === -1) return undefined;
      return `${run}: ${JSON.stringify(live[differing])}, replayed ${JSON.stringify(replayed[differing])}`;
    },
  };
}
