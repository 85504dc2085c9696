/**
 * A test task: the tests of one package, each `script` test in an environment that holds the package as a user
 * would install it. Solved here, run by test-run.ts when no stored result can be adopted.
 */
import type { FinalizedDependency, LockedEnvironment } from '#proto/environment.ts';
import { StageyardError } from '#proto/errors.ts';
import type { PackageTest } from '#proto/recipe/recipe.ts';
import type { RunArtifact, TestTaskSpec } from '#proto/task-spec.ts';
import { finalizeDependencies } from '../environment/finalize-requirements.ts';
import { knownOutputs } from '../environment/run-exports.ts';
import type { TaskExecution, TaskRequest } from '../shell/task-executor.ts';
import { adoptOr } from './adoption.ts';
import type { WatchedRequest } from './attempt-watch.ts';
import { packageSources } from './environments-step.ts';
import { exactKeyOf } from './exact-keys.ts';
import type { TaskServices } from './services.ts';
import type { PreparedTest, TestJob } from './test-run.ts';

type ScriptTest = Extract<PackageTest, { kind: 'script' }>;

/** Does a test task; rejects with `TEST_FAILED` naming every test that failed. */
export async function executeTest(
  services: TaskServices,
  request: WatchedRequest,
  spec: TestTaskSpec,
): Promise<TaskExecution> {
  const artifact = request.inputs.artifacts.find(({ task }) => task === spec.packageTask);
  if (artifact === undefined)
    throw new StageyardError('INTERNAL', `the package of ${spec.task} is not among its inputs`);
  request.reporter.report({ kind: 'phase', phase: 'solving' });
  const prepared = await prepareTests(services, request, { spec, artifact });
  const key = testKey(services, request, { spec, artifact, prepared });
  return adoptOr(services, { request, key }, async () => {
    const { runTests } = await import('./test-run.ts');
    const tests = await runTests({ services, request, spec, artifact, prepared });
    const scriptMs = tests.reduce((sum, { scriptMs: one }) => sum + one, 0);
    return {
      schema: 1,
      kind: 'test',
      exactKey: key,
      builtAtMs: services.clock.nowMs(),
      measures: request.reporter.measures(scriptMs),
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
