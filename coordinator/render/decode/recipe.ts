/** A whole recipe: the two shapes, and the old top-level `cache:` (spec 1.1, 1.14). */
import type {
  PackageOutputTemplate,
  RecipeTemplate,
  StagingTemplate,
  TopLevelTemplate,
} from '../template/sections.ts';
import { entryOf, type YamlEntry, type YamlMap, type YamlNode } from '../yaml/document.ts';
import { contextEntries } from './context.ts';
import {
  anything,
  complain,
  type DecodeContext,
  type Decoder,
  decoder,
  hinted,
  mapping,
  object,
  refuseUnknownKeys,
  scalar,
  value,
} from './decoder.ts';
import {
  output,
  packageFieldsOfRecipe,
  packageParts,
  packageSection,
  present,
  section,
  sharedFields,
} from './output.ts';
import { stagingBuild } from './build.ts';
import { stagingRequirements } from './requirements.ts';
import { anyShape, mapShape } from './shape.ts';
import { sources } from './source.ts';

/** More outputs than this are refused; the largest known recipe has some dozens. */
const OUTPUT_COUNT_MAX = 2000;

/** Name of the staging output that an old `cache:` becomes when the recipe has no literal name. */
const CACHE_NAME = 'build-cache';

const recipeFields = object({
  name: hinted('name of the recipe', value),
  version: hinted('version of the outputs that give none', value),
});

const outputList: Decoder<RecipeTemplate['outputs']> = decoder(
  { kind: 'plain-list', items: output.shape, least: 1 },
  outputs,
);

const commonFields = {
  schema_version: hinted(
    'version of the format',
    decoder({ kind: 'value', literals: ['1'], template: false }, scalar),
  ),
  context: hinted('names for values, which later ones and the rest may use', contextEntries),
  extra: hinted(
    'whatever else is to be said',
    decoder({ kind: 'names', values: anyShape }, anything),
  ),
} as const;
const singleFields = { ...commonFields, ...packageFieldsOfRecipe } as const;
const cacheFields = {
  source: hinted('where the sources come from', sources),
  build: hinted('what is run', stagingBuild),
  requirements: hinted('other packages', stagingRequirements),
} as const;
const multiFields = {
  ...commonFields,
  ...sharedFields,
  recipe: hinted('name and version of the recipe', recipeFields),
  version: hinted('version of the outputs that give none', value),
  outputs: hinted('staging outputs and packages', outputList),
  cache: hinted('old form of a staging output', object(cacheFields)),
} as const;

/** What a recipe without `outputs` accepts. */
export const singleRecipeShape = mapShape(singleFields, ['package']);

/** What a recipe with `outputs` accepts. */
export const multiRecipeShape = mapShape(multiFields, ['outputs']);

function checkSchemaVersion(map: YamlMap, context: DecodeContext): void {
  const entry = entryOf(map, 'schema_version');
  if (entry === undefined || (entry.value.kind === 'scalar' && entry.value.text === '1')) return;
  complain(context, entry.value.range, {
    message: 'unknown `schema_version`',
    help: 'the only version is 1',
  });
}

function topLevel(map: YamlMap, context: DecodeContext): TopLevelTemplate {
  const node = present(map, 'recipe');
  const recipe = node && recipeFields(node, context, 'recipe');
  const legacy = node === undefined ? present(map, 'version') : undefined;
  const parts = packageParts(map, context);
  return {
    name: recipe?.name,
    version: recipe?.version ?? (legacy && value(legacy, context, 'version')),
    source: parts.source,
    build: parts.build,
    about: parts.about,
    tests: parts.tests,
  };
}

/** Name of the staging output that the `cache:` of a recipe is read as, and becomes when it is migrated. */
export function stagingNameOfCache(map: YamlMap): string {
  const recipe = present(map, 'recipe');
  const name = recipe?.kind === 'map' ? present(recipe, 'name') : undefined;
  const isLiteral = name?.kind === 'scalar' && !name.text.includes('${{');
  return isLiteral ? `${name.text}-build` : CACHE_NAME;
}

/** The old `cache:` as a staging output that every package output inherits. */
function cacheAsStaging(
  entry: YamlEntry,
  name: string,
  context: DecodeContext,
): StagingTemplate | undefined {
  const { key, value: node } = entry;
  complain(context, key.range, {
    severity: 'notice',
    message: `top-level \`cache:\` is read as the staging output \`${name}\`, which every package output inherits`,
    help: `\`stageyard migrate-recipe\` writes it so: an output with \`staging: {name: ${name}}\`, and \`inherit: ${name}\` in the package outputs`,
  });
  const map = mapping(node, context, 'cache');
  if (map === undefined) return undefined;
  refuseUnknownKeys(map, context, { path: '`cache`', known: Object.keys(cacheFields) });
  const source = section(map, 'source', context);
  const required = section(map, 'requirements', context);
  const buildNode = section(map, 'build', context);
  const decodedBuild = buildNode && stagingBuild(buildNode, context, 'cache.build');
  return {
    kind: 'staging',
    name: { scalar: { kind: 'scalar', text: name, plain: false, block: false, range: key.range } },
    source: source && sources(source, context, 'cache.source'),
    requirements: (required && stagingRequirements(required, context, 'cache.requirements')) ?? {},
    script: decodedBuild?.script,
    steps: decodedBuild?.steps,
    inherit: undefined,
    range: key.range,
  };
}

