/**
 * `npm run sim -- --seeds N [--seed S] [--canary NAME] [--json]`: N seeds from S on. Of the first that breaks
 * a rule it prints the faults that it takes and the end of the trace, and exits with 1; with a canary it is
 * the other way round.
 */
import { parseArgs } from 'node:util';
import { canaries, isCanaryName } from './world/canaries.ts';
import { type Finding, firstFinding, type Wish } from './world/search.ts';
import { simulate, type SimReport } from './world/simulate.ts';

const TRACE_LINES = 50;

function wishOf(values: { seeds: string; seed: string; canary?: string | undefined }): Wish {
  const { canary } = values;
  if (canary !== undefined && !isCanaryName(canary)) {
    throw new RangeError(`no canary ${canary}; there are ${Object.keys(canaries).join(', ')}`);
  }
  return { first: numberOf('seed', values.seed), count: numberOf('seeds', values.seeds), canary };
}

/** No seeds at all break no rule. */
function numberOf(name: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new RangeError(`--${name} ${text}: not a number from 1 on`);
}

/** Switches one fault off after the other and leaves off what isn't needed to break the same rule. */
async function shrunk({ seed, report }: Finding): Promise<Finding> {
  let smallest = report;
  for (const name of Object.keys(report.faults)) {
    const faults = { ...smallest.faults, [name]: 0 };
    const tried = await simulate({ seed, faults });
    if (ruleOf(tried) === ruleOf(report)) smallest = tried;
  }
  return { seed, report: smallest };
}

function ruleOf({ violations }: SimReport): string | undefined {
  return violations[0]?.split(':')[0];
}

function story({ seed, report }: Finding): string {
  const { faults, trace, violations } = report;
  const active = Object.entries(faults).filter(([, strength]) => strength > 0);
  const table = active.map(([name, strength]) => `${name} ${Number(strength.toFixed(3))}`);
  return [...table, ...trace.slice(-TRACE_LINES), `seed ${seed}: ${violations.join('; ')}`].join(
    '\n',
  );
}

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    canary: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const wish = wishOf(values);
const startedMs = performance.now();
const found = await firstFinding(wish);
const finding = found === undefined || wish.canary !== undefined ? found : await shrunk(found);
const durationMs = Math.round(performance.now() - startedMs);
const isGood = (finding === undefined) === (wish.canary === undefined);
process.exitCode = isGood ? 0 : 1;
if (values.json) {
  const { seed, report } = finding ?? { seed: null, report: null };
  const violations = report?.violations ?? [];
  const trace = report?.trace.slice(-TRACE_LINES) ?? [];
  const result = { ...wish, durationMs, isGood, seed, violations, trace };
  process.stdout.write(`${JSON.stringify(result)}\n`);
} else {
  const verdict = finding === undefined ? 'no rule is broken' : `${story(finding)}`;
  process.stdout.write(`${verdict}\n${wish.count} seeds, ${durationMs} ms\n`);
}
