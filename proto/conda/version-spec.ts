/**
 * Constraints on versions: `>=1.2,<2`, `1.2.*`, `=1.2`, `==1.2`, `!=1.2`, `~=1.2`, joined by `,` (and), `|`
 * (or, looser) and parentheses. Recipes are read strictly, dependencies of published packages leniently:
 * there a bare `1.2` means `==1.2`, and `>=1.2.*` means `>=1.2` (spec, appendix E).
 */
import { fail, ok, type Result } from '../result.ts';
import { Version } from './version.ts';

/** How forgiving a parser is. */
export type Strictness = 'strict' | 'lenient';

type Operator = '==' | '!=' | '<' | '<=' | '>' | '>=' | '~=' | 'starts' | 'starts-not';

type Node =
  | { readonly kind: 'any' }
  | { readonly kind: 'constraint'; readonly operator: Operator; readonly version: Version }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Node[] };

/** Longest text of a constraint. */
const SPEC_LENGTH_MAX = 1024;
/** Parentheses inside each other. */
const NESTING_MAX = 20;
const CONSTRAINT = /^([<>=!~]*)([^<>=!~]\S*)?$/;
const OPERATORS: ReadonlySet<string> = new Set(['', '=', '==', '!=', '<', '<=', '>', '>=', '~=']);

class SpecFailure extends Error {}

function isOperator(text: string): text is Exclude<Operator, 'starts' | 'starts-not'> {
  return OPERATORS.has(text) && text !== '' && text !== '=';
}

function readVersion(text: string): Version {
  const version = Version.parse(text);
  if (!version.ok) throw new SpecFailure(version.failure);
  return version.value;
}

/** `1.2.*` and `1.2*`, with what the operator before it makes of them. */
function readWildcard(operator: string, text: string, strictness: Strictness): Node {
  const stem = text.replace(/\.?\*$/, '');
  if (text.startsWith('.')) throw new SpecFailure(`\`${text}\` has no version before \`.*\``);
  if (stem.includes('*')) return readWildcardRun(operator, text, strictness);
  if (operator === '' || operator === '!=') {
    if (stem === '') {
      if (operator === '') return { kind: 'any' };
      throw new SpecFailure(`\`${operator}${text}\` excludes every version`);
    }
    return {
      kind: 'constraint',
      operator: operator === '' ? 'starts' : 'starts-not',
      version: readVersion(stem),
    };
  }
  if (strictness === 'strict') {
    throw new SpecFailure(`\`*\` does not go with \`${operator}\`: write \`${stem}.*\` alone`);
  }
  if (stem === '') return { kind: 'any' };
  const version = readVersion(stem);
  if (operator === '=' || operator === '==') {
    return { kind: 'constraint', operator: 'starts', version };
  }
  if (operator === '>') return { kind: 'constraint', operator: '>=', version };
  if (isOperator(operator)) return { kind: 'constraint', operator, version };
  throw new SpecFailure(`\`${operator}\` is no comparison`);
}

/** `*.*` is any version; `1.2.*.*` is a mistake that lenient reading takes for `1.2.*`. */
function readWildcardRun(operator: string, text: string, strictness: Strictness): Node {
  const stem = text.replace(/(?:\.?\*)+$/, '');
  if (stem.includes('*') || (strictness === 'strict' && stem !== '')) {
    throw new SpecFailure(`\`${text}\`: \`*\` may stand once, at the end`);
  }
  return readWildcard(operator, stem === '' ? '*' : `${stem}.*`, strictness);
}

function readConstraint(text: string, strictness: Strictness): Node {
  if (text.startsWith('^') || text.endsWith('$')) {
    throw new SpecFailure(`\`${text}\`: regular expressions are not supported`);
  }
  const [, operator = '', version] = CONSTRAINT.exec(text) ?? [];
  if (version === undefined) throw new SpecFailure(`\`${text}\` has no version`);
  if (!OPERATORS.has(operator)) throw new SpecFailure(`\`${operator}\` is no comparison`);
  if (version.endsWith('*')) return readWildcard(operator, version, strictness);
  if (operator === '=') {
    return { kind: 'constraint', operator: 'starts', version: readVersion(version) };
  }
  if (operator === '') {
    const exact = readVersion(version);
    if (strictness === 'strict') {
      throw new SpecFailure(
        `\`${version}\` has no comparison: write \`==${version}\` or \`${version}.*\``,
      );
    }
    return { kind: 'constraint', operator: '==', version: exact };
  }
  if (isOperator(operator)) {
    return { kind: 'constraint', operator, version: readVersion(version) };
  }
  throw new SpecFailure(`\`${operator}\` is no comparison`);
}

