/** `build:` (spec 1.6). */
import { parseExpression } from '#proto/recipe/expression/parser.ts';
import type { BuildTemplate, SkipTemplate } from '../template/sections.ts';
import { isNull } from '../yaml/document.ts';
import {
  anything,
  complain,
  complainExpression,
  type Decoded,
  type Decoder,
  decoder,
  flag,
  hinted,
  integer,
  listOf,
  oneOfWords,
  oneOrMore,
  object,
  scalar,
  value,
  valueList,
} from './decoder.ts';
import { flagOrGlobs, globs } from './globs.ts';
import { script } from './script.ts';
import { valueShape } from './shape.ts';

const skipEntry: Decoder<SkipTemplate> = decoder(valueShape, (node, context, path) => {
  const written = scalar(node, context, path);
  if (written === undefined) return undefined;
  if (written.text.includes('${{')) {
    const template = value(node, context, path);
    return template === undefined ? undefined : { kind: 'template', value: template };
  }
  const expression = parseExpression(written.text);
  if (!expression.ok) return complainExpression(context, written, expression.failure);
  return { kind: 'expression', condition: { scalar: written, expression: expression.value } };
});

const skipEntries = oneOrMore(skipEntry);
/** An empty value skips nothing, as a list without items. */
const skipList: typeof skipEntries = decoder(skipEntries.shape, (node, context, path) =>
  isNull(node) ? { items: [], range: node.range, single: false } : skipEntries(node, context, path),
);

const behavior = oneOfWords('ignore', 'error');

const dynamicLinking = object({
  rpaths: hinted('run paths of binaries, relative to the prefix (default: lib/)', valueList),
  binary_relocation: hinted(
    'whether, or which, binaries are relinked (default: true)',
    flagOrGlobs,
  ),
  missing_dso_allowlist: hinted('libraries that no requirement need bring; globs', valueList),
  rpath_allowlist: hinted('run paths outside of the prefix that stay; globs', valueList),
  overdepending_behavior: hinted('for requirements that nothing links to', behavior),
  overlinking_behavior: hinted('for libraries that no requirement brings', behavior),
});

const prefixDetection = object({
  force_file_type: hinted('globs', object({ text: valueList, binary: valueList })),
  ignore: hinted('true, or globs of files that are not searched', flagOrGlobs),
  ignore_binary_files: hinted('search text files only', flag),
});

const python = object({
  entry_points: hinted('NAME = MODULE:FUNCTION', valueList),
  skip_pyc_compilation: hinted('globs', valueList),
  use_python_app_entrypoint: hinted('macOS: start through python.app', flag),
  version_independent: hinted('works with every Python from the one it is built with (abi3)', flag),
  site_packages_path: hinted('for the package python alone', value),
});

const variant = object({
  use_keys: hinted('keys that make variants although nothing reads them', valueList),
  ignore_keys: hinted('keys that do not enter the hash', valueList),
  down_prioritize_variant: hinted('how much less this variant is wanted than others', integer),
});

const postProcess = object(
  { files: hinted('globs', valueList), regex: value, replacement: value },
  { required: ['files', 'regex', 'replacement'] },
);

const fields = object({
  number: hinted('build number (default: 0)', integer),
  string: hinted('build string; may use ${{ hash }} and ${{ build_number }}', value),
  script: hinted('commands, or a file beside the recipe', script),
  steps: anything,
  noarch: hinted(
    'one package for all platforms',
    oneOfWords('python', 'generic', 'none', 'null', '~'),
  ),
  flags: anything,
  python,
  skip: hinted('expressions; not built where one of them is true', skipList),
  always_copy_files: hinted('globs of files that are copied, never linked', valueList),
  always_include_files: hinted('globs of files that are packaged though host has them', valueList),
  merge_build_and_host_envs: hinted('install build and host requirements together', flag),
  files: hinted('globs of the files to package (default: all new ones)', globs),
  dynamic_linking: dynamicLinking,
  variant,
  prefix_detection: prefixDetection,
  post_process: hinted('replacements in packaged text files', listOf(postProcess)),
});

/** `build:` of a package output or of the top level. */
export const build: Decoder<BuildTemplate> = decoder(fields.shape, (node, context, path) => {
  const decoded = fields(node, context, path);
  if (decoded?.script !== undefined && decoded.steps !== undefined) {
    complain(context, decoded.steps.range, {
      message: `\`${path}\` has both \`script\` and \`steps\``,
      help: 'keep one of them',
    });
  }
  return decoded;
});

const stagingKeys = {
  script: hinted('commands, or a file beside the recipe', script),
  steps: anything,
};
const stagingFields = object(stagingKeys);

/** `build:` of a staging output: a script, nothing else (spec 1.11). */
export const stagingBuild: Decoder<Decoded<typeof stagingKeys>> = decoder(
  stagingFields.shape,
  (node, context, path) => {
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
  },
);
