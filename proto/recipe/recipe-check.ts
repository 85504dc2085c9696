/** Checks of evaluated recipes that come from elsewhere (recipe.ts). */
import {
  type Check,
  exactly,
  jsonNumber,
  jsonPathPart,
  listOf,
  mapOf,
  objectOf,
  oneOfKinds,
  oneOfMembers,
  optional,
  orFlag,
  orNull,
  orText,
} from '../json-check.ts';
import { jsonChoice, jsonCount, jsonFlag, jsonText, wrongJson } from '../json-shape.ts';
import type {
  Build,
  ContentPatterns,
  ContextValue,
  Dependency,
  DynamicLinking,
  GitSource,
  GlobLists,
  IgnoreRunExports,
  PackageTest,
  PathSource,
  PinArguments,
  Platforms,
  RenderedOutput,
  RenderedStaging,
  Requirements,
  RunExports,
  Script,
  Source,
  StagingRequirements,
  UrlSource,
  VariantValue,
} from './recipe.ts';

/** Of values below `context` and `extra`. */
const DEPTH_MAX = 64;

const texts = listOf(jsonText);
const noarch: Check<Build['noarch']> = orNull(jsonChoice(['python', 'generic']));
const behavior = jsonChoice(['ignore', 'error']);
const inherit = orNull(
  objectOf<NonNullable<RenderedOutput['inherit']>>({ from: jsonText, run_exports: jsonFlag }),
);

const variantValue: Check<VariantValue> = (value, at) => {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  return jsonNumber(value, at);
};

const contextValue =
  (depth: number): Check<ContextValue> =>
  (value, at) => {
    if (typeof value !== 'object' || value === null) return variantValue(value, at);
    if (depth === 0) throw wrongJson(at, `at most ${DEPTH_MAX} levels`);
    const below = contextValue(depth - 1);
    return Array.isArray(value) ? listOf(below)(value, at) : mapOf(below)(value, at);
  };

const anything = mapOf(contextValue(DEPTH_MAX));

const pin = objectOf<PinArguments>({
  name: jsonText,
  lower_bound: optional(orNull(jsonText)),
  upper_bound: optional(orNull(jsonText)),
  exact: optional(jsonFlag),
  build: optional(jsonText),
});

const dependencies: Check<readonly Dependency[]> = listOf(
  orText(
    oneOfMembers<Exclude<Dependency, string>>({
      pin_subpackage: objectOf<{ readonly pin_subpackage: PinArguments }>({ pin_subpackage: pin }),
      pin_compatible: objectOf<{ readonly pin_compatible: PinArguments }>({ pin_compatible: pin }),
    }),
  ),
);

const ignoreRunExports = objectOf<IgnoreRunExports>({ by_name: texts, from_package: texts });

const requirements = objectOf<Requirements>({
  build: dependencies,
  host: dependencies,
  run: dependencies,
  run_constraints: dependencies,
  run_exports: objectOf<RunExports>({
    weak: dependencies,
    strong: dependencies,
    noarch: dependencies,
    weak_constraints: dependencies,
    strong_constraints: dependencies,
  }),
  ignore_run_exports: ignoreRunExports,
});

const globs = objectOf<GlobLists>({ include: texts, exclude: texts });
const sourceCommon = { target_directory: optional(jsonText), patches: texts, filter: globs };

const sources = listOf(
  oneOfKinds<Source>({
    url: objectOf<UrlSource>({
      ...sourceCommon,
      kind: exactly('url'),
      url: texts,
      sha256: optional(jsonText),
      md5: optional(jsonText),
      file_name: optional(jsonText),
    }),
    path: objectOf<PathSource>({
      ...sourceCommon,
      kind: exactly('path'),
      path: jsonText,
      sha256: optional(jsonText),
      md5: optional(jsonText),
      use_gitignore: jsonFlag,
      file_name: optional(jsonText),
    }),
    git: objectOf<GitSource>({
      ...sourceCommon,
      kind: exactly('git'),
      git: jsonText,
      rev: optional(jsonText),
      tag: optional(jsonText),
      branch: optional(jsonText),
      depth: optional(jsonCount),
      lfs: jsonFlag,
      submodules: jsonFlag,
      expected_commit: optional(jsonText),
    }),
  }),
);

type Body<K extends Script['body']['kind']> = Extract<Script['body'], { readonly kind: K }>;

