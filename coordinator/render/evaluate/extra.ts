/** `extra:` (spec 1.9): free-form; a template in it yields text. */
import type { Evaluator } from './evaluator.ts';
import { value } from '../decode/decoder.ts';
import { isNull, type YamlNode } from '../yaml/document.ts';
import { scalarValue } from '../yaml/scalars.ts';

/** Decimal numbers with a point or an exponent. */
const FLOAT = /^[-+]?(?:\d+\.\d*|\.\d+|\d+(?=[eE]))(?:[eE][-+]?\d+)?$/;

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
      if (node.plain && FLOAT.test(node.text)) return Number(node.text);
      const written = value(node, { problems: evaluator.problems }, 'extra');
      if (written === undefined) return null;
      return written.template === undefined ? scalarValue(node) : (evaluator.text(written) ?? null);
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
