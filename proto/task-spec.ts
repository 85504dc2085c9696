/**
 * What a worker needs to do a task, by digest, as JSON: `TaskSpec` is fixed when the run is planned,
 * `TaskInputs` when the task is offered (results of the tasks before it).
 */
import type { RepodataRecord } from './conda/package-record.ts';
import type { BlobRef, Sha256Digest } from './digest.ts';
import type { InputKey, RunId, TaskId } from './ids.ts';
import type { Platforms, RenderedOutput, RenderedStaging, Script } from './recipe/recipe.ts';

/** A channel to solve against, in order of priority. */
export interface ChannelRef {
  /** `http(s)://…` or `file:///…`, without credentials and without a trailing slash. */
  readonly url: string;
  /** As the user wrote it. */
  readonly name: string;
  /** A directory that travels with the submission: its packages are blobs (proto/channel-bundle.ts). */
  readonly bundle?: BlobRef;
}

/** The one time value of a package (design: "Same bytes"). */
export interface BuildTimestamp {
  readonly epochSeconds: number;
  readonly origin: 'SOURCE_DATE_EPOCH' | 'git' | 'submission';
  /** Why the package can't be reproduced, when `origin` is `submission`. */
  readonly irreproducibleBecause?: string;
}

/** A directory tree or single file as one deterministic, uncompressed tar. */
export interface BundledTree {
  readonly blob: BlobRef;
  /** Digest of the tar: names the content of the tree. */
  readonly digest: Sha256Digest;
}

/** The commit that was checked out where a recipe was submitted. */
export interface RecipeRevision {
  /** Full hexadecimal name. */
  readonly commit: string;
  /** The recipe directory differs from it. */
  readonly isModified: boolean;
}

/** What belongs to the recipe rather than to one output. */
export interface RecipeBundle {
  /** File name of the recipe inside its directory. */
  readonly recipeFile: string;
  readonly recipeDir: BundledTree;
  /** Each declared path source that is outside the recipe directory or large: path as written → tree. */
  readonly pathSources: Readonly<Record<string, BundledTree>>;
  /** Part of no key: content counts. Absent outside of any repository. */
  readonly revision?: RecipeRevision;
}

/** Settings from flags that change results or limits. */
export interface BuildSettings {
  readonly cpuCount: number;
  readonly envIsolation: 'strict' | 'conda-build' | 'none';
  readonly packageFormat: { readonly kind: 'conda' | 'tar-bz2'; readonly level: number };
  readonly channelPriority: 'strict' | 'disabled';
  readonly excludeNewerMs?: number;
  readonly includeRecipe: boolean;
  readonly errorPrefixInBinary: boolean;
  readonly allowAbsoluteLicensePaths: boolean;
  readonly extraMeta: Readonly<Record<string, string>>;
  /** Keep the work directory although the task succeeded. */
  readonly keepBuild: boolean;
  readonly scriptTimeoutMs: number;
  readonly silentTimeoutMs: number;
}

interface TaskSpecCommon {
  readonly schema: 1;
  readonly run: RunId;
  readonly task: TaskId;
  readonly staticKey: InputKey;
  readonly recipe: RecipeBundle;
  readonly platforms: Platforms;
  readonly channels: readonly ChannelRef[];
  readonly timestamp: BuildTimestamp;
  readonly settings: BuildSettings;
  /** Asked for by name: build again although a stored result has the same key. */
  readonly rebuild?: boolean;
}

/** Build one staging output and capture it. */
export interface StageTaskSpec extends TaskSpecCommon {
  readonly kind: 'stage';
  readonly staging: RenderedStaging;
  /** Version of the recipe, for people and for the build place. */
  readonly version: string;
}

/** Build one package output. */
export interface PackageTaskSpec extends TaskSpecCommon {
  readonly kind: 'package';
  readonly output: RenderedOutput;
  /** Other outputs of the recipe (for pins, and for attribution before they are built). */
  readonly siblings: readonly SiblingOutput[];
}

/** Identity of a sibling and which prefix files it will take (globs over the snapshot, design 5 item 3). */
export interface SiblingOutput {
  readonly name: string;
  readonly version: string;
  readonly build: string;
  readonly inheritFrom: string | null;
  readonly files: { readonly include: readonly string[]; readonly exclude: readonly string[] };
}

/** Run the tests of one package. */
export interface TestTaskSpec extends TaskSpecCommon {
  readonly kind: 'test';
  readonly output: RenderedOutput;
  /** The task that makes the package. */
  readonly packageTask: TaskId;
}

/** A task of any kind. */
export type TaskSpec = StageTaskSpec | PackageTaskSpec | TestTaskSpec;

/** Scripts that a task runs on its worker; some of them may be empty. */
export function scriptsOf(spec: TaskSpec): readonly Script[] {
  switch (spec.kind) {
    case 'stage':
      return [spec.staging.script];
    case 'package':
      return [spec.output.build.script];
    case 'test':
      return spec.output.tests.flatMap((test) => (test.kind === 'script' ? [test.script] : []));
  }
}

/** A package built earlier in this run: part of the run's own channel. */
export interface RunArtifact {
  readonly task: TaskId;
  readonly record: RepodataRecord;
  readonly blob: BlobRef;
  /**
   * Prefix files it holds (paths.json order), of an output of the task's own recipe and of the package that it tests;
   * of others none: a task late in a large run sees thousands.
   */
  readonly files: readonly string[];
}

/** A snapshot made earlier. */
export interface RunSnapshot {
  readonly task: TaskId;
  readonly stagingName: string;
  readonly manifest: BlobRef;
}

/**
 * Results of the tasks this one depends on, transitively: the run's own channel as seen by this task
 * (never more, so that timing can't change a solve).
 */
export interface TaskInputs {
  readonly artifacts: readonly RunArtifact[];
  readonly snapshots: readonly RunSnapshot[];
  /** Its result was gone or damaged when somebody needed it: one that is stored is not taken for good. */
  readonly rebuild?: boolean;
}
