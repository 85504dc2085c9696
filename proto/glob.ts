/**
 * Globs as recipes use them (spec 1.6): Rust's globset with its default options. `*` and `?` match `/` too,
 * `**` is special only as a whole component, `{a,b}` may nest and be empty, `[a-z]` and `[!a-z]`, `\` escapes.
 *
 * A pattern becomes a small non-deterministic automaton whose states are followed all at once, so matching
 * is linear in the path for every pattern: a recipe can't make it hang, as it could with `RegExp`.
 */
import { StageyardError } from './errors.ts';
import type { GlobLists } from './recipe/recipe.ts';
import { fail, ok, type Result } from './result.ts';

/** Longest pattern, in UTF-16 units. */
const PATTERN_LENGTH_MAX = 4096;
/** Braces inside each other. */
const NESTING_MAX = 16;
const SLASH = 0x2f;

/** Inclusive code point ranges. */
interface CharacterSet {
  readonly ranges: readonly (readonly [number, number])[];
  readonly isNegated: boolean;
}

type Piece =
  | { readonly kind: 'character'; readonly code: number }
  | { readonly kind: 'any' }
  | { readonly kind: 'set'; readonly set: CharacterSet }
  /** Any text, also none. */
  | { readonly kind: 'star' }
  | { readonly kind: 'choice'; readonly choices: readonly (readonly Piece[])[] };

class GlobFailure extends Error {}

const character = (code: number): Piece => ({ kind: 'character', code });
const STAR: Piece = { kind: 'star' };
const SEPARATOR = character(SLASH);
/** `**` and a slash at the start: nothing, a slash, or any directories. */
const RECURSIVE_PREFIX: Piece = { kind: 'choice', choices: [[], [SEPARATOR], [STAR, SEPARATOR]] };
/** `/**` at the end: something below. */
const RECURSIVE_SUFFIX: readonly Piece[] = [SEPARATOR, STAR];
/** A `**` between slashes: one slash, or any directories between two. */
const RECURSIVE_MIDDLE: Piece = {
  kind: 'choice',
  choices: [[SEPARATOR], [SEPARATOR, STAR, SEPARATOR]],
};

/** Reads one pattern. */
class GlobReader {
  readonly #text: string;
  #index = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  readWhole(): Piece[] {
    const pieces = this.#readSequence();
    if (this.#index < this.#text.length) throw new GlobFailure('`}` closes no `{`');
    return pieces.length === 1 && pieces[0] === RECURSIVE_PREFIX ? [STAR] : pieces;
  }

