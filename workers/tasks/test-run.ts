/** Runs the tests of one package, each `script` test in a place of its own; all of them run, then failures are told together. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LockedEnvironment } from '#proto/environment.ts';
import { type ErrorContext, StageyardError } from '#proto/errors.ts';
import type { PackageTest } from '#proto/recipe/recipe.ts';
import type { TestOutput } from '#proto/task-output.ts';
import type { RunArtifact, TestTaskSpec } from '#proto/task-spec.ts';
import { openCondaArchive } from '../archive/conda-archive.ts';
import { runScript } from '../script/run-script.ts';
import type { TaskRequest } from '../shell/task-executor.ts';
import { runPackageContentsTest } from '../testing/package-contents.ts';
import { runScriptTest } from '../testing/script-tests.ts';
import {
  attemptLogPath,
  type BuildSession,
  inBuildPlace,
  packageIdentity,
} from './build-session.ts';
import type { TaskServices } from './services.ts';

type ScriptTest = Extract<PackageTest, { kind: 'script' }>;

/** A `script` test with its environments. */
export interface PreparedTest {
  readonly test: ScriptTest;
  /** Position among the recipe's tests, for people. */
  readonly position: number;
  /** Position among the stored tests (spec 7.1). */
  readonly index: number;
  readonly run: LockedEnvironment;
  readonly build: LockedEnvironment | null;
}

/** A test task whose environments are solved. */
export interface TestJob {
  readonly services: TaskServices;
  readonly request: TaskRequest;
  readonly spec: TestTaskSpec;
  readonly artifact: RunArtifact;
  readonly prepared: readonly PreparedTest[];
}

type TestResult = TestOutput['tests'][number];

/** One test that was run. */
export interface RanTest {
  readonly result: TestResult;
  readonly scriptMs: number;
  /** What a failed script left: its log, its kept work directory. */
  readonly context?: ErrorContext;
}

/** Runs all tests in their order; rejects with `TEST_FAILED` naming every one that failed. */
export async function runTests(job: TestJob): Promise<readonly RanTest[]> {
  const { spec, prepared, request } = job;
  const ran: RanTest[] = [];
  for (const [position, test] of spec.output.tests.entries()) {
    request.reporter.report({
      kind: 'phase',
      phase: 'testing',
      detail: `${position + 1} of ${spec.output.tests.length}`,
    });
    if (test.kind === 'package_contents')
      ran.push({ result: contentsResult(job, test, position), scriptMs: 0 });
    const script = prepared.find((one) => one.position === position);
    if (script !== undefined) ran.push(await scriptResult(job, script));
  }
  const failed = ran.filter(({ result }) => !result.passed);
  if (failed.length === 0) return ran;
  throw new StageyardError(
    'TEST_FAILED',
    failed.map(({ result }) => result.message ?? `test ${result.index + 1} failed`).join('\n'),
    { context: failed.find(({ context }) => context !== undefined)?.context ?? {} },
  );
}

function contentsResult(
  { spec, artifact }: TestJob,
  test: Extract<PackageTest, { kind: 'package_contents' }>,
  position: number,
): TestResult {
  const { output } = spec;
  const outcome = runPackageContentsTest(test, {
    paths: artifact.files,
    platform: output.platforms.host,
    noarch: output.build.noarch,
    isVersionIndependent: output.build.python.version_independent,
  });
  const result = { index: position, kind: test.kind, passed: outcome.ok };
  return outcome.ok ? result : { ...result, message: outcome.failure };
}

async function scriptResult(job: TestJob, prepared: PreparedTest): Promise<RanTest> {
  const { services, request, spec } = job;
  const { output } = spec;
  const identity = {
    name: `test ${prepared.index} ${output.name}`,
    version: output.version,
    build: output.build.string,
  };
  const result = { index: prepared.position, kind: prepared.test.kind };
  try {
    const scriptMs = await inBuildPlace({ services, request, identity }, (session) =>
      runInPlace(job, prepared, session),
    );
    return { result: { ...result, passed: true }, scriptMs };
  } catch (error) {
    const isTests =
      error instanceof StageyardError &&
      (error.code === 'TEST_FAILED' ||
        error.code === 'SCRIPT_TIMEOUT' ||
        error.code === 'SCRIPT_INTERPRETER_MISSING');
    if (!isTests) throw error;
    const { message, context } = error;
    return { result: { ...result, passed: false, message }, scriptMs: 0, context };
  }
}

/** Unpacks the package into the work directory and installs the test's environments; answers where the script is written. */
async function prepareTest(
  job: TestJob,
  prepared: PreparedTest,
  session: BuildSession,
): Promise<string> {
  const { services, request, artifact } = job;
  const { place } = session;
  const archivePath = join(session.scratchDir, artifact.record.fn);
  await services.blobs.getFile(artifact.blob, archivePath, {
    readOnlyLink: true,
    signal: request.signal,
  });
  const scriptDir = join(place.directory, 'script');
  await mkdir(scriptDir);
  const archive = await openCondaArchive(archivePath);
  try {
    await archive.extractTo(place.workDir);
  } finally {
    await archive.close();
    await rm(archivePath, { force: true });
  }
  const common = {
    artifacts: request.inputs.artifacts,
    reporter: request.reporter,
    signal: request.signal,
  };
  await services.environments.install({
    ...common,
    environment: prepared.run,
    prefix: place.hostPrefix,
  });
  if (prepared.build !== null) {
    await services.environments.install({
      ...common,
      environment: prepared.build,
      prefix: place.buildPrefix,
    });
  }
  return scriptDir;
}

async function runInPlace(
  job: TestJob,
  prepared: PreparedTest,
  session: BuildSession,
): Promise<number> {
  const { services, request, spec } = job;
  const { place } = session;
  const { output, settings } = spec;
  const scriptDir = await prepareTest(job, prepared, session);
  request.reporter.report({
    kind: 'phase',
    phase: 'script',
    detail: `test ${prepared.position + 1}`,
  });
  return runScriptTest({
    ...output,
    ...prepared,
    identity: packageIdentity(output),
    noarch: output.build.noarch,
    isVersionIndependent: output.build.python.version_independent,
    runRecords: prepared.run.resolved,
    places: {
      testDir: place.workDir,
      scriptDir,
      runPrefix: place.hostPrefix,
      buildPrefix: prepared.build === null ? null : place.buildPrefix,
      recipeDir: session.recipeDir,
    },
    process: {
      logPath: attemptLogPath(services, request),
      appendsLog: prepared !== job.prepared[0],
      logSizeBytesMax: request.limits.logSizeBytesMax,
      onLine: (text) => request.reporter.report({ kind: 'line', text }),
      onUse: (use) => request.meter.use(use),
      timeoutMs: settings.scriptTimeoutMs,
      silentTimeoutMs: settings.silentTimeoutMs,
      signal: request.signal,
    },
    settings: { ...settings, epochSeconds: spec.timestamp.epochSeconds },
    caller: services.caller,
    secrets: services.secrets,
    runScript,
  });
}
