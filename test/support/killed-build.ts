/**
 * `killed-build.ts ENTRY FLAGS-AS-JSON`: a build whose process kills itself with SIGKILL right after the journal has
 * stored entry number ENTRY, before any effect of it. ENTRY 0 lives; the number of entries goes to standard error.
 */
import { runBuild } from '#deploy/cli/build/run-build.ts';
import type { Journal } from '#proto/ports/journal.ts';

const entry = Number(process.argv[2]);
const flags: Record<string, unknown> = JSON.parse(process.argv[3] ?? '{}');
let appended = 0;

function deadly(journal: Journal): Journal {
  return {
    async append(body, expectedLastSequence) {
      const outcome = await journal.append(body, expectedLastSequence);
      appended += 1;
      if (appended === entry) process.kill(process.pid, 'SIGKILL');
      return outcome;
    },
    read: (from) => journal.read(from),
    last: () => journal.last(),
    close: () => journal.close(),
  };
}

process.exitCode = await runBuild(flags, { decorateJournal: deadly });
process.stderr.write(`entries ${appended}\n`);
