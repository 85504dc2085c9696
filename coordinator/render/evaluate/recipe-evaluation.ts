/** What evaluation of one recipe shares: the template, where problems go, and the parts of every scope. */
import type { TemplateFunction } from '#proto/recipe/expression/scope.ts';
import type { Value } from '#proto/recipe/expression/values.ts';
import type { Variant } from '#proto/recipe/recipe.ts';
import type { PlatformTriple } from '#proto/conda/platform.ts';
import { isWindows } from '#proto/conda/platform.ts';
import type { ProblemDraft, ProblemList } from '../problems.ts';
import type { RecipeFiles } from '../recipe-files.ts';
import type { RecipeTemplate } from '../template/sections.ts';
import { type EvaluatedContext, evaluateContext } from './context.ts';
import { Evaluator } from './evaluator.ts';
import type { ReadTrace } from './read-trace.ts';
import { RecipeScope, type ScopeParts } from './scope.ts';
import type { ScriptPlace } from './script.ts';

/** Given once per rendering. */
export interface RecipeEvaluation {
  readonly template: RecipeTemplate;
  readonly problems: ProblemList;
  readonly files: RecipeFiles;
  readonly platforms: PlatformTriple;
  readonly platformValues: ReadonlyMap<string, Value>;
  readonly functions: ReadonlyMap<string, TemplateFunction>;
  readonly trace?: ReadTrace;
}

/** One combination of variant values with the context evaluated for it. */
export interface Combination {
  readonly variant: Variant;
  readonly parts: ScopeParts;
  readonly context: EvaluatedContext;
}

/** Evaluates the context for one combination. */
export function combine(evaluation: RecipeEvaluation, variant: Variant): Combination {
  const parts: ScopeParts = {
    platform: evaluation.platformValues,
    functions: evaluation.functions,
    variant,
    failed: new Set(),
    ...(evaluation.trace === undefined ? {} : { trace: evaluation.trace }),
  };
  const context = evaluateContext(evaluation.template.context, parts, evaluation.problems);
  return { variant, parts, context };
}

/** Tools for evaluating one output of one combination. */
export interface OutputTools {
  readonly scope: RecipeScope;
  readonly evaluator: Evaluator;
  readonly place: ScriptPlace;
  /** Refusals of what can't be built, reported only if the output is really built. */
  readonly refusals: ProblemDraft[];
}

/** Fresh tools: reads are counted per output. */
export function outputTools(evaluation: RecipeEvaluation, combination: Combination): OutputTools {
  const scope = new RecipeScope(combination.parts, combination.context.values);
  return {
    scope,
    evaluator: new Evaluator(evaluation.problems, scope),
    place: {
      files: evaluation.files,
      extension: isWindows(evaluation.platforms.build) ? '.bat' : '.sh',
      mentions: ({ name, scalar, parsed }) => {
        scope.trace?.at(scalar, parsed);
        scope.accessed(name);
      },
    },
    refusals: [],
  };
}
