/** Rendering as the command line asks for it; what the commands that render and build nothing share with `build`. */
import { formatProblem, formatProblems, type RecipeProblem } from '#coordinator/render/problems.ts';
import { type RenderedRun, renderRun } from '#coordinator/render/render-run.ts';
import { StageyardError } from '#proto/errors.ts';
import { readStandardInput } from '../standard-input.ts';
import type { BuildRequest } from './build-request.ts';

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
  const standardInput = request.recipes.includes('-') ? readStandardInput() : undefined;
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
    experimental: request.experimental,
    renderOnly: request.renderOnly,
    hasChannels: request.channels !== undefined,
    environment: context.environment,
  });
  if (!rendered.ok) throw problemsError(rendered.failure);
  const notices = unique(rendered.value.recipes.flatMap((recipe) => recipe.notices));
  const warnings = notices.filter(({ severity }) => severity === 'warning');
  if (request.strict && warnings.length > 0) throw problemsError(warnings);
  return {
    rendered: rendered.value,
    notices,
    ...(standardInput === undefined ? {} : { standardInput }),
  };
}

/** What is said of one variant file counts for every recipe that is rendered with it. */
function unique(problems: readonly RecipeProblem[]): readonly RecipeProblem[] {
  return [...new Map(problems.map((problem) => [formatProblem(problem), problem])).values()];
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
