/** Glob lists and the flags that may be globs instead (spec 1.6). */
import type { FlagOrGlobsTemplate, GlobsTemplate } from '../template/sections.ts';
import {
  type Decoder,
  decoder,
  flag,
  hinted,
  isConditional,
  object,
  value,
  valueList,
} from './decoder.ts';
import { choiceOf } from './shape.ts';

const includeExclude = object({
  include: hinted('globs of what is meant; empty: everything', valueList),
  exclude: hinted('globs of what is left out', valueList),
});

/** A list, or a mapping of `include` and `exclude`. */
export const globs: Decoder<GlobsTemplate> = decoder(
  choiceOf(valueList.shape, includeExclude.shape),
  (node, context, path) => {
    if (node.kind === 'map' && !isConditional(node)) {
      const lists = includeExclude(node, context, path);
      return lists === undefined ? undefined : { include: lists.include, exclude: lists.exclude };
    }
    const include = valueList(node, context, path);
    return include === undefined ? undefined : { include, exclude: undefined };
  },
);

/** A boolean (or a template of one), or globs. */
export const flagOrGlobs: Decoder<FlagOrGlobsTemplate> = decoder(
  choiceOf(flag.shape, valueList.shape),
  (node, context, path) => {
    const isFlag =
      node.kind === 'scalar' && (/^(true|false)$/i.test(node.text) || node.text.startsWith('${{'));
    if (isFlag) {
      const decoded = value(node, context, path);
      return decoded === undefined ? undefined : { flag: decoded };
    }
    const list = valueList(node, context, path);
    return list === undefined ? undefined : { globs: list };
  },
);
