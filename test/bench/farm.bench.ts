/**
 * A farm on real servers: how many empty tasks go from submission to result, how fast its journal is, how soon a
 * coordinator is back, and how fast a snapshot reaches a worker. Each beside the plain thing that it is made of.
 */
import type { BenchResult } from './bench-result.ts';
import { measureFetch } from './farm-fetch.ts';
import { measureJournal } from './farm-journal.ts';
import { measureRestart } from './farm-restart.ts';
import { measureTasks } from './farm-tasks.ts';

const RESTART_MS_MAX = 5_000;

/** See the file's head. */
export async function run(): Promise<BenchResult> {
  const { ratio, ...speeds } = await measureTasks();
  const journal = await measureJournal();
  const restart = await measureRestart();
  const fetched = await measureFetch();
  return {
    name: 'farm',
    ratios: {
      'empty tasks per second / plain next() and confirmed ack per second (bar: 0.5)': ratio,
      'time of 5 s / restart with 100,000 finished and 10,000 open tasks (bar: 1)':
        RESTART_MS_MAX / restart.fromSnapshotMs,
      'speed of a snapshot fetch, verified / curl of the same object':
        fetched.oursMBPerSecond / fetched.curlMBPerSecond,
    },
    details: rounded({ ...speeds, ...journal, ...restart, ...fetched }),
  };
}

function rounded(numbers: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(numbers).map(([name, n]) => [name, Math.round(n)]));
}
