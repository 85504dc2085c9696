/**
 * The static key of a task: a digest of everything that is known before a solve and can change its
 * bytes (design 2.1 and 7). Not in it: paths of this machine, the run, limits, the number of threads,
 * the time of a commit. A time that the user fixed is.
 */
import { canonicalJson } from '#proto/canonical-json.ts';
import type { ErrorData } from '#proto/errors.ts';
import { type InputKey, inputKey } from '#proto/ids.ts';
import type { PackageTest, Platforms, RenderedOutput, Script } from '#proto/recipe/recipe.ts';
import { ok, type Result } from '#proto/result.ts';
import type { BuildSettings, BuildTimestamp } from '#proto/task-spec.ts';
import type { PlanInput, PlanRecipe } from './plan.ts';
import { type RecipeMaterial, recipeMaterial } from './recipe-material.ts';
import type { PlacedStaging } from './staging-tasks.ts';

/** Raise it when the meaning of a key changes: old results are not found any more. */
const KEY_FORMAT = 1;

/** What all tasks of a run have in common. */
export type KeyContext = Pick<PlanInput, 'channels' | 'settings' | 'sha256Hex'>;

/** Key of a stage task. `prerequisites` are the static keys of the tasks that it needs. */
export function stageKey(
  context: KeyContext,
  staged: PlacedStaging,
  prerequisites: readonly InputKey[],
): Result<InputKey, ErrorData> {
  const { recipe, staging, platforms, version } = staged;
  const material = recipeMaterial(recipe, {
    scripts: [staging.script],
    sources: staging.source,
    globs: [],
  });
  if (!material.ok) return material;
  const content = { kind: 'stage', staging, version, material: material.value };
  return ok(keyOf(context, content, { platforms, timestamp: recipe.timestamp, prerequisites }));
}

/** What the key of a package task depends on besides the run. */
export interface PackageKeyInput {
  readonly recipe: PlanRecipe;
  readonly output: RenderedOutput;
  /** Text that names the siblings and what they will take. */
  readonly siblings: string;
  readonly prerequisites: readonly InputKey[];
}

/** Key of a package task: everything of the output is in the package's metadata, so all of it counts. */
export function packageKey(
  context: KeyContext,
  { recipe, output, siblings, prerequisites }: PackageKeyInput,
): Result<InputKey, ErrorData> {
  const material = packageMaterial(context.settings, recipe, output);
  if (!material.ok) return material;
  const content = {
    kind: 'package',
    output,
    siblings: context.sha256Hex(siblings),
    material: material.value,
    recipeFile: recipe.bundle.recipeFile,
    channelNames: farChannels(context).map(({ name }) => name),
    settings: packagingSettings(context.settings),
  };
  const { platforms } = output;
  return ok(keyOf(context, content, { platforms, timestamp: recipe.timestamp, prerequisites }));
}

/** Key of a test task: the package's key and those of the packages beside it. */
export function testKey(
  context: KeyContext,
  output: RenderedOutput,
  prerequisites: readonly InputKey[],
): InputKey {
  const content = { kind: 'test', tests: output.tests, variant: output.variant };
  return keyOf(context, content, { platforms: output.platforms, prerequisites });
}

interface KeyFrame {
  readonly platforms: Platforms;
  readonly timestamp?: BuildTimestamp;
  readonly prerequisites: readonly InputKey[];
}

function keyOf(context: KeyContext, content: object, frame: KeyFrame): InputKey {
  const { settings } = context;
  const { timestamp } = frame;
  const text = canonicalJson({
    content,
    platforms: frame.platforms,
    channels: farChannels(context).map(({ url }) => url),
    envIsolation: settings.envIsolation,
    channelPriority: settings.channelPriority,
    excludeNewerMs: settings.excludeNewerMs,
    sourceDateEpoch: timestamp?.origin === 'SOURCE_DATE_EPOCH' ? timestamp.epochSeconds : undefined,
    prerequisites: frame.prerequisites.toSorted(),
  });
  return inputKey(context.sha256Hex(`stageyard static key ${KEY_FORMAT}\n${text}`));
}

/** A directory channel is where it is on this machine: what was taken from it counts, by digest, in the exact key. */
function farChannels(context: KeyContext): KeyContext['channels'] {
  return context.channels.filter(({ url }) => !url.startsWith('file:'));
}

function packagingSettings(settings: BuildSettings): object {
  const { packageFormat, includeRecipe, errorPrefixInBinary } = settings;
  const { allowAbsoluteLicensePaths, extraMeta } = settings;
  return {
    packageFormat,
    includeRecipe,
    errorPrefixInBinary,
    allowAbsoluteLicensePaths,
    extraMeta,
  };
}

/** With `includeRecipe` the whole directory is in the package. */
function packageMaterial(
  settings: BuildSettings,
  recipe: PlanRecipe,
  output: RenderedOutput,
): Result<RecipeMaterial, ErrorData> {
  const testGlobs = output.tests.flatMap((test) =>
    test.kind === 'script' ? test.files.recipe : [],
  );
  return recipeMaterial(recipe, {
    scripts: [...buildScripts(output), ...output.tests.flatMap(testScripts)],
    sources: output.source,
    globs: settings.includeRecipe ? ['**'] : [...testGlobs, ...output.about.license_file],
  });
}

/** An inheriting output without a script runs nothing, not even `build.sh`. */
function buildScripts(output: RenderedOutput): readonly Script[] {
  const runsNothing = output.inherit !== null && output.build.script.body.kind === 'none';
  return runsNothing ? [] : [output.build.script];
}

function testScripts(test: PackageTest): readonly Script[] {
  return test.kind === 'script' ? [test.script] : [];
}
