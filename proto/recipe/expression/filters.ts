/** Filters (`x | name`): exactly the list of spec 1.17. */
import { areEqual, compareText, compareValues } from './comparison.ts';
import { refuse, type Span } from './errors.ts';
import type { CallArguments, UndefinedBehavior } from './scope.ts';
import {
  charactersOf,
  Float,
  isDict,
  isInteger,
  isList,
  isTruthy,
  LIST_LENGTH_MAX,
  numericValue,
  type Operand,
  renderValueAt,
  TEXT_LENGTH_MAX,
  typeName,
  type Value,
} from './values.ts';

/** What a filter works on. */
export interface FilterCall {
  readonly value: Operand;
  readonly arguments: CallArguments;
  readonly undefinedBehavior: UndefinedBehavior;
  readonly span: Span;
}

type Filter = (call: FilterCall, value: Value) => Operand;

/** A filter with the names of its arguments, in order; others are refused. */
interface FilterEntry {
  readonly parameters: readonly string[];
  readonly run: Filter;
}

/** An argument by position or name. */
function argument(call: FilterCall, position: number, name: string): Operand {
  const { positional, named } = call.arguments;
  return position < positional.length ? positional[position] : named.get(name);
}

function textArgument(
  call: FilterCall,
  where: { readonly position: number; readonly name: string },
): string {
  const value = argument(call, where.position, where.name);
  if (value === undefined || isList(value) || isDict(value)) {
    return refuse('type', `the filter needs a text as its argument \`${where.name}\``, call);
  }
  return renderValueAt(value, call.span);
}

function textOf(call: FilterCall, value: Value): string {
  return renderValueAt(value, call.span);
}

/** Items of a list, characters of a text, keys of a map. */
function itemsOf(call: FilterCall, value: Value): readonly Value[] {
  if (isList(value)) return value;
  if (value === null) return [];
  const items =
    typeof value === 'string' ? charactersOf(value) : isDict(value) ? [...value.keys()] : undefined;
  if (items === undefined) {
    return refuse('type', `the filter works on lists, not on ${typeName(value)}`, call);
  }
  if (items.length > LIST_LENGTH_MAX) {
    refuse('limit', `the list is longer than ${LIST_LENGTH_MAX} items`, call);
  }
  return items;
}

function bounded(call: FilterCall, text: string): string {
  if (text.length > TEXT_LENGTH_MAX) {
    refuse('limit', `the text is longer than ${TEXT_LENGTH_MAX} characters`, call);
  }
  return text;
}

const NUMBER_TEXT = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;

function toInteger(call: FilterCall, value: Value): Value {
  if (value === null) return 0;
  const number =
    typeof value === 'string' && NUMBER_TEXT.test(value) ? Number(value) : numericValue(value);
  if (number === undefined) {
    return refuse('type', `${JSON.stringify(renderValueAt(value, call.span))} is no number`, call);
  }
  const integer = Math.trunc(number);
  if (!Number.isSafeInteger(integer)) refuse('limit', 'the integer is too large', call);
  return integer === 0 ? 0 : integer;
}

function absolute(call: FilterCall, value: Value): Value {
  if (value instanceof Float) return new Float(Math.abs(value.value));
  if (typeof value === 'number') return Math.abs(value);
  return refuse('type', `${typeName(value)} has no absolute value`, call);
}

/** `3.11.* *_cpython` becomes `311`: first word, first two parts, without the dot (spec 1.17). */
function versionToBuildString(call: FilterCall, value: Value): Value {
  const [word = ''] = textOf(call, value).trim().split(/\s+/);
  return word.split('.').slice(0, 2).join('');
}

