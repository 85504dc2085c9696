/** Checks of what a task is given (task-spec.ts). */
import { checkRecord } from './conda/record-check.ts';
import { inputKey, runId, taskId } from './ids.ts';
import {
  type Check,
  exactly,
  jsonPathPart,
  listOf,
  mapOf,
  objectOf,
  oneOfKinds,
  optional,
  orNull,
} from './json-check.ts';
import {
  jsonBlobRef,
  jsonChoice,
  jsonCount,
  jsonDigest,
  jsonFlag,
  jsonId,
  jsonText,
} from './json-shape.ts';
import { checkOutput, checkPlatforms, checkStaging } from './recipe/recipe-check.ts';
import type {
  BuildSettings,
  BuildTimestamp,
  BundledTree,
  ChannelRef,
  PackageTaskSpec,
  RecipeBundle,
  RecipeRevision,
  RunArtifact,
  RunSnapshot,
  SiblingOutput,
  StageTaskSpec,
  TaskInputs,
  TaskSpec,
  TestTaskSpec,
} from './task-spec.ts';

const texts = listOf(jsonText);
const tree = objectOf<BundledTree>({ blob: jsonBlobRef, digest: jsonDigest });

/** The commit of a recipe. */
export const checkRevision: Check<RecipeRevision> = objectOf<RecipeRevision>({
  commit: jsonText,
  isModified: jsonFlag,
});

const common = {
  schema: exactly(1),
  run: jsonId(runId),
  task: jsonId(taskId),
  staticKey: jsonId(inputKey),
  recipe: objectOf<RecipeBundle>({
    recipeFile: jsonPathPart,
    recipeDir: tree,
    pathSources: mapOf(tree),
    revision: optional(checkRevision),
  }),
  platforms: checkPlatforms,
  channels: listOf(
    objectOf<ChannelRef>({ url: jsonText, name: jsonText, bundle: optional(jsonBlobRef) }),
  ),
  timestamp: objectOf<BuildTimestamp>({
    epochSeconds: jsonCount,
    origin: jsonChoice(['SOURCE_DATE_EPOCH', 'git', 'submission']),
    irreproducibleBecause: optional(jsonText),
  }),
  settings: objectOf<BuildSettings>({
    cpuCount: jsonCount,
    envIsolation: jsonChoice(['strict', 'conda-build', 'none']),
    packageFormat: objectOf<BuildSettings['packageFormat']>({
      kind: jsonChoice(['conda', 'tar-bz2']),
      level: jsonCount,
    }),
    channelPriority: jsonChoice(['strict', 'disabled']),
    excludeNewerMs: optional(jsonCount),
    includeRecipe: jsonFlag,
    errorPrefixInBinary: jsonFlag,
    allowAbsoluteLicensePaths: jsonFlag,
    extraMeta: mapOf(jsonText),
    keepBuild: jsonFlag,
    scriptTimeoutMs: jsonCount,
    silentTimeoutMs: jsonCount,
  }),
  rebuild: optional(jsonFlag),
};

/** What is fixed when a run is planned. */
export const checkTaskSpec: Check<TaskSpec> = oneOfKinds<TaskSpec>({
  stage: objectOf<StageTaskSpec>({
    ...common,
    kind: exactly('stage'),
    staging: checkStaging,
    version: jsonText,
  }),
  package: objectOf<PackageTaskSpec>({
    ...common,
    kind: exactly('package'),
    output: checkOutput,
    siblings: listOf(
      objectOf<SiblingOutput>({
        name: jsonText,
        version: jsonText,
        build: jsonText,
        inheritFrom: orNull(jsonText),
        files: objectOf<SiblingOutput['files']>({ include: texts, exclude: texts }),
      }),
    ),
  }),
  test: objectOf<TestTaskSpec>({
    ...common,
    kind: exactly('test'),
    output: checkOutput,
    packageTask: jsonId(taskId),
  }),
});

/** What is known when a task is offered. */
export const checkTaskInputs: Check<TaskInputs> = objectOf<TaskInputs>({
  artifacts: listOf(
    objectOf<RunArtifact>({
      task: jsonId(taskId),
      record: checkRecord,
      blob: jsonBlobRef,
      files: texts,
    }),
  ),
  snapshots: listOf(
    objectOf<RunSnapshot>({ task: jsonId(taskId), stagingName: jsonText, manifest: jsonBlobRef }),
  ),
  rebuild: optional(jsonFlag),
});
