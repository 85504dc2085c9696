/** Tests (`x is name`): exactly the list of spec 1.17. */
import { areEqual, compareValues, contains } from './comparison.ts';
import { refuse, type Span } from './errors.ts';
import { isInteger, isList, isNumber, type Operand, typeName, type Value } from './values.ts';

/** What a test looks at. */
export interface TestCall {
  readonly value: Operand;
  readonly positional: readonly Operand[];
  readonly span: Span;
}

type Test = (call: TestCall) => boolean;

function argumentOf(call: TestCall): Value {
  const [argument] = call.positional;
  if (argument === undefined || call.positional.length !== 1) {
    return refuse('type', 'the test takes one argument', { span: call.span });
  }
  return argument;
}

/** Tests that look into a value refuse undefined; those that ask for its type say no. */
function definedValue(call: TestCall): Value {
  if (call.value === undefined) {
    return refuse('undefined', 'the value that is tested is not defined', { span: call.span });
  }
  return call.value;
}

function comparing(accepts: (order: number) => boolean): Test {
  return (call) => accepts(compareValues(definedValue(call), argumentOf(call), call.span));
}

const equals: Test = (call) => areEqual(definedValue(call), argumentOf(call), call.span);
const differs: Test = (call) => !equals(call);
const isLess = comparing((order) => order < 0);
const isLessOrEqual = comparing((order) => order <= 0);
const isGreater = comparing((order) => order > 0);
const isGreaterOrEqual = comparing((order) => order >= 0);

function textTest(accepts: (text: string, part: string) => boolean): Test {
  return (call) => {
    const value = definedValue(call);
    const part = argumentOf(call);
    if (typeof value !== 'string' || typeof part !== 'string') {
      return refuse('type', `the test compares texts, not ${typeName(value)}`, { span: call.span });
    }
    return accepts(value, part);
  };
}

/** Booleans count as 0 and 1. */
const isWhole = (value: Operand): boolean => isInteger(value) || typeof value === 'boolean';

const TESTS: ReadonlyMap<string, Test> = new Map<string, Test>([
  ['undefined', ({ value }) => value === undefined],
  ['defined', ({ value }) => value !== undefined],
  ['none', ({ value }) => value === null],
  // Nothing is ever marked as safe: recipes are not HTML.
  ['safe', () => false],
  ['escaped', () => false],
  ['odd', ({ value }) => isWhole(value) && Number(value) % 2 !== 0],
  ['even', ({ value }) => isWhole(value) && Number(value) % 2 === 0],
  ['number', ({ value }) => isNumber(value)],
  ['integer', ({ value }) => isInteger(value)],
  ['int', ({ value }) => isInteger(value)],
  ['float', ({ value }) => isNumber(value) && !isInteger(value)],
  ['string', ({ value }) => typeof value === 'string'],
  ['sequence', ({ value }) => isList(value)],
  ['boolean', ({ value }) => typeof value === 'boolean'],
  ['startingwith', textTest((text, part) => text.startsWith(part))],
  ['endingwith', textTest((text, part) => text.endsWith(part))],
  ['eq', equals],
  ['==', equals],
  ['ne', differs],
  ['!=', differs],
  ['lt', isLess],
  ['<', isLess],
  ['le', isLessOrEqual],
  ['<=', isLessOrEqual],
  ['gt', isGreater],
  ['>', isGreater],
  ['ge', isGreaterOrEqual],
  ['>=', isGreaterOrEqual],
  ['in', (call) => contains(argumentOf(call), definedValue(call), call.span)],
  ['true', ({ value }) => value === true],
  ['false', ({ value }) => value === false],
]);

/** Names of all tests. */
export const testNames: readonly string[] = [...TESTS.keys()];

/** Runs a test; a name that is none of spec 1.17 is refused at `nameSpan`. */
export function runTest(name: string, call: TestCall, nameSpan: Span): boolean {
  const test = TESTS.get(name);
  if (test === undefined) {
    const listed = testNames.filter((key) => /^[a-z]/.test(key));
    return refuse('unknown-name', `there is no test \`${name}\``, {
      span: nameSpan,
      help: `the tests are ${listed.join(', ')}`,
    });
  }
  return test(call);
}
