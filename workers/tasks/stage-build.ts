/**
 * Builds a staging output: restore what it inherits, fetch sources, install, capture the library map, run the
 * script, capture the trees, and store the manifest last: it is the commit (design, life of a build, item 6).
 */
import { canonicalJson } from '#proto/canonical-json.ts';
import type { BlobRef } from '#proto/digest.ts';
import type { LockedEnvironments } from '#proto/environment.ts';
import type { Finding } from '#proto/link-report.ts';
import { storeSnapshotManifest } from '#proto/messages/codec.ts';
import type { LibraryMap, SnapshotManifest } from '#proto/snapshot.ts';
import type { StageOutput } from '#proto/task-output.ts';
import type { StageTaskSpec } from '#proto/task-spec.ts';
import { readInstalledPackages } from '../linking/installed-packages.ts';
import { captureLibraryMap } from '../linking/library-map.ts';
import type { BuildPlace, PlaceIdentity } from '../script/build-places.ts';
import type { TaskRequest } from '../shell/task-executor.ts';
import type { FetchedSources } from '../source/fetch-sources.ts';
import { type CapturedTrees, captureTrees } from '../staging/capture.ts';
import { type BuildSession, inBuildPlace } from './build-session.ts';
import { installBoth } from './environments-step.ts';
import { type InheritedSnapshot, restoreInherited } from './inherited-snapshots.ts';
import { irreproducibleReason } from './reproducibility.ts';
import type { TaskServices } from './services.ts';
import { fetchTaskSources } from './sources-step.ts';

/** A stage task whose environments are solved. */
export interface StageJob {
  readonly services: TaskServices;
  readonly request: TaskRequest;
  readonly spec: StageTaskSpec;
  readonly environments: LockedEnvironments;
  readonly inherited: readonly InheritedSnapshot[];
}

type BuiltStage = Omit<StageOutput, 'exactKey' | 'builtAtMs' | 'measures'> & {
  readonly scriptMs: number;
};

/** Builds in the staging output's own place; rejects with the codes of the steps. */
export async function buildStaging(job: StageJob): Promise<BuiltStage> {
  const { services, request, spec } = job;
  return inBuildPlace({ services, request, identity: placeIdentity(spec) }, (session) =>
    buildInPlace(job, session),
  );
}

/** The place of a staging output doesn't depend on who inherits from it; its variant tells variants apart. */
function placeIdentity({ staging, version }: StageTaskSpec): PlaceIdentity {
  return {
    name: `staging ${staging.name}`,
    version,
    build: canonicalJson(staging.variant),
  };
}

async function buildInPlace(job: StageJob, session: BuildSession): Promise<BuiltStage> {
  const { services, request, spec, environments, inherited } = job;
  const { staging } = spec;
  const { place } = session;
  await restoreInherited(services, request, { session, inherited, layers: 'both' });
  const sources = await fetchTaskSources({ services, request, session, sources: staging.source });
  const owner =
    staging.inherit === null
      ? {}
      : { ownerOfExistingFiles: `staging output ${staging.inherit.from}` };
  const replaced = await installBoth(services, request, { environments, place, ...owner });
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
    outputName: staging.name,
    script: staging.script,
    identity: null,
    platforms: spec.platforms,
    variant: staging.variant,
    context: {},
    environments,
    noarch: null,
    isVersionIndependent: false,
  });
  const trees = await capture(job, session, owned);
  const manifest = await commit(job, { trees, sources, libraryMap, place });
  return {
    schema: 1,
    kind: 'stage',
    findings: [...sources.findings, ...replaced, ...captureFindings(spec, trees)],
    stagingName: staging.name,
    manifest,
    prefixFileCount: trees.prefix.files.length,
    workFileCount: trees.work.files.length,
    snapshotSizeBytes: trees.prefix.blob.sizeBytes + trees.work.blob.sizeBytes,
    scriptMs,
  };
}

const ownerOf = ({ attempt }: TaskRequest): { owner: string } => ({
  owner: `${attempt.run}/${attempt.attempt}`,
});

async function capture(
  { services, request }: StageJob,
  session: BuildSession,
  owned: ReadonlySet<string>,
): Promise<CapturedTrees> {
  request.reporter.report({ kind: 'phase', phase: 'capturing' });
  return captureTrees({
    hostPrefix: session.place.hostPrefix,
    workDir: session.place.workDir,
    owned,
    blobs: services.blobs,
    scope: ownerOf(request),
    scratchDir: session.scratchDir,
    signal: request.signal,
  });
}

interface MadeSnapshot {
  readonly trees: CapturedTrees;
  readonly sources: FetchedSources;
  readonly libraryMap: LibraryMap;
  readonly place: BuildPlace;
}

/** Writes the manifest: the snapshot exists from then on. */
async function commit(job: StageJob, made: MadeSnapshot): Promise<BlobRef> {
  const { services, request, spec, environments, inherited } = job;
  const { staging } = spec;
  const { trees } = made;
  const irreproducibleBecause = irreproducibleReason({
    timestamp: spec.timestamp,
    place: made.place,
    buildRoot: services.buildRoot,
    inherited: inherited.map(({ manifest: parent }) => parent),
  });
  const manifest: SnapshotManifest = {
    schema: 1,
    stagingName: staging.name,
    variant: staging.variant,
    prefixPath: trees.prefixPath,
    workPath: trees.workPath,
    prefix: trees.prefix,
    work: trees.work,
    environments,
    sources: made.sources.finalized,
    exports: environments.exports,
    ignoreRunExports: {
      byName: staging.requirements.ignore_run_exports.by_name,
      fromPackage: staging.requirements.ignore_run_exports.from_package,
    },
    libraryMap: made.libraryMap,
    unrewritable: trees.unrewritable,
    ...(irreproducibleBecause === undefined ? {} : { irreproducibleBecause }),
  };
  request.reporter.report({ kind: 'phase', phase: 'uploading' });
  return storeSnapshotManifest(manifest, {
    store: services.blobs,
    scope: ownerOf(request),
    signal: request.signal,
  });
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
