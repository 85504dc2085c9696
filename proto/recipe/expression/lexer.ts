/**
 * Tokens of the expression language (minijinja's). One token at a time, so that a template can stop at
 * its closing delimiter wherever the expression ends.
 */
import { refuse, type Span } from './errors.ts';

/** What a token is; `end` is the end of the text. */
export type TokenKind = 'name' | 'integer' | 'float' | 'string' | 'operator' | 'end';

/** A token; `text` is the decoded text of a string, the digits of a number, the spelling otherwise. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly span: Span;
}

/** Integers beyond this would lose digits. */
const INTEGER_MAX = Number.MAX_SAFE_INTEGER;
const WHITESPACE = /[ \t\r\n]*/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const RADIX_INTEGER = /0(?:[xX][0-9A-Fa-f_]+|[oO][0-7_]+|[bB][01_]+)/y;
const FLOAT = /[0-9][0-9_]*(?:\.[0-9_]*(?:[eE][+-]?[0-9]+)?|[eE][+-]?[0-9]+)/y;
const INTEGER = /[0-9][0-9_]*/y;
const OPERATOR = /\/\/|\*\*|==|!=|<=|>=|[-+*/%~<>=|.,:()[\]{}!]/y;
const HEX = /^[0-9A-Fa-f]+$/;
const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  '/': '/',
  '\\': '\\',
  "'": "'",
  '"': '"',
};
const HEX_ESCAPE_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4 };

function matchAt(pattern: RegExp, text: string, offset: number): string | undefined {
  pattern.lastIndex = offset;
  return pattern.exec(text)?.[0];
}

/**
 * Decodes the escape whose backslash is at `offset`; yields the text and the offset behind it. An
 * unknown escape stands for itself, as in Python (`"\d+"` for a regular expression).
 */
function readEscape(text: string, offset: number): { text: string; next: number } {
  const letter = text[offset + 1] ?? '';
  const simple = SIMPLE_ESCAPES[letter];
  if (simple !== undefined) return { text: simple, next: offset + 2 };
  const digitCount = HEX_ESCAPE_DIGITS[letter];
  const digits = text.slice(offset + 2, offset + 2 + (digitCount ?? 0));
  if (digitCount !== undefined && digits.length === digitCount && HEX.test(digits)) {
    return {
      text: String.fromCharCode(Number.parseInt(digits, 16)),
      next: offset + 2 + digitCount,
    };
  }
  return { text: text.slice(offset, offset + 2), next: offset + 2 };
}

function readString(text: string, start: number): Token {
  const quote = text[start];
  let decoded = '';
  let offset = start + 1;
  while (offset < text.length) {
    const character = text[offset] ?? '';
    if (character === quote) {
      return {
        kind: 'string',
        text: decoded,
        span: { offset: start, length: offset + 1 - start },
      };
    }
    if (character === '\\') {
      const escape = readEscape(text, offset);
      decoded += escape.text;
      offset = escape.next;
    } else {
      decoded += character;
      offset += 1;
    }
  }
  return refuse('syntax', 'the string is not closed', {
    span: { offset: start, length: text.length - start },
    help: `add a closing ${quote}`,
  });
}

function readNumber(text: string, offset: number): Token | undefined {
  const radix = matchAt(RADIX_INTEGER, text, offset);
  const float = radix === undefined ? matchAt(FLOAT, text, offset) : undefined;
  const integer = radix ?? (float === undefined ? matchAt(INTEGER, text, offset) : undefined);
  const spelling = float ?? integer;
  if (spelling === undefined) return undefined;
  const span = { offset, length: spelling.length };
  const digits = spelling.replaceAll('_', '');
  const value = Number(digits);
  if (Number.isNaN(value)) refuse('syntax', `\`${spelling}\` is not a number`, { span });
  if (float !== undefined) return { kind: 'float', text: digits, span };
  if (value > INTEGER_MAX) {
    refuse('limit', `the integer ${spelling} is too large (at most ${INTEGER_MAX})`, {
      span,
      help: 'put it in quotes if it is a name or a version',
    });
  }
  return { kind: 'integer', text: String(value), span };
}

/** Offset of the first character at or after `offset` that is no white space. */
export function skipWhitespace(text: string, offset: number): number {
  return offset + (matchAt(WHITESPACE, text, offset)?.length ?? 0);
}

/** The token at or after `offset`. Throws `ExpressionFailure` where there is none. */
export function readToken(text: string, offset: number): Token {
  const start = skipWhitespace(text, offset);
  const first = text[start];
  if (first === undefined) return { kind: 'end', text: '', span: { offset: start, length: 0 } };
  if (first === '"' || first === "'") return readString(text, start);
  const name = matchAt(NAME, text, start);
  if (name !== undefined) {
    return { kind: 'name', text: name, span: { offset: start, length: name.length } };
  }
  const number = readNumber(text, start);
  if (number !== undefined) return number;
  const operator = matchAt(OPERATOR, text, start);
  if (operator !== undefined) {
    return { kind: 'operator', text: operator, span: { offset: start, length: operator.length } };
  }
  return refuse('syntax', `unexpected character \`${first}\``, {
    span: { offset: start, length: 1 },
  });
}
