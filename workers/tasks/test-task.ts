/**
 * A test task: the tests of one package, each `script` test in an environment that holds the package as a user
 * would install it. All of them run, then the failures are told together.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FinalizedDependency, LockedEnvironment } from '#proto/environment.ts';
import { StageyardError } from '#proto/errors.ts';
import type { PackageTest } from '#proto/recipe/recipe.ts';
import type { TestOutput } from '#proto/task-output.ts';
import type { RunArtifact, TestTaskSpec } from '#proto/task-spec.ts';
import { openCondaArchive } from '../archive/conda-archive.ts';
import { finalizeDependencies } from '../environment/finalize-requirements.ts';
import { knownOutputs } from '../environment/run-exports.ts';
import { runScript } from '../script/run-script.ts';
import type { TaskExecution, TaskRequest } from '../shell/task-executor.ts';
import { runPackageContentsTest } from '../testing/package-contents.ts';
import { runScriptTest } from '../testing/script-tests.ts';
import { adoptOr } from './adoption.ts';
import { attemptLogPath, type BuildSession, inBuildPlace } from './build-session.ts';
import { packageSources } from './environments-step.ts';
import { exactKeyOf } from './exact-keys.ts';
import type { TaskServices } from './services.ts';

type ScriptTest = Extract<PackageTest, { kind: 'script' }>;

/** A `script` test with its environments. */
interface PreparedTest {
  readonly test: ScriptTest;
  /** Position among the recipe's tests, for people. */
  readonly position: number;
  /** Position among the stored tests (spec 7.1). */
  readonly index: number;
  readonly run: LockedEnvironment;
  readonly build: LockedEnvironment | null;
}

interface TestJob {
  readonly services: TaskServices;
  readonly request: TaskRequest;
  readonly spec: TestTaskSpec;
  readonly artifact: RunArtifact;
  readonly prepared: readonly PreparedTest[];
}

type TestResult = TestOutput['tests'][number];

/** Does a test task; rejects with `TEST_FAILED` naming every test that failed. */
export async function executeTest(
  services: TaskServices,
  request: TaskRequest,
  spec: TestTaskSpec,
): Promise<TaskExecution> {
  const startedAtMs = services.clock.nowMs();
  const artifact = request.inputs.artifacts.find(({ task }) => task === spec.packageTask);
  if (artifact === undefined)
    throw new StageyardError('INTERNAL', `the package of ${spec.task} is not among its inputs`);
  request.reporter.report({ kind: 'phase', phase: 'solving' });
  const prepared = await prepareTests(services, request, { spec, artifact });
  const key = testKey(services, request, { spec, artifact, prepared });
  return adoptOr(services, { request, key }, async () => {
    const tests = await runTests({ services, request, spec, artifact, prepared });
    const now = services.clock.nowMs();
    const scriptMs = tests.reduce((sum, { scriptMs: one }) => sum + one, 0);
    return {
      schema: 1,
      kind: 'test',
      exactKey: key,
      builtAtMs: now,
      measures: { wallMs: now - startedAtMs, scriptMs },
      findings: [],
      tests: tests.map(({ result }) => result),
    };
  });
}

async function prepareTests(
  services: TaskServices,
  request: TaskRequest,
  of: { spec: TestTaskSpec; artifact: RunArtifact },
): Promise<readonly PreparedTest[]> {
  const prepared: PreparedTest[] = [];
  const stored = of.spec.output.tests.filter(({ kind }) => kind !== 'package_contents');
  for (const [position, test] of of.spec.output.tests.entries()) {
    if (test.kind === 'package_contents') continue;
    if (test.kind !== 'script')
      throw new StageyardError(
        'TEST_KIND_UNSUPPORTED',
        `tests of kind ${test.kind} are not run by this version`,
      );
    const environments = await testEnvironments(services, request, { ...of, test });
    prepared.push({ test, position, index: stored.indexOf(test), ...environments });
  }
  return prepared;
}

async function testEnvironments(
  services: TaskServices,
  request: TaskRequest,
  of: { spec: TestTaskSpec; artifact: RunArtifact; test: ScriptTest },
): Promise<{ run: LockedEnvironment; build: LockedEnvironment | null }> {
  const { spec, artifact, test } = of;
  const { output } = spec;
  const context = {
    variant: {},
    fillFromVariant: false,
    siblings: knownOutputs(output, []),
    resolved: [],
  };
  const solve = (
    specs: readonly FinalizedDependency[],
    platform: string,
  ): Promise<LockedEnvironment> =>
    services.environments.solve({
      specs,
      platform,
      sources: packageSources(spec, request.inputs),
      reporter: request.reporter,
      signal: request.signal,
    });
  const { record } = artifact;
  const own = `${record.name} ==${record.version} ${record.build}`;
  const run = await solve(
    [{ source: own, spec: own }, ...finalizeDependencies(test.requirements.run, context)],
    output.platforms.host,
  );
  const buildSpecs = finalizeDependencies(test.requirements.build, context);
  return {
    run,
    build: buildSpecs.length === 0 ? null : await solve(buildSpecs, output.platforms.build),
  };
}

function testKey(
  services: TaskServices,
  request: TaskRequest,
  of: Pick<TestJob, 'spec' | 'artifact' | 'prepared'>,
) {
  const { spec, artifact, prepared } = of;
  const together = (
    environments: readonly LockedEnvironment[],
    platform: string,
  ): LockedEnvironment => ({
    platform,
    specs: [],
    resolved: environments.flatMap(({ resolved }) => resolved),
  });
  const environments = {
    host: together(
      prepared.map(({ run }) => run),
      spec.platforms.host,
    ),
    build: together(
      prepared.flatMap(({ build }) => (build === null ? [] : [build])),
      spec.platforms.build,
    ),
    exports: [],
  };
  const scripts = prepared.map(({ test }) => test.script);
  return exactKeyOf(
    { staticKey: spec.staticKey, environments, scripts, sources: [artifact.blob.digest] },
    services,
    request.inputs,
  );
}

interface RanTest {
  readonly result: TestResult;
  readonly scriptMs: number;
}

async function runTests(job: TestJob): Promise<readonly RanTest[]> {
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
    return { result: { ...result, passed: false, message: error.message }, scriptMs: 0 };
  }
}

async function runInPlace(
  job: TestJob,
  prepared: PreparedTest,
  session: BuildSession,
): Promise<number> {
  const { services, request, spec, artifact } = job;
  const { place } = session;
  const { output } = spec;
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
  if (prepared.build !== null)
    await services.environments.install({
      ...common,
      environment: prepared.build,
      prefix: place.buildPrefix,
    });
  return runScriptTest({
    test: prepared.test,
    index: prepared.index,
    identity: {
      name: output.name,
      version: output.version,
      buildNumber: output.build.number,
      buildString: output.build.string,
      hash: `${output.hash.prefix}h${output.hash.hash}`,
    },
    platforms: output.platforms,
    variant: output.variant,
    context: output.context,
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
      logSizeBytesMax: request.limits.logSizeBytesMax,
      onLine: (text) => request.reporter.report({ kind: 'line', text }),
      timeoutMs: spec.settings.scriptTimeoutMs,
      silentTimeoutMs: spec.settings.silentTimeoutMs,
      signal: request.signal,
    },
    settings: {
      cpuCount: spec.settings.cpuCount,
      epochSeconds: spec.timestamp.epochSeconds,
      envIsolation: spec.settings.envIsolation,
    },
    caller: services.caller,
    runScript,
  });
}
