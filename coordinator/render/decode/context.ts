/** `context:` (spec 1.2): names for values and lists, evaluated from top to bottom. */
import type { ContextEntryTemplate } from '../template/sections.ts';
import { complain, type Decoder, decoder, mapping, scalar, value } from './decoder.ts';
import { choiceOf } from './shape.ts';

const contextValue = choiceOf(value.shape, { kind: 'plain-list', items: scalar.shape });

/** Entries in the written order. */
export const contextEntries: Decoder<readonly ContextEntryTemplate[]> = decoder(
  { kind: 'names', values: contextValue, pattern: '^[^-]*$' },
  (node, context, section) => {
    const map = mapping(node, context, section);
    return (map?.entries ?? []).flatMap(({ key, value: child }): ContextEntryTemplate[] => {
      const path = `${section}.${key.text}`;
      if (key.text.includes('-')) {
        complain(context, key.range, {
          message: `\`${key.text}\` is not a name that expressions can use`,
          help: `write \`${key.text.replaceAll('-', '_')}\``,
        });
      }
      const decoded =
        child.kind === 'list'
          ? child.items.flatMap((item) => scalar(item, context, path) ?? [])
          : value(child, context, path);
      return decoded === undefined ? [] : [{ key, value: decoded }];
    });
  },
);
