/** Glob lists and the flags that may be globs instead (spec 1.6). */
import type { FlagOrGlobsTemplate, GlobsTemplate } from '../template/sections.ts';
import { type Decoder, object, value, valueList } from './decoder.ts';

const includeExclude = object({ include: valueList, exclude: valueList });

/** A list (or one glob), or a mapping of `include` and `exclude`. */
export const globs: Decoder<GlobsTemplate> = (node, context, path) => {
  const conditional = node.kind === 'map' && node.entries.some(({ key }) => key.text === 'if');
  if (node.kind === 'map' && !conditional) {
    const lists = includeExclude(node, context, path);
    return lists === undefined ? undefined : { include: lists.include, exclude: lists.exclude };
  }
  const include = valueList(node, context, path);
  return include === undefined ? undefined : { include, exclude: undefined };
};

/** A boolean (or a template of one), or globs. */
export const flagOrGlobs: Decoder<FlagOrGlobsTemplate> = (node, context, path) => {
  const isFlag =
    node.kind === 'scalar' && (/^(true|false)$/i.test(node.text) || node.text.startsWith('${{'));
  if (isFlag) {
    const flag = value(node, context, path);
    return flag === undefined ? undefined : { flag };
  }
  const list = valueList(node, context, path);
  return list === undefined ? undefined : { globs: list };
};
