/** What planning takes and gives: rendered recipes in, tasks with edges and keys out (design, life of a build, item 3). */
import type { InputKey, RunId, TaskId } from '#proto/ids.ts';
import type { RenderedOutput } from '#proto/recipe/recipe.ts';
import type { TaskRequests } from '#proto/task-requests.ts';
import type {
  BuildSettings,
  BuildTimestamp,
  ChannelRef,
  RecipeBundle,
  TaskSpec,
} from '#proto/task-spec.ts';

/** A file of the recipe directory: what keys need to know of it. */
export interface RecipeFile {
  /** Relative to the recipe directory, `/`-separated. */
  readonly path: string;
  /** Names content, kind and executable bit. */
  readonly digest: string;
  /** The text mentions `RECIPE_DIR`: a script that uses it may read any file beside it. */
  readonly mentionsRecipeDir: boolean;
}

/** One rendered recipe. */
export interface PlanRecipe {
  /** Path of the recipe as people know it, for messages. */
  readonly label: string;
  /** Version of the recipe; absent: that of the first output that inherits. */
  readonly version?: string;
  readonly bundle: RecipeBundle;
  /** All files of the recipe directory. Absent: any change in the directory changes every key. */
  readonly files?: readonly RecipeFile[];
  readonly timestamp: BuildTimestamp;
  /** In build order, skipped ones left out. */
  readonly outputs: readonly RenderedOutput[];
  /** In build order with the skipped ones, which pins may name. Absent: as `outputs`. */
  readonly allOutputs?: readonly RenderedOutput[];
}

/** Which packages are tested: those whose host platform is the build platform, or all. */
export type Testing = 'skip' | 'native' | 'native-and-emulated';

/** Everything a plan depends on. */
export interface PlanInput {
  /** Names the run; gets the digest of the submission: equal inputs have equal digests. */
  readonly runOf: (submissionDigest: string) => RunId;
  readonly recipes: readonly PlanRecipe[];
  readonly channels: readonly ChannelRef[];
  readonly settings: BuildSettings;
  readonly testing: Testing;
  /** Names of outputs that are built although stored results exist. */
  readonly rebuild: readonly string[];
  /** Labels that every worker of this submission must have; absent: none. */
  readonly labels?: readonly string[];
  /** SHA-256 of the UTF-8 bytes of a text, 64 hex digits. */
  readonly sha256Hex: (text: string) => string;
}

/** Node of the plan. */
export interface PlannedTask {
  readonly id: TaskId;
  readonly kind: 'stage' | 'package' | 'test';
  /** `calculator-lib 1.0.0 h2f6c0de_0`, for people. */
  readonly title: string;
  /** Platform of the workers that may do it. */
  readonly platform: string;
  /** Tasks that must be done before, in the plan's order. */
  readonly dependsOn: readonly TaskId[];
  readonly staticKey: InputKey;
  readonly requests: TaskRequests;
  readonly spec: TaskSpec;
}

/** The DAG of a run. */
export interface Plan {
  readonly run: RunId;
  readonly submissionDigest: string;
  /** In an order in which every task comes after those it depends on. */
  readonly tasks: readonly PlannedTask[];
}
