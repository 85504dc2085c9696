/**
 * Patterns on build strings: a text with `*` wildcards, or `^a regular expression$`. Of regular expressions
 * only what can be matched in linear time is read; they come from published packages, which we don't trust.
 */
import { fail, ok, type Result } from '../result.ts';

/** Longest pattern. */
const PATTERN_LENGTH_MAX = 512;

/** Tells whether a whole build string fits. */
type BuildMatcher = (build: string) => boolean;

/** Greedy wildcard matching: after a mismatch only the last `*` is tried again, so time is bounded by the product of lengths. */
function matchesGlob(pattern: string, text: string): boolean {
  let patternIndex = 0;
  let textIndex = 0;
  let starIndex = -1;
  let resumeIndex = 0;
  while (textIndex < text.length) {
    if (pattern[patternIndex] === '*') {
      starIndex = patternIndex;
      resumeIndex = textIndex;
      patternIndex += 1;
    } else if (pattern[patternIndex] === text[textIndex]) {
      patternIndex += 1;
      textIndex += 1;
    } else if (starIndex >= 0) {
      resumeIndex += 1;
      textIndex = resumeIndex;
      patternIndex = starIndex + 1;
    } else {
      return false;
    }
  }
  while (pattern[patternIndex] === '*') patternIndex += 1;
  return patternIndex === pattern.length;
}

/** One step of a simple regular expression: a set of characters, once or any number of times. */
interface Step {
  readonly accepts: (character: string) => boolean;
  readonly repeats: '' | '*' | '+' | '?';
}

const ATOM = /\\([dwsDWS.^$*+?()[\]{}|\\-])|\[(\^?)([^\]\\]+)\]|([^\\^$*+?()[\]{}|])/y;

function characterClass(letter: string): RegExp | undefined {
  switch (letter) {
    case 'd':
      return /[0-9]/;
    case 'D':
      return /[^0-9]/;
    case 'w':
      return /[A-Za-z0-9_]/;
    case 'W':
      return /[^A-Za-z0-9_]/;
    case 's':
      return /\s/;
    case 'S':
      return /\S/;
    default:
      return undefined;
  }
}

/** Members of `[a-z_]`. */
function acceptsSet(body: string, isNegated: boolean): (character: string) => boolean {
  const ranges = [...body.matchAll(/(.)-(.)|(.)/gs)].map(([, low, high, single]) => ({
    low: low ?? single ?? '',
    high: high ?? single ?? '',
  }));
  return (character) =>
    ranges.some(({ low, high }) => character >= low && character <= high) !== isNegated;
}

function atomTest(match: RegExpExecArray): Step['accepts'] {
  const [, escaped, negation = '', set, plain] = match;
  if (set !== undefined) return acceptsSet(set, negation === '^');
  if (escaped !== undefined) {
    const pattern = characterClass(escaped);
    return pattern === undefined
      ? (character) => character === escaped
      : (character) => pattern.test(character);
  }
  return plain === '.' ? () => true : (character) => character === plain;
}

function readSteps(body: string): Step[] | undefined {
  const steps: Step[] = [];
  let index = 0;
  while (index < body.length) {
    ATOM.lastIndex = index;
    const match = ATOM.exec(body);
    if (match === null) return undefined;
    index += match[0].length;
    const mark = body[index];
    const repeats = mark === '*' || mark === '+' || mark === '?' ? mark : '';
    index += repeats.length;
    steps.push({ accepts: atomTest(match), repeats });
  }
  return steps;
}

/** The states reachable without reading: optional steps may be skipped. */
function closeStates(steps: readonly Step[], states: Set<number>): Set<number> {
  for (const state of states) {
    const repeats = steps[state]?.repeats;
    if (repeats === '*' || repeats === '?') states.add(state + 1);
  }
  return states;
}

/** Follows all ways through the steps at once: linear in the text. */
function matchesSteps(steps: readonly Step[], text: string): boolean {
  let states = closeStates(steps, new Set([0]));
  for (const character of text) {
    const next = new Set<number>();
    for (const state of states) {
      const step = steps[state];
      if (step === undefined || !step.accepts(character)) continue;
      next.add(state + 1);
      if (step.repeats === '*' || step.repeats === '+') next.add(state);
    }
    states = closeStates(steps, next);
  }
  return states.has(steps.length);
}

/** Compiles a pattern. The failure says why it can't be used. */
export function compileBuildPattern(pattern: string): Result<BuildMatcher, string> {
  if (pattern.length > PATTERN_LENGTH_MAX) {
    return fail(`the build pattern is longer than ${PATTERN_LENGTH_MAX} characters`);
  }
  if (pattern.startsWith('^') && pattern.endsWith('$')) {
    const steps = readSteps(pattern.slice(1, -1));
    return steps === undefined
      ? fail(`the build pattern ${JSON.stringify(pattern)} uses groups, alternatives or counts`)
      : ok((build) => matchesSteps(steps, build));
  }
  return ok(
    pattern.includes('*') ? (build) => matchesGlob(pattern, build) : (build) => build === pattern,
  );
}
