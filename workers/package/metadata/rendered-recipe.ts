/**
 * `info/recipe/rendered_recipe.yaml` (spec 6.5): the recipe as evaluated and what it was built with.
 * The same on every machine: no absolute paths (directories are named by their variables, channels
 * of this machine are left out), no facts about the machine, nothing in an order of its own.
 */
import { stringify } from 'yaml';
import type { RunExportsJson } from '#proto/conda/package-record.ts';
import type { FinalizedRun, LockedEnvironment, LockedEnvironments } from '#proto/environment.ts';
import type { RenderedOutput, RenderedStaging, Source } from '#proto/recipe/recipe.ts';
import type { BuildSettings, BuildTimestamp, ChannelRef } from '#proto/task-spec.ts';
import { publicChannelUrl } from './about-json.ts';
import { recipeView } from './recipe-view.ts';
import { sortedKeys } from './sorted-keys.ts';

/** What is told. */
export interface RenderedRecipeInput {
  readonly output: RenderedOutput;
  readonly environments: LockedEnvironments;
  /** Of the inherited staging output. */
  readonly stagingEnvironments?: LockedEnvironments;
  readonly run: FinalizedRun;
  readonly runExports: RunExportsJson;
  readonly channels: readonly ChannelRef[];
  readonly settings: Pick<BuildSettings, 'channelPriority' | 'packageFormat'>;
  readonly timestamp: BuildTimestamp;
  readonly finalizedSources: readonly Source[];
  readonly stagingSources?: readonly Source[];
  /** Name → version of programs that took part. */
  readonly systemTools: Readonly<Record<string, string>>;
}

const directories = {
  host_prefix: '$PREFIX',
  build_prefix: '$BUILD_PREFIX',
  work_dir: '$SRC_DIR',
};

/** Records without where they were fetched from, unless everybody can fetch them there. */
function environmentView(environment: LockedEnvironment | null | undefined): unknown {
  if (environment === null || environment === undefined) return null;
  const resolved = environment.resolved.map((record) => {
    const { url, channel: _channel, fn: _fn, ...rest } = record;
    const isPublic = publicChannelUrl({ url, name: '' }) !== undefined;
    return sortedKeys(isPublic ? { ...rest, url } : { ...rest });
  });
  return { specs: environment.specs, resolved };
}

function stagingView(staging: RenderedStaging): unknown {
  return {
    name: staging.name,
    variant: sortedKeys(staging.variant),
    source: staging.source,
    requirements: staging.requirements,
    inherit: staging.inherit,
  };
}

function buildConfiguration(input: RenderedRecipeInput): Record<string, unknown> {
  const { output, settings, timestamp } = input;
  const { kind, level } = settings.packageFormat;
  return {
    target_platform: output.platforms.target,
    host_platform: { platform: output.platforms.host },
    build_platform: { platform: output.platforms.build },
    variant: sortedKeys(output.variant),
    hash: { hash: output.hash.hash, prefix: output.hash.prefix },
    directories,
    channels: input.channels.flatMap((channel) => publicChannelUrl(channel) ?? []),
    channel_priority: settings.channelPriority,
    solve_strategy: 'highest',
    timestamp: new Date(timestamp.epochSeconds * 1000).toISOString(),
    subpackages: {
      [output.name]: {
        name: output.name,
        version: output.version,
        build_string: output.build.string,
      },
    },
    packaging_settings: {
      archive_type: kind === 'conda' ? 'conda' : 'tar-bz2',
      compression_level: level,
    },
  };
}

/** The file's text. */
export function renderedRecipeYaml(input: RenderedRecipeInput): string {
  const { output, environments, stagingEnvironments, run } = input;
  const document: Record<string, unknown> = {
    recipe: {
      ...recipeView(output),
      ...(output.staging.length === 0 ? {} : { staging_caches: output.staging.map(stagingView) }),
      ...(output.inherit === null
        ? {}
        : {
            inherits_from: {
              cache_name: output.inherit.from,
              inherit_run_exports: output.inherit.run_exports,
            },
          }),
    },
    build_configuration: buildConfiguration(input),
    finalized_dependencies: {
      build: environmentView(environments.build),
      host: environmentView(environments.host),
      run: { depends: run.depends, constraints: run.constraints, run_exports: input.runExports },
    },
    finalized_sources: input.finalizedSources,
    ...(stagingEnvironments === undefined
      ? {}
      : {
          finalized_cache_dependencies: {
            build: environmentView(stagingEnvironments.build),
            host: environmentView(stagingEnvironments.host),
          },
        }),
    ...(input.stagingSources === undefined
      ? {}
      : { finalized_cache_sources: input.stagingSources }),
    system_tools: sortedKeys(input.systemTools),
  };
  return stringify(document, { lineWidth: 0, aliasDuplicateObjects: false });
}
