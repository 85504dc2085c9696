/** `context:` (spec 1.2): names for values and lists, evaluated from top to bottom. */
import type { ContextEntryTemplate } from '../template/sections.ts';
import type { YamlNode } from '../yaml/document.ts';
import { complain, type DecodeContext, mapping, value, valueList } from './decoder.ts';

/** Entries in the written order. */
export function contextEntries(
  node: YamlNode,
  context: DecodeContext,
): readonly ContextEntryTemplate[] {
  const map = mapping(node, context, 'context');
  return (map?.entries ?? []).flatMap(({ key, value: child }): ContextEntryTemplate[] => {
    const path = `context.${key.text}`;
    if (key.text.includes('-')) {
      complain(context, key.range, {
        message: `\`${key.text}\` is not a name that expressions can use`,
        help: `write \`${key.text.replaceAll('-', '_')}\``,
      });
    }
    const decoded =
      child.kind === 'list' ? valueList(child, context, path) : value(child, context, path);
    return decoded === undefined ? [] : [{ key, value: decoded }];
  });
}
