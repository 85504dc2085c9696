/**
 * Evaluates parsed expressions against a scope. Pure and bounded: steps, depth, text and
 * list lengths have limits, so that no recipe can hang or exhaust the process.
 *
 * "Undefined" has two kinds: a missing name, attribute or item (using it is an error that names it) and
 * the silent one that `x if c` without `else` yields, which prints as nothing even in strict mode.
 */
import { fail, ok, type Result } from '../../result.ts';
import type { Arguments, BinaryOperator, Expr, LiteralValue } from './ast.ts';
import { areEqual, compareValues, contains } from './comparison.ts';
import { type ExpressionError, ExpressionFailure, refuse, type Span } from './errors.ts';
import { runFilter } from './filters.ts';
import { calculate, concatenate, itemOf, negate, sliceOf } from './operators.ts';
import type { CallArguments, Scope, UndefinedBehavior } from './scope.ts';
import { runTest } from './tests.ts';
import {
  type Dict,
  isDict,
  isInteger,
  isTruthy,
  makeFloat,
  type Operand,
  typeName,
  type Value,
} from './values.ts';

/** Nodes that one evaluation may visit. */
const STEPS_MAX = 200_000;
/** Expressions inside each other, long chains of operators included. */
const DEPTH_MAX = 600;

/** How to treat what is not defined; strict unless told otherwise. */
export interface EvaluationOptions {
  readonly undefinedBehavior?: UndefinedBehavior;
}

/** One evaluation under way. */
export interface Evaluation {
  readonly scope: Scope;
  readonly undefinedBehavior: UndefinedBehavior;
  /** Variables of `set` and `for`, innermost last. */
  readonly locals: Map<string, Operand>[];
  steps: number;
  depth: number;
}

/** A fresh evaluation: nothing spent, no local variables. */
export function startEvaluation(scope: Scope, options: EvaluationOptions): Evaluation {
  return {
    scope,
    undefinedBehavior: options.undefinedBehavior ?? 'strict',
    locals: [new Map()],
    steps: 0,
    depth: 0,
  };
}

function readVariable(evaluation: Evaluation, name: string): Operand {
  const frame = evaluation.locals.findLast((locals) => locals.has(name));
  if (frame !== undefined) return frame.get(name);
  evaluation.scope.accessed?.(name);
  return evaluation.scope.get(name);
}

/** True for an inline-if whose branch without value was taken: its undefined never complains. */
function isSilent(expression: Expr): boolean {
  return expression.kind === 'conditional';
}

/** Words for what turned out to be undefined. */
function undefinedMessage(expression: Expr): string {
  if (expression.kind === 'variable') return `\`${expression.name}\` is not defined`;
  if (expression.kind === 'attribute') return `there is no attribute \`${expression.name}\``;
  return expression.kind === 'item' ? 'there is no such item' : 'the value is not defined';
}

function refuseUndefined(expression: Expr): never {
  return refuse('undefined', undefinedMessage(expression), expression);
}

/** Evaluates an operand that has to be defined. */
function evaluateValue(evaluation: Evaluation, expression: Expr): Value {
  const value = evaluate(evaluation, expression);
  return value === undefined ? refuseUndefined(expression) : value;
}

/** Evaluates what is printed or asked for truth: undefined passes if it is silent or the mode lenient. */
export function evaluateSoft(evaluation: Evaluation, expression: Expr): Operand {
  const value = evaluate(evaluation, expression);
  const passes = evaluation.undefinedBehavior === 'lenient' || isSilent(expression);
  return value === undefined && !passes ? refuseUndefined(expression) : value;
}

function literalValue(literal: LiteralValue): Value {
  switch (literal.type) {
    case 'none':
      return null;
    case 'float':
      return makeFloat(literal.value);
    case 'integer':
    case 'string':
    case 'boolean':
      return literal.value;
  }
}

function evaluateDict(evaluation: Evaluation, expression: Expr & { kind: 'dict' }): Dict {
  return new Map(
    expression.entries.map(({ key, value }) => {
      const name = evaluateValue(evaluation, key);
      if (typeof name !== 'string' && typeof name !== 'boolean' && !isInteger(name)) {
        return refuse('type', `a key has to be a text, not ${typeName(name)}`, key);
      }
      return [name, evaluateValue(evaluation, value)];
    }),
  );
}

type Comparison = Exclude<
  BinaryOperator,
  'and' | 'or' | '+' | '-' | '~' | '*' | '/' | '//' | '%' | '**'
>;

