/** Claims a key in the index named on the command line, reports, and waits to be killed. */
import { SqliteResultIndex } from '#proto/adapters/sqlite-result-index.ts';
import { systemClock } from '#proto/adapters/system-clock.ts';
import { inputKey } from '#proto/ids.ts';

const [path = '', key = '', owner = ''] = process.argv.slice(2);
const index = await SqliteResultIndex.open({ path, clock: systemClock });
process.send?.(await index.claim(inputKey(key), owner, 3_600_000));
setInterval(() => undefined, 60_000);
