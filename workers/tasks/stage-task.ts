/**
 * A stage task: solve, (adopt a stored result) or fetch sources, install, capture the library map, run the
 * script, capture the trees, and store the manifest last: it is the commit (design, life of a build, item 6).
 */
import type { LockedEnvironments } from '#proto/environment.ts';
import type { Finding } from '#proto/link-report.ts';
import { storeSnapshotManifest } from '#proto/messages/codec.ts';
import type { SnapshotManifest } from '#proto/snapshot.ts';
import type { StageOutput } from '#proto/task-output.ts';
import type { StageTaskSpec } from '#proto/task-spec.ts';
import { captureLibraryMap } from '../linking/library-map.ts';
import { readInstalledPackages } from '../linking/installed-packages.ts';
import type { TaskExecution, TaskRequest } from '../shell/task-executor.ts';
import { fetchSources } from '../source/fetch-sources.ts';
import { captureTrees, type CapturedTrees } from '../staging/capture.ts';
import { type BuildSession, inBuildPlace } from './build-session.ts';
import { installBoth, lockStaging } from './environments-step.ts';
import { exactKeyOf } from './exact-keys.ts';
import { adoptOr } from './adoption.ts';
import type { InheritedSnapshot } from './inherited-snapshots.ts';
import { inheritedSnapshots, restoreInherited } from './inherited-snapshots.ts';
import type { TaskServices } from './services.ts';

interface StageJob {
  readonly services: TaskServices;
  readonly request: TaskRequest;
  readonly spec: StageTaskSpec;
  readonly environments: LockedEnvironments;
  readonly inherited: readonly InheritedSnapshot[];
}

/** Does a stage task; rejects with the codes of its steps. */
export async function executeStage(
  services: TaskServices,
  request: TaskRequest,
  spec: StageTaskSpec,
): Promise<TaskExecution> {
  const startedAtMs = services.clock.nowMs();
  request.reporter.report({ kind: 'phase', phase: 'solving' });
  const inherited = await inheritedSnapshots(
    services,
    request,
    spec.staging.inherit === null ? [] : [spec.staging.inherit.from],
  );
  const environments = await lockStaging(services, request, spec);
  const [nearest] = inherited;
  const key = exactKeyOf(
    {
      staticKey: spec.staticKey,
      environments,
      scripts: [spec.staging.script],
      ...(nearest === undefined ? {} : { snapshot: nearest.ref.digest }),
    },
    services,
    request.inputs,
  );
  return adoptOr(services, { request, key }, async () => {
    const built = await inBuildPlace(
      { services, request, identity: placeIdentity(spec) },
      (session) => buildStaging({ services, request, spec, environments, inherited }, session),
    );
    const now = services.clock.nowMs();
    return {
      ...built,
      exactKey: key,
      builtAtMs: now,
      measures: { wallMs: now - startedAtMs, scriptMs: built.scriptMs },
    };
  });
}

/** The name of a staging output's place must not depend on who inherits from it; its variant tells variants apart. */
function placeIdentity(spec: StageTaskSpec): { name: string; version: string; build: string } {
  const { staging, version } = spec;
  return {
    name: `staging ${staging.name}`,
    version,
    build: JSON.stringify(Object.entries(staging.variant).toSorted()),
  };
}

async function buildStaging(
  job: StageJob,
  session: BuildSession,
): Promise<Omit<StageOutput, 'exactKey' | 'builtAtMs' | 'measures'> & { scriptMs: number }> {
  const { services, request, spec, environments, inherited } = job;
  const { place } = session;
  await restoreInherited(services, request, { session, inherited, layers: 'both' });
  request.reporter.report({ kind: 'phase', phase: 'sources' });
  const sources = await fetchSources({
    sources: spec.staging.source,
    bundle: spec.recipe,
    blobs: services.blobs,
    workDir: place.workDir,
    scratchDir: session.scratchDir,
    cacheDir: services.sourceCacheDir,
    recipeDir: session.recipeDir,
    reporter: request.reporter,
    signal: request.signal,
  });
  await installBoth(services, request, {
    environments,
    place,
    ...(spec.staging.inherit === null
      ? {}
      : { ownerOfExistingFiles: `staging output ${spec.staging.inherit.from}` }),
  });
  // Before the script: it may delete conda-meta.
  const libraryMap = await captureLibraryMap({
    hostPrefix: place.hostPrefix,
    buildPrefix: place.buildPrefix,
    inspector: services.inspector,
  });
  const owned = new Set(
    (await readInstalledPackages(place.hostPrefix)).flatMap(({ files }) => files),
  );
  const scriptMs = await session.runScript({
    outputName: spec.staging.name,
    script: spec.staging.script,
    identity: null,
    platforms: spec.platforms,
    variant: spec.staging.variant,
    context: {},
    environments,
    noarch: null,
    isVersionIndependent: false,
  });
  request.reporter.report({ kind: 'phase', phase: 'capturing' });
  const owner = { owner: `${request.attempt.run}/${request.attempt.attempt}` };
  const trees = await captureTrees({
    hostPrefix: place.hostPrefix,
    workDir: place.workDir,
    owned,
    blobs: services.blobs,
    scope: owner,
    scratchDir: session.scratchDir,
    signal: request.signal,
  });
  const manifest: SnapshotManifest = {
    schema: 1,
    stagingName: spec.staging.name,
    variant: spec.staging.variant,
    prefixPath: trees.prefixPath,
    workPath: trees.workPath,
    prefix: trees.prefix,
    work: trees.work,
    environments,
    sources: sources.finalized,
    exports: environments.exports,
    ignoreRunExports: {
      byName: spec.staging.requirements.ignore_run_exports.by_name,
      fromPackage: spec.staging.requirements.ignore_run_exports.from_package,
    },
    libraryMap,
    unrewritable: trees.unrewritable,
  };
  request.reporter.report({ kind: 'phase', phase: 'uploading' });
  const ref = await storeSnapshotManifest(manifest, {
    store: services.blobs,
    scope: owner,
    signal: request.signal,
  });
  return {
    schema: 1,
    kind: 'stage',
    findings: [...sources.findings, ...captureFindings(spec, trees)],
    stagingName: spec.staging.name,
    manifest: ref,
    prefixFileCount: trees.prefix.files.length,
    workFileCount: trees.work.files.length,
    snapshotSizeBytes: trees.prefix.blob.sizeBytes + trees.work.blob.sizeBytes,
    scriptMs,
  };
}

function captureFindings(spec: StageTaskSpec, trees: CapturedTrees): readonly Finding[] {
  const { name } = spec.staging;
  return [
    ...trees.unrewritable.map(
      (path): Finding => ({
        kind: 'unrewritable-path',
        severity: path.startsWith('prefix/') ? 'warning' : 'info',
        message: `${name}: ${path} holds a build path where it can't be rewritten (compressed or in another encoding)`,
        remedy: 'write the file uncompressed, or without the path',
      }),
    ),
    ...trees.unstorable.map(
      (path): Finding => ({
        kind: 'unrewritable-path',
        severity: 'warning',
        message: `${name}: ${path} is a socket, pipe or device and is not part of the snapshot`,
        remedy: 'remove it at the end of the script',
      }),
    ),
  ];
}
