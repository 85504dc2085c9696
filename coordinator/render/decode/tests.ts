/** `tests:` (spec 1.7). A test's kind is told by the key that only this kind has. */
import type { ContentPatternsTemplate, TestTemplate } from '../template/sections.ts';
import type { ValueList } from '../template/value.ts';
import type { YamlMap, YamlNode } from '../yaml/document.ts';
import { entryOf } from '../yaml/document.ts';
import {
  complain,
  type DecodeContext,
  type Decoder,
  decoder,
  flag,
  hinted,
  isConditional,
  listOf,
  mapping,
  object,
  refuseUnknownKeys,
  value,
  valueList,
  valueOrList,
} from './decoder.ts';
import { script } from './script.ts';
import { choiceOf, mapShape } from './shape.ts';

type Body = TestTemplate extends infer T ? (T extends unknown ? Omit<T, 'range'> : never) : never;

const patternsMap = object({ exists: valueList, not_exists: valueList });

/** A list means `exists`. */
const patterns: Decoder<ContentPatternsTemplate> = decoder(
  choiceOf(valueOrList.shape, patternsMap.shape),
  (node, context, path) => {
    if (node.kind === 'map' && !isConditional(node)) return patternsMap(node, context, path);
    const exists = valueOrList(node, context, path);
    return exists === undefined ? undefined : { exists };
  },
);

const scriptFields = object(
  {
    script: hinted('commands, or a file beside the recipe', script),
    requirements: hinted(
      'what the script needs besides the package',
      object({ run: valueList, build: valueList }),
    ),
    files: hinted(
      'files the script needs; globs',
      object({
        source: hinted('from the work directory', valueList),
        recipe: hinted('from the recipe directory', valueList),
      }),
    ),
  },
  { required: ['script'] },
);
const pythonFields = object({
  imports: hinted('modules', valueOrList),
  pip_check: hinted('run `pip check` (default: true)', flag),
  python_version: hinted('Python to test with; several for several tests', valueOrList),
});
const contentsFields = object({
  files: patterns,
  site_packages: patterns,
  bin: patterns,
  lib: patterns,
  include: patterns,
  strict: hinted('the package has no other files', flag),
});
const namesFields = {
  perl: { key: 'uses', decode: object({ uses: hinted('modules', valueOrList) }) },
  r: { key: 'libraries', decode: object({ libraries: valueOrList }) },
  ruby: { key: 'requires', decode: object({ requires: hinted('modules', valueOrList) }) },
} as const;

function namesTest(
  kind: 'perl' | 'r' | 'ruby',
  node: YamlNode,
  context: DecodeContext,
): Body | undefined {
  const { key, decode } = namesFields[kind];
  const decoded: Readonly<Record<string, ValueList>> | undefined = decode(node, context, kind);
  const names = decoded?.[key];
  return names === undefined ? undefined : { kind, names };
}

const kinds: Readonly<Record<string, (map: YamlMap, context: DecodeContext) => Body | undefined>> =
  {
    script(map, context) {
      const decoded = scriptFields(map, context, 'tests');
      if (decoded?.script === undefined) return undefined;
      const { script: body, requirements = {}, files = {} } = decoded;
      return { kind: 'script', script: body, requirements, files };
    },
    python(map, context) {
      const decoded = pythonFields(valueOf(map, 'python'), context, 'tests.python');
      return decoded === undefined ? undefined : { kind: 'python', ...decoded };
    },
    package_contents(map, context) {
      const decoded = contentsFields(
        valueOf(map, 'package_contents'),
        context,
        'tests.package_contents',
      );
      if (decoded === undefined) return undefined;
      const { strict, ...parts } = decoded;
      return { kind: 'package_contents', parts, ...(strict === undefined ? {} : { strict }) };
    },
    perl: (map, context) => namesTest('perl', valueOf(map, 'perl'), context),
    r: (map, context) => namesTest('r', valueOf(map, 'r'), context),
    ruby: (map, context) => namesTest('ruby', valueOf(map, 'ruby'), context),
    downstream(map, context) {
      const downstream = value(valueOf(map, 'downstream'), context, 'tests.downstream');
      return downstream === undefined ? undefined : { kind: 'downstream', downstream };
    },
  };

function valueOf(map: YamlMap, key: string): YamlNode {
  return entryOf(map, key)?.value ?? map;
}

const shape = choiceOf(
  scriptFields.shape,
  ...Object.entries({
    python: hinted('imports modules', pythonFields),
    package_contents: hinted('looks for files of the package; globs', contentsFields),
    perl: hinted('loads modules', namesFields.perl.decode),
    r: hinted('loads libraries', namesFields.r.decode),
    ruby: hinted('loads modules', namesFields.ruby.decode),
    downstream: hinted('runs the tests of this package, which needs ours', value),
  }).map(([kind, body]) => mapShape({ [kind]: body }, [kind])),
);

const oneTest: Decoder<TestTemplate> = decoder(shape, (node, context, path) => {
  const map = mapping(node, context, path);
  if (map === undefined) return undefined;
  const names = Object.keys(kinds);
  const kind = names.find((name) => entryOf(map, name) !== undefined);
  if (kind === undefined) {
    const known = names.map((name) => `\`${name}\``).join(', ');
    return complain(context, map.range, {
      message: 'a test of no known kind',
      help: `a test has one of the keys ${known}`,
    });
  }
  if (kind !== 'script') refuseUnknownKeys(map, context, { path: `a ${kind} test`, known: [kind] });
  const body = kinds[kind]?.(map, context);
  return body === undefined ? undefined : { ...body, range: map.range };
});

/** The list of tests. */
export const tests = listOf(oneTest);
