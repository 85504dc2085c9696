/** A process of its own that obtains one package: `node obtain-package.ts CACHE_DIR RECORD_JSON`. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createHttpTransfer } from '#workers/environment/http-transfer.ts';
import { createPackageCache } from '#workers/environment/package-cache.ts';

const [cacheDir = '', recordText = ''] = process.argv.slice(2);
const cache = createPackageCache({ cacheDir, transfer: createHttpTransfer() });
const { directory } = await cache.obtain(JSON.parse(recordText));
process.stdout.write(`${directory} ${readdirSync(join(directory, 'share')).length}\n`);
