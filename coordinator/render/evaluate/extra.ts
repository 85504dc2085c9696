/** `extra:` (spec 1.9): free-form, with templates evaluated in its values. */
import type { Evaluator } from './evaluator.ts';
import { isDict, isList, type Operand, renderValue } from '#proto/recipe/expression/values.ts';
import { value } from '../decode/decoder.ts';
import { isNull, type YamlNode } from '../yaml/document.ts';
import { scalarValue } from '../yaml/scalars.ts';

function plain(operand: Operand): unknown {
  if (operand === undefined) return '';
  if (isList(operand)) return operand.map(plain);
  if (isDict(operand))
    return Object.fromEntries([...operand].map(([key, item]) => [String(key), plain(item)]));
  if (operand === null || typeof operand !== 'object') return operand;
  return renderValue(operand);
}

function evaluateNode(node: YamlNode, evaluator: Evaluator): unknown {
  switch (node.kind) {
    case 'list':
      return node.items.map((item) => evaluateNode(item, evaluator));
    case 'map':
      return Object.fromEntries(
        node.entries.map(({ key, value: child }) => [key.text, evaluateNode(child, evaluator)]),
      );
    case 'scalar': {
      if (isNull(node)) return null;
      if (node.plain && /^-?\d+\.\d+$/.test(node.text)) return Number(node.text);
      const written = value(node, { problems: evaluator.problems }, 'extra');
      if (written === undefined) return null;
      return written.template === undefined
        ? scalarValue(node)
        : plain(evaluator.typed(written)?.value);
    }
  }
}

/** The section as plain JSON. */
export function evaluateExtra(
  node: YamlNode | undefined,
  evaluator: Evaluator,
): Readonly<Record<string, unknown>> {
  if (node === undefined) return {};
  if (node.kind !== 'map') {
    evaluator.complain(node.range, '`extra` must be a mapping');
    return {};
  }
  return Object.fromEntries(
    node.entries.map(({ key, value: child }) => [key.text, evaluateNode(child, evaluator)]),
  );
}