/** Reads `a,b|(c,d)` from left to right. */
class SpecReader {
  readonly #pieces: readonly string[];
  readonly #strictness: Strictness;
  #next = 0;
  #depth = 0;

  constructor(text: string, strictness: Strictness) {
    this.#pieces = text.split(/([,|()])/).filter((piece) => piece !== '');
    this.#strictness = strictness;
  }

  readWhole(): Node {
    const node = this.#readGroup('or');
    const rest = this.#pieces[this.#next];
    if (rest !== undefined) throw new SpecFailure(`unexpected \`${rest}\``);
    return node;
  }

  #accept(piece: string): boolean {
    if (this.#pieces[this.#next] !== piece) return false;
    this.#next += 1;
    return true;
  }

  #readGroup(kind: 'and' | 'or'): Node {
    const readPart = (): Node => (kind === 'or' ? this.#readGroup('and') : this.#readAtom());
    const first = readPart();
    const parts = [first];
    while (this.#accept(kind === 'or' ? '|' : ',')) parts.push(readPart());
    return parts.length === 1 ? first : { kind, parts };
  }

  #readAtom(): Node {
    if (this.#accept('(')) {
      this.#depth += 1;
      if (this.#depth > NESTING_MAX) throw new SpecFailure('the parentheses are nested too deep');
      const node = this.#readGroup('or');
      if (!this.#accept(')')) throw new SpecFailure('a parenthesis is not closed');
      this.#depth -= 1;
      return node;
    }
    const piece = this.#pieces[this.#next];
    if (piece === undefined || /^[,|)]$/.test(piece)) {
      throw new SpecFailure('a constraint is missing');
    }
    this.#next += 1;
    return readConstraint(piece, this.#strictness);
  }
}

function constraintMatches(operator: Operator, wanted: Version, version: Version): boolean {
  switch (operator) {
    case '==':
      return version.compare(wanted) === 0;
    case '!=':
      return version.compare(wanted) !== 0;
    case '<':
      return version.compare(wanted) < 0;
    case '<=':
      return version.compare(wanted) <= 0;
    case '>':
      return version.compare(wanted) > 0;
    case '>=':
      return version.compare(wanted) >= 0;
    case '~=':
      return version.isCompatibleWith(wanted);
    case 'starts':
      return version.startsWith(wanted);
    case 'starts-not':
      return !version.startsWith(wanted);
  }
}

function nodeMatches(node: Node, version: Version): boolean {
  switch (node.kind) {
    case 'any':
      return true;
    case 'constraint':
      return constraintMatches(node.operator, node.version, version);
    case 'and':
      return node.parts.every((part) => nodeMatches(part, version));
    case 'or':
      return node.parts.some((part) => nodeMatches(part, version));
  }
}

function printNode(node: Node, parent: 'and' | 'or' | undefined): string {
  switch (node.kind) {
    case 'any':
      return '*';
    case 'constraint':
      if (node.operator === 'starts') return `${node.version}.*`;
      return node.operator === 'starts-not'
        ? `!=${node.version}.*`
        : `${node.operator}${node.version}`;
    case 'and':
      return node.parts.map((part) => printNode(part, 'and')).join(',');
    case 'or': {
      const text = node.parts.map((part) => printNode(part, 'or')).join('|');
      return parent === 'and' ? `(${text})` : text;
    }
  }
}

/** A parsed constraint. */
export class VersionSpec {
  readonly #root: Node;

  private constructor(root: Node) {
    this.#root = root;
  }

  /** Parses a constraint without white space in it. The failure says what is wrong and what to write. */
  static parse(text: string, strictness: Strictness): Result<VersionSpec, string> {
    if (text.length > SPEC_LENGTH_MAX) {
      return fail(`the version constraint is longer than ${SPEC_LENGTH_MAX} characters`);
    }
    try {
      return ok(new VersionSpec(new SpecReader(text, strictness).readWhole()));
    } catch (error) {
      if (error instanceof SpecFailure) return fail(error.message);
      throw error;
    }
  }

  /** Whether the version is allowed. */
  matches(version: Version): boolean {
    return nodeMatches(this.#root, version);
  }

  /** Canonical text: `=1.2` and `1.2*` become `1.2.*`. */
  toString(): string {
    return printNode(this.#root, undefined);
  }
}
