/** The tokens of one expression, one ahead, with the bound on nesting. */
import { refuse, type Span } from './errors.ts';
import { readToken, skipWhitespace, type Token } from './lexer.ts';

/** What ends an expression inside a template. */
export type ClosingDelimiter = '}}' | '%}';

/** Brackets, conditionals and prefix operators inside each other. */
const NESTING_MAX = 100;

/**
 * Reads tokens from `text` starting at an offset; `current` is the next one that is not consumed. With a closing
 * delimiter the stream ends before it (and before the `-` or `+` that may precede it), outside of brackets:
 * `{"a": {}}}` has two of them that close maps.
 */
export class TokenStream {
  readonly #text: string;
  readonly #close: ClosingDelimiter | undefined;
  #current: Token;
  #previous: Span;
  #nesting = 0;
  #openBrackets = 0;

  constructor(text: string, offset: number, close?: ClosingDelimiter) {
    this.#text = text;
    this.#close = close;
    this.#current = this.#read(offset);
    this.#previous = { offset, length: 0 };
  }

  #read(offset: number): Token {
    if (this.#close === undefined || this.#openBrackets > 0) return readToken(this.#text, offset);
    const start = skipWhitespace(this.#text, offset);
    const mark = /[-+]/.test(this.#text[start] ?? '') ? 1 : 0;
    if (!this.#text.startsWith(this.#close, start + mark)) return readToken(this.#text, offset);
    const length = mark + this.#close.length;
    const text = this.#text.slice(start, start + length);
    return { kind: 'end', text, span: { offset: start, length } };
  }

  /** The next token. */
  get current(): Token {
    return this.#current;
  }

  /** Place of the token consumed last. */
  get previous(): Span {
    return this.#previous;
  }

  /** Consumes the next token. */
  next(): Token {
    const token = this.#current;
    this.#previous = token.span;
    if (token.kind === 'operator' && /[([{]/.test(token.text)) this.#openBrackets += 1;
    if (token.kind === 'operator' && /[)\]}]/.test(token.text)) this.#openBrackets -= 1;
    if (token.kind !== 'end') {
      this.#current = this.#read(token.span.offset + token.span.length);
    }
    return token;
  }

  /** True if the next token is this operator. */
  isOperator(spelling: string): boolean {
    return this.#current.kind === 'operator' && this.#current.text === spelling;
  }

  /** True if the next token is this word. */
  isWord(word: string): boolean {
    return this.#current.kind === 'name' && this.#current.text === word;
  }

  /** Consumes the operator if it is next. */
  acceptOperator(spelling: string): boolean {
    if (!this.isOperator(spelling)) return false;
    this.next();
    return true;
  }

  /** Consumes the word if it is next. */
  acceptWord(word: string): boolean {
    if (!this.isWord(word)) return false;
    this.next();
    return true;
  }

  /** Consumes the operator or refuses the expression. */
  expectOperator(spelling: string): Token {
    if (!this.isOperator(spelling)) return this.refuseCurrent(`expected \`${spelling}\``);
    return this.next();
  }

  /** Consumes a name or refuses the expression. */
  expectName(what: string): Token {
    if (this.#current.kind !== 'name') return this.refuseCurrent(`expected ${what}`);
    return this.next();
  }

  /** Refuses the expression at the next token. */
  refuseCurrent(expected: string, help?: string): never {
    const { kind, text, span } = this.#current;
    const found =
      kind === 'end' && text === ''
        ? 'the end of the expression'
        : kind === 'string'
          ? 'a string'
          : `\`${text}\``;
    return refuse('syntax', `${expected}, found ${found}`, {
      span,
      ...(help === undefined ? {} : { help }),
    });
  }

  /** Runs `parse` one level deeper. */
  nested<T>(parse: () => T): T {
    if (this.#nesting >= NESTING_MAX) {
      refuse('limit', `the expression is nested more than ${NESTING_MAX} levels deep`, {
        span: this.#current.span,
      });
    }
    this.#nesting += 1;
    const result = parse();
    this.#nesting -= 1;
    return result;
  }
}
