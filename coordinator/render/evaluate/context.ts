/** Evaluates `context:` from top to bottom; later entries see earlier ones (spec 1.2). */
import { soleExpression } from '#proto/recipe/expression/template.ts';
import { isPin, type Operand, type Value } from '#proto/recipe/expression/values.ts';
import type { ProblemList } from '../problems.ts';
import type { ContextEntryTemplate } from '../template/sections.ts';
import type { TemplateValue } from '../template/value.ts';
import { parseBoolean, parseInteger, scalarValue } from '../yaml/scalars.ts';
import { Evaluator } from './evaluator.ts';
import { RecipeScope, type ScopeParts } from './scope.ts';

/** Values of the context, and the names that were read to get them. */
export interface EvaluatedContext {
  readonly values: ReadonlyMap<string, Value>;
  readonly reads: ReadonlySet<string>;
}

/** The value that a rendered text has where it stands without quotes: an integer, a boolean, or itself. */
const typedText = (text: string): Value => parseBoolean(text) ?? parseInteger(text) ?? text;

/**
 * A context value. Literals are typed if they have no quotes; so are templates: one alone keeps the type of its
 * expression, one among text is typed by what is rendered. In quotes the result is text.
 */
function contextValue(written: TemplateValue, evaluator: Evaluator): Operand {
  const { scalar, template } = written;
  const typed = evaluator.typed(written);
  if (typed === undefined || template === undefined) return typed?.value;
  if (typed.value === undefined) {
    return evaluator.complain(
      scalar.range,
      'the value is not defined',
      'give the condition an `else`',
    );
  }
  if (!scalar.plain || isPin(typed.value)) return evaluator.rendered(typed.value, scalar.range);
  if (soleExpression(template) !== undefined) return typed.value;
  const text = evaluator.rendered(typed.value, scalar.range);
  return text === undefined ? undefined : typedText(text);
}

/** Evaluates all entries; failing ones are reported and left out. The items of lists are taken as written. */
export function evaluateContext(
  entries: readonly ContextEntryTemplate[],
  parts: ScopeParts,
  problems: ProblemList,
): EvaluatedContext {
  const values = new Map<string, Value>();
  const scope = new RecipeScope(parts, values);
  const evaluator = new Evaluator(problems, scope);
  for (const { key, value } of entries) {
    const result = 'scalar' in value ? contextValue(value, evaluator) : value.map(scalarValue);
    if (result === undefined) parts.failed?.add(key.text);
    else values.set(key.text, result);
  }
  return { values, reads: scope.reads };
}
