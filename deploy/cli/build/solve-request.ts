/** Solves what a request rendered, with the caches of the store; no output directory is made. */
import { DirectoryBlobStore } from '#proto/adapters/directory-blob-store.ts';
import type { RenderedRun } from '#coordinator/render/render-run.ts';
import { createEnvironmentService } from '#workers/environment/environment-service.ts';
import { channelTransfer } from '../../channel/channel-transfer.ts';
import { bucketAccess } from '../../config/farm-config.ts';
import { openLogger } from '../../logger.ts';
import { type SolvedOutputs, solveOutputs } from '../../solve/solve-outputs.ts';
import { storeDirectory, storeLayout } from '../../store-layout.ts';
import { makeUserDirectory } from '../../user-directory.ts';
import type { BuildRequest } from './build-request.ts';
import { channelRefs } from './channels.ts';

/** Rejects with the codes of the store and of environments. */
export async function solveRequest(
  request: BuildRequest,
  rendered: RenderedRun,
): Promise<SolvedOutputs> {
  await makeUserDirectory(storeDirectory(request.store));
  const layout = storeLayout(request.store);
  const environments = createEnvironmentService({
    cacheDir: layout.environments,
    blobs: await DirectoryBlobStore.open(layout.blobs),
    logger: await openLogger({
      path: layout.log,
      isVerbose: request.output.verbosity === 'verbose',
    }),
    environment: process.env,
    transfer: channelTransfer(bucketAccess(process.env)),
  });
  try {
    return await solveOutputs(rendered, environments, {
      channels: channelRefs(request.channels, {
        cwd: process.cwd(),
        outputDir: request.outputDir,
        environment: process.env,
      }),
      channelPriority: request.channelPriority,
      ...(request.excludeNewerMs === undefined ? {} : { excludeNewerMs: request.excludeNewerMs }),
    });
  } finally {
    await environments.close();
  }
}
