/**
 * Solves both environments of an output or staging output (spec 3.5, 3.8, 4.5): build first, since
 * what its packages export strongly belongs into host; or both as one where they are merged: then only
 * host requirements export, as in rattler-build.
 */
import type {
  ExportedBy,
  FinalizedDependency,
  LockedEnvironment,
  LockedEnvironments,
} from '#proto/environment.ts';
import type { Dependency, IgnoreRunExports, Platforms, Variant } from '#proto/recipe/recipe.ts';
import type { EnvironmentService, PackageSources, RequestContext } from './environment-service.ts';
import { finalizeDependencies, type KnownPackage } from './finalize-requirements.ts';
import {
  collectExports,
  directRequirements,
  ignoreListsOf,
  strongExportsForHost,
} from './run-exports.ts';

/** What to solve. */
export interface LockRequest extends RequestContext {
  readonly requirements: {
    readonly build: readonly Dependency[];
    readonly host: readonly Dependency[];
    readonly ignore_run_exports: IgnoreRunExports;
  };
  /** Fills names without a version. */
  readonly variant: Variant;
  /** Outputs of the recipe, for `pin_subpackage`. */
  readonly siblings: readonly KnownPackage[];
  readonly platforms: Platforms;
  readonly sources: PackageSources;
  /** `build.merge_build_and_host_envs`; a staging output never merges. */
  readonly isMerged: boolean;
  /** `build.python.version_independent`. */
  readonly isVersionIndependent: boolean;
}

function solve(
  service: EnvironmentService,
  request: LockRequest,
  what: { readonly specs: readonly FinalizedDependency[]; readonly platform: string },
): Promise<LockedEnvironment> {
  const { sources, reporter, signal } = request;
  return service.solve({
    ...what,
    sources,
    ...(reporter === undefined ? {} : { reporter }),
    ...(signal === undefined ? {} : { signal }),
  });
}

async function exportsOf(
  service: EnvironmentService,
  request: LockRequest,
  what: { readonly environment: LockedEnvironment; readonly from: ExportedBy['from'] },
): Promise<readonly ExportedBy[]> {
  const direct = new Set(directRequirements(what.environment));
  const records = what.environment.resolved.filter((record) => direct.has(record.name));
  const { reporter, signal, sources } = request;
  const found = await service.runExportsOf(records, sources.artifacts, {
    ...(reporter === undefined ? {} : { reporter }),
    ...(signal === undefined ? {} : { signal }),
  });
  return collectExports(what.environment, what.from, found);
}

/**
 * Rejects with the codes of {@link EnvironmentService.solve} and {@link EnvironmentService.runExportsOf},
 * and `RECIPE_INVALID` for a pin that can't be resolved.
 */
export async function lockEnvironments(
  service: EnvironmentService,
  request: LockRequest,
): Promise<LockedEnvironments> {
  const { requirements, platforms, variant, siblings } = request;
  const context = { variant, fillFromVariant: true, siblings };
  const buildSpecs = finalizeDependencies(requirements.build, { ...context, resolved: [] });
  if (request.isMerged) {
    const hostSpecs = finalizeDependencies(requirements.host, { ...context, resolved: [] });
    const host = await solve(service, request, {
      specs: [...buildSpecs, ...hostSpecs],
      platform: platforms.host,
    });
    return {
      build: null,
      host,
      exports: await exportsOf(service, request, {
        environment: { ...host, specs: hostSpecs },
        from: 'host',
      }),
    };
  }
  const build = await solve(service, request, { specs: buildSpecs, platform: platforms.build });
  const buildExports = await exportsOf(service, request, { environment: build, from: 'build' });
  const ignore = ignoreListsOf(requirements.ignore_run_exports, request.isVersionIndependent);
  const hostSpecs = [
    ...finalizeDependencies(requirements.host, { ...context, resolved: build.resolved }),
    ...strongExportsForHost(buildExports, ignore),
  ];
  const host = await solve(service, request, { specs: hostSpecs, platform: platforms.host });
  const hostExports = await exportsOf(service, request, { environment: host, from: 'host' });
  return { build, host, exports: [...buildExports, ...hostExports] };
}
