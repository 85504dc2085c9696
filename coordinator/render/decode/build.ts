/** `build:` (spec 1.6). */
import { parseExpression } from '#proto/recipe/expression/parser.ts';
import type { BuildTemplate, ScriptTemplate, SkipTemplate } from '../template/sections.ts';
import type { YamlNode } from '../yaml/document.ts';
import {
  complain,
  complainExpression,
  type DecodeContext,
  type Decoder,
  listOf,
  oneOrMore,
  object,
  scalar,
  value,
  valueList,
} from './decoder.ts';
import { flagOrGlobs, globs } from './globs.ts';
import { script } from './script.ts';

const anything: Decoder<YamlNode> = (node) => node;

const skipEntry: Decoder<SkipTemplate> = (node, context, path) => {
  const written = scalar(node, context, path);
  if (written === undefined) return undefined;
  if (written.text.includes('${{')) {
    const template = value(node, context, path);
    return template === undefined ? undefined : { kind: 'template', value: template };
  }
  const expression = parseExpression(written.text);
  if (!expression.ok) return complainExpression(context, written, expression.failure);
  return { kind: 'expression', condition: { scalar: written, expression: expression.value } };
};

const dynamicLinking = object({
  rpaths: valueList,
  binary_relocation: flagOrGlobs,
  missing_dso_allowlist: valueList,
  rpath_allowlist: valueList,
  overdepending_behavior: value,
  overlinking_behavior: value,
});

const prefixDetection = object({
  force_file_type: object({ text: valueList, binary: valueList }),
  ignore: flagOrGlobs,
  ignore_binary_files: value,
});

const python = object({
  entry_points: valueList,
  skip_pyc_compilation: valueList,
  use_python_app_entrypoint: value,
  version_independent: value,
  site_packages_path: value,
});

const fields = object({
  number: value,
  string: value,
  script,
  steps: anything,
  noarch: value,
  flags: anything,
  python,
  skip: oneOrMore(skipEntry),
  always_copy_files: valueList,
  always_include_files: valueList,
  merge_build_and_host_envs: value,
  files: globs,
  dynamic_linking: dynamicLinking,
  variant: object({ use_keys: valueList, ignore_keys: valueList, down_prioritize_variant: value }),
  prefix_detection: prefixDetection,
  post_process: listOf(object({ files: valueList, regex: value, replacement: value })),
});

/** `build:` of a package output or of the top level. */
export const build: Decoder<BuildTemplate> = (node, context, path) => {
  const decoded = fields(node, context, path);
  if (decoded?.script !== undefined && decoded.steps !== undefined) {
    complain(context, decoded.steps.range, {
      message: `\`${path}\` has both \`script\` and \`steps\``,
      help: 'keep one of them',
    });
  }
  return decoded;
};

const stagingFields = object({ script, steps: anything });

/** `build:` of a staging output: a script, nothing else (spec 1.11). */
export function stagingBuild(
  node: YamlNode,
  context: DecodeContext,
  path: string,
): { readonly script?: ScriptTemplate; readonly steps?: YamlNode } | undefined {
  if (node.kind !== 'map') return stagingFields(node, context, path);
  for (const { key } of node.entries) {
    if (key.text === 'script' || key.text === 'steps') continue;
    complain(context, key.range, {
      message: `unknown field '${key.text}' - only 'script' and 'steps' are allowed in staging builds`,
      help: 'build settings belong to the package outputs or to the top level',
    });
  }
  const entries = node.entries.filter(({ key }) => key.text === 'script' || key.text === 'steps');
  return stagingFields({ ...node, entries }, context, path);
}
