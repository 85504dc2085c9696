/** Entries of `outputs:`: staging outputs and package outputs (spec 1.10–1.12, CEP 41). */
import type {
  InheritTemplate,
  PackageOutputTemplate,
  PackageTemplate,
  StagingTemplate,
} from '../template/sections.ts';
import { entryOf, isNull, type YamlMap, type YamlNode } from '../yaml/document.ts';
import { about } from './about.ts';
import { build, stagingBuild } from './build.ts';
import {
  complain,
  type DecodeContext,
  type Decoder,
  decoder,
  flag,
  hinted,
  mapping,
  object,
  refuseEmpty,
  refuseUnknownKeys,
  value,
} from './decoder.ts';
import { requirements, stagingRequirements } from './requirements.ts';
import { choiceOf, mapShape } from './shape.ts';
import { sources } from './source.ts';
import { tests } from './tests.ts';

const packageName = hinted('name of the package', value);
const packageFields = object(
  { name: packageName, version: hinted('version of the package (default: recipe.version)', value) },
  { required: ['name'] },
);
const stagingFields = object(
  { name: hinted('name that package outputs inherit by', value) },
  { required: ['name'] },
);
const inheritFields = object(
  {
    from: hinted('name of the staging output', value),
    run_exports: hinted('whether its run exports count here too (default: true)', flag),
  },
  { required: ['from'] },
);

/** The value of a key that isn't null. */
export function present(map: YamlMap, key: string): YamlNode | undefined {
  const entry = entryOf(map, key);
  return entry === undefined || isNull(entry.value) ? undefined : entry.value;
}

/** The value of a section, which must not be empty. */
export function section(map: YamlMap, key: string, context: DecodeContext): YamlNode | undefined {
  const entry = entryOf(map, key);
  if (entry === undefined) return undefined;
  return isNull(entry.value) ? refuseEmpty(context, entry.key, key) : entry.value;
}

/** `package:`. */
export const packageSection: Decoder<PackageTemplate> = decoder(
  packageFields.shape,
  (node, context) => {
    const explicit = node.kind === 'map' ? entryOf(node, 'name') : undefined;
    const decoded = packageFields(node, context, 'package');
    if (decoded === undefined) return undefined;
    // A bare `name: null` is a package of that name (spec appendix E).
    const nullName =
      explicit !== undefined && isNull(explicit.value) && explicit.value.kind === 'scalar';
    if (
      decoded.name === undefined &&
      nullName &&
      explicit.value.kind === 'scalar' &&
      explicit.value.text !== ''
    ) {
      return { ...decoded, name: { scalar: explicit.value }, range: node.range };
    }
    if (decoded.name === undefined) {
      return complain(context, node.range, {
        message: 'missing package name',
        help: 'give the package a `name`',
      });
    }
    return { ...decoded, range: node.range };
  },
);

const inheritSection: Decoder<InheritTemplate> = decoder(
  choiceOf(value.shape, inheritFields.shape),
  (node, context) => {
    if (node.kind === 'scalar') {
      const from = value(node, context, 'inherit');
      return from === undefined ? undefined : { from, range: node.range };
    }
    const decoded = inheritFields(node, context, 'inherit');
    if (decoded === undefined) return undefined;
    const { from, run_exports } = decoded;
    if (from === undefined) {
      return complain(context, node.range, {
        message: '`inherit` without `from`',
        help: 'name the staging output: `inherit: NAME` or `inherit: {from: NAME}`',
      });
    }
    return {
      from,
      ...(run_exports === undefined ? {} : { run_exports }),
      range: from.scalar.range,
    };
  },
);

/** The sections that a package output and a recipe have in common. */
export const sharedFields = {
  source: hinted('where the sources come from, in this order', sources),
  build: hinted('how the package is built', build),
  about: hinted('what people are told about the package', about),
  tests: hinted('what is tested with the finished package', tests),
} as const;

/** The sections that a package output and a single-output recipe have in common. */
export const packageFieldsOfRecipe = {
  package: hinted('name and version', packageSection),
  requirements: hinted('other packages', requirements),
  ...sharedFields,
} as const;

