/** Evaluates `context:` from top to bottom; later entries see earlier ones (spec 1.2). */
import { renderValue, type Value } from '#proto/recipe/expression/values.ts';
import type { ProblemList } from '../problems.ts';
import type { ContextEntryTemplate } from '../template/sections.ts';
import { Evaluator } from './evaluator.ts';
import { RecipeScope, type ScopeParts } from './scope.ts';

/** Values of the context, and the names that were read to get them. */
export interface EvaluatedContext {
  readonly values: ReadonlyMap<string, Value>;
  readonly reads: ReadonlySet<string>;
}

/** Context values are scalars and lists of scalars; whatever else an expression yields is its text. */
function contextValue(value: Value): Value {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  if (Array.isArray(value)) return value.map((item: Value) => contextValue(item));
  return renderValue(value);
}

/** Evaluates all entries; failing ones are reported and left out. */
export function evaluateContext(
  entries: readonly ContextEntryTemplate[],
  parts: ScopeParts,
  problems: ProblemList,
): EvaluatedContext {
  const values = new Map<string, Value>();
  const scope = new RecipeScope(parts, values);
  const evaluator = new Evaluator(problems, scope);
  for (const { key, value } of entries) {
    if ('items' in value) {
      const items = evaluator.select(value).flatMap((item) => {
        const typed = evaluator.typed(item);
        return typed?.value === undefined ? [] : [contextValue(typed.value)];
      });
      values.set(key.text, items);
      continue;
    }
    const typed = evaluator.typed(value);
    if (typed === undefined) parts.failed?.add(key.text);
    else values.set(key.text, typed.value === undefined ? '' : contextValue(typed.value));
  }
  return { values, reads: scope.reads };
}
