/**
 * Recursive-descent parser of expressions. Precedence is minijinja's, from loose to tight:
 *
 *     x if c else y · or · and · not · == != < <= > >= in, not in · + - · ~ · * / // % · ** · -x ·
 *     .name [item] (call) · | filter, is test
 *
 * Binary operators associate to the left, `**` too; comparisons chain as in Python.
 */
import { fail, ok, type Result } from '../../result.ts';
import type { Arguments, BinaryOperator, Expr, LiteralValue } from './ast.ts';
import { type ExpressionError, ExpressionFailure, spanBetween } from './errors.ts';
import type { Token } from './lexer.ts';
import { TokenStream } from './token-stream.ts';

const RESERVED: ReadonlySet<string> = new Set(['and', 'or', 'not', 'if', 'else', 'in', 'is']);
const CONSTANTS: ReadonlyMap<string, LiteralValue> = new Map<string, LiteralValue>([
  ['true', { type: 'boolean', value: true }],
  ['True', { type: 'boolean', value: true }],
  ['false', { type: 'boolean', value: false }],
  ['False', { type: 'boolean', value: false }],
  ['none', { type: 'none' }],
  ['None', { type: 'none' }],
]);
const COMPARISONS = ['==', '!=', '<', '<=', '>', '>='] as const;

type Parse = (tokens: TokenStream) => Expr;

/** A level of left-associative binary operators above `operand`. */
function binaryLevel(operators: readonly BinaryOperator[], operand: Parse): Parse {
  return (tokens) => {
    let left = operand(tokens);
    for (;;) {
      const operator = operators.find(
        (candidate) => tokens.isOperator(candidate) || tokens.isWord(candidate),
      );
      if (operator === undefined) return left;
      tokens.next();
      const right = operand(tokens);
      left = { kind: 'binary', operator, left, right, span: spanBetween(left.span, right.span) };
    }
  };
}

function literal(token: Token, value: LiteralValue): Expr {
  return { kind: 'literal', literal: value, span: token.span };
}

/** Adjacent strings are one string, as in Python. */
function parseStrings(tokens: TokenStream): Expr {
  const first = tokens.next();
  let text = first.text;
  while (tokens.current.kind === 'string') text += tokens.next().text;
  return {
    kind: 'literal',
    literal: { type: 'string', value: text },
    span: spanBetween(first.span, tokens.previous),
  };
}

/** Items up to the closing bracket, which is consumed; a trailing comma is allowed. */
function parseItems(tokens: TokenStream, close: string): Expr[] {
  const items: Expr[] = [];
  while (!tokens.acceptOperator(close)) {
    if (items.length > 0) {
      tokens.expectOperator(',');
      if (tokens.acceptOperator(close)) break;
    }
    items.push(parseWhole(tokens));
  }
  return items;
}

function parseDict(tokens: TokenStream): Expr {
  const open = tokens.next();
  const entries: { key: Expr; value: Expr }[] = [];
  while (!tokens.acceptOperator('}')) {
    if (entries.length > 0) {
      tokens.expectOperator(',');
      if (tokens.acceptOperator('}')) break;
    }
    const key = parseWhole(tokens);
    tokens.expectOperator(':');
    entries.push({ key, value: parseWhole(tokens) });
  }
  return { kind: 'dict', entries, span: spanBetween(open.span, tokens.previous) };
}

/** `(x)` is x; `()`, `(x,)` and `(x, y)` are tuples, which are lists here as in minijinja. */
function parseParenthesis(tokens: TokenStream): Expr {
  const open = tokens.next();
  if (tokens.acceptOperator(')')) {
    return { kind: 'list', items: [], span: spanBetween(open.span, tokens.previous) };
  }
  const first = parseWhole(tokens);
  if (tokens.acceptOperator(')')) {
    return { ...first, span: spanBetween(open.span, tokens.previous) };
  }
  tokens.expectOperator(',');
  const items = [first, ...parseItems(tokens, ')')];
  return { kind: 'list', items, span: spanBetween(open.span, tokens.previous) };
}

function parseName(tokens: TokenStream): Expr {
  if (RESERVED.has(tokens.current.text)) return tokens.refuseCurrent('expected a value');
  const token = tokens.next();
  const constant = CONSTANTS.get(token.text);
  if (constant !== undefined) return literal(token, constant);
  return { kind: 'variable', name: token.text, span: token.span };
}

function parseOperatorValue(tokens: TokenStream): Expr {
  if (tokens.isOperator('(')) return parseParenthesis(tokens);
  if (tokens.isOperator('{')) return parseDict(tokens);
  if (tokens.isOperator('[')) {
    const open = tokens.next();
    const items = parseItems(tokens, ']');
    return { kind: 'list', items, span: spanBetween(open.span, tokens.previous) };
  }
  const isNot = tokens.isOperator('!');
  return tokens.refuseCurrent('expected a value', isNot ? 'negation is spelled `not`' : undefined);
}