function compare(
  operator: Comparison,
  operands: { readonly left: Value; readonly right: Value },
  span: Span,
): boolean {
  const { left, right } = operands;
  switch (operator) {
    case '==':
      return areEqual(left, right, span);
    case '!=':
      return !areEqual(left, right, span);
    case '<':
      return compareValues(left, right, span) < 0;
    case '<=':
      return compareValues(left, right, span) <= 0;
    case '>':
      return compareValues(left, right, span) > 0;
    case '>=':
      return compareValues(left, right, span) >= 0;
    case 'in':
      return contains(right, left, span);
    case 'not in':
      return !contains(right, left, span);
  }
}

function evaluateBinary(evaluation: Evaluation, expression: Expr & { kind: 'binary' }): Operand {
  const { operator, span } = expression;
  if (operator === 'and' || operator === 'or') {
    const left = evaluateSoft(evaluation, expression.left);
    const isDecided = isTruthy(left) === (operator === 'or');
    return isDecided ? left : evaluate(evaluation, expression.right);
  }
  if (operator === '~') {
    const left = evaluateSoft(evaluation, expression.left);
    return concatenate(left, evaluateSoft(evaluation, expression.right), span);
  }
  const left = evaluateValue(evaluation, expression.left);
  const right = evaluateValue(evaluation, expression.right);
  return isComparison(operator)
    ? compare(operator, { left, right }, span)
    : calculate(operator, { left, right }, span);
}

function evaluateChain(evaluation: Evaluation, expression: Expr & { kind: 'chain' }): Value {
  let left = evaluateValue(evaluation, expression.first);
  for (const { operator, right: operand } of expression.links) {
    const right = evaluateValue(evaluation, operand);
    if (!isComparison(operator)) return refuse('syntax', 'not a comparison', expression);
    if (!compare(operator, { left, right }, expression.span)) return false;
    left = right;
  }
  return true;
}

const COMPARISONS: ReadonlySet<string> = new Set([
  '==',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  'in',
  'not in',
]);

function isComparison(operator: BinaryOperator): operator is Comparison {
  return COMPARISONS.has(operator);
}

function evaluateArguments(evaluation: Evaluation, parsed: Arguments): CallArguments {
  return {
    positional: parsed.positional.map((argument) => evaluate(evaluation, argument)),
    named: new Map(parsed.named.map(({ name, value }) => [name, evaluate(evaluation, value)])),
  };
}

/** The name under which a callee is looked up: `compiler`, `env.get`. */
export function calleeName(callee: Expr): string | undefined {
  if (callee.kind === 'variable') return callee.name;
  if (callee.kind !== 'attribute' || callee.object.kind !== 'variable') return undefined;
  return `${callee.object.name}.${callee.name}`;
}

function refuseCall(evaluation: Evaluation, callee: Expr): never {
  const names = [...evaluation.scope.functions.keys()].toSorted();
  const isMethod =
    callee.kind === 'attribute' &&
    !(
      callee.object.kind === 'variable' &&
      names.some((name) => name.startsWith(`${calleeName(callee.object) ?? ''}.`))
    );
  if (isMethod) {
    return refuse('unknown-name', `values have no method \`${callee.name}\``, {
      span: callee.span,
      help: `use a filter: \`value | ${callee.name}\` where there is one of that name`,
    });
  }
  return refuse(
    'unknown-name',
    `there is no function \`${calleeName(callee) ?? 'of that kind'}\``,
    {
      span: callee.span,
      help: `the functions are ${names.join(', ')}`,
    },
  );
}

function evaluateCall(evaluation: Evaluation, expression: Expr & { kind: 'call' }): Operand {
  const name = calleeName(expression.callee);
  const call = name === undefined ? undefined : evaluation.scope.functions.get(name);
  if (call === undefined) return refuseCall(evaluation, expression.callee);
  const result = call(evaluateArguments(evaluation, expression.arguments), {
    undefinedBehavior: evaluation.undefinedBehavior,
    read: (variable) => readVariable(evaluation, variable),
  });
  return result.ok ? result.value : refuse('function', result.failure, expression);
}

function evaluateSlice(evaluation: Evaluation, expression: Expr & { kind: 'slice' }): Value {
  const container = evaluateValue(evaluation, expression.object);
  const bound = (part: Expr | undefined): number | undefined => {
    if (part === undefined) return undefined;
    const value = evaluateValue(evaluation, part);
    if (value === null) return undefined;
    return isInteger(value)
      ? value
      : refuse('type', `a slice is bounded by integers, not by ${typeName(value)}`, part);
  };
  const start = bound(expression.start);
  const stop = bound(expression.stop);
  return sliceOf(container, { start, stop, step: bound(expression.step) ?? 1 }, expression.span);
}

