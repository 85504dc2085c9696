/**
 * Decoders turn YAML nodes into recipe templates. They never stop at the first mistake: a decoder reports what is
 * wrong and answers undefined, and its caller goes on with the rest, so that all problems are shown at once.
 */
import type { ExpressionError } from '#proto/recipe/expression/errors.ts';
import { parseExpression } from '#proto/recipe/expression/parser.ts';
import { parseTemplate } from '#proto/recipe/expression/template.ts';
import type { ProblemDraft, ProblemList, TextRange } from '../problems.ts';
import type { Condition, ListItem, TemplateList, TemplateValue } from '../template/value.ts';
import type { YamlMap, YamlNode, YamlScalar } from '../yaml/document.ts';
import { entryOf, isNull } from '../yaml/document.ts';
import { rangeInScalar } from '../yaml/positions.ts';
import { nearestWord } from './nearest.ts';
import { anyShape, mapShape, type Shape, valueShape } from './shape.ts';

/** What decoders share. */
export interface DecodeContext {
  readonly problems: ProblemList;
}

type Decode<T> = (node: YamlNode, context: DecodeContext, path: string) => T | undefined;

/** Turns a node into a `T`, or reports why not and answers undefined. `path` names the place for people. */
export interface Decoder<T> extends Decode<T> {
  /** What it accepts. */
  readonly shape: Shape;
}

/** A decoder from the function that does it and a description of what that accepts. */
export function decoder<T>(shape: Shape, decode: Decode<T>): Decoder<T> {
  return Object.assign(
    (node: YamlNode, context: DecodeContext, path: string) => decode(node, context, path),
    { shape },
  );
}

/** The same decoder with one line for editors about what its value means. */
export function hinted<T>(hint: string, inner: Decoder<T>): Decoder<T> {
  return decoder({ ...inner.shape, hint }, inner);
}

/** Reports at a node's place. */
export function complain(
  context: DecodeContext,
  range: TextRange,
  draft: Omit<ProblemDraft, 'range'>,
): undefined {
  context.problems.report({ ...draft, range });
  return undefined;
}

/** Reports a mistake inside a scalar's expression, at its own place. */
export function complainExpression(
  context: DecodeContext,
  scalar: YamlScalar,
  error: ExpressionError,
): undefined {
  const range = rangeInScalar(scalar, context.problems.source.text, error.span);
  return complain(context, range, { message: error.message, help: error.help });
}

const nodeNames = { scalar: 'a single value', list: 'a list', map: 'a mapping' } as const;

/** A scalar that is no template. */
export const scalar: Decoder<YamlScalar> = decoder(valueShape, (node, context, path) => {
  if (node.kind === 'scalar') return node;
  return complain(context, node.range, {
    message: `\`${path}\` must be a single value, not ${nodeNames[node.kind]}`,
  });
});

/** Takes the node as it is. */
export const anything: Decoder<YamlNode> = decoder(anyShape, (node) => node);

