/** Which worker of a farm did which task: for people who look at a farm for the first time. */
import { systemClock } from '#proto/adapters/system-clock.ts';
import { FarmClient } from '../farm-client/farm-client.ts';

const RUNS_SHOWN_MAX = 20;

/** A line for each task, oldest run first. */
export async function whoBuiltWhat(url: string, token: string): Promise<readonly string[]> {
  const quiet = (): void => undefined;
  const client = new FarmClient({
    addresses: [url],
    token,
    clock: systemClock,
    patienceMs: 0,
    say: quiet,
  });
  try {
    const lines: string[] = [];
    for (const { run } of (await client.runs(RUNS_SHOWN_MAX)).toReversed()) {
      const { tasks } = await client.run(run);
      for (const { result, kind, title } of tasks) {
        lines.push(`${result?.worker ?? '-'}  ${kind} ${title}`);
      }
    }
    return lines;
  } finally {
    client.close();
  }
}