function evaluateConditional(
  evaluation: Evaluation,
  expression: Expr & { kind: 'conditional' },
): Operand {
  if (isTruthy(evaluateSoft(evaluation, expression.condition))) {
    return evaluateValue(evaluation, expression.whenTrue);
  }
  const { whenFalse } = expression;
  if (whenFalse === undefined) return undefined;
  return evaluateSoft(evaluation, whenFalse);
}

function evaluateKind(evaluation: Evaluation, expression: Expr): Operand {
  switch (expression.kind) {
    case 'literal':
      return literalValue(expression.literal);
    case 'variable':
      return readVariable(evaluation, expression.name);
    case 'list':
      // What an inline-if leaves out is an empty text among other items.
      return expression.items.map((item) => {
        const value = evaluateSoft(evaluation, item);
        return value === undefined ? '' : value;
      });
    case 'dict':
      return evaluateDict(evaluation, expression);
    case 'not':
      return !isTruthy(evaluateSoft(evaluation, expression.operand));
    case 'negate':
      return negate(evaluateValue(evaluation, expression.operand), expression.span);
    case 'binary':
      return evaluateBinary(evaluation, expression);
    case 'chain':
      return evaluateChain(evaluation, expression);
    case 'conditional':
      return evaluateConditional(evaluation, expression);
    case 'attribute': {
      const object = evaluateValue(evaluation, expression.object);
      return isDict(object) ? object.get(expression.name) : undefined;
    }
    case 'item': {
      const container = evaluateValue(evaluation, expression.object);
      return itemOf(container, evaluateValue(evaluation, expression.key));
    }
    case 'slice':
      return evaluateSlice(evaluation, expression);
    case 'call':
      return evaluateCall(evaluation, expression);
    case 'filter':
      return runFilter(
        expression.name,
        {
          value: evaluateFiltered(evaluation, expression),
          arguments: evaluateArguments(evaluation, expression.arguments),
          undefinedBehavior: evaluation.undefinedBehavior,
          span: expression.span,
        },
        expression.nameSpan,
      );
    case 'test':
      return evaluateTest(evaluation, expression);
  }
}

/** All filters but `default` need a defined value in strict mode; the error names what is missing. */
function evaluateFiltered(evaluation: Evaluation, expression: Expr & { kind: 'filter' }): Operand {
  if (expression.name === 'default' || evaluation.undefinedBehavior === 'lenient') {
    return evaluate(evaluation, expression.operand);
  }
  return evaluateValue(evaluation, expression.operand);
}

function evaluateTest(evaluation: Evaluation, expression: Expr & { kind: 'test' }): Value {
  const value = evaluate(evaluation, expression.operand);
  if (expression.arguments.named.length > 0) {
    refuse('type', 'a test takes no named arguments', expression);
  }
  const { positional } = evaluateArguments(evaluation, expression.arguments);
  const call = { value, positional, span: expression.span };
  return runTest(expression.name, call, expression.nameSpan) !== expression.negated;
}

/** Value of an expression, undefined included. Throws `ExpressionFailure`. */
export function evaluate(evaluation: Evaluation, expression: Expr): Operand {
  countStep(evaluation, expression.span);
  if (evaluation.depth >= DEPTH_MAX) {
    refuse('limit', `the expression is more than ${DEPTH_MAX} operations deep`, expression);
  }
  evaluation.depth += 1;
  const value = evaluateKind(evaluation, expression);
  evaluation.depth -= 1;
  return value;
}

/** Counts one step against the bound. */
export function countStep(evaluation: Evaluation, span: Span): void {
  evaluation.steps += 1;
  if (evaluation.steps > STEPS_MAX) {
    refuse('limit', `the evaluation takes more than ${STEPS_MAX} steps`, { span });
  }
}

/** Turns the engine's internal failure into a value. */
export function attempt<T>(run: () => T): Result<T, ExpressionError> {
  try {
    return ok(run());
  } catch (error) {
    if (error instanceof ExpressionFailure) return fail(error.error);
    throw error;
  }
}

/**
 * Value of an expression. `ok(undefined)` only for an inline-if without `else` whose condition is false
 * (and, in lenient mode, for what is not defined); else undefined is an error of reason `undefined`.
 */
export function evaluateExpression(
  expression: Expr,
  scope: Scope,
  options: EvaluationOptions = {},
): Result<Operand, ExpressionError> {
  return attempt(() => evaluateSoft(startEvaluation(scope, options), expression));
}