function parsePrimary(tokens: TokenStream): Expr {
  switch (tokens.current.kind) {
    case 'name':
      return parseName(tokens);
    case 'string':
      return parseStrings(tokens);
    case 'integer':
    case 'float': {
      const token = tokens.next();
      const type = token.kind === 'float' ? 'float' : 'integer';
      return literal(token, { type, value: Number(token.text) });
    }
    case 'operator':
      return parseOperatorValue(tokens);
    case 'end':
      return tokens.refuseCurrent('expected a value');
  }
}

/** Minus binds tighter than anything that follows the operand: `-3 | abs` is 3. */
function parseNegation(tokens: TokenStream): Expr {
  if (!tokens.isOperator('-')) return parsePrimary(tokens);
  const minus = tokens.next();
  const operand = tokens.nested(() => parseNegation(tokens));
  return { kind: 'negate', operand, span: spanBetween(minus.span, operand.span) };
}

/** Arguments behind an opening parenthesis that was consumed; named ones come last. */
function parseArguments(tokens: TokenStream): Arguments {
  const positional: Expr[] = [];
  const named: { name: string; value: Expr }[] = [];
  let first = true;
  while (!tokens.acceptOperator(')')) {
    if (!first) {
      tokens.expectOperator(',');
      if (tokens.acceptOperator(')')) break;
    }
    first = false;
    parseArgument(tokens, positional, named);
  }
  return { positional, named };
}

function parseArgument(
  tokens: TokenStream,
  positional: Expr[],
  named: { name: string; value: Expr }[],
): void {
  const value = parseWhole(tokens);
  if (value.kind === 'variable' && tokens.acceptOperator('=')) {
    if (named.some((argument) => argument.name === value.name)) {
      tokens.refuseCurrent(`the argument \`${value.name}\` is given twice`);
    }
    named.push({ name: value.name, value: parseWhole(tokens) });
    return;
  }
  if (named.length > 0) tokens.refuseCurrent('positional arguments come before named ones');
  positional.push(value);
}

function parseSubscript(tokens: TokenStream, object: Expr): Expr {
  tokens.next();
  const part = (): Expr | undefined =>
    tokens.isOperator(':') || tokens.isOperator(']') ? undefined : parseWhole(tokens);
  const start = part();
  if (start !== undefined && tokens.acceptOperator(']')) {
    return { kind: 'item', object, key: start, span: spanBetween(object.span, tokens.previous) };
  }
  tokens.expectOperator(':');
  const stop = part();
  const step = tokens.acceptOperator(':') ? part() : undefined;
  tokens.expectOperator(']');
  const span = spanBetween(object.span, tokens.previous);
  return { kind: 'slice', object, start, stop, step, span };
}

/** `x.name`, or `x.0` for `x[0]`. */
function parseAttribute(tokens: TokenStream, object: Expr): Expr {
  if (tokens.current.kind === 'integer') {
    const key = parsePrimary(tokens);
    return { kind: 'item', object, key, span: spanBetween(object.span, key.span) };
  }
  const name = tokens.expectName('a name after the dot');
  const span = spanBetween(object.span, name.span);
  return { kind: 'attribute', object, name: name.text, span };
}

function parsePostfix(tokens: TokenStream, start: Expr): Expr {
  let object = start;
  for (;;) {
    if (tokens.acceptOperator('.')) {
      object = parseAttribute(tokens, object);
    } else if (tokens.isOperator('[')) {
      object = parseSubscript(tokens, object);
    } else if (tokens.acceptOperator('(')) {
      const parsed = parseArguments(tokens);
      const span = spanBetween(object.span, tokens.previous);
      object = { kind: 'call', callee: object, arguments: parsed, span };
    } else {
      return object;
    }
  }
}

function parseFilter(tokens: TokenStream, operand: Expr): Expr {
  const name = tokens.expectName('the name of a filter');
  const parsed: Arguments = tokens.acceptOperator('(')
    ? parseArguments(tokens)
    : { positional: [], named: [] };
  return {
    kind: 'filter',
    name: name.text,
    nameSpan: name.span,
    operand,
    arguments: parsed,
    span: spanBetween(operand.span, tokens.previous),
  };
}