const TEMPLATE_SYNTAX = /\$\{\{|\{%|\{#/;

/** A scalar with or without `${{ }}`. */
export const value: Decoder<TemplateValue> = decoder(valueShape, (node, context, path) => {
  const written = scalar(node, context, path);
  if (written === undefined) return undefined;
  if (!TEMPLATE_SYNTAX.test(written.text)) return { scalar: written };
  const template = parseTemplate(written.text);
  if (!template.ok) return complainExpression(context, written, template.failure);
  return { scalar: written, template: template.value };
});

/** A {@link value} that means true or false. What it says is checked when it is evaluated. */
export const flag = decoder({ kind: 'value', literals: 'boolean' }, value);

/** A {@link value} that means a whole number. What it says is checked when it is evaluated. */
export const integer = decoder({ kind: 'value', literals: 'integer' }, value);

/** A {@link value} that is one of some words. What it says is checked when it is evaluated. */
export const oneOfWords = (...words: readonly string[]): Decoder<TemplateValue> =>
  decoder({ kind: 'value', literals: words }, value);

function decodeCondition(
  node: YamlNode,
  context: DecodeContext,
  path: string,
): Condition | undefined {
  const written = scalar(node, context, path);
  if (written === undefined) return undefined;
  const expression = parseExpression(written.text);
  if (expression.ok) return { scalar: written, expression: expression.value };
  const braces = written.text.includes('${{');
  return complainExpression(context, written, {
    ...expression.failure,
    ...(braces ? { help: 'an `if` takes the bare expression, without `${{ }}`' } : {}),
  });
}

/** The mapping, or a problem. */
export function mapping(node: YamlNode, context: DecodeContext, path: string): YamlMap | undefined {
  if (node.kind === 'map') return node;
  return complain(context, node.range, {
    message: `\`${path}\` must be a mapping, not ${nodeNames[node.kind]}`,
  });
}

/** Reports every key that isn't known, with the nearest known one. */
export function refuseUnknownKeys(
  map: YamlMap,
  context: DecodeContext,
  where: { readonly path: string; readonly known: readonly string[] },
): void {
  for (const { key } of map.entries) {
    if (where.known.includes(key.text)) continue;
    const near = nearestWord(key.text, where.known);
    const list = [...where.known]
      .sort()
      .map((name) => `\`${name}\``)
      .join(', ');
    const valid =
      where.known.length === 1 ? `the only valid key is ${list}` : `valid keys are ${list}`;
    complain(context, key.range, {
      message: `unknown key \`${key.text}\` in ${where.path}`,
      help: `${near === undefined ? '' : `did you mean \`${near}\`? `}${valid}`,
    });
  }
}

/** True for `{if: …}` where an item of a list may stand. */
export function isConditional(node: YamlNode): boolean {
  return node.kind === 'map' && entryOf(node, 'if') !== undefined;
}

/** Decoders of a mapping's keys. */
type Fields = Readonly<Record<string, Decoder<unknown>>>;

/** What a mapping of optional fields decodes to. */
export type Decoded<F extends Fields> = {
  readonly [K in keyof F]?: NonNullable<ReturnType<F[K]>>;
};

/**
 * What no value, or `null`, means: taken as it is written, as if the key weren't there, or a mistake (spec
 * appendix E).
 */
function emptyMeans(shape: Shape, text: string): 'text' | 'absent' | 'mistake' {
  const orNothing = text === '' ? 'absent' : 'text';
  switch (shape.kind) {
    case 'value':
      return 'text';
    case 'list':
      return shape.orOne ? orNothing : 'absent';
    case 'any':
      return 'absent';
    case 'choice':
      return shape.among.some((one) => one.kind === 'value' || (one.kind === 'list' && one.orOne))
        ? orNothing
        : 'mistake';
    case 'map':
    case 'names':
    case 'plain-list':
      return 'mistake';
  }
}

/** Reports a key whose value must not be empty. */
export function refuseEmpty(context: DecodeContext, key: YamlScalar, path: string): undefined {
  return complain(context, key.range, {
    message: `\`${path}\` is empty`,
    help: 'write what belongs there, or remove the key',
  });
}

/** A mapping whose keys are all optional. */
export function object<F extends Fields>(
  fields: F,
  options: {
    /** Keys that others complain about. */
    readonly alsoKnown?: readonly string[];
    /** Keys that others complain about when they are missing. */
    readonly required?: readonly (keyof F & string)[];
  } = {},
): Decoder<Decoded<F>> {
  const known = [...Object.keys(fields), ...(options.alsoKnown ?? [])];
  return decoder(mapShape(fields, options.required), (node, context, path) => {
    const map = mapping(node, context, path);
    if (map === undefined) return undefined;
    refuseUnknownKeys(map, context, { path: `\`${path}\``, known });
    const decoded: Record<string, unknown> = {};
    for (const { key, value: child } of map.entries) {
      const decodeField = Object.hasOwn(fields, key.text) ? fields[key.text] : undefined;
      if (decodeField === undefined) continue;
      const written = child.kind === 'scalar' ? child.text : '';
      const meaning = isNull(child) ? emptyMeans(decodeField.shape, written) : 'text';
      if (meaning === 'mistake') refuseEmpty(context, key, `${path}.${key.text}`);
      if (meaning !== 'text') continue;
      const result = decodeField(child, context, `${path}.${key.text}`);
      if (result !== undefined) decoded[key.text] = result;
    }
    return decoded as Decoded<F>;
  });
}

function branch<T>(
  node: YamlNode | undefined,
  decodeItem: Decoder<T>,
  place: { readonly context: DecodeContext; readonly path: string },
): readonly ListItem<T>[] {
  if (node === undefined) return [];
  if (node.kind === 'list') return node.items.flatMap((item) => listItem(item, decodeItem, place));
  return listItem(node, decodeItem, place);
}

function listItem<T>(
  node: YamlNode,
  decodeItem: Decoder<T>,
  place: { readonly context: DecodeContext; readonly path: string },
): readonly ListItem<T>[] {
  const { context, path } = place;
  const test = node.kind === 'map' ? entryOf(node, 'if') : undefined;
  if (node.kind !== 'map' || test === undefined) {
    const decoded = decodeItem(node, context, path);
    return decoded === undefined ? [] : [{ kind: 'item', value: decoded }];
  }
  refuseUnknownKeys(node, context, { path: 'a conditional item', known: ['if', 'then', 'else'] });
  const then = entryOf(node, 'then');
  if (then === undefined) {
    complain(context, test.key.range, {
      message: 'an `if` without `then`',
      help: 'give the items that apply under the condition in `then:`',
    });
  }
  const decoded = decodeCondition(test.value, context, `${path}.if`);
  const branches = {
    holds: branch(then?.value, decodeItem, place),
    otherwise: branch(entryOf(node, 'else')?.value, decodeItem, place),
  };
  return decoded === undefined ? [] : [{ kind: 'if', condition: decoded, ...branches }];
}

/** A list whose items may be conditional, or one item in place of a list of one. */
export function oneOrMore<T>(item: Decoder<T>): Decoder<TemplateList<T>> {
  const shape: Shape = { kind: 'list', items: item.shape, orOne: true };
  return decoder(shape, (node, context, path) => {
    const place = { context, path };
    if (node.kind === 'list') {
      const items = node.items.flatMap((child) => listItem(child, item, place));
      return { items, range: node.range, single: false };
    }
    return { items: listItem(node, item, place), range: node.range, single: true };
  });
}

/** A list whose items may be conditional. */
export function listOf<T>(item: Decoder<T>): Decoder<TemplateList<T>> {
  const decodeList = oneOrMore(item);
  return decoder({ kind: 'list', items: item.shape, orOne: false }, (node, context, path) => {
    if (node.kind === 'list') return decodeList(node, context, path);
    return complain(context, node.range, {
      message: `\`${path}\` must be a list, not ${nodeNames[node.kind]}`,
      help: node.kind === 'scalar' ? `write \`- ${node.text}\` on a line of its own` : undefined,
    });
  });
}

/** A list of values. */
export const valueList = listOf(value);

/** One value or a list of them. */
export const valueOrList = oneOrMore(value);

/** Values by name, in the written order. */
export type NamedValues = readonly { readonly key: YamlScalar; readonly value: TemplateValue }[];

/** A mapping from any names to values. */
export const valueMap: Decoder<NamedValues> = decoder(
  { kind: 'names', values: valueShape },
  (node, context, path) => {
    const map = mapping(node, context, path);
    return map?.entries.flatMap(({ key, value: child }) => {
      const decoded = value(child, context, `${path}.${key.text}`);
      return decoded === undefined ? [] : [{ key, value: decoded }];
    });
  },
);
