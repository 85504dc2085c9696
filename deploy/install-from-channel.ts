/** Installs packages of a directory channel into a fresh prefix: what a user's package manager would do. */
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DirectoryBlobStore } from '#proto/adapters/directory-blob-store.ts';
import { createEnvironmentService } from '#workers/environment/environment-service.ts';
import { currentPlatform } from './cli/build/current-platform.ts';
import { openLogger } from './logger.ts';
import { storeLayout, storePathOf } from './store-layout.ts';

/** What to install, and where. Paths are absolute. */
export interface InstallFromChannel {
  readonly channelDir: string;
  readonly specs: readonly string[];
  readonly prefix: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Answers `name version build` of what was installed, sorted by name. Rejects with `ENV_*`, `CHANNEL_*`, `PACKAGE_INVALID`. */
export async function installFromChannel(job: InstallFromChannel): Promise<readonly string[]> {
  const layout = storeLayout(storePathOf(job.environment));
  const logger = await openLogger({ path: layout.log, isVerbose: false });
  const blobs = await DirectoryBlobStore.open(layout.blobs);
  const { environment: variables } = job;
  const service = createEnvironmentService({
    cacheDir: layout.environments,
    blobs,
    logger,
    environment: variables,
  });
  try {
    const url = pathToFileURL(job.channelDir).href;
    const environment = await service.solve({
      specs: job.specs.map((spec) => ({ source: spec, spec })),
      platform: currentPlatform(process.platform, process.arch),
      sources: {
        channels: [{ url, name: basename(job.channelDir) }],
        artifacts: [],
        channelPriority: 'strict',
      },
    });
    await service.install({ environment, prefix: job.prefix, artifacts: [] });
    return environment.resolved.map(({ name, version, build }) => `${name} ${version} ${build}`);
  } finally {
    await service.close();
  }
}