/** Without a separator: at runs of white space, empty pieces left out. `maxsplits` bounds the cuts. */
function split(call: FilterCall, value: Value): Value {
  if (typeof value !== 'string') {
    return refuse('type', `the filter works on text, not on ${typeName(value)}`, call);
  }
  const separator = argument(call, 0, 'split');
  const limit = argument(call, 1, 'maxsplits');
  if (limit !== undefined && limit !== null && !isInteger(limit)) {
    return refuse('type', 'the number of cuts has to be an integer', call);
  }
  const cutsMax = isInteger(limit) && limit >= 0 ? limit : LIST_LENGTH_MAX;
  if (separator === undefined || separator === null) return splitAtSpace(value, cutsMax);
  if (typeof separator !== 'string' || separator === '') {
    return refuse('type', 'the separator has to be a text that is not empty', call);
  }
  const pieces = value.split(separator);
  if (pieces.length <= cutsMax + 1) return pieces;
  return [...pieces.slice(0, cutsMax), pieces.slice(cutsMax).join(separator)];
}

function splitAtSpace(text: string, cutsMax: number): Value {
  const pieces: string[] = [];
  let rest = text.trimStart();
  while (rest !== '' && pieces.length < cutsMax) {
    const end = rest.search(/\s/);
    if (end < 0) break;
    pieces.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return rest === '' ? pieces : [...pieces, rest];
}

function lengthOf(call: FilterCall, value: Value): Value {
  if (typeof value === 'string') return charactersOf(value).length;
  if (isList(value)) return value.length;
  if (isDict(value)) return value.size;
  return refuse('type', `${typeName(value)} has no length`, call);
}

function trim(call: FilterCall, value: Value): Value {
  const text = textOf(call, value);
  const characters = argument(call, 0, 'chars');
  if (characters === undefined || characters === null) return text.trim();
  const set = new Set(textArgument(call, { position: 0, name: 'chars' }));
  const letters = charactersOf(text);
  const start = letters.findIndex((letter) => !set.has(letter));
  const end = letters.findLastIndex((letter) => !set.has(letter));
  return start < 0 ? '' : letters.slice(start, end + 1).join('');
}

function join(call: FilterCall, value: Value): Value {
  const separator =
    argument(call, 0, 'joiner') === undefined
      ? ''
      : textArgument(call, { position: 0, name: 'joiner' });
  const items = itemsOf(call, value);
  let text = '';
  for (const [index, item] of items.entries()) {
    text = bounded(call, text + (index === 0 ? '' : separator) + renderValueAt(item, call.span));
  }
  return text;
}

function reverse(call: FilterCall, value: Value): Value {
  if (value === null) return null;
  if (typeof value === 'string') return charactersOf(value).toReversed().join('');
  return itemsOf(call, value).toReversed();
}

/** The text that upper and lower case letters share: sorting and `unique` ignore case by default. */
function folded(value: Value, caseSensitive: boolean): Value {
  return typeof value === 'string' && !caseSensitive ? value.toLowerCase() : value;
}

function sort(call: FilterCall, value: Value): Value {
  const isReversed = isTruthy(call.arguments.named.get('reverse'));
  const caseSensitive = isTruthy(call.arguments.named.get('case_sensitive'));
  const direction = isReversed ? -1 : 1;
  return itemsOf(call, value).toSorted(
    (left, right) =>
      direction *
      compareValues(folded(left, caseSensitive), folded(right, caseSensitive), call.span),
  );
}

function unique(call: FilterCall, value: Value): Value {
  const caseSensitive = isTruthy(call.arguments.named.get('case_sensitive'));
  const texts = new Set<string>();
  const kept: Value[] = [];
  for (const item of itemsOf(call, value)) {
    const key = folded(item, caseSensitive);
    if (typeof key === 'string') {
      if (texts.has(key)) continue;
      texts.add(key);
    } else if (kept.some((other) => areEqual(other, item, call.span))) {
      continue;
    }
    kept.push(item);
  }
  return kept;
}

function extreme(direction: 1 | -1): Filter {
  return (call, value) => {
    let best: Operand;
    for (const item of itemsOf(call, value)) {
      if (best === undefined || direction * compareValues(item, best, call.span) > 0) best = item;
    }
    return best;
  };
}

function replace(call: FilterCall, value: Value): Value {
  const from = textArgument(call, { position: 0, name: 'from' });
  const to = textArgument(call, { position: 1, name: 'to' });
  const text = textOf(call, value);
  const count = from === '' ? text.length + 1 : text.split(from).length - 1;
  if (text.length + count * Math.max(0, to.length - from.length) > TEXT_LENGTH_MAX) {
    refuse('limit', `the text is longer than ${TEXT_LENGTH_MAX} characters`, call);
  }
  return text.replaceAll(from, () => to);
}

function first(call: FilterCall, value: Value): Operand {
  if (value === null) return refuse('type', 'none has no items', call);
  return itemsOf(call, value).at(0);
}

function last(call: FilterCall, value: Value): Operand {
  if (value === null || isDict(value)) {
    return refuse('type', `${typeName(value)} has no last item`, call);
  }
  return itemsOf(call, value).at(-1);
}

const FILTERS: ReadonlyMap<string, FilterEntry> = new Map<string, FilterEntry>(
  Object.entries({
    version_to_buildstring: { parameters: [], run: versionToBuildString },
    replace: { parameters: ['from', 'to'], run: replace },
    lower: { parameters: [], run: (call, value) => textOf(call, value).toLowerCase() },
    upper: { parameters: [], run: (call, value) => textOf(call, value).toUpperCase() },
    int: { parameters: [], run: toInteger },
    abs: { parameters: [], run: absolute },
    bool: { parameters: [], run: (_call, value) => isTruthy(value) },
    first: { parameters: [], run: first },
    last: { parameters: [], run: last },
    length: { parameters: [], run: lengthOf },
    list: { parameters: [], run: itemsOf },
    join: { parameters: ['joiner'], run: join },
    min: { parameters: [], run: extreme(-1) },
    max: { parameters: [], run: extreme(1) },
    reverse: { parameters: [], run: reverse },
    sort: { parameters: ['reverse', 'case_sensitive'], run: sort },
    trim: { parameters: ['chars'], run: trim },
    unique: { parameters: ['case_sensitive'], run: unique },
    split: { parameters: ['split', 'maxsplits'], run: split },
  } satisfies Record<string, FilterEntry>),
);

/** Names of all filters. */
export const filterNames: readonly string[] = [...FILTERS.keys(), 'default'].toSorted(compareText);

/** `default(other, lax)`: the value, or `other` where it is undefined (with `lax` also where it is empty). */
function defaultFilter(call: FilterCall): Operand {
  const other = argument(call, 0, 'value');
  const lax = argument(call, 1, 'boolean');
  const isKept = isTruthy(lax) ? isTruthy(call.value) : call.value !== undefined;
  if (isKept) return call.value;
  return other === undefined ? '' : other;
}

function checkArguments(name: string, parameters: readonly string[], call: FilterCall): void {
  const { positional, named } = call.arguments;
  const unknown = [...named.keys()].find((key) => !parameters.includes(key));
  if (unknown !== undefined) {
    refuse('type', `the filter \`${name}\` has no argument \`${unknown}\``, call);
  }
  if (positional.length > parameters.length) {
    refuse('type', `the filter \`${name}\` takes at most ${parameters.length} arguments`, call);
  }
}

/** Runs a filter; a name that is none of spec 1.17 is refused at `nameSpan`. */
export function runFilter(name: string, call: FilterCall, nameSpan: Span): Operand {
  if (name === 'default') {
    checkArguments(name, ['value', 'boolean'], call);
    return defaultFilter(call);
  }
  const filter = FILTERS.get(name);
  if (filter === undefined) {
    return refuse('unknown-name', `there is no filter \`${name}\``, {
      span: nameSpan,
      help: `the filters are ${filterNames.join(', ')}`,
    });
  }
  checkArguments(name, filter.parameters, call);
  const value = call.value === undefined && call.undefinedBehavior === 'lenient' ? '' : call.value;
  if (value === undefined) {
    return refuse('undefined', `the value before \`| ${name}\` is not defined`, call);
  }
  return filter.run(call, value);
}
