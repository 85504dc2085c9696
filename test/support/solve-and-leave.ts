/** A process of its own that solves for `a` and ends without closing anything: `node solve-and-leave.ts CACHE_DIR CHANNEL_URL`. */
import { createEnvironmentService } from '#workers/environment/environment-service.ts';
import { FakeBlobStore } from './fake-blob-store.ts';
import { SilentLogger } from './silent-logger.ts';

const [cacheDir = '', url = ''] = process.argv.slice(2);
const service = createEnvironmentService({
  cacheDir,
  blobs: new FakeBlobStore(),
  logger: new SilentLogger(),
  environment: {},
});
const { resolved } = await service.solve({
  specs: [{ source: 'a', spec: 'a' }],
  platform: 'linux-64',
  sources: { channels: [{ url, name: 'ch' }], artifacts: [], channelPriority: 'strict' },
});
process.stdout.write(`${resolved.map(({ fn }) => fn).join()}\n`);
