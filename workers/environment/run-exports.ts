/**
 * Which run exports reach what (spec 3.8): a package that is a *direct* requirement passes specs on to
 * those that are built with it. Collected unfiltered, so that a snapshot serves every inheritor;
 * filtered by the lists of everyone on the way. Unlike rattler-build, constraint exports of a staging
 * output arrive, and the order is always the same: by exporter, then as the exporter lists them. Pure.
 */
import type { RunExportsJson } from '#proto/conda/package-record.ts';
import type {
  ExportedBy,
  FinalizedDependency,
  FinalizedRun,
  LockedEnvironment,
  LockedEnvironments,
} from '#proto/environment.ts';
import type { IgnoreRunExports, RenderedOutput } from '#proto/recipe/recipe.ts';
import { canonicalSpec, finalizeDependencies, type KnownPackage } from './finalize-requirements.ts';
import { nameOfSpec } from './spec-text.ts';

/** Everything that direct requirements of an environment export, sorted by exporter. */
export function collectExports(
  environment: LockedEnvironment,
  from: ExportedBy['from'],
  exportsOf: ReadonlyMap<string, RunExportsJson>,
): readonly ExportedBy[] {
  return directRequirements(environment).flatMap((name) => {
    const exports = exportsOf.get(name) ?? {};
    return Object.keys(exports).length === 0 ? [] : [{ package: name, from, exports }];
  });
}

/** Names that the environment was asked for, sorted; what a run export added is not among them. */
export function directRequirements(environment: LockedEnvironment): readonly string[] {
  const names = environment.specs.flatMap((dependency) => {
    const name = 'run_export' in dependency ? null : nameOfSpec(dependency.spec);
    return name === null ? [] : [name];
  });
  return [...new Set(names)].sort();
}

function isIgnored(exporter: string, spec: string, lists: readonly IgnoreRunExports[]): boolean {
  const name = nameOfSpec(spec);
  const includes = (names: readonly string[], wanted: string | null): boolean =>
    wanted !== null && names.some((item) => item.toLowerCase() === wanted);
  return lists.some(
    (list) => includes(list.from_package, exporter.toLowerCase()) || includes(list.by_name, name),
  );
}

/** What of one environment's exports is meant, and for whom. */
interface Selection {
  readonly exported: readonly ExportedBy[];
  readonly keys: readonly (keyof RunExportsJson)[];
  readonly from: 'build' | 'host';
  readonly ignore: readonly IgnoreRunExports[];
  /** Tag instead of the environment, for what comes through a staging output. */
  readonly tag?: 'staging';
}

function select(selection: Selection): FinalizedDependency[] {
  const { exported, keys, from, ignore, tag } = selection;
  const exporters = exported
    .filter((item) => item.from === from)
    .toSorted((a, b) => (a.package < b.package ? -1 : 1));
  return keys.flatMap((key) =>
    exporters.flatMap((item) =>
      (item.exports[key] ?? [])
        .filter((spec) => !isIgnored(item.package, spec, ignore))
        .map((spec) => ({
          run_export: item.package,
          from: tag ?? from,
          spec: canonicalSpec(spec),
        })),
    ),
  );
}

/** `strong` exports of the build environment: they are installed into host as well. */
export function strongExportsForHost(
  exported: readonly ExportedBy[],
  ignore: readonly IgnoreRunExports[],
): readonly FinalizedDependency[] {
  return select({ exported, keys: ['strong'], from: 'build', ignore });
}

interface Applied {
  readonly depends: readonly FinalizedDependency[];
  readonly constraints: readonly FinalizedDependency[];
}

function applyExports(
  exported: readonly ExportedBy[],
  ignore: readonly IgnoreRunExports[],
  rules: { readonly isNoarch: boolean; readonly tag?: 'staging' },
): Applied {
  const of = (
    from: 'build' | 'host',
    keys: readonly (keyof RunExportsJson)[],
  ): FinalizedDependency[] =>
    select({
      exported,
      keys,
      from,
      ignore,
      ...(rules.tag === undefined ? {} : { tag: rules.tag }),
    });
  if (rules.isNoarch) return { depends: of('host', ['noarch']), constraints: [] };
  return {
    depends: [...of('build', ['strong']), ...of('host', ['strong', 'weak'])],
    constraints: [
      ...of('build', ['strong_constrains']),
      ...of('host', ['strong_constrains', 'weak_constrains']),
    ],
  };
}