const inheritField = hinted('staging output whose files this one starts with', inheritSection);
const packageOutputFields = { ...packageFieldsOfRecipe, inherit: inheritField } as const;
const stagingOutputFields = {
  staging: hinted('a build that package outputs share', stagingFields),
  inherit: inheritField,
  source: sharedFields.source,
  requirements: hinted('other packages', stagingRequirements),
  build: hinted('what is run', stagingBuild),
} as const;

function inherit(map: YamlMap, context: DecodeContext): InheritTemplate | undefined {
  const node = present(map, 'inherit');
  return node && inheritSection(node, context, 'inherit');
}

function stagingOutput(
  map: YamlMap,
  staging: YamlNode,
  context: DecodeContext,
): StagingTemplate | undefined {
  refuseUnknownKeys(map, context, {
    path: 'a staging output',
    known: Object.keys(stagingOutputFields),
  });
  const name = stagingFields(staging, context, 'staging')?.name;
  const source = section(map, 'source', context);
  const required = section(map, 'requirements', context);
  const buildNode = section(map, 'build', context);
  const decodedBuild = buildNode && stagingBuild(buildNode, context, 'build');
  const rest = {
    kind: 'staging',
    source: source && sources(source, context, 'source'),
    requirements: (required && stagingRequirements(required, context, 'requirements')) ?? {},
    script: decodedBuild?.script,
    steps: decodedBuild?.steps,
    inherit: inherit(map, context),
    range: staging.range,
  } as const;
  if (name === undefined) {
    return complain(context, staging.range, {
      message: 'a staging output without a name',
      help: 'give it as `staging: {name: …}`',
    });
  }
  return { ...rest, name };
}

function packageOutput(
  map: YamlMap,
  node: YamlNode,
  context: DecodeContext,
): PackageOutputTemplate | undefined {
  refuseUnknownKeys(map, context, {
    path: 'a package output',
    known: Object.keys(packageOutputFields),
  });
  const section = packageSection(node, context, 'package');
  const rest = { ...packageParts(map, context), inherit: inherit(map, context) };
  return section === undefined
    ? undefined
    : { kind: 'package', package: section, range: node.range, ...rest };
}

/** The sections that a package output and a single-output recipe share. */
export function packageParts(
  map: YamlMap,
  context: DecodeContext,
): Pick<PackageOutputTemplate, 'source' | 'requirements' | 'build' | 'about' | 'tests'> {
  const source = section(map, 'source', context);
  const required = section(map, 'requirements', context);
  const buildNode = section(map, 'build', context);
  const aboutNode = section(map, 'about', context);
  const testsNode = section(map, 'tests', context);
  return {
    source: source && sources(source, context, 'source'),
    requirements: (required && requirements(required, context, 'requirements')) ?? {},
    build: (buildNode && build(buildNode, context, 'build')) ?? {},
    about: (aboutNode && about(aboutNode, context, 'about')) ?? {},
    tests: testsNode && tests(testsNode, context, 'tests'),
  };
}

/** One entry of `outputs:`. */
export const output: Decoder<StagingTemplate | PackageOutputTemplate> = decoder(
  choiceOf(mapShape(packageOutputFields, ['package']), mapShape(stagingOutputFields, ['staging'])),
  (node, context) => {
    const map = mapping(node, context, 'outputs');
    if (map === undefined) return undefined;
    const conditional = entryOf(map, 'if');
    if (conditional !== undefined) {
      return complain(context, conditional.key.range, {
        message: "an output can't be under an `if`",
        help: 'use `build.skip` of the output',
      });
    }
    const staging = entryOf(map, 'staging');
    if (staging !== undefined) return stagingOutput(map, staging.value, context);
    const named = entryOf(map, 'package');
    if (named !== undefined) return packageOutput(map, named.value, context);
    return complain(context, map.range, {
      message: "an output must have either 'staging' or 'package' key",
      help: 'a package output starts with `package: {name: …}`, a staging output with `staging: {name: …}`',
    });
  },
);
