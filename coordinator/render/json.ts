/**
 * `--render-only`: a JSON list with the keys and meanings that scripts around rattler-build read (spec appendix F,
 * 6.5). Empty and default values are left out, as they are there.
 */
import type {
  Dependency,
  RenderedOutput,
  RenderedStaging,
  Script,
  Source,
} from '#proto/recipe/recipe.ts';
import type { EvaluatedTest } from './evaluate/tests.ts';
import type { OutputNode } from './finalize.ts';
import type { RenderedRecipe } from './render-recipe.ts';
import { sortedByKey } from './hash.ts';

type Json = Readonly<Record<string, unknown>>;

/** What the caller knows beyond the recipe. */
export interface RenderOnlyOptions {
  readonly channels: readonly string[];
  /** For outputs whose environments were solved: `finalized_dependencies` and what belongs to it. */
  readonly solved?: ReadonlyMap<RenderedOutput, Json>;
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** Without empty values. */
function pruned(object: Json): Json {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => !isEmpty(value)));
}

const DEFAULT_LOWER = 'x.x.x.x.x.x';
const DEFAULT_UPPER = 'x';

/** Pins are written with their default bounds; an exact one has none, null is left out. */
function dependencyJson(dependency: Dependency): unknown {
  if (typeof dependency === 'string') return dependency;
  const [[kind, pin] = ['', undefined]] = Object.entries(dependency);
  if (pin === undefined) return {};
  if (pin.exact === true) return { [kind]: { name: pin.name, exact: true } };
  const { lower_bound = DEFAULT_LOWER, upper_bound = DEFAULT_UPPER, build } = pin;
  return { [kind]: pruned({ name: pin.name, lower_bound, upper_bound, build }) };
}

const dependencies = (list: readonly Dependency[]): unknown[] => list.map(dependencyJson);

function requirementsJson(requirements: RenderedOutput['requirements']): Json {
  const { run_exports } = requirements;
  return pruned({
    build: dependencies(requirements.build),
    host: dependencies(requirements.host),
    run: dependencies(requirements.run),
    run_constraints: dependencies(requirements.run_constraints),
    run_exports: pruned({
      noarch: dependencies(run_exports.noarch),
      strong: dependencies(run_exports.strong),
      strong_constraints: dependencies(run_exports.strong_constraints),
      weak: dependencies(run_exports.weak),
      weak_constraints: dependencies(run_exports.weak_constraints),
    }),
    ignore_run_exports: pruned({ ...requirements.ignore_run_exports }),
  });
}

function globsJson(globs: {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}): unknown {
  return globs.exclude.length === 0 ? globs.include : pruned({ ...globs });
}

function sourceJson(source: Source): Json {
  const { target_directory, patches } = source;
  const common = { patches, target_directory, filter: globsJson(source.filter) };
  switch (source.kind) {
    case 'url': {
      const url = source.url.length === 1 ? source.url[0] : source.url;
      return pruned({
        url,
        sha256: source.sha256,
        md5: source.md5,
        file_name: source.file_name,
        ...common,
      });
    }
    case 'path':
      return {
        ...pruned({ path: source.path, sha256: source.sha256, md5: source.md5 }),
        ...pruned(common),
        ...(source.use_gitignore ? {} : { use_gitignore: false }),
        ...pruned({ file_name: source.file_name }),
      };
    case 'git':
      return {
        ...pruned({ git: source.git, rev: gitRevision(source), depth: source.depth, ...common }),
        ...(source.lfs ? { lfs: true } : {}),
        ...(source.submodules ? {} : { submodules: false }),
        ...pruned({ expected_commit: source.expected_commit }),
      };
  }
}

function gitRevision(source: Source & { readonly kind: 'git' }): string | undefined {
  if (source.rev !== undefined) return source.rev;
  if (source.tag !== undefined) return `refs/tags/${source.tag}`;
  return source.branch === undefined ? undefined : `refs/heads/${source.branch}`;
}

function scriptJson(document: unknown): unknown {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return document;
  return pruned({ ...document });
}

