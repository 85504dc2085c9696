/**
 * Variables that an expression or template mentions, without evaluating it (spec 2.3): in every branch,
 * and those that a function reads behind the scenes (`compiler('c')` reads `c_compiler`).
 */
import type { Expr, Template, TemplateNode } from './ast.ts';
import type { Span } from './errors.ts';
import { calleeName } from './evaluator.ts';
import { variablesReadByCall } from './function-reads.ts';

function argumentsOf(expression: Expr & { kind: 'call' | 'filter' | 'test' }): Expr[] {
  const { positional, named } = expression.arguments;
  return [...positional, ...named.map(({ value }) => value)];
}

/** The expressions directly inside one. */
function childrenOf(expression: Expr): readonly (Expr | undefined)[] {
  switch (expression.kind) {
    case 'literal':
    case 'variable':
      return [];
    case 'list':
      return expression.items;
    case 'dict':
      return expression.entries.flatMap(({ key, value }) => [key, value]);
    case 'not':
    case 'negate':
      return [expression.operand];
    case 'binary':
      return [expression.left, expression.right];
    case 'chain':
      return [expression.first, ...expression.links.map(({ right }) => right)];
    case 'conditional':
      return [expression.condition, expression.whenTrue, expression.whenFalse];
    case 'attribute':
      return [expression.object];
    case 'item':
      return [expression.object, expression.key];
    case 'slice':
      return [expression.object, expression.start, expression.stop, expression.step];
    case 'filter':
    case 'test':
      return [expression.operand, ...argumentsOf(expression)];
    case 'call': {
      // The name of a function is no variable; `x.method()` mentions x only if x is no namespace.
      const inner = calleeName(expression.callee) === undefined ? [expression.callee] : [];
      return [...inner, ...argumentsOf(expression)];
    }
  }
}

/** First argument of a call where it is a literal text. */
function literalArgument(expression: Expr & { kind: 'call' }): string | undefined {
  const [first] = argumentsOf(expression);
  if (first?.kind !== 'literal' || first.literal.type !== 'string') return undefined;
  return first.literal.value;
}

type Found = (name: string, span: Span) => void;

/** Collects without recursion: chains of operators make deep trees. */
function collectFromExpression(expression: Expr, bound: ReadonlySet<string>, found: Found): void {
  const pending: (Expr | undefined)[] = [expression];
  while (pending.length > 0) {
    const current = pending.pop();
    if (current === undefined) continue;
    if (current.kind === 'variable' && !bound.has(current.name)) found(current.name, current.span);
    if (current.kind === 'call') {
      const name = calleeName(current.callee);
      if (name !== undefined) {
        for (const read of variablesReadByCall(name, literalArgument(current)))
          found(read, current.span);
      }
    }
    pending.push(...childrenOf(current));
  }
}

/** `bound` grows with each `set`; loop variables hold in their body alone. */
function collectFromNodes(nodes: readonly TemplateNode[], bound: Set<string>, found: Found): void {
  for (const node of nodes) {
    switch (node.kind) {
      case 'text':
        break;
      case 'output':
        collectFromExpression(node.expression, bound, found);
        break;
      case 'set':
        collectFromExpression(node.value, bound, found);
        bound.add(node.name);
        break;
      case 'if':
        collectFromIf(node, bound, found);
        break;
      case 'for': {
        collectFromExpression(node.items, bound, found);
        const inner = new Set([...bound, ...node.targets, 'loop']);
        if (node.condition !== undefined) collectFromExpression(node.condition, inner, found);
        collectFromNodes(node.body, inner, found);
        collectFromNodes(node.otherwise, new Set(bound), found);
        break;
      }
    }
  }
}

/** A variable set in one branch may be unset in another: it isn't bound behind the block. */
function collectFromIf(
  node: TemplateNode & { kind: 'if' },
  bound: ReadonlySet<string>,
  found: Found,
): void {
  for (const { condition, body } of node.branches) {
    collectFromExpression(condition, bound, found);
    collectFromNodes(body, new Set(bound), found);
  }
  collectFromNodes(node.otherwise, new Set(bound), found);
}

function collect(parsed: Expr | Template, found: Found): void {
  if (parsed.kind === 'template') collectFromNodes(parsed.nodes, new Set(), found);
  else collectFromExpression(parsed, new Set(), found);
}

/** Names of all variables mentioned, those of functions' hidden reads included. */
export function referencedVariables(parsed: Expr | Template): ReadonlySet<string> {
  const names = new Set<string>();
  collect(parsed, (name) => names.add(name));
  return names;
}

/** Where a variable is mentioned, in the order of the text; a call that reads it behind the scenes counts. */
export function mentionsOf(parsed: Expr | Template, variable: string): readonly Span[] {
  const spans: Span[] = [];
  collect(parsed, (name, span) => {
    if (name === variable) spans.push(span);
  });
  return spans.sort((a, b) => a.offset - b.offset);
}
