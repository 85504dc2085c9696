/**
 * Values of the expression language. JSON's own types, with three additions: a float with an integral
 * value (prints `2.0`), a pin (see functions.ts), and maps as `Map`. "Not defined" is `undefined` and is
 * no value: only tests, `default` and some functions accept it.
 */
import type { ContextValue, Dependency } from '../recipe.ts';
import { refuse, type Span } from './errors.ts';

/** A float that is a whole number; other floats are plain numbers, integers too. */
export class Float {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** What `pin_subpackage(...)` and `pin_compatible(...)` yield. */
export interface PinValue {
  readonly kind: 'pin';
  readonly dependency: Exclude<Dependency, string>;
}

/** A map; keys are strings nearly always. */
export type Dict = ReadonlyMap<string | number | boolean, Value>;

/** A value of the language. Whole numbers are integers, others are floats. */
export type Value = null | boolean | number | string | Float | PinValue | readonly Value[] | Dict;

/** A value, or `undefined` for something that is not defined. */
export type Operand = Value | undefined;

/** A context value of an evaluated recipe, as expressions see it: maps are `Map`s. */
export function valueOfContext(value: ContextValue): Value {
  if (typeof value !== 'object' || value === null) return value;
  if (isContextList(value)) return value.map(valueOfContext);
  return new Map(Object.entries(value).map(([key, item]) => [key, valueOfContext(item)]));
}

const isContextList = (value: ContextValue): value is readonly ContextValue[] =>
  Array.isArray(value);

/** True for lists (and tuples, which are lists here). */
export function isList(value: Operand): value is readonly Value[] {
  return Array.isArray(value);
}

/** The characters of a text: code points, as the language counts them. */
export function charactersOf(text: string): readonly string[] {
  return Array.from(text);
}

/** True for maps. */
export function isDict(value: Operand): value is Dict {
  return value instanceof Map;
}

/** True for what `pin_subpackage` and `pin_compatible` yield. */
export function isPin(value: Operand): value is PinValue {
  return (
    typeof value === 'object' &&
    value !== null &&
    !(value instanceof Float) &&
    !isList(value) &&
    !isDict(value)
  );
}

/** True for integers and floats. */
export function isNumber(value: Operand): value is number | Float {
  return typeof value === 'number' || value instanceof Float;
}

/** True for whole numbers that are not floats. */
export function isInteger(value: Operand): value is number {
  return typeof value === 'number' && Number.isInteger(value);
}

/** The float of a number, told apart from an integer where it is whole. */
export function makeFloat(value: number): Value {
  return Number.isInteger(value) ? new Float(value) : value;
}

/** Numeric value of integers, floats and booleans (which count as 0 and 1), else undefined. */
export function numericValue(value: Operand): number | undefined {
  if (typeof value === 'number') return value;
  if (value instanceof Float) return value.value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return undefined;
}

/** Name of a value's type, as messages and tests use it. */
export function typeName(value: Operand): string {
  if (value === undefined) return 'undefined';
  if (value === null) return 'none';
  if (typeof value === 'boolean' || typeof value === 'string') return typeof value;
  if (isNumber(value)) return isInteger(value) ? 'integer' : 'float';
  if (isList(value)) return 'list';
  return isDict(value) ? 'map' : 'pin';
}

/** False for undefined, none, false, zero and everything empty. */
export function isTruthy(value: Operand): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string' || isList(value)) return value.length > 0;
  const number = numericValue(value);
  if (number !== undefined) return number !== 0;
  return isDict(value) ? value.size > 0 : true;
}

/** Longest text that an expression or template may make, in UTF-16 units. */
export const TEXT_LENGTH_MAX = 4 * 1024 * 1024;
/** Longest list that an expression may make. */
export const LIST_LENGTH_MAX = 100_000;
/** Lists and maps inside each other, when printed or compared. */
const VALUE_NESTING_MAX = 100;

/** Text of a float: always with a point, never in exponent form. */
function renderFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Object.is(value, -0)) return '-0.0';
  const text = String(value);
  if (text.includes('e')) return expandExponent(text);
  return text.includes('.') ? text : `${text}.0`;
}

/** Moves the point of `1.5e-7` or `1e+21` to where the exponent says. */
function expandExponent(text: string): string {
  const [mantissa = '', exponentText = '0'] = text.split('e');
  const sign = mantissa.startsWith('-') ? '-' : '';
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const digits = whole + fraction;
  const point = whole.length + Number(exponentText);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return `${sign}${digits}${'0'.repeat(point - digits.length)}.0`;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** Collects text up to a bound. */
class BoundedText {
  readonly #pieces: string[] = [];
  readonly #span: Span;
  #length = 0;

  constructor(span: Span) {
    this.#span = span;
  }

  add(text: string): void {
    this.#length += text.length;
    if (this.#length > TEXT_LENGTH_MAX) {
      refuse('limit', `the text is longer than ${TEXT_LENGTH_MAX} characters`, {
        span: this.#span,
      });
    }
    this.#pieces.push(text);
  }

  /** Checks the depth of what is being added. */
  enter(depth: number): void {
    if (depth > VALUE_NESTING_MAX) {
      refuse('limit', `the value is nested more than ${VALUE_NESTING_MAX} levels deep`, {
        span: this.#span,
      });
    }
  }

  toString(): string {
    return this.#pieces.join('');
  }
}

function addSequence<T>(out: BoundedText, items: Iterable<T>, add: (item: T) => void): void {
  let first = true;
  for (const item of items) {
    if (!first) out.add(', ');
    first = false;
    add(item);
  }
}

/** Adds a value as it looks inside a list: strings in double quotes. */
function addNested(out: BoundedText, value: Value, depth: number): void {
  out.enter(depth);
  if (typeof value === 'string') {
    out.add(JSON.stringify(value));
  } else if (isList(value)) {
    out.add('[');
    addSequence(out, value, (item) => addNested(out, item, depth + 1));
    out.add(']');
  } else if (isDict(value)) {
    out.add('{');
    addSequence(out, value, ([key, item]) => {
      addNested(out, key, depth + 1);
      out.add(': ');
      addNested(out, item, depth + 1);
    });
    out.add('}');
  } else {
    out.add(renderScalar(value));
  }
}

function renderScalar(value: null | boolean | number | Float | PinValue): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (value instanceof Float) return renderFloat(value.value);
  if (typeof value === 'number') {
    return Number.isInteger(value) ? String(BigInt(value)) : renderFloat(value);
  }
  return JSON.stringify(value.dependency);
}

/**
 * The text that a value has in a template: `True`, `None`, `2.5`, `[1, "a"]`; undefined is empty.
 * Throws `ExpressionFailure` (reason `limit`) at `span` for texts beyond {@link TEXT_LENGTH_MAX}.
 */
export function renderValueAt(value: Operand, span: Span): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  const out = new BoundedText(span);
  addNested(out, value, 0);
  return out.toString();
}

/** {@link renderValueAt} for a value whose size is known to be harmless (one that an evaluation yielded prints within its bound). */
export function renderValue(value: Operand): string {
  return renderValueAt(value, { offset: 0, length: 0 });
}
