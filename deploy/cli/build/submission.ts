/**
 * From a request to a plan: render, refuse what can't be built, leave out what exists, bundle, plan.
 * Nothing is written before the recipes are known to be good.
 */
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Plan, PlanRecipe } from '#coordinator/plan/plan.ts';
import { planRun } from '#coordinator/plan/plan-run.ts';
import { formatProblems, type RecipeProblem } from '#coordinator/render/problems.ts';
import { type RenderedRun, renderRun } from '#coordinator/render/render-run.ts';
import type { RenderedRecipe } from '#coordinator/render/render-recipe.ts';
import { StageyardError } from '#proto/errors.ts';
import { runId } from '#proto/ids.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { RenderedOutput } from '#proto/recipe/recipe.ts';
import type { BuildSettings, ChannelRef } from '#proto/task-spec.ts';
import { buildTimestamp } from '../../bundle/build-timestamp.ts';
import { bundleRecipe } from '../../bundle/bundle-recipe.ts';
import type { BuildRequest } from './build-request.ts';

const SCRIPT_TIMEOUT_MS = 24 * 60 * 60 * 1000;
const SILENT_TIMEOUT_MS = 6 * 60 * 60 * 1000;

/** What the process brings. */
export interface SubmissionContext {
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly nowMs: number;
}

/** Rendered recipes and what to tell about them. */
export interface Rendering {
  readonly rendered: RenderedRun;
  /** Text of the recipe that was read from standard input. */
  readonly standardInput?: string;
  readonly notices: readonly RecipeProblem[];
}

/** Renders the request's recipes. Throws `RECIPE_INVALID` with all problems, formatted. */
export function renderRequest(request: BuildRequest, context: SubmissionContext): Rendering {
  const standardInput = request.recipes.includes('-') ? readFileSync(0, 'utf8') : undefined;
  const rendered = renderRun({
    cwd: context.cwd,
    recipes: request.recipes,
    recipeDirs: request.recipeDir === undefined ? [] : [request.recipeDir],
    standardInput,
    variantFiles: request.variantFiles,
    variantOverrides: Object.entries(request.variantOverrides).map(([key, values]) => ({
      key,
      values,
    })),
    ignoreRecipeVariants: request.ignoreRecipeVariants,
    platforms: request.platforms,
    buildNumber: request.buildNumber,
    buildStringPrefix: request.buildStringPrefix,
    upTo: request.upTo,
    hasChannels: request.channels !== undefined,
    environment: context.environment,
  });
  if (!rendered.ok) throw problemsError(rendered.failure);
  const notices = rendered.value.recipes.flatMap((recipe) => recipe.notices);
  const warnings = notices.filter(({ severity }) => severity === 'warning');
  if (request.strict && warnings.length > 0) throw problemsError(warnings);
  return {
    rendered: rendered.value,
    notices,
    ...(standardInput === undefined ? {} : { standardInput }),
  };
}

function problemsError(problems: readonly RecipeProblem[]): StageyardError {
  return new StageyardError(problems[0]?.code ?? 'RECIPE_INVALID', formatProblems(problems));
}

/** Throws `RECIPE_UNSUPPORTED` that lists everything this version can't build. */
export function refuseUnsupported(request: BuildRequest, { rendered }: Rendering): void {
  const unsupported = rendered.recipes.flatMap((recipe) => recipe.unsupported);
  const relevant =
    request.test === 'skip' ? unsupported.filter((problem) => !isAboutTests(problem)) : unsupported;
  if (relevant.length > 0) throw problemsError(relevant);
}

/** `--test skip` is the way round for tests of kinds that can't be run. */
function isAboutTests(problem: RecipeProblem): boolean {
  return problem.help?.includes('--test skip') ?? false;
}

/** Settings that travel with every task. */
function buildSettings(request: BuildRequest): BuildSettings {
  return {
    cpuCount: threadsPerSlot(request),
    envIsolation: request.envIsolation,
    packageFormat: request.packageFormat,
    channelPriority: request.channelPriority,
    ...(request.excludeNewerMs === undefined ? {} : { excludeNewerMs: request.excludeNewerMs }),
    includeRecipe: request.includeRecipe,
    errorPrefixInBinary: request.errorPrefixInBinary,
    allowAbsoluteLicensePaths: request.allowAbsoluteLicensePaths,
    extraMeta: request.extraMeta,
    keepBuild: request.keepBuild,
    scriptTimeoutMs: SCRIPT_TIMEOUT_MS,
    silentTimeoutMs: SILENT_TIMEOUT_MS,
  };
}

/** `CPU_COUNT` of scripts. */
export function threadsPerSlot(request: BuildRequest): number {
  return Math.max(1, Math.floor(availableParallelism() / request.jobs));
}

/** What planning needs besides the rendered recipes. */
export interface PlanContext extends SubmissionContext {
  readonly blobs: BlobStore;
  readonly channels: readonly ChannelRef[];
  /** Outputs that are not built, by `--skip-existing`. */
  readonly isSkipped: (output: RenderedOutput) => boolean;
}

async function planRecipe(
  recipe: RenderedRecipe,
  request: BuildRequest,
  context: PlanContext & { standardInput?: string },
): Promise<PlanRecipe | undefined> {
  const outputs = recipe.outputs.filter((output) => !context.isSkipped(output));
  if (outputs.length === 0) return undefined;
  const exclude = [request.outputDir, request.store];
  const { recipePath, recipeDir } = recipe.location;
  const bundled = await bundleRecipe({
    location: recipe.location,
    recipeText: recipePath === '-' ? context.standardInput : undefined,
    outputs,
    exclude,
    store: context.blobs,
    owner: 'submission',
  });
  const timestamp = await buildTimestamp({
    recipeDir,
    env: context.environment,
    submittedAtMs: context.nowMs,
    exclude,
  });
  return {
    label: recipePath === '-' ? 'standard input' : recipePath,
    bundle: bundled.bundle,
    files: bundled.files,
    timestamp,
    outputs,
    allOutputs: recipe.outputs,
  };
}

/** Bundles and plans. Throws what planning refuses; undefined when there is nothing to do. */
export async function planRequest(
  request: BuildRequest,
  rendering: Rendering,
  context: PlanContext,
): Promise<Plan | undefined> {
  const recipes: PlanRecipe[] = [];
  for (const recipe of rendering.rendered.recipes) {
    const planned = await planRecipe(recipe, request, {
      ...context,
      ...(rendering.standardInput === undefined ? {} : { standardInput: rendering.standardInput }),
    });
    if (planned !== undefined) recipes.push(planned);
  }
  if (recipes.length === 0) return undefined;
  const plan = planRun({
    runOf: (digest) => runId(`r${digest.slice(0, 16)}`),
    recipes,
    channels: context.channels,
    settings: buildSettings(request),
    testing: request.test,
    rebuild: request.rebuild,
    sha256Hex: (text) => hash('sha256', text, 'hex'),
  });
  if (!plan.ok)
    throw new StageyardError(plan.failure.code, plan.failure.message, {
      context: plan.failure.context,
    });
  return plan.value;
}
