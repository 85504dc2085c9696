/**
 * The world hears of a decision after it is stored: offers, work, and the acknowledgement of news, which
 * may only be given once the news is a fact or means nothing any more.
 */
import { standingOf } from '#coordinator/core/lease.ts';
import type { RunState } from '#coordinator/core/state.ts';
import type { TaskEvent } from '#proto/task-messages.ts';
import { attemptName, type Checker } from './checker.ts';

/** See the file's head. */
export function journalBeforeEffect(): Checker {
  const offered = new Set<string>();
  return {
    name: 'journal-before-effect',
    see(sighting) {
      switch (sighting.kind) {
        case 'fact':
          if (sighting.fact.kind === 'task-offered') {
            offered.add(attemptName({ run: sighting.run, ...sighting.fact }));
          }
          return undefined;
        case 'queued': {
          const name = attemptName(sighting.offer);
          return offered.has(name) ? undefined : `${name} is queued and was never offered`;
        }
        case 'executes': {
          const name = attemptName(sighting);
          return offered.has(name) ? undefined : `${name} runs and was never offered`;
        }
        case 'acknowledged':
          return isForgotten(sighting.event, sighting.state)
            ? `${sighting.event.body.kind} of ${attemptName(sighting.event)} is acknowledged, not stored`
            : undefined;
        default:
          return undefined;
      }
    },
  };
}

/** The stored facts still wait for this news. */
function isForgotten(event: TaskEvent, state: RunState): boolean {
  const standing = standingOf(state, event);
  if (standing.kind === 'stale') return false;
  const { phase, worker } = standing.task;
  switch (event.body.kind) {
    case 'phase':
      return false;
    case 'accepted':
      return phase === 'offered';
    case 'done':
    case 'failed':
      return phase === 'offered' || (phase === 'running' && worker === event.worker);
  }
}
