/**
 * Parser of texts with `${{ expression }}`, `{# comment #}` and `{% block %}`. Scanning is by delimiters
 * outside, by tokens inside, so that a string in an expression may contain a closing delimiter.
 *
 * Unlike in minijinja, `${#` opens no comment: in a build script it is the shell's length of a variable.
 */
import { fail, ok, type Result } from '../../result.ts';
import type { Expr, Template, TemplateNode } from './ast.ts';
import { type ExpressionError, ExpressionFailure, refuse, type Span } from './errors.ts';
import { parseExpressionTokens, parseUnconditional } from './parser.ts';
import { type ClosingDelimiter, TokenStream } from './token-stream.ts';

/** Blocks inside each other. */
const BLOCK_NESTING_MAX = 50;
const OPENING = /\$\{\{|\{%|\{#/g;
const FINAL_LINE_BREAK = /\r?\n$/;
const RAW_END = /\{%[-+]?[ \t\r\n]*endraw[ \t\r\n]*[-+]?%\}/g;

/** Where the scanner stands, and what it has to remember across pieces of text. */
interface Scanner {
  readonly text: string;
  offset: number;
  /** The tag before asked for the white space behind it to go. */
  trimsStart: boolean;
  depth: number;
}

/** A block tag as far as its first word. */
interface Tag {
  readonly word: string;
  readonly span: Span;
  readonly tokens: TokenStream;
  /** Offset of the opening delimiter. */
  readonly start: number;
}

function textNode(scanner: Scanner, end: number, trimsEnd: boolean): TemplateNode[] {
  const whole = scanner.text.slice(scanner.offset, end);
  const startTrimmed = scanner.trimsStart ? whole.trimStart() : whole;
  const text = trimsEnd ? startTrimmed.trimEnd() : startTrimmed;
  const span = { offset: scanner.offset, length: end - scanner.offset };
  scanner.trimsStart = false;
  return text === '' ? [] : [{ kind: 'text', text, span }];
}

/** Next opening delimiter at or after the scanner's place; `${#` is none. */
function findOpening(scanner: Scanner): { offset: number; spelling: string } | undefined {
  OPENING.lastIndex = scanner.offset;
  for (;;) {
    const match = OPENING.exec(scanner.text);
    if (match === null) return undefined;
    if (match[0] !== '{#' || scanner.text[match.index - 1] !== '$') {
      return { offset: match.index, spelling: match[0] };
    }
  }
}

/** `-` right behind an opening delimiter asks for the white space before it to go; `+` keeps it. */
function openingMark(text: string, offset: number): { trims: boolean; length: number } {
  const mark = text[offset];
  return { trims: mark === '-', length: mark === '-' || mark === '+' ? 1 : 0 };
}

/** Consumes `}}` or `%}`, with the `-` that trims what follows. */
function closeTag(scanner: Scanner, tokens: TokenStream, close: ClosingDelimiter): void {
  const { kind, text, span } = tokens.current;
  if (kind !== 'end' || text === '') tokens.refuseCurrent(`expected \`${close}\``);
  scanner.trimsStart = text.startsWith('-');
  scanner.offset = span.offset + span.length;
}

function skipComment(scanner: Scanner, start: number): void {
  const end = scanner.text.indexOf('#}', start + 2);
  if (end < 0) {
    refuse('syntax', 'the comment `{#` is not closed', {
      span: { offset: start, length: 2 },
      help: 'close it with `#}`',
    });
  }
  scanner.trimsStart = scanner.text[end - 1] === '-';
  scanner.offset = end + 2;
}

function readTag(scanner: Scanner, start: number, markLength: number): Tag {
  const tokens = new TokenStream(scanner.text, start + 2 + markLength, '%}');
  const word = tokens.expectName('the name of a block');
  return { word: word.text, span: word.span, tokens, start };
}

/** Pieces up to the end of the text or a block tag that this level doesn't open, which is returned. */
function parseNodes(scanner: Scanner): { nodes: TemplateNode[]; stop: Tag | undefined } {
  const nodes: TemplateNode[] = [];
  for (;;) {
    const opening = findOpening(scanner);
    if (opening === undefined) {
      nodes.push(...textNode(scanner, scanner.text.length, false));
      scanner.offset = scanner.text.length;
      return { nodes, stop: undefined };
    }
    const { offset, spelling } = opening;
    const mark = openingMark(scanner.text, offset + spelling.length);
    nodes.push(...textNode(scanner, offset, mark.trims));
    if (spelling === '{#') {
      skipComment(scanner, offset);
    } else if (spelling === '{%') {
      const tag = readTag(scanner, offset, mark.length);
      const node = parseBlock(scanner, tag);
      if (node === 'stop') return { nodes, stop: tag };
      nodes.push(node);
    } else {
      nodes.push(parseOutput(scanner, offset, mark.length));
    }
  }
}

function parseOutput(scanner: Scanner, start: number, markLength: number): TemplateNode {
  const tokens = new TokenStream(scanner.text, start + 3 + markLength, '}}');
  const { kind, text, span } = tokens.current;
  if (kind === 'end' && text !== '') {
    refuse('syntax', 'the expression is empty', {
      span: { offset: start, length: span.offset + span.length - start },
    });
  }
  const expression = parseExpressionTokens(tokens);
  closeTag(scanner, tokens, '}}');
  return { kind: 'output', expression, span: { offset: start, length: scanner.offset - start } };
}

const CONTINUATIONS: ReadonlySet<string> = new Set(['elif', 'else', 'endif', 'endfor']);

function parseBlock(scanner: Scanner, tag: Tag): TemplateNode | 'stop' {
  if (CONTINUATIONS.has(tag.word)) return 'stop';
  switch (tag.word) {
    case 'if':
      return deeper(scanner, tag, () => parseIf(scanner, tag));
    case 'for':
      return deeper(scanner, tag, () => parseFor(scanner, tag));
    case 'set':
      return parseSet(scanner, tag);
    case 'raw':
      return parseRaw(scanner, tag);
    default:
      return refuse('syntax', `the block \`${tag.word}\` is not supported`, {
        span: tag.span,
        help: 'the blocks are `if`, `for`, `set` and `raw`',
      });
  }
}

function deeper<T>(scanner: Scanner, tag: Tag, parse: () => T): T {
  if (scanner.depth >= BLOCK_NESTING_MAX) {
    refuse('limit', `blocks are nested more than ${BLOCK_NESTING_MAX} levels deep`, tag);
  }
  scanner.depth += 1;
  const result = parse();
  scanner.depth -= 1;
  return result;
}

function refuseUnclosed(tag: Tag, stop: Tag | undefined): never {
  if (stop === undefined) {
    return refuse('syntax', `the block \`${tag.word}\` is not closed`, {
      span: tag.span,
      help: `close it with \`{% end${tag.word} %}\``,
    });
  }
  return refuse('syntax', `unexpected \`${stop.word}\` in the block \`${tag.word}\``, stop);
}

function parseIf(scanner: Scanner, tag: Tag): TemplateNode {
  const branches: { condition: Expr; body: readonly TemplateNode[] }[] = [];
  let otherwise: readonly TemplateNode[] = [];
  let current = tag;
  let seenElse = false;
  while (current.word !== 'endif') {
    const condition = current.word === 'else' ? undefined : parseExpressionTokens(current.tokens);
    closeTag(scanner, current.tokens, '%}');
    const { nodes, stop } = parseNodes(scanner);
    if (condition === undefined) otherwise = nodes;
    else branches.push({ condition, body: nodes });
    if (stop === undefined || stop.word === 'endfor') return refuseUnclosed(tag, stop);
    if (seenElse && stop.word !== 'endif') return refuseUnclosed(tag, stop);
    seenElse ||= stop.word === 'else';
    current = stop;
  }
  closeTag(scanner, current.tokens, '%}');
  return {
    kind: 'if',
    branches,
    otherwise,
    span: { offset: tag.start, length: scanner.offset - tag.start },
  };
}

function parseTargets(tokens: TokenStream): string[] {
  const targets = [tokens.expectName('the name of the loop variable').text];
  while (tokens.acceptOperator(',')) {
    targets.push(tokens.expectName('the name of the loop variable').text);
  }
  return targets;
}

function parseFor(scanner: Scanner, tag: Tag): TemplateNode {
  const { tokens } = tag;
  const targets = parseTargets(tokens);
  if (!tokens.acceptWord('in')) tokens.refuseCurrent('expected `in`');
  const items = parseUnconditional(tokens);
  const condition = tokens.acceptWord('if') ? parseExpressionTokens(tokens) : undefined;
  closeTag(scanner, tokens, '%}');
  const body = parseNodes(scanner);
  let otherwise: readonly TemplateNode[] = [];
  let { stop } = body;
  if (stop?.word === 'else') {
    closeTag(scanner, stop.tokens, '%}');
    const rest = parseNodes(scanner);
    otherwise = rest.nodes;
    stop = rest.stop;
  }
  if (stop?.word !== 'endfor') return refuseUnclosed(tag, stop);
  closeTag(scanner, stop.tokens, '%}');
  const span = { offset: tag.start, length: scanner.offset - tag.start };
  return { kind: 'for', targets, items, condition, body: body.nodes, otherwise, span };
}

function parseSet(scanner: Scanner, tag: Tag): TemplateNode {
  const name = tag.tokens.expectName('the name of a variable').text;
  tag.tokens.expectOperator('=');
  const value = parseExpressionTokens(tag.tokens);
  closeTag(scanner, tag.tokens, '%}');
  return {
    kind: 'set',
    name,
    value,
    span: { offset: tag.start, length: scanner.offset - tag.start },
  };
}

function parseRaw(scanner: Scanner, tag: Tag): TemplateNode {
  closeTag(scanner, tag.tokens, '%}');
  RAW_END.lastIndex = scanner.offset;
  const end = RAW_END.exec(scanner.text);
  if (end === null) return refuseUnclosed(tag, undefined);
  const text = scanner.text.slice(scanner.offset, end.index);
  const span = { offset: scanner.offset, length: text.length };
  scanner.offset = end.index + end[0].length;
  scanner.trimsStart = end[0].endsWith('-%}');
  return { kind: 'text', text, span };
}

function plainText(text: string): Template {
  const span = { offset: 0, length: text.length };
  return { kind: 'template', nodes: text === '' ? [] : [{ kind: 'text', text, span }] };
}

/**
 * Parses a text. Offsets of all nodes and errors count from the start of `text`.
 *
 * A `value` of a recipe without any `${{` is plain text, whatever braces it holds; with one, a line break at its very
 * end isn't part of the result. In a `script` blocks and comments count always, and every line break stays.
 */
export function parseTemplate(
  text: string,
  kind: 'value' | 'script' = 'value',
): Result<Template, ExpressionError> {
  try {
    if (kind === 'value' && !text.includes('${{')) return ok(plainText(text));
    const template = kind === 'value' ? text.replace(FINAL_LINE_BREAK, '') : text;
    const scanner: Scanner = { text: template, offset: 0, trimsStart: false, depth: 0 };
    const { nodes, stop } = parseNodes(scanner);
    if (stop !== undefined) {
      refuse('syntax', `\`${stop.word}\` closes no block`, stop);
    }
    return ok({ kind: 'template', nodes });
  } catch (error) {
    if (error instanceof ExpressionFailure) return fail(error.error);
    throw error;
  }
}

/** The expression of a text that is one `${{ expression }}` and nothing else: its value keeps its type. */
export function soleExpression(template: Template): Expr | undefined {
  const [first, ...rest] = template.nodes;
  return first?.kind === 'output' && rest.length === 0 ? first.expression : undefined;
}
