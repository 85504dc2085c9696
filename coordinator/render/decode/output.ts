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
  mapping,
  object,
  refuseUnknownKeys,
  value,
} from './decoder.ts';
import { requirements, stagingRequirements } from './requirements.ts';
import { sources } from './source.ts';
import { tests } from './tests.ts';

const STAGING_KEYS = ['staging', 'inherit', 'source', 'requirements', 'build'];
const PACKAGE_KEYS = ['package', 'inherit', 'source', 'requirements', 'build', 'about', 'tests'];

const packageFields = object({ name: value, version: value });
const stagingFields = object({ name: value });
const inheritFields = object({ from: value, run_exports: value });

/** The value of a key that isn't null. */
export function present(map: YamlMap, key: string): YamlNode | undefined {
  const entry = entryOf(map, key);
  return entry === undefined || isNull(entry.value) ? undefined : entry.value;
}

/** `package:`. */
export function packageSection(
  node: YamlNode,
  context: DecodeContext,
): PackageTemplate | undefined {
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
}

function inherit(map: YamlMap, context: DecodeContext): InheritTemplate | undefined {
  const node = present(map, 'inherit');
  if (node === undefined) return undefined;
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
  return { from, ...(run_exports === undefined ? {} : { run_exports }), range: from.scalar.range };
}

function stagingOutput(
  map: YamlMap,
  staging: YamlNode,
  context: DecodeContext,
): StagingTemplate | undefined {
  refuseUnknownKeys(map, context, { path: 'a staging output', known: STAGING_KEYS });
  const name = stagingFields(staging, context, 'staging')?.name;
  const source = present(map, 'source');
  const required = present(map, 'requirements');
  const buildNode = present(map, 'build');
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
  refuseUnknownKeys(map, context, { path: 'a package output', known: PACKAGE_KEYS });
  const section = packageSection(node, context);
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
  const source = present(map, 'source');
  const required = present(map, 'requirements');
  const buildNode = present(map, 'build');
  const aboutNode = present(map, 'about');
  const testsNode = present(map, 'tests');
  return {
    source: source && sources(source, context, 'source'),
    requirements: (required && requirements(required, context, 'requirements')) ?? {},
    build: (buildNode && build(buildNode, context, 'build')) ?? {},
    about: (aboutNode && about(aboutNode, context, 'about')) ?? {},
    tests: testsNode && tests(testsNode, context, 'tests'),
  };
}

/** One entry of `outputs:`. */
export function output(
  node: YamlNode,
  context: DecodeContext,
): StagingTemplate | PackageOutputTemplate | undefined {
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
}
