/** Small rendered recipes for tests of planning and scheduling. */
import { createHash } from 'node:crypto';
import { sha256Digest } from '#proto/digest.ts';
import { runId } from '#proto/ids.ts';
import type {
  Dependency,
  PackageTest,
  RenderedOutput,
  RenderedStaging,
  Script,
  Variant,
} from '#proto/recipe/recipe.ts';
import type { BuildSettings, BundledTree } from '#proto/task-spec.ts';
import type { PlanInput, PlanRecipe } from '#coordinator/plan/plan.ts';

/** SHA-256 of a text, 64 hex digits. */
export const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A script that runs one line. */
export const inlineScript = (content: string): Script => ({
  env: {},
  secrets: [],
  body: { kind: 'inline', content },
});

const noScript: Script = { env: {}, secrets: [], body: { kind: 'none' } };
const noGlobs = { include: [], exclude: [] };

/** A test that runs `true`. */
export const scriptTest = (
  requirements: { run?: Dependency[]; build?: Dependency[] } = {},
): PackageTest => ({
  kind: 'script',
  script: inlineScript('true'),
  requirements: { run: requirements.run ?? [], build: requirements.build ?? [] },
  files: { source: [], recipe: [] },
});

/** What differs between test outputs. */
export interface OutputWish {
  readonly name: string;
  readonly version?: string;
  readonly buildString?: string;
  readonly target?: string;
  readonly host?: string;
  readonly variant?: Variant;
  readonly build?: readonly Dependency[];
  readonly hostRequirements?: readonly Dependency[];
  readonly run?: readonly Dependency[];
  readonly runConstraints?: readonly Dependency[];
  readonly weakExports?: readonly Dependency[];
  readonly strongExports?: readonly Dependency[];
  readonly tests?: readonly PackageTest[];
  readonly script?: Script;
  readonly source?: RenderedOutput['source'];
  readonly staging?: readonly RenderedStaging[];
}

/** A package output with everything else at its default. */
export function output(wish: OutputWish): RenderedOutput {
  const host = wish.host ?? 'linux-64';
  const staging = wish.staging ?? [];
  const nearest = staging[0];
  return {
    kind: 'package',
    name: wish.name,
    version: wish.version ?? '1.0',
    platforms: { target: wish.target ?? host, host, build: 'linux-64' },
    variant: wish.variant ?? { target_platform: 'linux-64' },
    hash: { hash: '0123456', prefix: '', input: '{}' },
    context: {},
    source: wish.source ?? [],
    build: {
      number: 0,
      string: wish.buildString ?? 'h0123456_0',
      noarch: null,
      script: wish.script ?? noScript,
      files: noGlobs,
      always_copy_files: [],
      always_include_files: [],
      merge_build_and_host_envs: false,
      dynamic_linking: {
        rpaths: ['lib/'],
        binary_relocation: true,
        missing_dso_allowlist: [],
        rpath_allowlist: [],
        overdepending_behavior: 'ignore',
        overlinking_behavior: 'ignore',
      },
      prefix_detection: {
        force_text: [],
        force_binary: [],
        ignore: false,
        ignore_binary_files: false,
      },
      python: {
        entry_points: [],
        skip_pyc_compilation: [],
        use_python_app_entrypoint: false,
        version_independent: false,
      },
      post_process: [],
      variant: { use_keys: [], ignore_keys: [] },
    },
    requirements: {
      build: wish.build ?? [],
      host: wish.hostRequirements ?? [],
      run: wish.run ?? [],
      run_constraints: wish.runConstraints ?? [],
      run_exports: {
        weak: wish.weakExports ?? [],
        strong: wish.strongExports ?? [],
        noarch: [],
        weak_constraints: [],
        strong_constraints: [],
      },
      ignore_run_exports: { by_name: [], from_package: [] },
    },
    tests: wish.tests ?? [],
    about: { license_file: [] },
    extra: {},
    inherit: nearest === undefined ? null : { from: nearest.name, run_exports: true },
    staging,
  };
}

/** A staging output. */
export function staging(
  name: string,
  wish: {
    readonly host?: readonly Dependency[];
    readonly inherit?: string;
    readonly script?: Script;
    readonly source?: RenderedStaging['source'];
    readonly variant?: Variant;
  } = {},
): RenderedStaging {
  return {
    kind: 'staging',
    name,
    variant: wish.variant ?? { target_platform: 'linux-64' },
    source: wish.source ?? [],
    script: wish.script ?? inlineScript('make'),
    requirements: {
      build: [],
      host: wish.host ?? [],
      ignore_run_exports: { by_name: [], from_package: [] },
    },
    inherit: wish.inherit === undefined ? null : { from: wish.inherit, run_exports: true },
  };
}

/** A tree whose content is named by a text. */
export function tree(content: string): BundledTree {
  const digest = sha256Digest(sha256Hex(content));
  return { blob: { digest, sizeBytes: content.length, location: '' }, digest };
}

/** A recipe of these outputs. */
export function recipe(
  outputs: readonly RenderedOutput[],
  more: Partial<PlanRecipe> = {},
): PlanRecipe {
  return {
    label: 'recipe/recipe.yaml',
    bundle: { recipeFile: 'recipe.yaml', recipeDir: tree('directory'), pathSources: {} },
    timestamp: { epochSeconds: 1_700_000_000, origin: 'git' },
    files: [],
    outputs,
    ...more,
  };
}

/** Settings at their defaults. */
export const settings: BuildSettings = {
  cpuCount: 2,
  envIsolation: 'strict',
  packageFormat: { kind: 'conda', level: 15 },
  channelPriority: 'strict',
  includeRecipe: false,
  errorPrefixInBinary: false,
  allowAbsoluteLicensePaths: false,
  extraMeta: {},
  keepBuild: false,
  scriptTimeoutMs: 3_600_000,
  silentTimeoutMs: 600_000,
};

/** Input of a plan of these recipes. */
export function planInput(
  recipes: readonly PlanRecipe[],
  more: Partial<PlanInput> = {},
): PlanInput {
  return {
    runOf: (digest) => runId(`r${digest.slice(0, 16)}-1`),
    recipes,
    channels: [{ url: 'https://example.org/channel', name: 'channel' }],
    settings,
    testing: 'native',
    rebuild: [],
    sha256Hex,
    ...more,
  };
}