/** Lets every package output inherit that has no `inherit` of its own; `inherit: null` is one. */
function inheritFrom(staging: StagingTemplate, list: YamlNode) {
  const items = list.kind === 'list' ? list.items : [];
  const deciding = new Set(
    items.flatMap((item) => {
      const decides = item.kind === 'map' && entryOf(item, 'inherit') !== undefined;
      const named = decides ? entryOf(item, 'package') : undefined;
      return named === undefined ? [] : [named.value.range.start];
    }),
  );
  return (
    item: StagingTemplate | PackageOutputTemplate,
  ): StagingTemplate | PackageOutputTemplate =>
    item.kind === 'staging' || deciding.has(item.range.start)
      ? item
      : { ...item, inherit: { from: staging.name, range: staging.range } };
}

function outputs(
  node: YamlNode,
  context: DecodeContext,
): readonly (StagingTemplate | PackageOutputTemplate)[] {
  if (node.kind !== 'list') {
    complain(context, node.range, { message: '`outputs` must be a list' });
    return [];
  }
  if (node.items.length === 0) {
    complain(context, node.range, {
      message: '`outputs` is empty',
      help: 'give at least one output',
    });
  }
  if (node.items.length > OUTPUT_COUNT_MAX) {
    complain(context, node.range, { message: `more than ${OUTPUT_COUNT_MAX} outputs` });
    return [];
  }
  return node.items.flatMap((item) => output(item, context, 'outputs') ?? []);
}

function multiOutput(
  map: YamlMap,
  node: YamlNode,
  context: DecodeContext,
): Pick<RecipeTemplate, 'top' | 'outputs'> {
  refuseUnknownKeys(map, context, {
    path: 'a recipe with `outputs`',
    known: Object.keys(multiFields),
  });
  const top = topLevel(map, context);
  const cache = entryOf(map, 'cache');
  const staging = cache && cacheAsStaging(cache, stagingNameOfCache(map), context);
  const decoded = outputList(node, context, 'outputs') ?? [];
  if (staging === undefined) return { top, outputs: decoded };
  return { top, outputs: [staging, ...decoded.map(inheritFrom(staging, node))] };
}

function singleOutput(
  map: YamlMap,
  context: DecodeContext,
): Pick<RecipeTemplate, 'top' | 'outputs'> {
  refuseUnknownKeys(map, context, { path: 'the recipe', known: Object.keys(singleFields) });
  const top = {
    name: undefined,
    version: undefined,
    source: undefined,
    build: {},
    about: {},
    tests: undefined,
  };
  const parts = packageParts(map, context);
  const node = entryOf(map, 'package')?.value;
  if (node === undefined) {
    const misplaced = entryOf(map, 'cache') !== undefined;
    complain(context, map.range, {
      message: misplaced
        ? 'a recipe with `cache` needs `outputs`'
        : 'a recipe needs `package` or `outputs`',
      help: 'give `package: {name: …, version: …}`',
    });
    return { top, outputs: [] };
  }
  const named = packageSection(node, context, 'package');
  if (named === undefined) return { top, outputs: [] };
  const only: PackageOutputTemplate = {
    kind: 'package',
    package: named,
    inherit: undefined,
    range: node.range,
    ...parts,
  };
  return { top, outputs: [only] };
}

/** Decodes a recipe. Problems are reported to the context; the result is whole only if there were none. */
export function decodeRecipe(node: YamlNode, context: DecodeContext): RecipeTemplate | undefined {
  if (node.kind !== 'map') {
    return complain(context, node.range, {
      message: 'a recipe must be a mapping',
      help: 'it starts with keys such as `package:` or `outputs:`',
    });
  }
  checkSchemaVersion(node, context);
  const contextNode = section(node, 'context', context);
  const outputsNode = entryOf(node, 'outputs')?.value;
  const shape =
    outputsNode === undefined
      ? singleOutput(node, context)
      : multiOutput(node, outputsNode, context);
  return {
    single: outputsNode === undefined,
    context: (contextNode && contextEntries(contextNode, context, 'context')) ?? [],
    extra: section(node, 'extra', context),
    ...shape,
  };
}
