/**
 * SPDX licence expressions of `about.license` (spec 1.8): the grammar of the SPDX specification, as strict as
 * rattler-build reads it. Identifiers are case-sensitive and deprecated ones are refused; `and`, `or` and `with` may
 * be written in either case.
 */
import { nearestWord } from '../decode/nearest.ts';
import { DEPRECATED_LICENSE_IDS, EXCEPTION_IDS, LICENSE_IDS } from './spdx-ids.ts';

/** What is wrong with an expression, and where: UTF-16 units from its start. */
export interface LicenseProblem {
  readonly message: string;
  readonly help: string;
  readonly offset: number;
  readonly length: number;
}

interface Token {
  readonly kind: 'word' | '(' | ')' | '+' | 'and' | 'or' | 'with' | 'end';
  readonly text: string;
  readonly offset: number;
}

/** Longer expressions are refused: the longest known one has some hundred characters. */
const EXPRESSION_LENGTH_MAX = 4096;
/** Parentheses inside each other. */
const DEPTH_MAX = 64;
const LIST_HELP =
  'see https://spdx.org/licenses for the names; a licence of your own is `LicenseRef-NAME`';

const OPERATORS: Readonly<Record<string, Token['kind']>> = {
  AND: 'and',
  and: 'and',
  OR: 'or',
  or: 'or',
  WITH: 'with',
  with: 'with',
};
/** Not bound to the list: own licences and exceptions, and the word for "nobody looked". */
const OWN_LICENSE = /^(?:DocumentRef-[A-Za-z0-9.-]+:)?LicenseRef-[A-Za-z0-9.-]*$/;
const OWN_EXCEPTION = /^(?:DocumentRef-[A-Za-z0-9.-]+:)?AdditionRef-[A-Za-z0-9.-]*$/;
const UNKNOWN_LICENSE = 'NOASSERTION';

class LicenseFailure extends Error {
  readonly problem: LicenseProblem;

  constructor(problem: LicenseProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

function refuse(message: string, token: Pick<Token, 'offset' | 'text'>, help = LIST_HELP): never {
  const { offset, text } = token;
  throw new LicenseFailure({ message, help, offset, length: Math.max(1, text.length) });
}

function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  const pattern = /\s*(?:([A-Za-z0-9.:-]+)|([()+])|(\S+)|$)/gy;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const [whole, word, sign, other] = match;
    const offset = match.index + whole.length - (word ?? sign ?? other ?? '').length;
    if (other !== undefined) {
      refuse(`\`${other}\` can't stand in a licence expression`, { offset, text: other });
    }
    if (word !== undefined) tokens.push({ kind: OPERATORS[word] ?? 'word', text: word, offset });
    else if (sign === '(' || sign === ')' || sign === '+')
      tokens.push({ kind: sign, text: sign, offset });
    else break;
  }
  return [...tokens, { kind: 'end', text: '', offset: text.length }];
}

const letters = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
/** As many names are offered. */
const OFFER_COUNT_MAX = 3;

/** The names that a deprecated one was split into, names that begin alike, or the nearest one. */
function likelyIds(name: string, whole: string): readonly string[] {
  const base = name.replace(/\+$/, '');
  const modern = [`${base}-only`, `${base}-or-later`].filter((id) => LICENSE_IDS.has(id));
  if (modern.length > 0) return modern;
  const ids = [...LICENSE_IDS];
  const same = ids.find((id) => letters(id) === letters(whole) || letters(id) === letters(name));
  if (same !== undefined) return [same];
  const alike = ids.filter((id) => letters(id).startsWith(letters(name)));
  if (alike.length > 0)
    return alike.toSorted((a, b) => a.length - b.length).slice(0, OFFER_COUNT_MAX);
  const near = nearestWord(name, ids);
  return near === undefined ? [] : [near];
}

function helpFor(name: string, whole: string): string {
  const likely = likelyIds(name, whole).map((id) => `\`${id}\``);
  return likely.length === 0 ? LIST_HELP : `did you mean ${likely.join(' or ')}? ${LIST_HELP}`;
}

class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenize(text);
  }

  get #current(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', text: '', offset: 0 };
  }

  #accept(...kinds: readonly Token['kind'][]): Token | undefined {
    const token = this.#current;
    if (!kinds.includes(token.kind)) return undefined;
    this.#at += 1;
    return token;
  }

  /** The whole text. Which of AND and OR binds closer doesn't matter for what is allowed. */
  parse(): void {
    this.#expression(0);
    const rest = this.#current;
    if (rest.kind === 'end') return;
    if (rest.kind === 'word') refuse(`\`${rest.text}\` follows without \`AND\` or \`OR\``, rest);
    refuse(`\`${rest.text}\` is not expected here`, rest);
  }

  #expression(depth: number): void {
    do this.#term(depth);
    while (this.#accept('and', 'or') !== undefined);
  }

  #term(depth: number): void {
    const open = this.#accept('(');
    if (open === undefined) {
      this.#license();
      return;
    }
    if (depth >= DEPTH_MAX) refuse(`more than ${DEPTH_MAX} parentheses deep`, open);
    this.#expression(depth + 1);
    if (this.#accept(')') === undefined) refuse('a parenthesis is not closed', open);
  }

  #license(): void {
    const token = this.#accept('word');
    if (token === undefined) {
      const { text } = this.#current;
      refuse(`a licence is expected ${text === '' ? 'here' : `before \`${text}\``}`, this.#current);
    }
    const isOwn = OWN_LICENSE.test(token.text);
    if (!isOwn) this.#checkId(token);
    const plus = this.#current;
    if (plus.kind === '+' && plus.offset === token.offset + token.text.length) {
      if (isOwn || /-(?:only|or-later)$/.test(token.text)) {
        refuse(`\`+\` can't follow \`${token.text}\``, plus, 'leave out the `+`');
      }
      this.#at += 1;
    }
    if (this.#accept('with') !== undefined) this.#exception();
  }

  #checkId(token: Token): void {
    const { text } = token;
    if (LICENSE_IDS.has(text) || text === UNKNOWN_LICENSE) return;
    const message = DEPRECATED_LICENSE_IDS.has(text)
      ? `\`${text}\` is a deprecated name of a licence`
      : `\`${text}\` is not a licence of the SPDX list`;
    refuse(message, token, helpFor(text, this.#text));
  }

  #exception(): void {
    const token = this.#accept('word');
    if (token === undefined) refuse('an exception is expected after `WITH`', this.#current);
    if (EXCEPTION_IDS.has(token.text) || OWN_EXCEPTION.test(token.text)) return;
    const near = nearestWord(token.text, [...EXCEPTION_IDS]);
    refuse(
      `\`${token.text}\` is not an exception of the SPDX list`,
      token,
      near === undefined
        ? 'see https://spdx.org/licenses/exceptions-index.html for the names'
        : `did you mean \`${near}\`?`,
    );
  }
}

/** Says what is wrong with a licence expression; undefined if nothing is. */
export function licenseProblem(text: string): LicenseProblem | undefined {
  if (text.length > EXPRESSION_LENGTH_MAX) {
    const message = `the licence expression has ${text.length} characters; at most ${EXPRESSION_LENGTH_MAX} are read`;
    return { message, help: LIST_HELP, offset: 0, length: 1 };
  }
  try {
    new Parser(text).parse();
    return undefined;
  } catch (error) {
    if (error instanceof LicenseFailure) return error.problem;
    throw error;
  }
}
