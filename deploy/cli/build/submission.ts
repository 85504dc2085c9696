/**
 * From rendered recipes to a plan: leave out what exists, bundle, plan. Nothing is written before the recipes are
 * known to be good.
 */
import { hash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { Plan, PlanRecipe } from '#coordinator/plan/plan.ts';
import { planRun } from '#coordinator/plan/plan-run.ts';
import type { RenderedRecipe } from '#coordinator/render/render-recipe.ts';
import { StageyardError } from '#proto/errors.ts';
import { runId } from '#proto/ids.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { RenderedOutput } from '#proto/recipe/recipe.ts';
import type { BuildSettings, ChannelRef } from '#proto/task-spec.ts';
import { recipeOrigin } from '../../bundle/build-timestamp.ts';
import { bundleRecipe } from '../../bundle/bundle-recipe.ts';
import type { BuildRequest } from './build-request.ts';
import type { Rendering, SubmissionContext } from './rendering.ts';

const SCRIPT_TIMEOUT_MS = 24 * 60 * 60 * 1000;
const SILENT_TIMEOUT_MS = 6 * 60 * 60 * 1000;

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
  /** Workers are on other machines. */
  readonly isTravelling?: boolean;
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
    isTravelling: context.isTravelling === true,
  });
  const { timestamp, revision } = await recipeOrigin({
    recipeDir,
    env: context.environment,
    submittedAtMs: context.nowMs,
    exclude,
  });
  return {
    label: recipePath === '-' ? 'standard input' : recipePath,
    bundle: { ...bundled.bundle, ...(revision === undefined ? {} : { revision }) },
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
    labels: request.labels,
    sha256Hex: (text) => hash('sha256', text, 'hex'),
  });
  if (!plan.ok)
    throw new StageyardError(plan.failure.code, plan.failure.message, {
      context: plan.failure.context,
    });
  return plan.value;
}
