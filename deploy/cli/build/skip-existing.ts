/** `--skip-existing` and `--noarch-build-platform`: which outputs are left to others, or are there already, in the output directory (`local`) or in any channel (`all`). */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { StageyardError } from '#proto/errors.ts';
import type { RenderedOutput } from '#proto/recipe/recipe.ts';
import type { ChannelRef } from '#proto/task-spec.ts';
import type { EnvironmentService } from '#workers/environment/environment-service.ts';
import type { BuildRequest } from './build-request.ts';

/** What is looked at. */
export interface ExistingContext {
  readonly request: BuildRequest;
  readonly channels: readonly ChannelRef[];
  readonly environments: EnvironmentService;
}

function existsLocally(output: RenderedOutput, outputDir: string): boolean {
  const stem = `${output.name}-${output.version}-${output.build.string}`;
  return ['.conda', '.tar.bz2'].some((extension) =>
    existsSync(join(outputDir, output.platforms.target, stem + extension)),
  );
}

/** A package of exactly this name, version and build can be had from a channel. */
async function existsInChannels(
  output: RenderedOutput,
  context: ExistingContext,
): Promise<boolean> {
  const spec = `${output.name} ==${output.version} ${output.build.string}`;
  try {
    await context.environments.solve({
      specs: [{ source: spec, spec }],
      platform: output.platforms.host,
      sources: { channels: context.channels, artifacts: [], channelPriority: 'disabled' },
    });
    return true;
  } catch (error) {
    if (error instanceof StageyardError && error.code === 'ENV_UNSOLVABLE') return false;
    throw error;
  }
}

/** The outputs to leave out. Rejects with the codes of channels. */
export async function skippedOutputs(
  outputs: readonly RenderedOutput[],
  context: ExistingContext,
): Promise<ReadonlySet<RenderedOutput>> {
  const { skipExisting, outputDir, noarchBuildPlatform, platforms } = context.request;
  const isElsewhere = noarchBuildPlatform !== undefined && noarchBuildPlatform !== platforms.build;
  const skipped = new Set(isElsewhere ? outputs.filter(({ build }) => build.noarch !== null) : []);
  if (skipExisting === 'none') return skipped;
  for (const output of outputs) {
    if (
      existsLocally(output, outputDir) ||
      (skipExisting === 'all' && (await existsInChannels(output, context)))
    )
      skipped.add(output);
  }
  return skipped;
}
