/** Environments of a task: solved against the run's own packages and the user's channels, finalized, installed. */
import type { RunExportsJson } from '#proto/conda/package-record.ts';
import type { FinalizedRun, LockedEnvironments } from '#proto/environment.ts';
import type { Finding } from '#proto/link-report.ts';
import type { Dependency } from '#proto/recipe/recipe.ts';
import type { SnapshotManifest } from '#proto/snapshot.ts';
import type { PackageTaskSpec, StageTaskSpec, TaskInputs, TaskSpec } from '#proto/task-spec.ts';
import type { PackageSources } from '../environment/environment-service.ts';
import { finalizeDependencies, finalizeRunExports } from '../environment/finalize-requirements.ts';
import { lockEnvironments } from '../environment/lock-environments.ts';
import { finalizeRun, knownOutputs, resolvedPackages } from '../environment/run-exports.ts';
import type { BuildPlace } from '../script/build-places.ts';
import type { TaskRequest } from '../shell/task-executor.ts';
import type { TaskServices } from './services.ts';

/** Where the packages of a task's environments may come from. */
export function packageSources(spec: TaskSpec, inputs: TaskInputs): PackageSources {
  const { channelPriority, excludeNewerMs } = spec.settings;
  return {
    channels: spec.channels,
    artifacts: inputs.artifacts,
    channelPriority,
    ...(excludeNewerMs === undefined ? {} : { excludeNewerMs }),
  };
}

/** Solves the environments of a staging output. */
export async function lockStaging(
  services: TaskServices,
  request: TaskRequest,
  spec: StageTaskSpec,
): Promise<LockedEnvironments> {
  return lockEnvironments(services.environments, {
    requirements: spec.staging.requirements,
    variant: spec.staging.variant,
    siblings: [],
    platforms: spec.platforms,
    sources: packageSources(spec, request.inputs),
    isMerged: false,
    isVersionIndependent: false,
    reporter: request.reporter,
    signal: request.signal,
  });
}

/** Solves the environments of a package output. */
export async function lockPackage(
  services: TaskServices,
  request: TaskRequest,
  spec: PackageTaskSpec,
): Promise<LockedEnvironments> {
  const { output } = spec;
  return lockEnvironments(services.environments, {
    requirements: output.requirements,
    variant: output.variant,
    siblings: knownOutputs(output, spec.siblings),
    platforms: output.platforms,
    sources: packageSources(spec, request.inputs),
    isMerged: output.build.merge_build_and_host_envs,
    isVersionIndependent: output.build.python.version_independent,
    reporter: request.reporter,
    signal: request.signal,
  });
}

/** Requirements as they go into the package's metadata. */
export interface FinalizedPackage {
  readonly run: FinalizedRun;
  readonly runExports: RunExportsJson;
  /** Text of a requirement of one of the output's tests. */
  readonly resolve: (dependency: Dependency) => string;
}

/** Finalizes run requirements and run exports. Throws `RECIPE_INVALID` for a pin that can't be resolved. */
export function finalizePackage(input: {
  readonly spec: PackageTaskSpec;
  readonly environments: LockedEnvironments;
  /** Nearest first. */
  readonly manifests: readonly SnapshotManifest[];
}): FinalizedPackage {
  const { spec, environments, manifests } = input;
  const { output } = spec;
  const context = {
    variant: output.variant,
    siblings: knownOutputs(output, spec.siblings),
    resolved: resolvedPackages(environments),
  };
  return {
    run: finalizeRun({ output, environments, inherited: manifests, siblings: spec.siblings }),
    runExports: finalizeRunExports(output.requirements.run_exports, context),
    resolve: (dependency) =>
      finalizeDependencies([dependency], { ...context, fillFromVariant: false })[0]?.spec ?? '',
  };
}

/** What to install, and where. */
export interface InstallJob {
  readonly environments: LockedEnvironments;
  readonly place: BuildPlace;
  /** `staging output NAME`, when the host prefix holds restored files. */
  readonly ownerOfExistingFiles?: string;
}

/** Installs build and host environment; answers findings about files that a package replaced. */
export async function installBoth(
  services: TaskServices,
  request: TaskRequest,
  job: InstallJob,
): Promise<readonly Finding[]> {
  const { environments, place, ownerOfExistingFiles } = job;
  const { reporter, signal, inputs } = request;
  const count = environments.host.resolved.length + (environments.build?.resolved.length ?? 0);
  const detail = count === 1 ? '1 package' : `${count} packages`;
  reporter.report({ kind: 'phase', phase: 'installing', detail });
  const common = { artifacts: inputs.artifacts, reporter, signal };
  if (environments.build !== null)
    await services.environments.install({
      ...common,
      environment: environments.build,
      prefix: place.buildPrefix,
    });
  const installed = await services.environments.install({
    ...common,
    environment: environments.host,
    prefix: place.hostPrefix,
    ...(ownerOfExistingFiles === undefined ? {} : { ownerOfExistingFiles }),
  });
  return installed.replacedFiles.map((path) => ({
    kind: 'clobbered-file',
    severity: 'warning',
    message: `${path} of the ${ownerOfExistingFiles ?? 'prefix'} was replaced by another file of a host dependency, and is not packaged`,
    remedy: 'remove the file in the staging script, or the package from requirements.host',
  }));
}
