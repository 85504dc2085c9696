/** Opens the journal named on the command line, appends three entries, reports, and waits to be killed. */
import { SqliteJournal } from '#proto/adapters/sqlite-journal.ts';

const opened = await SqliteJournal.open(process.argv[2] ?? '');
if (opened.kind !== 'opened') throw new Error('the journal is busy');
for (const sequence of [0, 1, 2]) await opened.journal.append(new Uint8Array([sequence]), sequence);
process.send?.(3);
setInterval(() => undefined, 60_000);
