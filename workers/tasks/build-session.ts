/**
 * One build place in use: the recipe unpacked beside it, directories for things on their way, and the
 * script run in it. Whatever happens the place is given back: removed after a success, kept after a
 * failure, so that people can look into it.
 *
 *     PLACE/recipe     the recipe directory, as bundled
 *     PLACE/scratch    archives on their way
 *     PLACE/package    the files of the package to be
 */
import { createReadStream, existsSync, lstatSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { StageyardError } from '#proto/errors.ts';
import type { LockedEnvironments } from '#proto/environment.ts';
import type {
  ContextValue,
  Platforms,
  RenderedOutput,
  Script,
  Variant,
} from '#proto/recipe/recipe.ts';
import { extractTar } from '../archive/tar-extract.ts';
import { activationScript } from '../environment/activation.ts';
import { type BuildPlace, openBuildPlace, type PlaceIdentity } from '../script/build-places.ts';
import {
  buildVariables,
  type PackageIdentity,
  processEnvironment,
} from '../script/build-variables.ts';
import { diskUseBytes } from '../script/disk-use.ts';
import { runScript } from '../script/run-script.ts';
import { writeScriptFiles } from '../script/script-files.ts';
import { refuseExposedSecrets } from '../secrets/secret-search.ts';
import { secretVariables } from '../secrets/secret-source.ts';
import type { TaskRequest } from '../shell/task-executor.ts';
import type { TaskServices } from './services.ts';

const RECIPE_BYTES_MAX = 8 * 1024 ** 3;
const RECIPE_FILES_MAX = 1_000_000;

/** The script of an output and what it sees. */
export interface ScriptJob {
  readonly outputName: string;
  readonly script: Script;
  readonly identity: PackageIdentity | null;
  readonly platforms: Platforms;
  readonly variant: Variant;
  readonly context: Readonly<Record<string, ContextValue>>;
  readonly environments: LockedEnvironments;
  readonly noarch: 'python' | 'generic' | null;
  readonly isVersionIndependent: boolean;
}

/** An open place with its recipe. */
export interface BuildSession {
  readonly place: BuildPlace;
  readonly recipeDir: string;
  readonly scratchDir: string;
  readonly packageDir: string;
  /** Runs the script; answers how long it took in milliseconds, 0 when there is none. */
  runScript(job: ScriptJob): Promise<number>;
}

class PlacedSession implements BuildSession {
  readonly recipeDir: string;
  readonly scratchDir: string;
  readonly packageDir: string;
  readonly place: BuildPlace;
  readonly #services: TaskServices;
  readonly #request: TaskRequest;

  constructor(services: TaskServices, request: TaskRequest, place: BuildPlace) {
    this.place = place;
    this.#services = services;
    this.#request = request;
    this.recipeDir = join(place.directory, 'recipe');
    this.scratchDir = join(place.directory, 'scratch');
    this.packageDir = join(place.directory, 'package');
  }

  async prepare(): Promise<void> {
    for (const directory of [this.recipeDir, this.scratchDir, this.place.hostPrefix])
      await mkdir(directory, { recursive: true });
    const { spec, signal } = this.#request;
    const archive = join(this.scratchDir, 'recipe.tar');
    await this.#services.blobs.getFile(spec.recipe.recipeDir.blob, archive, {
      readOnlyLink: true,
      signal,
    });
    await extractTar(createReadStream(archive), this.recipeDir, {
      code: 'SOURCE_UNSAFE',
      maxBytes: RECIPE_BYTES_MAX,
      maxFiles: RECIPE_FILES_MAX,
      signal,
    });
    await rm(archive);
  }

  async runScript(job: ScriptJob): Promise<number> {
    const { spec, reporter, signal, limits } = this.#request;
    const { caller } = this.#services;
    const { place } = this;
    const isMerged = job.environments.build === null;
    const buildPrefix = isMerged ? place.hostPrefix : place.buildPrefix;
    const places = { ...place, buildPrefix, recipeDir: this.recipeDir };
    const environment = processEnvironment(spec.settings.envIsolation, caller, place.workDir);
    const secrets = secretVariables(job.script.secrets, this.#services.secrets);
    for (const name of secrets.missing)
      reporter.report({
        kind: 'notice',
        text: `the secret ${name} is not set: the script runs without it`,
      });
    const command = writeScriptFiles({
      ...job,
      ...places,
      scriptDir: this.recipeDir,
      variables: buildVariables({
        ...job,
        places,
        hostRecords: job.environments.host.resolved,
        cpuCount: spec.settings.cpuCount,
        epochSeconds: spec.timestamp.epochSeconds,
        caller,
      }),
      activation: activationScript({
        prefixes: isMerged ? [place.hostPrefix] : [place.hostPrefix, buildPrefix],
        platform: job.platforms.build,
      }),
      path: environment['PATH'] ?? '',
    });
    if (command === null) return 0;
    reporter.report({ kind: 'phase', phase: 'script' });
    const what = `the build script of ${job.outputName}`;
    const { wallMs } = await runScript({
      command,
      cwd: place.workDir,
      env: { ...environment, ...secrets.values },
      logPath: attemptLogPath(this.#services, this.#request),
      logSizeBytesMax: limits.logSizeBytesMax,
      labels: [
        { path: buildPrefix, label: '$BUILD_PREFIX' },
        { path: place.hostPrefix, label: '$PREFIX' },
        { path: place.workDir, label: '$SRC_DIR' },
      ],
      secrets: Object.values(secrets.values),
      onLine: (text) => reporter.report({ kind: 'line', text }),
      onUse: (use) => this.#request.meter.use(use),
      timeoutMs: spec.settings.scriptTimeoutMs,
      silentTimeoutMs: spec.settings.silentTimeoutMs,
      signal,
      what,
    });
    checkDirectories(place, job.outputName);
    await this.#keepSecrets(what, secrets.values);
    return wallMs;
  }

  /** What the script leaves is stored or packaged: no secret may be in it. */
  async #keepSecrets(what: string, values: Readonly<Record<string, string>>): Promise<void> {
    const { hostPrefix, workDir } = this.place;
    const trees = [
      { root: hostPrefix, label: '$PREFIX' },
      { root: workDir, label: '$SRC_DIR' },
    ];
    const searched = this.#request.spec.kind === 'stage' ? trees : trees.slice(0, 1);
    await refuseExposedSecrets({ values, trees: searched, what, signal: this.#request.signal });
  }
}

/** Space that the place takes, when everything that the task made is in it. */
async function measurePlace({ meter }: TaskRequest, place: BuildPlace): Promise<void> {
  const diskBytes = await diskUseBytes(place.directory);
  if (diskBytes !== undefined) meter.use({ diskBytes });
}

/** What names an output to its scripts. */
export function packageIdentity({ name, version, build, hash }: RenderedOutput): PackageIdentity {
  return {
    name,
    version,
    buildNumber: build.number,
    buildString: build.string,
    hash: `${hash.prefix}h${hash.hash}`,
  };
}

/** A script may empty them; what stands in their place afterwards is no longer what it built. */
function checkDirectories({ hostPrefix, workDir }: BuildPlace, outputName: string): void {
  const kindOf = (path: string) => lstatSync(path, { throwIfNoEntry: false });
  const isPrefixThere = kindOf(hostPrefix)?.isDirectory() ?? false;
  if (isPrefixThere && (kindOf(workDir)?.isDirectory() ?? true)) return;
  throw new StageyardError(
    'SCRIPT_FAILED',
    `the build script of ${outputName} removed or replaced the directory ${isPrefixThere ? '$SRC_DIR' : '$PREFIX'} itself: let it remove what is inside only`,
  );
}

/** Log file of an attempt. */
export function attemptLogPath(
  { logDirOf }: Pick<TaskServices, 'logDirOf'>,
  { attempt }: Pick<TaskRequest, 'attempt'>,
): string {
  return join(
    logDirOf(attempt.run),
    `${`${attempt.task}.${attempt.epoch}`.replaceAll(/[^A-Za-z0-9._+-]/g, '_')}.log`,
  );
}

/** Says where the kept tree is and what opens its environment, in the context that the summary reads. */
function withKeptPlace(error: unknown, { directory, workDir }: BuildPlace): unknown {
  if (!(error instanceof StageyardError)) return error;
  // Beside the script, for a test; there is none where not even the environment was made.
  const environmentScript = [workDir, join(directory, 'script')]
    .map((place) => join(place, 'build_env.sh'))
    .find((path) => existsSync(path));
  return new StageyardError(error.code, error.message, {
    context: {
      ...error.context,
      keptDirectory: directory,
      workDirectory: workDir,
      ...(environmentScript === undefined ? {} : { environmentScript }),
    },
    cause: error,
  });
}

/** Work that only a user's script or recipe can be blamed for is worth looking at afterwards. */
function isWorthKeeping(error: unknown, signal: AbortSignal): boolean {
  return !signal.aborted && error instanceof StageyardError && error.exitCode === 1;
}

/** Opens the place of `identity`, does `work` in it, and gives it back. */
export async function inBuildPlace<T>(
  options: {
    readonly services: TaskServices;
    readonly request: TaskRequest;
    readonly identity: PlaceIdentity;
  },
  work: (session: BuildSession) => Promise<T>,
): Promise<T> {
  const { services, request, identity } = options;
  const { spec, signal } = request;
  const place = await openBuildPlace({
    identity,
    ...(services.buildRoot === undefined ? {} : { root: services.buildRoot }),
  });
  let isKept = spec.settings.keepBuild;
  try {
    const session = new PlacedSession(services, request, place);
    await session.prepare();
    const result = await work(session);
    if (isKept) request.reporter.report({ kind: 'notice', text: `kept ${place.workDir}` });
    return result;
  } catch (error) {
    if (!isWorthKeeping(error, signal)) {
      isKept = false;
      throw error;
    }
    isKept = true;
    throw withKeptPlace(error, place);
  } finally {
    await measurePlace(request, place);
    if (isKept) await place.keep();
    else await place.close();
  }
}
