/** `variants.yaml` and any variant file but `conda_build_config.yaml` (spec 2.1, appendix E). */
import type { VariantValue } from '#proto/recipe/recipe.ts';
import { complain, type DecodeContext, listOf, mapping, value } from '../decode/decoder.ts';
import type { Evaluator } from '../evaluate/evaluator.ts';
import { renderValue } from '#proto/recipe/expression/values.ts';
import { warnOfShortenedNumber } from '../likely-mistakes.ts';
import { isNull, type YamlNode } from '../yaml/document.ts';
import { scalarValue } from '../yaml/scalars.ts';
import { type KeyPlace, normalizeKey, type VariantFileContent } from './config.ts';

/** Keys of older tools that say nothing about values. */
const IGNORED_KEYS: ReadonlySet<string> = new Set(['pin_run_as_build', 'extend_keys']);

const items = listOf(value);

function valuesOf(node: YamlNode, evaluator: Evaluator, path: string): VariantValue[] | undefined {
  const context: DecodeContext = { problems: evaluator.problems };
  if (node.kind !== 'list') {
    return complain(context, node.range, {
      message: `the values of \`${path}\` must be a list`,
      help: node.kind === 'scalar' ? `write \`${path}: [${node.text}]\`` : undefined,
    });
  }
  const list = items(node, context, path);
  return evaluator.select(list).flatMap((written): VariantValue[] => {
    if (written.template === undefined) {
      warnOfShortenedNumber(written.scalar, evaluator.problems);
      return [scalarValue(written.scalar)];
    }
    const typed = evaluator.typed(written)?.value;
    if (typeof typed === 'string' || typeof typed === 'number' || typeof typed === 'boolean')
      return [typed];
    return typed === undefined ? [] : [renderValue(typed)];
  });
}

/** `zip_keys`: a list of lists of at least two keys. */
export function zipKeysOf(
  node: YamlNode,
  context: DecodeContext,
): readonly (readonly string[])[] | undefined {
  if (isNull(node)) return [];
  const groups = node.kind === 'list' ? node.items : [node];
  const decoded = groups.flatMap((group): string[][] => {
    if (isNull(group)) return [];
    const keys = group.kind === 'list' ? group.items : [];
    if (keys.length > 0) {
      return [keys.flatMap((key) => (key.kind === 'scalar' ? [normalizeKey(key.text)] : []))];
    }
    complain(context, group.range, {
      message: '`zip_keys` must be a list of lists of keys',
      help: 'write `zip_keys: [[first_key, second_key]]`',
    });
    return [];
  });
  return decoded;
}

/** Reads one file. Problems are reported to the evaluator's list. */
export function modernVariantFile(node: YamlNode, evaluator: Evaluator): VariantFileContent {
  const context: DecodeContext = { problems: evaluator.problems };
  const values = new Map<string, readonly VariantValue[]>();
  const places = new Map<string, KeyPlace>();
  const { source } = evaluator.problems;
  let zipKeys: readonly (readonly string[])[] | undefined;
  const map = isNull(node) ? undefined : mapping(node, context, 'the variant file');
  for (const { key, value: child } of map?.entries ?? []) {
    if (IGNORED_KEYS.has(key.text)) continue;
    if (key.text === 'zip_keys') {
      zipKeys = zipKeysOf(child, context);
      continue;
    }
    const list = valuesOf(child, evaluator, key.text);
    if (list === undefined) continue;
    values.set(normalizeKey(key.text), list);
    places.set(normalizeKey(key.text), { source, range: key.range });
  }
  return { values, zipKeys, places };
}
