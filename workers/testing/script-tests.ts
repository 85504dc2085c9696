/**
 * Running tests of the kind `script` (spec 7.2). Whoever calls has solved and installed the environments
 * and unpacked the package:
 *
 *     testDir      the extracted package; the test's own files lie in etc/conda/test-files/NAME/INDEX
 *     scriptDir    an empty directory for what is generated (the script, build_env.sh)
 *     runPrefix    environment with the package in it
 *     buildPrefix  environment of `requirements.build`, where the test has one
 */
import { existsSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import type { RepodataRecord } from '#proto/conda/package-record.ts';
import { StageyardError } from '#proto/errors.ts';
import type { AbortSignalLike } from '#proto/ports/clock.ts';
import type {
  ContextValue,
  PackageTest,
  Platforms,
  Script,
  Variant,
} from '#proto/recipe/recipe.ts';
import { activationScript } from '../environment/activation.ts';
import {
  buildVariables,
  type EnvIsolation,
  type PackageIdentity,
  processEnvironment,
  type Variables,
} from '../script/build-variables.ts';
import type { RunScriptOptions, ScriptOutcome } from '../script/run-script.ts';
import { writeScriptFiles } from '../script/script-files.ts';
import { type SecretSource, secretVariables } from '../secrets/secret-source.ts';

/** A test of this kind. */
type ScriptTest = Extract<PackageTest, { kind: 'script' }>;

/** Where a test runs; see the file's head. */
export interface ScriptTestPlaces {
  readonly testDir: string;
  readonly scriptDir: string;
  readonly runPrefix: string;
  readonly buildPrefix: string | null;
  /** Directory that script files are relative to, for tests that come from a recipe. */
  readonly recipeDir: string;
}

/** Limits and outlets of the script's process, handed on to `runScript`. */
export type ScriptTestProcess = Pick<
  RunScriptOptions,
  | 'logPath'
  | 'appendsLog'
  | 'logSizeBytesMax'
  | 'onLine'
  | 'onUse'
  | 'timeoutMs'
  | 'silentTimeoutMs'
> & { readonly signal?: AbortSignalLike };

/** One test of one package. */
export interface ScriptTestRequest {
  readonly test: ScriptTest;
  /** Position among the package's tests, those of kind `package_contents` not counted (spec 7.1). */
  readonly index: number;
  readonly identity: PackageIdentity;
  readonly platforms: Platforms;
  /** The package's variant (`hash_input.json`). */
  readonly variant: Variant;
  readonly context: Readonly<Record<string, ContextValue>>;
  readonly noarch: 'python' | 'generic' | null;
  readonly isVersionIndependent: boolean;
  /** Records of the run environment. */
  readonly runRecords: readonly RepodataRecord[];
  readonly places: ScriptTestPlaces;
  readonly process: ScriptTestProcess;
  readonly settings: {
    readonly cpuCount: number;
    readonly epochSeconds: number;
    readonly envIsolation: EnvIsolation;
  };
  /** Environment of the command, for the few variables that are passed on. */
  readonly caller: Variables;
  readonly secrets: SecretSource;
  /** `runScript` of workers/script. */
  readonly runScript: (options: RunScriptOptions) => Promise<ScriptOutcome>;
}

/** Variables of a build that mean nothing in a test. */
const BUILD_ONLY: ReadonlySet<string> = new Set([
  'SRC_DIR',
  'RECIPE_DIR',
  'BUILD_DIR',
  'PKG_HASH',
  'RATTLER_BUILD_PACKAGE_FILES',
  'LD_RUN_PATH',
]);

/** The variables that a test script sees (spec 7.2), `script.env` and secrets left out. */
function testVariables(request: ScriptTestRequest): Variables {
  const { places, settings, identity } = request;
  const all = buildVariables({
    ...request,
    hostRecords: request.runRecords,
    cpuCount: settings.cpuCount,
    epochSeconds: settings.epochSeconds,
    places: {
      directory: places.testDir,
      workDir: places.testDir,
      hostPrefix: places.runPrefix,
      buildPrefix: places.buildPrefix ?? places.runPrefix,
      packageFilesPath: '',
      recipeDir: places.testDir,
    },
  });
  const kept = Object.entries(all).filter(
    ([name]) =>
      !BUILD_ONLY.has(name) &&
      !name.startsWith('PIP_') &&
      (name !== 'BUILD_PREFIX' || places.buildPrefix !== null),
  );
  return {
    ...Object.fromEntries(kept),
    CONDA_BUILD_STATE: 'TEST',
    PKG_BUILD_NUMBER: String(identity.buildNumber),
  };
}

/** Directory in which a test's files lie inside its package (spec 7.1). */
export function testFilesDirectory(packageName: string, index: number): string {
  return `etc/conda/test-files/${packageName}/${index}`;
}

/**
 * Where the script starts: the directory of the test's files where it has some, else the package's, joined with
 * the script's own `cwd`. Throws `TEST_FAILED` where that is missing or leads outside.
 */
function workingDirectory({ test, index, identity, places }: ScriptTestRequest): string {
  const hasFiles = test.files.source.length + test.files.recipe.length > 0;
  const base = hasFiles
    ? join(places.testDir, testFilesDirectory(identity.name, index))
    : places.testDir;
  const { cwd } = test.script;
  const directory = cwd === undefined ? base : join(base, cwd);
  const inside = relative(places.testDir, directory);
  if (inside === '..' || inside.startsWith('../') || isAbsolute(inside)) {
    throw new StageyardError(
      'TEST_FAILED',
      `${describe(identity.name, index)}: script.cwd ${cwd ?? ''} leads out of the test directory`,
    );
  }
  if (!existsSync(directory)) {
    throw new StageyardError(
      'TEST_FAILED',
      `${describe(identity.name, index)}: the directory ${inside} does not exist in the package`,
    );
  }
  return directory;
}

function describe(packageName: string, index: number): string {
  return `test ${index + 1} of ${packageName}`;
}

/** The directory is this module's business: generated scripts would look for it below the prefix. */
function withoutCwd(script: Script): Script {
  const { cwd: _cwd, ...rest } = script;
  return rest;
}

/** Whether a failure is the test's own, and not of the machine. */
function asTestFailure(error: unknown, what: string): unknown {
  if (!(error instanceof StageyardError)) return error;
  const isTests = error.code === 'SCRIPT_FAILED' || error.code === 'RECIPE_INVALID';
  if (!isTests) return error;
  return new StageyardError('TEST_FAILED', `${what}: ${error.message}`, {
    context: error.context,
    cause: error,
  });
}

/**
 * Runs one test to its end; answers the script's wall time in milliseconds, 0 for a test without a script.
 * Throws `TEST_FAILED` (exit status, script or template at fault; context as `runScript`), `SCRIPT_TIMEOUT`,
 * `SCRIPT_INTERPRETER_MISSING`, `CANCELLED`, `DISK_FULL`.
 */
export async function runScriptTest(request: ScriptTestRequest): Promise<number> {
  const { test, places, platforms, identity, caller, process } = request;
  const what = describe(identity.name, request.index);
  const cwd = workingDirectory(request);
  const environment = processEnvironment(request.settings.envIsolation, caller, places.testDir);
  const secrets = secretVariables(test.script.secrets, request.secrets);
  const prefixes =
    places.buildPrefix === null ? [places.runPrefix] : [places.runPrefix, places.buildPrefix];
  try {
    const command = writeScriptFiles({
      script: withoutCwd(test.script),
      outputName: identity.name,
      workDir: places.scriptDir,
      hostPrefix: places.runPrefix,
      buildPrefix: places.buildPrefix ?? places.runPrefix,
      scriptDir: places.recipeDir,
      variables: testVariables(request),
      activation: activationScript({ prefixes, platform: platforms.build }),
      context: request.context,
      variant: request.variant,
      platforms,
      path: environment['PATH'] ?? '',
    });
    if (command === null) return 0;
    const outcome = await request.runScript({
      ...process,
      command,
      cwd,
      env: { ...environment, ...secrets.values },
      labels: labelsOf(places),
      secrets: Object.values(secrets.values),
      what,
      failureCode: 'TEST_FAILED',
    });
    return outcome.wallMs;
  } catch (error) {
    throw asTestFailure(error, what);
  }
}

function labelsOf(places: ScriptTestPlaces): RunScriptOptions['labels'] {
  const build =
    places.buildPrefix === null ? [] : [{ path: places.buildPrefix, label: '$BUILD_PREFIX' }];
  return [...build, { path: places.runPrefix, label: '$PREFIX' }];
}