function buildJson(output: RenderedOutput, node: OutputNode, script: unknown): Json {
  const { build } = output;
  const hasNumber = build.number !== 0 || node.output.sections.isNumberWritten;
  const { dynamic_linking: linking, prefix_detection: prefixes, python } = build;
  const behavior = (value: string) => (value === 'ignore' ? undefined : value);
  const isDefaultRpaths = linking.rpaths.length === 1 && linking.rpaths[0] === 'lib/';
  return {
    ...(hasNumber ? { number: build.number } : {}),
    ...pruned({ string: build.string }),
    ...(script === undefined ? {} : { script }),
    ...pruned({
      noarch: build.noarch,
      python: pruned({ ...python }),
      always_copy_files: build.always_copy_files,
      always_include_files: build.always_include_files,
      merge_build_and_host_envs: build.merge_build_and_host_envs,
      files: globsJson(build.files),
      dynamic_linking: {
        ...pruned({ rpaths: isDefaultRpaths ? [] : linking.rpaths }),
        ...(linking.binary_relocation === true
          ? {}
          : { binary_relocation: linking.binary_relocation }),
        ...pruned({
          missing_dso_allowlist: linking.missing_dso_allowlist,
          rpath_allowlist: linking.rpath_allowlist,
          overdepending_behavior: behavior(linking.overdepending_behavior),
          overlinking_behavior: behavior(linking.overlinking_behavior),
        }),
      },
      variant: pruned({ ...build.variant }),
      prefix_detection: pruned({
        force_file_type: pruned({ text: prefixes.force_text, binary: prefixes.force_binary }),
        ignore: prefixes.ignore,
        ignore_binary_files: prefixes.ignore_binary_files,
      }),
      post_process: build.post_process,
    }),
  };
}

function patternsJson(patterns: {
  readonly exists: readonly string[];
  readonly not_exists: readonly string[];
}): unknown {
  return patterns.not_exists.length === 0 ? patterns.exists : pruned({ ...patterns });
}

function testJson({ test, scriptDocument, template }: EvaluatedTest): Json {
  switch (test.kind) {
    case 'script':
      return pruned({
        script: scriptJson(scriptDocument),
        requirements: pruned({
          run: dependencies(test.requirements.run),
          build: dependencies(test.requirements.build),
        }),
        files: pruned({ ...test.files }),
      });
    case 'package_contents': {
      const { kind: _, strict, ...parts } = test;
      const entries = Object.entries(parts).map(([key, value]) => [key, patternsJson(value)]);
      return { package_contents: pruned({ ...Object.fromEntries(entries), strict }) };
    }
    case 'python': {
      const written = template.kind === 'python' ? template.python_version : undefined;
      const versions = written?.single === true ? test.python_version[0] : test.python_version;
      return {
        python: {
          ...pruned({ imports: test.imports }),
          ...(test.pip_check ? {} : { pip_check: false }),
          ...pruned({ python_version: versions }),
        },
      };
    }
    case 'perl':
      return { perl: { uses: test.uses } };
    case 'r':
      return { r: { libraries: test.libraries } };
    case 'ruby':
      return { ruby: { requires: test.requires } };
    case 'downstream':
      return { downstream: test.downstream };
  }
}

/** A URL as parsers write it: with a slash where it has no path. */
function normalizedUrl(url: string | undefined): string | undefined {
  return url !== undefined && URL.canParse(url) ? new URL(url).href : url;
}

function aboutJson(about: RenderedOutput['about']): Json {
  const sections = pruned({
    homepage: normalizedUrl(about.homepage),
    repository: normalizedUrl(about.repository),
    documentation: normalizedUrl(about.documentation),
    license: about.license,
    license_file: about.license_file,
    license_family: about.license_family,
  });
  const { summary, description } = about;
  return {
    ...sections,
    ...(summary === undefined ? {} : { summary }),
    ...(description === undefined ? {} : { description }),
  };
}

function stagingJson(staging: RenderedStaging, scriptDocument: unknown): Json {
  const script = scriptJson(scriptDocument) ?? writtenScript(staging.script);
  return pruned({
    name: staging.name,
    build: pruned({ script }),
    requirements: pruned({
      build: dependencies(staging.requirements.build),
      host: dependencies(staging.requirements.host),
      ignore_run_exports: pruned({ ...staging.requirements.ignore_run_exports }),
    }),
    source: staging.source.map(sourceJson),
  });
}

