/** Runs seeds by hand: `node test/sim/run.ts FROM [COUNT] [CANARY]`; prints the trace of the first that fails. */
import { simulate, type Canary } from './world/cluster.ts';

const [from = '1', count = '1', canary = 'none'] = process.argv.slice(2);
const canaries: readonly Canary[] = ['none', 'skip-fencing', 'ack-before-journal'];
const wanted = canaries.find((name) => name === canary) ?? 'none';
const startedMs = performance.now();
for (let seed = Number(from); seed < Number(from) + Number(count); seed += 1) {
  const report = await simulate({ seed, canary: wanted });
  if (report.violations.length === 0) continue;
  process.stdout.write(`${JSON.stringify(report.faults)}\n${report.trace.slice(-60).join('\n')}\n`);
  process.stdout.write(`seed ${seed}: ${report.violations.join('; ')}\n`);
  process.exitCode = 1;
  break;
}
process.stdout.write(`${Math.round(performance.now() - startedMs)} ms\n`);
