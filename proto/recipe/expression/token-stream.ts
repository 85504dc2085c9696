/** The tokens of one expression, one ahead, with the bound on nesting. */
import { refuse, type Span } from './errors.ts';
import { readToken, type Token } from './lexer.ts';

/** Brackets, conditionals and prefix operators inside each other. */
const NESTING_MAX = 100;

/** Reads tokens from `text` starting at an offset; `current` is the next one that is not consumed. */
export class TokenStream {
  readonly #text: string;
  #current: Token;
  #previous: Span;
  #nesting = 0;

  constructor(text: string, offset: number) {
    this.#text = text;
    this.#current = readToken(text, offset);
    this.#previous = { offset, length: 0 };
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
    this.#current = readToken(this.#text, token.span.offset + token.span.length);
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
      kind === 'end' ? 'the end of the expression' : kind === 'string' ? 'a string' : `\`${text}\``;
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
