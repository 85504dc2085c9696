/** Arithmetic, concatenation, indexing and slicing. */
import { refuse, type Span } from './errors.ts';
import {
  charactersOf,
  Float,
  isDict,
  isInteger,
  isList,
  LIST_LENGTH_MAX,
  makeFloat,
  numericValue,
  type Operand,
  renderValueAt,
  TEXT_LENGTH_MAX,
  typeName,
  type Value,
} from './values.ts';

type Arithmetic = '+' | '-' | '*' | '/' | '//' | '%' | '**';

function checkedText(text: string, span: Span): string {
  if (text.length > TEXT_LENGTH_MAX) {
    refuse('limit', `the text is longer than ${TEXT_LENGTH_MAX} characters`, { span });
  }
  return text;
}

function checkedList(items: readonly Value[], span: Span): readonly Value[] {
  if (items.length > LIST_LENGTH_MAX) {
    refuse('limit', `the list is longer than ${LIST_LENGTH_MAX} items`, { span });
  }
  return items;
}

/** `left ~ right`: both as text. */
export function concatenate(left: Operand, right: Operand, span: Span): string {
  return checkedText(renderValueAt(left, span) + renderValueAt(right, span), span);
}

/** Division rounds so that the remainder has the sign that minijinja gives it: never negative. */
function integerArithmetic(operator: Arithmetic, left: number, right: number): number | undefined {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return undefined;
    case '//':
      return right === 0 ? undefined : euclideanQuotient(left, right);
    case '%':
      return right === 0 ? undefined : left - right * euclideanQuotient(left, right);
    case '**':
      return right < 0 ? undefined : left ** right;
  }
}

function euclideanQuotient(left: number, right: number): number {
  return right > 0 ? Math.floor(left / right) : -Math.floor(left / -right);
}

/** Never negative, whatever the signs. */
function floatRemainder(left: number, right: number): number {
  const remainder = left % right;
  return remainder < 0 ? remainder + Math.abs(right) : remainder;
}

function floatArithmetic(operator: Arithmetic, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '//':
      return euclideanQuotient(left, right);
    case '%':
      return floatRemainder(left, right);
    case '**':
      return left ** right;
  }
}

function numericArithmetic(
  operator: Arithmetic,
  operands: { readonly left: Value; readonly right: Value },
  span: Span,
): Value | undefined {
  const left = numericValue(operands.left);
  const right = numericValue(operands.right);
  if (left === undefined || right === undefined) return undefined;
  const isFloat = [operands.left, operands.right].some(
    (value) => value instanceof Float || (typeof value === 'number' && !Number.isInteger(value)),
  );
  if (isFloat || operator === '/') return makeFloat(floatArithmetic(operator, left, right));
  const result = integerArithmetic(operator, left, right);
  if (result === undefined) {
    return refuse('type', `${left} ${operator} ${right} cannot be calculated`, { span });
  }
  if (!Number.isSafeInteger(result)) {
    refuse('limit', `the result of ${left} ${operator} ${right} is too large`, { span });
  }
  return result === 0 ? 0 : result;
}

/** `text * 3` and `[item] * 3`, either way round. */
function repeat(left: Value, right: Value, span: Span): Value | undefined {
  const isText = typeof left === 'string' || isList(left);
  const [what, times] = isText ? [left, right] : [right, left];
  const count = typeof times === 'boolean' ? Number(times) : times;
  if (!isInteger(count) || (typeof what !== 'string' && !isList(what))) return undefined;
  if (count < 0) return refuse('type', 'the number of repetitions is negative', { span });
  const limit = typeof what === 'string' ? TEXT_LENGTH_MAX : LIST_LENGTH_MAX;
  if (what.length * count > limit) {
    refuse('limit', `the repetition is longer than ${limit}`, { span });
  }
  if (typeof what === 'string') return what.repeat(count);
  return Array.from({ length: count }, () => what).flat();
}

/** Arithmetic; `+` also joins texts and lists, `*` repeats them. */
export function calculate(
  operator: Arithmetic,
  operands: { readonly left: Value; readonly right: Value },
  span: Span,
): Value {
  const { left, right } = operands;
  const number = numericArithmetic(operator, operands, span);
  if (number !== undefined) return number;
  if (operator === '+') {
    if (typeof left === 'string' && typeof right === 'string') {
      return checkedText(left + right, span);
    }
    if (isList(left) && isList(right)) return checkedList([...left, ...right], span);
  }
  const repeated = operator === '*' ? repeat(left, right, span) : undefined;
  if (repeated !== undefined) return repeated;
  return refuse(
    'type',
    `\`${operator}\` does not work between ${typeName(left)} and ${typeName(right)}`,
    {
      span,
      ...(operator === '+' ? { help: '`~` joins values of any type as text' } : {}),
    },
  );
}

/** `-x`. */
export function negate(value: Value, span: Span): Value {
  if (value instanceof Float) return makeFloat(-value.value);
  if (typeof value === 'number') return value === 0 ? 0 : -value;
  return refuse('type', `\`-\` does not work on ${typeName(value)}`, { span });
}

/** `container[key]`; undefined where there is no such item. Texts are indexed by character. */
export function itemOf(container: Value, key: Value): Operand {
  if (isDict(container)) {
    return typeof key === 'string' || typeof key === 'number' || typeof key === 'boolean'
      ? container.get(key)
      : undefined;
  }
  if (!isInteger(key)) return undefined;
  if (isList(container)) return container.at(key);
  return typeof container === 'string' ? charactersOf(container).at(key) : undefined;
}

/** Bounds of a slice; undefined where the expression leaves them out. */
export interface SliceBounds {
  readonly start: number | undefined;
  readonly stop: number | undefined;
  readonly step: number;
}

/** Indices that Python's `[start:stop:step]` visits in a sequence of `length` items. */
function* sliceIndices(length: number, { start, stop, step }: SliceBounds): Generator<number> {
  const from = (index: number, lowest: number, highest: number): number =>
    Math.min(Math.max(index < 0 ? index + length : index, lowest), highest);
  if (step > 0) {
    const end = stop === undefined ? length : from(stop, 0, length);
    for (let index = start === undefined ? 0 : from(start, 0, length); index < end; index += step) {
      yield index;
    }
    return;
  }
  const end = stop === undefined ? -1 : from(stop, -1, length - 1);
  const begin = start === undefined ? length - 1 : from(start, -1, length - 1);
  for (let index = begin; index > end; index += step) yield index;
}

/** `container[start:stop:step]` of a text or list. */
export function sliceOf(container: Value, bounds: SliceBounds, span: Span): Value {
  if (bounds.step === 0) refuse('type', 'the step of a slice cannot be 0', { span });
  if (typeof container === 'string') {
    const characters = charactersOf(container);
    return Array.from(
      sliceIndices(characters.length, bounds),
      (index) => characters[index] ?? '',
    ).join('');
  }
  if (container === null) return [];
  if (!isList(container)) {
    return refuse('type', `${typeName(container)} cannot be sliced`, { span });
  }
  return Array.from(sliceIndices(container.length, bounds), (index) => container[index] ?? null);
}
