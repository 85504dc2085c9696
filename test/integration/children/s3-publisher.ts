/** Publishes packages one after the other into the channel of a bucket named on the command line, telling of each. */
import { join } from 'node:path';
import { publishTo } from '#coordinator/channel/publish.ts';
import { S3ChannelPlace } from '#deploy/channel/s3-place.ts';
import { packageIndexReader } from '#deploy/package-index-reader.ts';
import { DirectoryBlobStore } from '#proto/adapters/directory-blob-store.ts';
import { systemClock } from '#proto/adapters/system-clock.ts';
import { SilentLogger } from '../../support/silent-logger.ts';
import { storedPackage } from '../../support/small-packages.ts';

const [directory = '', prefix = '', name = '', count = '0'] = process.argv.slice(2);
const { endpoint = '', bucket = '', accessKey = '', secretKey = '' } = process.env;
const store = await DirectoryBlobStore.open(join(directory, 'store'));
const place = new S3ChannelPlace({
  endpoint,
  bucket,
  accessKey,
  secretKey,
  prefix,
  store,
  say: () => undefined,
});
for (let index = 0; index < Number(count); index += 1) {
  const artifact = await storedPackage(store, {
    scratch: join(directory, 'scratch'),
    name: `${name}-${index}`,
    content: 'x'.repeat(200_000),
  });
  const logger = new SilentLogger();
  const publishing = publishTo({ place, clock: systemClock, reader: packageIndexReader, logger }, [
    artifact,
  ]);
  process.send?.('publishing');
  const [error] = await publishing;
  if (error !== null) throw new Error(error?.message);
}
place.close();
process.disconnect?.();
