/**
 * `--render-only --with-solve`: the environments that a build would install, solved in build order and told in the
 * form of spec 3.6. Nothing is installed and nothing is built; packages are fetched only to read their run exports.
 */
import { RecipeSiblings } from '#coordinator/plan/sibling-outputs.ts';
import type { RenderedRun } from '#coordinator/render/render-run.ts';
import { outputNeeds } from '#coordinator/render/output-needs.ts';
import { canonicalJson } from '#proto/canonical-json.ts';
import type {
  FinalizedDependency,
  LockedEnvironment,
  LockedEnvironments,
} from '#proto/environment.ts';
import { StageyardError } from '#proto/errors.ts';
import type { RenderedOutput, RenderedStaging } from '#proto/recipe/recipe.ts';
import type {
  EnvironmentService,
  PackageSources,
} from '#workers/environment/environment-service.ts';
import { finalizeRunExports } from '#workers/environment/finalize-requirements.ts';
import { lockEnvironments } from '#workers/environment/lock-environments.ts';
import { finalizeRun, knownOutputs, resolvedPackages } from '#workers/environment/run-exports.ts';
import { UnbuiltPackages } from './unbuilt-packages.ts';

type Json = Readonly<Record<string, unknown>>;

/** What solving adds to an output's JSON: keys of spec 6.5. */
export type SolvedOutputs = ReadonlyMap<RenderedOutput, Json>;

/** A dependency with the tag that says where it came from (spec 3.6). */
function dependencyJson(dependency: FinalizedDependency): Json {
  return 'source' in dependency ? { source: dependency.spec } : { ...dependency };
}

/** Null for an environment that nothing was asked of. */
function environmentJson(environment: LockedEnvironment | null): Json | null {
  if (environment === null || environment.specs.length === 0) return null;
  return {
    specs: environment.specs.map(dependencyJson),
    resolved: environment.resolved,
  };
}

/** Puts the output's name before what is wrong. */
function about({ name, version, build }: RenderedOutput, error: unknown): unknown {
  if (!(error instanceof StageyardError)) return error;
  const message = `${name} ${version} ${build.string}: ${error.message}`;
  return new StageyardError(error.code, message, { context: error.context, cause: error });
}

class OutputSolver {
  readonly #unbuilt = new UnbuiltPackages();
  readonly #staging = new Map<string, Promise<LockedEnvironments>>();
  readonly #service: EnvironmentService;
  readonly #sources: Omit<PackageSources, 'artifacts'>;

  constructor(service: EnvironmentService, sources: Omit<PackageSources, 'artifacts'>) {
    this.#service = this.#unbuilt.knownTo(service);
    this.#sources = sources;
  }

  #sourcesOf(output: RenderedOutput): PackageSources {
    return { ...this.#sources, artifacts: this.#unbuilt.neededBy(outputNeeds(output)) };
  }

  #lockStaging(staging: RenderedStaging, output: RenderedOutput): Promise<LockedEnvironments> {
    const { host, build } = output.platforms;
    const sources = this.#sourcesOf(output);
    const identity = canonicalJson([
      staging.requirements,
      staging.variant,
      host,
      build,
      sources.artifacts.map(({ record }) => record.url),
    ]);
    const known = this.#staging.get(identity);
    if (known !== undefined) return known;
    const locking = lockEnvironments(this.#service, {
      requirements: staging.requirements,
      variant: staging.variant,
      siblings: [],
      platforms: output.platforms,
      sources,
      isMerged: false,
      isVersionIndependent: false,
    });
    this.#staging.set(identity, locking);
    return locking;
  }

  async solve(output: RenderedOutput, recipe: RecipeSiblings): Promise<Json> {
    const siblings = recipe.of(output).outputs;
    const environments = await lockEnvironments(this.#service, {
      requirements: output.requirements,
      variant: output.variant,
      siblings: knownOutputs(output, siblings),
      platforms: output.platforms,
      sources: this.#sourcesOf(output),
      isMerged: output.build.merge_build_and_host_envs,
      isVersionIndependent: output.build.python.version_independent,
    });
    const locked: LockedEnvironments[] = [];
    for (const staging of output.inherit === null ? [] : output.staging)
      locked.push(await this.#lockStaging(staging, output));
    const inherited = locked.map(({ exports }, index) => {
      const ignore = output.staging[index]?.requirements.ignore_run_exports;
      return {
        exports,
        ignoreRunExports: {
          byName: ignore?.by_name ?? [],
          fromPackage: ignore?.from_package ?? [],
        },
      };
    });
    const run = finalizeRun({ output, environments, inherited, siblings });
    const runExports = finalizeRunExports(output.requirements.run_exports, {
      variant: output.variant,
      siblings: knownOutputs(output, siblings),
      resolved: resolvedPackages(environments),
    });
    this.#unbuilt.add(output, run, runExports);
    const [nearest] = locked;
    return {
      finalized_dependencies: {
        build: environmentJson(environments.build),
        host: environmentJson(environments.host),
        run: {
          depends: run.depends.map(dependencyJson),
          constraints: run.constraints.map(dependencyJson),
          ...(Object.keys(runExports).length === 0 ? {} : { run_exports: runExports }),
        },
      },
      ...(nearest === undefined
        ? {}
        : {
            finalized_cache_dependencies: {
              build: environmentJson(nearest.build),
              host: environmentJson(nearest.host),
            },
          }),
    };
  }
}

/** Solves all outputs. Rejects with the codes of environments; the message begins with the output's name. */
export async function solveOutputs(
  rendered: RenderedRun,
  service: EnvironmentService,
  sources: Omit<PackageSources, 'artifacts'>,
): Promise<SolvedOutputs> {
  const solver = new OutputSolver(service, sources);
  const siblings = new Map(
    rendered.recipes.map((recipe) => [recipe, new RecipeSiblings(recipe.outputs)]),
  );
  const solved = new Map<RenderedOutput, Json>();
  for (const { recipe, output } of rendered.outputs) {
    const own = siblings.get(recipe) ?? new RecipeSiblings([]);
    try {
      solved.set(output, await solver.solve(output, own));
    } catch (error) {
      throw about(output, error);
    }
  }
  return solved;
}
