/** Equality, order and containment of values, as minijinja has them. */
import { refuse, type Span } from './errors.ts';
import {
  Float,
  isDict,
  isList,
  isPin,
  numericValue,
  type Operand,
  renderValueAt,
  type Value,
} from './values.ts';

/** Pairs of values that one comparison may look at (shared lists can make them many). */
const COMPARISON_STEPS_MAX = 1_000_000;

/** Counts what a comparison looks at. */
interface Budget {
  steps: number;
  readonly span: Span;
}

function spend(budget: Budget): void {
  budget.steps += 1;
  if (budget.steps > COMPARISON_STEPS_MAX) {
    refuse('limit', 'the values are too large to be compared', { span: budget.span });
  }
}

function areEqualWithin(left: Value, right: Value, budget: Budget): boolean {
  spend(budget);
  const leftNumber = numericValue(left);
  const rightNumber = numericValue(right);
  if (leftNumber !== undefined || rightNumber !== undefined) return leftNumber === rightNumber;
  if (isList(left) && isList(right)) {
    return (
      left.length === right.length &&
      left.every((item, index) => areEqualWithin(item, right[index] ?? null, budget))
    );
  }
  if (isDict(left) && isDict(right)) {
    return (
      left.size === right.size &&
      [...left].every(([key, item]) => {
        const other = right.get(key);
        return other !== undefined && areEqualWithin(item, other, budget);
      })
    );
  }
  if (isPin(left) && isPin(right)) {
    return JSON.stringify(left.dependency) === JSON.stringify(right.dependency);
  }
  return left === right;
}

/** `==`: numbers by value (`1 == 1.0 == true`), lists and maps by content. */
export function areEqual(left: Value, right: Value, span: Span): boolean {
  return areEqualWithin(left, right, { steps: 0, span });
}

/** Values of different types are ordered by type. */
function typeRank(value: Value): number {
  if (value === null) return 0;
  if (typeof value === 'boolean') return 1;
  if (typeof value === 'number' || value instanceof Float) return 2;
  if (typeof value === 'string') return 3;
  if (isList(value)) return 4;
  return isDict(value) ? 5 : 6;
}

/** By code point, which is the order of UTF-8 bytes. */
export function compareText(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a === b) continue;
    const aIsSurrogate = a >= 0xd800 && a <= 0xdfff;
    const bIsSurrogate = b >= 0xd800 && b <= 0xdfff;
    if (aIsSurrogate !== bIsSurrogate) return aIsSurrogate ? 1 : -1;
    return a - b;
  }
  return left.length - right.length;
}

function compareLists(left: readonly Value[], right: readonly Value[], budget: Budget): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const order = compareWithin(left[index] ?? null, right[index] ?? null, budget);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function compareWithin(left: Value, right: Value, budget: Budget): number {
  spend(budget);
  const leftNumber = numericValue(left);
  const rightNumber = numericValue(right);
  // A boolean equals its number, yet is ordered before all numbers.
  const isSameType =
    typeof left === 'boolean' ? typeof right === 'boolean' : typeof right !== 'boolean';
  if (leftNumber !== undefined && rightNumber !== undefined && isSameType) {
    return leftNumber < rightNumber ? -1 : leftNumber > rightNumber ? 1 : 0;
  }
  if (typeof left === 'string' && typeof right === 'string') return compareText(left, right);
  if (isList(left) && isList(right)) return compareLists(left, right, budget);
  if (isDict(left) && isDict(right)) {
    return compareLists([...left].flat(), [...right].flat(), budget);
  }
  return typeRank(left) - typeRank(right);
}

/** Negative, zero or positive; total over all values. */
export function compareValues(left: Value, right: Value, span: Span): number {
  return compareWithin(left, right, { steps: 0, span });
}

/** `needle in container`: part of a text, item of a list, key of a map. */
export function contains(container: Operand, needle: Value, span: Span): boolean {
  if (typeof container === 'string') {
    if (isList(needle) || isDict(needle)) return false;
    return container.includes(renderValueAt(needle, span));
  }
  if (isList(container)) {
    const budget = { steps: 0, span };
    return container.some((item) => areEqualWithin(item, needle, budget));
  }
  if (isDict(container)) {
    return typeof needle === 'string' || typeof needle === 'number' || typeof needle === 'boolean'
      ? container.has(needle)
      : false;
  }
  return refuse('type', '`in` needs a text, a list or a map on its right', { span });
}