/** What is known of an inherited staging output's exports; a snapshot's manifest has it. */
export interface InheritedExports {
  readonly exports: readonly ExportedBy[];
  readonly ignoreRunExports: {
    readonly byName: readonly string[];
    readonly fromPackage: readonly string[];
  };
}

/**
 * Exports that arrive through staging: each output on the way passes them on only with
 * `inherit.run_exports`, and everybody's ignore lists apply.
 */
function applyInherited(
  output: RenderedOutput,
  inherited: readonly InheritedExports[],
  own: readonly IgnoreRunExports[],
): Applied {
  const depends: FinalizedDependency[] = [];
  const constraints: FinalizedDependency[] = [];
  const ignore = [...own];
  const isNoarch = output.platforms.target === 'noarch';
  for (const [index, staging] of inherited.entries()) {
    const inherit = index === 0 ? output.inherit : output.staging[index - 1]?.inherit;
    if (inherit?.run_exports !== true) break;
    ignore.push({
      by_name: staging.ignoreRunExports.byName,
      from_package: staging.ignoreRunExports.fromPackage,
    });
    const applied = applyExports(staging.exports, ignore, { isNoarch, tag: 'staging' });
    depends.push(...applied.depends);
    constraints.push(...applied.constraints);
  }
  return { depends, constraints };
}

/** Ignore lists of an output; one that works with every Python ignores what Python exports. */
export function ignoreListsOf(
  ignore: IgnoreRunExports,
  isVersionIndependent: boolean,
): readonly IgnoreRunExports[] {
  return isVersionIndependent
    ? [ignore, { by_name: ['python'], from_package: ['python'] }]
    : [ignore];
}

function withoutRepetition(
  dependencies: readonly FinalizedDependency[],
): readonly FinalizedDependency[] {
  const seen = new Set<string>();
  return dependencies.filter(({ spec }) => {
    if (seen.has(spec)) return false;
    seen.add(spec);
    return true;
  });
}

/** What the run requirements of a package are made of. */
export interface FinalizeRunInput {
  readonly output: RenderedOutput;
  readonly environments: LockedEnvironments;
  /** Inherited staging outputs, nearest first, as in `output.staging`. */
  readonly inherited: readonly InheritedExports[];
  /** Outputs of the recipe besides this one. */
  readonly siblings: readonly KnownPackage[];
}

/** Outputs by name for pins: this one goes first. */
export function knownOutputs(
  output: RenderedOutput,
  siblings: readonly KnownPackage[],
): readonly KnownPackage[] {
  return [{ name: output.name, version: output.version, build: output.build.string }, ...siblings];
}

/** Resolved packages for `pin_compatible`: host counts before build. */
export function resolvedPackages(environments: LockedEnvironments): readonly KnownPackage[] {
  return [...environments.host.resolved, ...(environments.build?.resolved ?? [])];
}

/**
 * Run requirements and constraints in their final order: the output's own, those that come through
 * staging, those of its own environments; of equal ones the first is kept. Throws `RECIPE_INVALID`.
 */
export function finalizeRun(input: FinalizeRunInput): FinalizedRun {
  const { output, environments } = input;
  const { requirements } = output;
  const context = {
    variant: output.variant,
    fillFromVariant: false,
    siblings: knownOutputs(output, input.siblings),
    resolved: resolvedPackages(environments),
  };
  const ignore = ignoreListsOf(
    requirements.ignore_run_exports,
    output.build.python.version_independent,
  );
  const inherited = applyInherited(output, input.inherited, ignore);
  const own = applyExports(environments.exports, ignore, {
    isNoarch: output.platforms.target === 'noarch',
  });
  return {
    depends: withoutRepetition([
      ...finalizeDependencies(requirements.run, context),
      ...inherited.depends,
      ...own.depends,
    ]),
    constraints: withoutRepetition([
      ...finalizeDependencies(requirements.run_constraints, context),
      ...inherited.constraints,
      ...own.constraints,
    ]),
  };
}