/** A test takes arguments in parentheses, or one operand behind it: `is in [1]`, `is startingwith "x"`. */
function parseTestArguments(tokens: TokenStream): Arguments {
  if (tokens.acceptOperator('(')) return parseArguments(tokens);
  const { kind, text } = tokens.current;
  const startsOperand =
    kind === 'string' ||
    kind === 'integer' ||
    kind === 'float' ||
    (kind === 'name' && !RESERVED.has(text)) ||
    (kind === 'operator' && (text === '[' || text === '{'));
  if (!startsOperand) return { positional: [], named: [] };
  return { positional: [parsePostfix(tokens, parseNegation(tokens))], named: [] };
}

const TEST_OPERATORS: ReadonlySet<string> = new Set(COMPARISONS);

function parseTest(tokens: TokenStream, operand: Expr): Expr {
  const negated = tokens.acceptWord('not');
  const { kind, text } = tokens.current;
  const name =
    kind === 'operator' && TEST_OPERATORS.has(text)
      ? tokens.next()
      : tokens.expectName('the name of a test');
  const parsed = parseTestArguments(tokens);
  return {
    kind: 'test',
    name: name.text,
    nameSpan: name.span,
    negated,
    operand,
    arguments: parsed,
    span: spanBetween(operand.span, tokens.previous),
  };
}

function parseFiltered(tokens: TokenStream): Expr {
  let operand = parsePostfix(tokens, parseNegation(tokens));
  for (;;) {
    if (tokens.acceptOperator('|')) operand = parseFilter(tokens, operand);
    else if (tokens.acceptWord('is')) operand = parseTest(tokens, operand);
    else if (tokens.isOperator('.') || tokens.isOperator('[')) {
      operand = parsePostfix(tokens, operand);
    } else return operand;
  }
}

const parsePower = binaryLevel(['**'], parseFiltered);
const parseProduct = binaryLevel(['*', '//', '/', '%'], parsePower);
const parseConcatenation = binaryLevel(['~'], parseProduct);
const parseSum = binaryLevel(['+', '-'], parseConcatenation);

/** The comparison that is next, consumed. */
function acceptComparison(tokens: TokenStream): BinaryOperator | undefined {
  const spelling = COMPARISONS.find((candidate) => tokens.isOperator(candidate));
  if (spelling !== undefined) {
    tokens.next();
    return spelling;
  }
  if (tokens.acceptWord('in')) return 'in';
  if (!tokens.acceptWord('not')) return undefined;
  if (!tokens.acceptWord('in')) tokens.refuseCurrent('expected `in` after `not`');
  return 'not in';
}

function parseComparison(tokens: TokenStream): Expr {
  const first = parseSum(tokens);
  const links: { operator: BinaryOperator; right: Expr }[] = [];
  for (;;) {
    const operator = acceptComparison(tokens);
    if (operator === undefined) break;
    links.push({ operator, right: parseSum(tokens) });
  }
  const [link] = links;
  if (link === undefined) return first;
  const span = spanBetween(first.span, tokens.previous);
  return links.length === 1
    ? { kind: 'binary', ...link, left: first, span }
    : { kind: 'chain', first, links, span };
}

function parseNot(tokens: TokenStream): Expr {
  if (!tokens.isWord('not')) return parseComparison(tokens);
  const word = tokens.next();
  const operand = tokens.nested(() => parseNot(tokens));
  return { kind: 'not', operand, span: spanBetween(word.span, operand.span) };
}

const parseAnd = binaryLevel(['and'], parseNot);
const parseOr = binaryLevel(['or'], parseAnd);

function parseConditional(tokens: TokenStream): Expr {
  let value = parseOr(tokens);
  while (tokens.acceptWord('if')) {
    const condition = parseOr(tokens);
    const whenFalse = tokens.acceptWord('else') ? parseWhole(tokens) : undefined;
    const span = spanBetween(value.span, tokens.previous);
    value = { kind: 'conditional', condition, whenTrue: value, whenFalse, span };
  }
  return value;
}

function parseWhole(tokens: TokenStream): Expr {
  return tokens.nested(() => parseConditional(tokens));
}

/** Parses one expression; what follows it is left to the caller. Throws `ExpressionFailure`. */
export function parseExpressionTokens(tokens: TokenStream): Expr {
  return parseWhole(tokens);
}

/** Parses an expression that leaves a following `if` alone: the list of a `for`. Throws `ExpressionFailure`. */
export function parseUnconditional(tokens: TokenStream): Expr {
  return parseOr(tokens);
}

/** Parses a bare expression (no `${{ }}`), as `if:` and `skip:` hold it. */
export function parseExpression(text: string): Result<Expr, ExpressionError> {
  try {
    const tokens = new TokenStream(text, 0);
    const expression = parseWhole(tokens);
    if (tokens.current.kind !== 'end') tokens.refuseCurrent('expected the end of the expression');
    return ok(expression);
  } catch (error) {
    if (error instanceof ExpressionFailure) return fail(error.error);
    throw error;
  }
}
