/** Looks for the first seed that breaks a rule; with a canary, the rule that it is meant to break. */
import { type CanaryName, canaries } from './canaries.ts';
import { simulate, type SimReport } from './simulate.ts';

/** What to look through. */
export interface Wish {
  readonly first: number;
  readonly count: number;
  readonly canary?: CanaryName | undefined;
}

/** A seed with what it shows. */
export interface Finding {
  readonly seed: number;
  readonly report: SimReport;
}

/** Undefined: nothing was found. */
export async function firstFinding({ first, count, canary }: Wish): Promise<Finding | undefined> {
  for (let seed = first; seed < first + count; seed += 1) {
    const report = await simulate({ seed, ...(canary === undefined ? {} : { canary }) });
    const [violation] = report.violations;
    if (violation === undefined) continue;
    if (canary === undefined || violation.startsWith(`${canaries[canary].invariant}:`)) {
      return { seed, report };
    }
  }
  return undefined;
}
