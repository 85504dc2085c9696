/**
 * `conda_build_config.yaml` (spec 2.1, appendix E): a line ends in `# [selector]` and is dropped when that is false.
 * Lines are blanked, not removed, so that places in messages stay right.
 */
import { parseExpression } from '#proto/recipe/expression/parser.ts';
import { evaluateExpression } from '#proto/recipe/expression/evaluator.ts';
import { isTruthy } from '#proto/recipe/expression/values.ts';
import type { VariantValue } from '#proto/recipe/recipe.ts';
import { complain, type DecodeContext, mapping } from '../decode/decoder.ts';
import type { Evaluator } from '../evaluate/evaluator.ts';
import { isNull, type YamlNode, type YamlScalar } from '../yaml/document.ts';
import { scalarValue } from '../yaml/scalars.ts';
import { type KeyPlace, normalizeKey, type VariantFileContent } from './config.ts';
import { zipKeysOf } from './modern.ts';

const SELECTOR = /#\s*\[([^\n]*)\]\s*$/;

/** conda-build's Python in the words of our expressions. */
function modernExpression(selector: string): string {
  return selector
    .replace(/os\.environ\.get\(\s*([^,()]+?)\s*,\s*/g, 'env.get($1, default=')
    .replace(/os\.environ\.get\(\s*([^,()]+?)\s*\)/g, 'env.get($1, default="")')
    .replace(/\.startswith\(/g, ' is startingwith(')
    .replace(/\.endswith\(/g, ' is endingwith(');
}

function applies(selector: string, evaluator: Evaluator, offset: number): boolean {
  const expression = parseExpression(modernExpression(selector));
  const result = expression.ok
    ? evaluateExpression(expression.value, evaluator.scope, { undefinedBehavior: 'lenient' })
    : expression;
  if (result.ok) return isTruthy(result.value);
  evaluator.problems.report({
    message: `the selector can't be evaluated: ${result.failure.message}`,
    range: { start: offset, end: offset + selector.length },
    help: result.failure.help,
  });
  return false;
}

/** The text with the lines whose selector is false made empty. */
export function applySelectors(text: string, evaluator: Evaluator): string {
  let offset = 0;
  const lines = text.split('\n').map((line) => {
    const start = offset;
    offset += line.length + 1;
    const selector = SELECTOR.exec(line);
    if (selector?.[1] === undefined || line.trimStart().startsWith('#')) return line;
    const at = start + selector.index + selector[0].indexOf('[') + 1;
    return applies(selector[1], evaluator, at) ? line : '';
  });
  return lines.join('\n');
}

/** Numbers of block lists stay text; in flow lists they are numbers, and lose their last zero. */
function legacyValue(scalar: YamlScalar, source: string): VariantValue {
  if (!scalar.plain) return scalar.text;
  if (scalar.text === '') return null;
  const lineStart = source.lastIndexOf('\n', scalar.range.start - 1) + 1;
  const isBlockItem = /^[\s-]*-\s+$/.test(source.slice(lineStart, scalar.range.start));
  if (isBlockItem && /^[\d.]+$/.test(scalar.text)) return scalar.text;
  if (/^\d+\.\d+$/.test(scalar.text)) return Number(scalar.text);
  return scalarValue(scalar);
}

/** Reads one file whose selectors are applied already. Keys that hold no list say nothing about values. */
export function legacyVariantFile(node: YamlNode, evaluator: Evaluator): VariantFileContent {
  const context: DecodeContext = { problems: evaluator.problems };
  const { text } = evaluator.problems.source;
  const values = new Map<string, readonly VariantValue[]>();
  const places = new Map<string, KeyPlace>();
  let zipKeys: readonly (readonly string[])[] | undefined;
  const map = isNull(node) ? undefined : mapping(node, context, 'the variant file');
  for (const { key, value: child } of map?.entries ?? []) {
    if (key.text === 'zip_keys') {
      zipKeys = zipKeysOf(child, context);
    } else if (child.kind === 'list') {
      const list = child.items.flatMap((item): VariantValue[] => {
        if (item.kind === 'scalar') {
          const value = isExplicitNull(item) ? [] : [legacyValue(item, text)];
          warnOfLostDigits(item, value, context);
          return value;
        }
        complain(context, item.range, {
          message: `the values of \`${key.text}\` must be single values`,
        });
        return [];
      });
      values.set(normalizeKey(key.text), list);
      places.set(normalizeKey(key.text), { source: context.problems.source, range: key.range });
    }
  }
  return { values, zipKeys, places };
}

/** `[3.10]` is 3.1 here, as it is to conda-build. */
function warnOfLostDigits(
  scalar: YamlScalar,
  [value]: readonly VariantValue[],
  { problems }: DecodeContext,
): void {
  if (typeof value !== 'number' || !/^\d+\.\d+0$/.test(scalar.text)) return;
  problems.report({
    severity: 'warning',
    range: scalar.range,
    message: `\`${scalar.text}\` without quotes is the number ${value}`,
    help: `write \`"${scalar.text}"\``,
  });
}

function isExplicitNull(scalar: YamlScalar): boolean {
  return scalar.text !== '' && isNull(scalar);
}
