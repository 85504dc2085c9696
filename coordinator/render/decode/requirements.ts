/** `requirements:` (spec 1.5); whether the specs are valid is known after evaluation only. */
import type { RequirementsTemplate, RunExportsTemplate } from '../template/sections.ts';
import type { YamlNode } from '../yaml/document.ts';
import { complain, type DecodeContext, type Decoder, object, valueList } from './decoder.ts';

const runExportsMap = object({
  weak: valueList,
  strong: valueList,
  noarch: valueList,
  weak_constraints: valueList,
  strong_constraints: valueList,
});

/** A list means `weak`. */
const runExports: Decoder<RunExportsTemplate> = (node, context, path) => {
  const conditional = node.kind === 'map' && node.entries.some(({ key }) => key.text === 'if');
  if (node.kind === 'map' && !conditional) return runExportsMap(node, context, path);
  const weak = valueList(node, context, path);
  return weak === undefined ? undefined : { weak };
};

const anything: Decoder<YamlNode> = (node) => node;
const ignoreRunExports = object({ by_name: valueList, from_package: valueList });

const all = object({
  build: valueList,
  host: valueList,
  run: valueList,
  run_constraints: valueList,
  run_exports: runExports,
  ignore_run_exports: ignoreRunExports,
  extras: anything,
});

/** Requirements of a package output. */
export const requirements: Decoder<RequirementsTemplate> = all;

const FORBIDDEN_IN_STAGING = ['run', 'run_constraints', 'run_exports', 'extras'];

const stagingOnly = object(
  { build: valueList, host: valueList, ignore_run_exports: ignoreRunExports },
  { alsoKnown: FORBIDDEN_IN_STAGING },
);

/** Requirements of a staging output: it has no run environment (spec 1.11). */
export function stagingRequirements(
  node: YamlNode,
  context: DecodeContext,
  path: string,
): RequirementsTemplate | undefined {
  for (const { key } of node.kind === 'map' ? node.entries : []) {
    if (!FORBIDDEN_IN_STAGING.includes(key.text)) continue;
    complain(context, key.range, {
      message: `'${key.text}' is not allowed in staging requirements`,
      help: 'a staging output has only `build`, `host` and `ignore_run_exports`; give it to the package outputs that inherit',
    });
  }
  return stagingOnly(node, context, path);
}
