/** What a build's flags say of the farm that does it. */
import { clientConfig } from '../../config/farm-config.ts';
import type { FarmHostOptions } from '../../farm-client/farm-host.ts';
import { sourcesOfProcess } from '../farm/setting-flags.ts';
import type { BuildContext } from './planned-build.ts';

/** Throws `CONFIG_INVALID` for an address or a configuration that can't be. */
export function farmHostOptions({
  request,
  rendering,
  logger,
  view,
}: BuildContext): FarmHostOptions {
  const { farm, store, bundlesChannels, outputDir } = request;
  const outputs = rendering.rendered.outputs.map(({ output }) => output);
  const platforms = outputs.flatMap(({ platforms: { build, host, target } }) => [
    build,
    host,
    target,
  ]);
  const flags = farm === undefined || farm === '' ? {} : { farm };
  return {
    ...clientConfig(sourcesOfProcess(flags)),
    storePath: store,
    logger,
    environment: process.env,
    bundlesChannels,
    outputDir,
    platforms: [...new Set([...platforms, 'noarch'])].toSorted(),
    outputNames: outputs.map(({ name }) => name),
    cwd: process.cwd(),
    say: (text) => view.show({ atMs: Date.now(), event: 'notice', text }),
  };
}