  /** Pieces up to the end, or to a `,` or `}` inside braces. */
  #readSequence(): Piece[] {
    const pieces: Piece[] = [];
    const start = this.#index;
    while (this.#index < this.#text.length) {
      const letter = this.#text[this.#index];
      if (letter === '}' || (letter === ',' && this.#depth > 0)) break;
      this.#readPiece(pieces, this.#index === start);
    }
    return pieces;
  }

  #readPiece(pieces: Piece[], isFirst: boolean): void {
    switch (this.#text[this.#index]) {
      case '*':
        return this.#readStar(pieces, isFirst);
      case '?':
        this.#index += 1;
        pieces.push({ kind: 'any' });
        return;
      case '[':
        pieces.push({ kind: 'set', set: this.#readSet() });
        return;
      case '{':
        pieces.push(this.#readChoice());
        return;
      case '\\':
        this.#index += 1;
        if (this.#index >= this.#text.length)
          throw new GlobFailure('nothing follows the last `\\`');
        pieces.push(character(this.#nextCode()));
        return;
      case undefined:
      default:
        pieces.push(character(this.#nextCode()));
    }
  }

  #nextCode(): number {
    const code = this.#text.codePointAt(this.#index) ?? 0;
    this.#index += code > 0xffff ? 2 : 1;
    return code;
  }

  /** True where a pattern or a choice ends. */
  #isEnd(index: number): boolean {
    const letter = this.#text[index];
    return letter === undefined || (this.#depth > 0 && (letter === ',' || letter === '}'));
  }

  #readStar(pieces: Piece[], isFirst: boolean): void {
    const start = this.#index;
    this.#index += 1;
    if (this.#text[this.#index] !== '*') {
      pieces.push(STAR);
      return;
    }
    const after = start + 2;
    const isBeforeSlash = this.#text[after] === '/';
    const last = pieces.at(-1);
    const isAfterSlash = isFirst || this.#text[start - 1] === '/';
    if (!isAfterSlash || !(isBeforeSlash || this.#isEnd(after))) {
      pieces.push(STAR);
      return;
    }
    this.#index = isBeforeSlash ? after + 1 : after;
    if (isFirst) {
      pieces.push(isBeforeSlash ? RECURSIVE_PREFIX : STAR);
    } else if (last !== RECURSIVE_PREFIX) {
      // The slash before belongs to it; of two in a row one is enough.
      pieces.pop();
      if (isBeforeSlash) pieces.push(RECURSIVE_MIDDLE);
      else pieces.push(...RECURSIVE_SUFFIX);
    }
  }

  /** `[abc]`, `[a-z]`, `[!a]`, `[^a]`; `]` first and `-` at an end stand for themselves. */
  #readSet(): CharacterSet {
    this.#index += 1;
    const mark = this.#text[this.#index];
    const isNegated = mark === '!' || mark === '^';
    if (isNegated) this.#index += 1;
    const ranges: (readonly [number, number])[] = [];
    for (let isFirst = true; ; isFirst = false) {
      if (this.#index >= this.#text.length) throw new GlobFailure('`[` is not closed');
      if (this.#text[this.#index] === ']' && !isFirst) break;
      const low = this.#nextCode();
      const isRange =
        this.#text[this.#index] === '-' &&
        this.#index + 1 < this.#text.length &&
        this.#text[this.#index + 1] !== ']';
      if (isRange) this.#index += 1;
      const high = isRange ? this.#nextCode() : low;
      if (high < low) throw new GlobFailure('a range in `[ ]` runs backwards');
      ranges.push([low, high]);
    }
    this.#index += 1;
    return { ranges, isNegated };
  }

  #readChoice(): Piece {
    this.#depth += 1;
    if (this.#depth > NESTING_MAX) throw new GlobFailure('braces are nested too deep');
    const choices: Piece[][] = [];
    do {
      this.#index += 1;
      choices.push(this.#readSequence());
    } while (this.#text[this.#index] === ',');
    if (this.#text[this.#index] !== '}') throw new GlobFailure('`{` is not closed');
    this.#index += 1;
    this.#depth -= 1;
    return { kind: 'choice', choices };
  }
}

/** One state: reads a character that it accepts and goes to the next, or (a fork) goes on without reading. */
type State =
  | { readonly kind: 'character'; readonly code: number }
  | { readonly kind: 'any' }
  | { readonly kind: 'set'; readonly set: CharacterSet }
  /** Reads any character and stays, or goes on. */
  | { readonly kind: 'loop' }
  | { readonly kind: 'fork'; readonly targets: number[] }
  | { readonly kind: 'done' };

function addStates(states: State[], pieces: readonly Piece[]): void {
  for (const piece of pieces) {
    switch (piece.kind) {
      case 'character':
      case 'any':
      case 'set':
        states.push(piece);
        break;
      case 'star':
        if (states.at(-1)?.kind !== 'loop') states.push({ kind: 'loop' });
        break;
      case 'choice':
        addChoice(states, piece.choices);
        break;
    }
  }
}

/** A fork to each choice; each choice ends in a jump behind the last. */
function addChoice(states: State[], choices: readonly (readonly Piece[])[]): void {
  const targets: number[] = [];
  states.push({ kind: 'fork', targets });
  const exits: number[][] = [];
  for (const choice of choices) {
    targets.push(states.length);
    addStates(states, choice);
    const exit: number[] = [];
    exits.push(exit);
    states.push({ kind: 'fork', targets: exit });
  }
  for (const exit of exits) exit.push(states.length);
}

function accepts(state: State, code: number): boolean {
  switch (state.kind) {
    case 'character':
      return state.code === code;
    case 'any':
    case 'loop':
      return true;
    case 'set':
      return (
        state.set.ranges.some(([low, high]) => code >= low && code <= high) !== state.set.isNegated
      );
    case 'fork':
    case 'done':
      return false;
  }
}

/** States that are alive at one place of the path, each once. */
class StateList {
  readonly indices: number[] = [];
  readonly #states: readonly State[];
  readonly #seenAt: Int32Array;
  #generation = 0;

  constructor(states: readonly State[]) {
    this.#states = states;
    this.#seenAt = new Int32Array(states.length);
  }

  clear(): void {
    this.indices.length = 0;
    this.#generation += 1;
  }

  /** Adds a state and all that are reachable from it without reading. */
  add(first: number): void {
    const pending = [first];
    for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
      if (this.#seenAt[index] === this.#generation) continue;
      this.#seenAt[index] = this.#generation;
      const state = this.#states[index];
      if (state === undefined) continue;
      if (state.kind === 'fork') {
        pending.push(...state.targets);
      } else {
        this.indices.push(index);
        if (state.kind === 'loop') pending.push(index + 1);
      }
    }
  }

  /** Whether the whole pattern was read. */
  get isDone(): boolean {
    return this.indices.some((index) => this.#states[index]?.kind === 'done');
  }
}

/** Tells whether a whole path fits; paths have `/` as separator on every platform. */
export type PathMatcher = (path: string) => boolean;

/** The text that every match starts with: most paths fail there already. */
function literalStart(pieces: readonly Piece[]): string {
  const end = pieces.findIndex(({ kind }) => kind !== 'character');
  return pieces
    .slice(0, end < 0 ? pieces.length : end)
    .map((piece) => (piece.kind === 'character' ? String.fromCodePoint(piece.code) : ''))
    .join('');
}

function automaton(pieces: readonly Piece[]): PathMatcher {
  const start = literalStart(pieces);
  const states: State[] = [];
  addStates(states, pieces);
  states.push({ kind: 'done' });
  let current = new StateList(states);
  let next = new StateList(states);
  return (path) => {
    if (!path.startsWith(start)) return false;
    current.clear();
    current.add(0);
    for (let offset = 0; offset < path.length && current.indices.length > 0; ) {
      const code = path.codePointAt(offset) ?? 0;
      offset += code > 0xffff ? 2 : 1;
      next.clear();
      for (const index of current.indices) {
        const state = states[index];
        if (state === undefined || !accepts(state, code)) continue;
        next.add(state.kind === 'loop' ? index : index + 1);
      }
      [current, next] = [next, current];
    }
    return current.isDone;
  };
}

function readGlob(pattern: string): Result<readonly Piece[], string> {
  if (pattern.length > PATTERN_LENGTH_MAX) {
    return fail(`it is longer than ${PATTERN_LENGTH_MAX} characters`);
  }
  try {
    return ok(new GlobReader(pattern).readWhole());
  } catch (error) {
    if (error instanceof GlobFailure) return fail(error.message);
    throw error;
  }
}

/** Compiles one pattern as globset has it, without the additions that recipes' lists have. */
export function compileGlob(pattern: string): Result<PathMatcher, string> {
  const pieces = readGlob(pattern);
  if (!pieces.ok) return fail(`the glob \`${pattern}\` cannot be read: ${pieces.failure}`);
  const isLiteral = !/[*?[\]{}\\]/.test(pattern);
  return ok(isLiteral ? (path) => path === pattern : automaton(pieces.value));
}

/**
 * Compiles one entry of a recipe's list: a leading `./` is dropped, an empty entry and `.` mean everything, a
 * trailing `/` everything below, and any other entry the path itself and everything below it.
 */
export function compileListGlob(entry: string): Result<PathMatcher, string> {
  const pattern = entry.startsWith('./') ? entry.slice(2) : entry;
  if (pattern === '' || pattern === '.') return ok(() => true);
  const own = compileGlob(pattern);
  if (!own.ok) return own;
  if (pattern.endsWith('/')) return compileGlob(`${pattern}**`);
  if (!/[*?[\]{}\\]/.test(pattern)) {
    const below = `${pattern}/`;
    return ok((path) => path === pattern || path.startsWith(below));
  }
  return compileGlob(`${pattern}{,/**}`);
}

function compileAll(entries: readonly string[]): readonly PathMatcher[] {
  return entries.map((entry) => {
    const matcher = compileListGlob(entry);
    if (!matcher.ok)
      throw new StageyardError('RECIPE_INVALID', matcher.failure, { context: { entry } });
    return matcher.value;
  });
}

/**
 * Compiles include and exclude lists: a path fits if an include matches and no exclude does. Without includes
 * everything but the excludes fits; without any entry nothing does (callers take that for "not configured").
 * Throws `StageyardError` RECIPE_INVALID for an entry that cannot be read ({@link compileListGlob} tells before).
 */
export function compileGlobs(lists: GlobLists): PathMatcher {
  const include = compileAll(lists.include);
  const exclude = compileAll(lists.exclude);
  if (include.length === 0 && exclude.length === 0) return () => false;
  return (path) =>
    (include.length === 0 || include.some((matches) => matches(path))) &&
    !exclude.some((matches) => matches(path));
}