function writtenScript(script: Script): unknown {
  return script.body.kind === 'none' ? undefined : script.body;
}

function recipeJson(output: RenderedOutput, node: OutputNode, single: boolean): Json {
  const document = scriptJson(node.output.sections.script.document);
  const script = document ?? (single ? undefined : []);
  const staging = output.staging.slice(0, 1);
  const inherit = output.inherit;
  return {
    schema_version: 1,
    context: output.context,
    package: { name: node.output.writtenName, version: output.version },
    ...pruned({ source: output.source.map(sourceJson) }),
    build: buildJson(output, node, script),
    requirements: requirementsJson(output.requirements),
    ...pruned({
      tests: node.output.sections.tests.map(testJson),
      about: aboutJson(output.about),
      extra: output.extra,
      staging_caches: staging.map((item, index) =>
        stagingJson(item, node.chain[index]?.scriptDocument),
      ),
    }),
    ...(inherit === null
      ? {}
      : { inherits_from: { cache_name: inherit.from, inherit_run_exports: inherit.run_exports } }),
  };
}

function outputJson(
  output: RenderedOutput,
  node: OutputNode,
  place: {
    readonly options: RenderOnlyOptions;
    readonly subpackages: Json;
    readonly single: boolean;
    readonly recipePath: string;
  },
): Json {
  const { options, subpackages } = place;
  return {
    recipe: recipeJson(output, node, place.single),
    build_configuration: {
      target_platform: output.platforms.target,
      host_platform: { platform: output.platforms.host, virtual_packages: [] },
      build_platform: { platform: output.platforms.build, virtual_packages: [] },
      variant: output.variant,
      hash: { hash: output.hash.hash, prefix: output.hash.prefix },
      directories: { recipe_path: place.recipePath },
      channels: options.channels,
      subpackages,
    },
    finalized_dependencies: null,
    finalized_sources: null,
    system_tools: {},
    ...options.solved?.get(output),
  };
}

type Identity = { readonly rendered: number; readonly identity: Json };

/**
 * Of an output the packages rendered up to it, by name; of several variants the last. Made when asked for: together
 * they grow with the square of the outputs.
 */
function subpackagesOf(recipe: RenderedRecipe): (output: RenderedOutput) => Json {
  const positions = new Map(recipe.renderingOrder.map((output, index) => [output, index]));
  const writtenNames = new Map(
    recipe.nodes.map((node, index) => [recipe.outputs[index], node.output.writtenName]),
  );
  const byName: Record<string, Identity[]> = {};
  for (const [rendered, output] of recipe.renderingOrder.entries()) {
    const { version, build } = output;
    const name = writtenNames.get(output) ?? output.name;
    byName[name] ??= [];
    byName[name].push({ rendered, identity: { name, version, build_string: build.string } });
  }
  const sorted = Object.entries(sortedByKey(byName));
  return (output) => {
    const position = positions.get(output) ?? -1;
    const seen = sorted.flatMap(([name, identities]): [string, Json][] => {
      const last = identities.findLast(({ rendered }) => rendered <= position);
      return last === undefined ? [] : [[name, last.identity]];
    });
    return Object.fromEntries(seen);
  };
}

/** The JSON values of all outputs of some recipes, in order, made one after the other. */
export function* renderedOutputs(
  recipes: readonly RenderedRecipe[],
  options: RenderOnlyOptions,
): Iterable<Json> {
  for (const recipe of recipes) {
    const subpackages = subpackagesOf(recipe);
    for (const [index, output] of recipe.outputs.entries()) {
      const node = recipe.nodes[index];
      if (node === undefined) continue;
      yield outputJson(output, node, {
        options,
        subpackages: subpackages(output),
        single: recipe.single,
        recipePath: recipe.location.recipePath,
      });
    }
  }
}

/** The JSON value of all outputs of some recipes, in order. */
export function renderOnlyJson(
  recipes: readonly RenderedRecipe[],
  options: RenderOnlyOptions,
): readonly Json[] {
  return [...renderedOutputs(recipes, options)];
}
