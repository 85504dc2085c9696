/** Installs packages of a directory channel into a fresh prefix: what a user's package manager would do. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DirectoryBlobStore } from '#proto/adapters/directory-blob-store.ts';
import { createEnvironmentService } from '#workers/environment/environment-service.ts';
import { currentPlatform } from './cli/build/current-platform.ts';
import { openLogger } from './logger.ts';

/** What to install, and where. Paths are absolute. */
export interface InstallFromChannel {
  readonly channelDir: string;
  readonly specs: readonly string[];
  readonly prefix: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Answers `name version build` of what was installed, sorted by name. Rejects with `ENV_*`, `CHANNEL_*`, `PACKAGE_INVALID`. */
export async function installFromChannel(job: InstallFromChannel): Promise<readonly string[]> {
  const scratch = await mkdtemp(join(tmpdir(), 'stageyard-install-'));
  const logger = await openLogger({ path: join(scratch, 'install.log'), isVerbose: false });
  const blobs = await DirectoryBlobStore.open(join(scratch, 'blobs'));
  const service = createEnvironmentService({
    cacheDir: join(scratch, 'environments'),
    blobs,
    logger,
    environment: job.environment,
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
    await rm(scratch, { recursive: true, force: true });
  }
}