const script = objectOf<Script>({
  interpreter: optional(jsonText),
  env: mapOf(jsonText),
  secrets: texts,
  cwd: optional(jsonText),
  body: oneOfKinds<Script['body']>({
    none: objectOf<Body<'none'>>({ kind: exactly('none') }),
    file: objectOf<Body<'file'>>({ kind: exactly('file'), file: jsonText }),
    inline: objectOf<Body<'inline'>>({ kind: exactly('inline'), content: jsonText }),
    commands: objectOf<Body<'commands'>>({ kind: exactly('commands'), commands: texts }),
  }),
});

const build = objectOf<Build>({
  number: jsonCount,
  string: jsonPathPart,
  noarch,
  script,
  files: globs,
  always_copy_files: texts,
  always_include_files: texts,
  merge_build_and_host_envs: jsonFlag,
  dynamic_linking: objectOf<DynamicLinking>({
    rpaths: texts,
    binary_relocation: orFlag(texts),
    missing_dso_allowlist: texts,
    rpath_allowlist: texts,
    overdepending_behavior: behavior,
    overlinking_behavior: behavior,
  }),
  prefix_detection: objectOf<Build['prefix_detection']>({
    force_text: texts,
    force_binary: texts,
    ignore: orFlag(texts),
    ignore_binary_files: jsonFlag,
  }),
  python: objectOf<Build['python']>({
    entry_points: texts,
    skip_pyc_compilation: texts,
    use_python_app_entrypoint: jsonFlag,
    version_independent: jsonFlag,
    site_packages_path: optional(jsonText),
  }),
  post_process: listOf(
    objectOf<Build['post_process'][number]>({
      files: texts,
      regex: jsonText,
      replacement: jsonText,
    }),
  ),
  variant: objectOf<Build['variant']>({
    use_keys: texts,
    ignore_keys: texts,
    down_prioritize_variant: optional(jsonNumber),
  }),
});

type Test<K extends PackageTest['kind']> = Extract<PackageTest, { readonly kind: K }>;

const patterns = objectOf<ContentPatterns>({ exists: texts, not_exists: texts });

const tests = listOf(
  oneOfKinds<PackageTest>({
    script: objectOf<Test<'script'>>({
      kind: exactly('script'),
      script,
      requirements: objectOf<Test<'script'>['requirements']>({
        run: dependencies,
        build: dependencies,
      }),
      files: objectOf<Test<'script'>['files']>({ source: texts, recipe: texts }),
    }),
    package_contents: objectOf<Test<'package_contents'>>({
      kind: exactly('package_contents'),
      files: patterns,
      site_packages: patterns,
      bin: patterns,
      lib: patterns,
      include: patterns,
      strict: jsonFlag,
    }),
    python: objectOf<Test<'python'>>({
      kind: exactly('python'),
      imports: texts,
      pip_check: jsonFlag,
      python_version: texts,
    }),
    perl: objectOf<Test<'perl'>>({ kind: exactly('perl'), uses: texts }),
    r: objectOf<Test<'r'>>({ kind: exactly('r'), libraries: texts }),
    ruby: objectOf<Test<'ruby'>>({ kind: exactly('ruby'), requires: texts }),
    downstream: objectOf<Test<'downstream'>>({
      kind: exactly('downstream'),
      downstream: jsonText,
    }),
  }),
);

/** Platforms of one output. */
export const checkPlatforms = objectOf<Platforms>({
  target: jsonPathPart,
  host: jsonPathPart,
  build: jsonPathPart,
});

/** A staging output. */
export const checkStaging = objectOf<RenderedStaging>({
  kind: exactly('staging'),
  name: jsonPathPart,
  variant: mapOf(variantValue),
  source: sources,
  script,
  requirements: objectOf<StagingRequirements>({
    build: dependencies,
    host: dependencies,
    ignore_run_exports: ignoreRunExports,
  }),
  inherit,
});

/** A package output. */
export const checkOutput = objectOf<RenderedOutput>({
  kind: exactly('package'),
  name: jsonPathPart,
  version: jsonPathPart,
  platforms: checkPlatforms,
  variant: mapOf(variantValue),
  hash: objectOf<RenderedOutput['hash']>({ hash: jsonText, prefix: jsonText, input: jsonText }),
  context: anything,
  source: sources,
  build,
  requirements,
  tests,
  about: objectOf<RenderedOutput['about']>({
    homepage: optional(jsonText),
    repository: optional(jsonText),
    documentation: optional(jsonText),
    license: optional(jsonText),
    license_family: optional(jsonText),
    license_file: texts,
    summary: optional(jsonText),
    description: optional(jsonText),
  }),
  extra: anything,
  inherit,
  staging: listOf(checkStaging),
});
