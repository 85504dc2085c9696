/** Publishes packages one after the other into the channel named on the command line and tells of each. */
import { join } from 'node:path';
import { publishToChannel } from '#coordinator/channel/publish.ts';
import { packageIndexReader } from '#deploy/package-index-reader.ts';
import { DirectoryBlobStore } from '#proto/adapters/directory-blob-store.ts';
import { systemClock } from '#proto/adapters/system-clock.ts';
import { SilentLogger } from '../../../../support/silent-logger.ts';
import { storedPackage } from '../../../../support/small-packages.ts';

const [channelDir = '', prefix = '', count = '0'] = process.argv.slice(2);
const store = await DirectoryBlobStore.open(join(channelDir, 'stores', prefix));
const scratch = join(channelDir, 'stores', `${prefix}-scratch`);
const channel = {
  channelDir,
  store,
  clock: systemClock,
  reader: packageIndexReader,
  logger: new SilentLogger(),
};
for (let index = 0; index < Number(count); index += 1) {
  const artifact = await storedPackage(store, {
    scratch,
    name: `${prefix}-${index}`,
    content: 'x'.repeat(200_000),
  });
  const publishing = publishToChannel(channel, [artifact]);
  process.send?.('publishing');
  const [error] = await publishing;
  if (error !== null) throw new Error(error?.message);
}
process.disconnect?.();
