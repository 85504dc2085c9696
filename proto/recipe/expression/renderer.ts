/** Renders parsed templates: pieces of text, values, and the blocks `if`, `for` and `set`. */
import type { Result } from '../../result.ts';
import type { Expr, Template, TemplateNode } from './ast.ts';
import { type ExpressionError, refuse, type Span } from './errors.ts';
import {
  attempt,
  countStep,
  evaluate,
  evaluateExpression,
  evaluateSoft,
  type Evaluation,
  type EvaluationOptions,
  startEvaluation,
} from './evaluator.ts';
import type { Scope } from './scope.ts';
import { soleExpression } from './template.ts';
import {
  charactersOf,
  type Dict,
  isDict,
  isList,
  isTruthy,
  type Operand,
  renderValueAt,
  TEXT_LENGTH_MAX,
  typeName,
  type Value,
} from './values.ts';

/** Text under construction; its length is bounded. */
interface Output {
  readonly pieces: string[];
  length: number;
}

function print(output: Output, text: string, span: Span): void {
  output.length += text.length;
  if (output.length > TEXT_LENGTH_MAX) {
    refuse('limit', `the text is longer than ${TEXT_LENGTH_MAX} characters`, { span });
  }
  output.pieces.push(text);
}

function renderNodes(evaluation: Evaluation, nodes: readonly TemplateNode[], output: Output): void {
  for (const node of nodes) {
    countStep(evaluation, node.span);
    renderNode(evaluation, node, output);
  }
}

function renderNode(evaluation: Evaluation, node: TemplateNode, output: Output): void {
  switch (node.kind) {
    case 'text':
      return print(output, node.text, node.span);
    case 'output': {
      const value = evaluateSoft(evaluation, node.expression);
      return print(output, renderValueAt(value, node.span), node.span);
    }
    case 'set':
      evaluation.locals.at(-1)?.set(node.name, evaluate(evaluation, node.value));
      return;
    case 'if': {
      const chosen = node.branches.find(({ condition }) =>
        isTruthy(evaluateSoft(evaluation, condition)),
      );
      return renderNodes(evaluation, chosen?.body ?? node.otherwise, output);
    }
    case 'for':
      return renderFor(evaluation, node, output);
  }
}

/** The items of a loop: of a list, the characters of a text, the keys of a map, nothing of undefined. */
function loopItems(evaluation: Evaluation, expression: Expr): readonly Value[] {
  const items = evaluateSoft(evaluation, expression);
  if (items === undefined || items === null) return [];
  if (isList(items)) return items;
  if (typeof items === 'string') return charactersOf(items);
  if (isDict(items)) return [...items.keys()];
  return refuse('type', `${typeName(items)} cannot be looped over`, expression);
}

function bindTargets(node: TemplateNode & { kind: 'for' }, item: Value): Map<string, Operand> {
  const [target, ...others] = node.targets;
  if (target === undefined || others.length === 0) return new Map([[target ?? '', item]]);
  if (!isList(item) || item.length !== node.targets.length) {
    return refuse('type', `the items are not lists of ${node.targets.length}`, node);
  }
  return new Map(node.targets.map((name, index) => [name, item[index]]));
}

function loopVariable(index: number, length: number): Dict {
  return new Map<string, Value>([
    ['index', index + 1],
    ['index0', index],
    ['revindex', length - index],
    ['revindex0', length - index - 1],
    ['first', index === 0],
    ['last', index === length - 1],
    ['length', length],
  ]);
}

function renderFor(
  evaluation: Evaluation,
  node: TemplateNode & { kind: 'for' },
  output: Output,
): void {
  const { condition } = node;
  const frames = loopItems(evaluation, node.items).map((item) => bindTargets(node, item));
  const kept = frames.filter((frame) => {
    if (condition === undefined) return true;
    evaluation.locals.push(frame);
    const isKept = isTruthy(evaluateSoft(evaluation, condition));
    evaluation.locals.pop();
    return isKept;
  });
  for (const [index, frame] of kept.entries()) {
    evaluation.locals.push(frame.set('loop', loopVariable(index, kept.length)));
    renderNodes(evaluation, node.body, output);
    evaluation.locals.pop();
  }
  if (kept.length === 0) renderNodes(evaluation, node.otherwise, output);
}

/**
 * Value of a template: of `${{ expression }}` alone the expression's typed value (undefined as for
 * {@link evaluateExpression}), otherwise a text.
 */
export function evaluateTemplate(
  template: Template,
  scope: Scope,
  options: EvaluationOptions = {},
): Result<Operand, ExpressionError> {
  const expression = soleExpression(template);
  if (expression !== undefined) return evaluateExpression(expression, scope, options);
  return renderTemplate(template, scope, options);
}

/** Text of a template, also where it is one expression alone. */
export function renderTemplate(
  template: Template,
  scope: Scope,
  options: EvaluationOptions = {},
): Result<string, ExpressionError> {
  return attempt(() => {
    const output: Output = { pieces: [], length: 0 };
    renderNodes(startEvaluation(scope, options), template.nodes, output);
    return output.pieces.join('');
  });
}
