/** Failures use up a budget, counted by what went wrong and not by the class that was reported. */
import type { ErrorCode } from '#proto/error-codes.ts';
import { RELEASES_MAX } from '#coordinator/core/retry-policy.ts';
import { type Checker, taskName } from './checker.ts';

/** What simulated work fails with, and who is to blame. */
const blame: Partial<Record<ErrorCode, 'user' | 'infra'>> = {
  SCRIPT_FAILED: 'user',
  DISK_FULL: 'infra',
};

/** See the file's head. */
export function attemptsBounded(): Checker {
  const counts = new Map<string, number>();
  const count = (what: string): number => {
    const next = (counts.get(what) ?? 0) + 1;
    counts.set(what, next);
    return next;
  };
  return {
    name: 'attempts-bounded',
    see(sighting) {
      if (sighting.kind !== 'fact' || sighting.fact.kind !== 'attempt-failed') return undefined;
      const { run, plan, fact } = sighting;
      const { infraFailuresMax, lossesMax } = plan.options.retry;
      const name = taskName({ run, task: fact.task });
      const total = count(`${name} total`);
      if (total > infraFailuresMax + lossesMax + RELEASES_MAX) return `${name}: ${total} attempts`;
      const lost = fact.class === 'lost' ? count(`${name} lost`) : 0;
      if (lost > lossesMax) return `${name}: ${lost} losses`;
      const by = blame[fact.error.code];
      const failures = by === undefined ? 0 : count(`${name} ${by}`);
      const allowed = by === 'user' ? 1 : infraFailuresMax;
      return failures > allowed ? `${name}: ${failures} failures of class ${by}` : undefined;
    },
  };
}
