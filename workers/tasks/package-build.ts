/**
 * Builds a package: restore what is inherited, fetch own sources, install, run the script, select, relink, check,
 * package, upload. An output with neither script nor own sources is packaged straight from its snapshot: only the
 * files that it selects are restored.
 */
import { join } from 'node:path';
import { sha256Digest } from '#proto/digest.ts';
import type { LockedEnvironments } from '#proto/environment.ts';
import { compileGlobs } from '#proto/glob.ts';
import type { RenderedOutput, Source } from '#proto/recipe/recipe.ts';
import type { PackageOutput } from '#proto/task-output.ts';
import type { PackageTaskSpec } from '#proto/task-spec.ts';
import { readInstalledPackages } from '../linking/installed-packages.ts';
import { assemblePackage, type PackageResult } from '../package/assemble-package.ts';
import { prepareFiles, type PreparedFiles } from '../package/prepare-files.ts';
import type { HostPython } from '../package/python-step.ts';
import type { TaskRequest } from '../shell/task-executor.ts';
import { type BuildSession, inBuildPlace, packageIdentity } from './build-session.ts';
import { type FinalizedPackage, installBoth } from './environments-step.ts';
import { type InheritedSnapshot, restoreInherited } from './inherited-snapshots.ts';
import { relinkAndCheck } from './link-step.ts';
import { irreproducibleReason } from './reproducibility.ts';
import type { TaskServices } from './services.ts';
import { fetchTaskSources } from './sources-step.ts';

/** A package task whose environments are solved. */
export interface PackageJob {
  readonly services: TaskServices;
  readonly request: TaskRequest;
  readonly spec: PackageTaskSpec;
  readonly environments: LockedEnvironments;
  readonly inherited: readonly InheritedSnapshot[];
  readonly finalized: FinalizedPackage;
}

type BuiltPackage = Omit<PackageOutput, 'exactKey' | 'builtAtMs' | 'measures'> & {
  readonly scriptMs: number;
};

/** Builds in the output's own place; rejects with the codes of the steps. */
export async function buildPackage(job: PackageJob): Promise<BuiltPackage> {
  const { services, request, spec } = job;
  const { name, version, build } = spec.output;
  const identity = { name, version, build: build.string };
  return inBuildPlace({ services, request, identity }, (session) => buildInPlace(job, session));
}

const runsNothing = (output: RenderedOutput): boolean =>
  output.build.script.body.kind === 'none' && output.source.length === 0;

/** Prefix files that an output can take when nothing adds to them. */
function selectable({ build }: RenderedOutput): ((path: string) => boolean) | undefined {
  if (build.files.include.length + build.files.exclude.length === 0) return undefined;
  const selects = compileGlobs(build.files);
  const always = compileGlobs({ include: build.always_include_files, exclude: [] });
  return (path) => selects(path) || always(path);
}

/** Work files that packaging reads though no script runs: licences. A link among them may lead anywhere, so then all are restored. */
function selectableWork(
  { about }: RenderedOutput,
  nearest: InheritedSnapshot | undefined,
): ((path: string) => boolean) | undefined {
  const isLicense = compileGlobs({ include: about.license_file, exclude: [] });
  const licenses = nearest?.manifest.work.files.filter(({ path }) => isLicense(path)) ?? [];
  return licenses.some(({ kind }) => kind === 'symlink') ? undefined : isLicense;
}

async function restore(job: PackageJob, session: BuildSession): Promise<void> {
  const { services, request, spec, inherited } = job;
  const { output } = spec;
  if (!runsNothing(output))
    return restoreInherited(services, request, { session, inherited, layers: 'both' });
  const select = selectable(output);
  const selectWork = selectableWork(output, inherited[0]);
  await restoreInherited(services, request, {
    session,
    inherited,
    layers: output.about.license_file.length === 0 ? 'prefix' : 'both',
    ...(select === undefined ? {} : { select }),
    ...(selectWork === undefined ? {} : { selectWork }),
  });
}

async function runOutputScript(job: PackageJob, session: BuildSession): Promise<number> {
  const { output } = job.spec;
  return session.runScript({
    outputName: output.name,
    script: output.build.script,
    identity: packageIdentity(output),
    platforms: output.platforms,
    variant: output.variant,
    context: output.context,
    environments: job.environments,
    noarch: output.build.noarch,
    isVersionIndependent: output.build.python.version_independent,
  });
}

async function buildInPlace(
  job: PackageJob,
  session: BuildSession,
): Promise<Omit<PackageOutput, 'exactKey' | 'builtAtMs' | 'measures'> & { scriptMs: number }> {
  const { services, request, spec, environments, inherited } = job;
  const { place } = session;
  await restore(job, session);
  const sources = await fetchTaskSources({
    services,
    request,
    session,
    sources: spec.output.source,
  });
  const owner =
    inherited[0] === undefined
      ? {}
      : { ownerOfExistingFiles: `staging output ${inherited[0].manifest.stagingName}` };
  const installed = await installBoth(services, request, { environments, place, ...owner });
  const ownedBefore = new Set(
    (await readInstalledPackages(place.hostPrefix)).flatMap(({ files }) => files),
  );
  const scriptMs = await runOutputScript(job, session);
  request.reporter.report({ kind: 'phase', phase: 'selecting' });
  const prepared = prepareFiles({
    output: spec.output,
    hostPrefix: place.hostPrefix,
    workDir: place.workDir,
    ownedBefore,
    explicitList: place.packageFilesPath,
    tempPrefix: session.packageDir,
  });
  const linkReport = await relinkAndCheck({
    services,
    request,
    spec,
    place,
    prepared,
    run: job.finalized.run,
    manifests: inherited.map(({ manifest }) => manifest),
  });
  const result = await assemble(job, session, { prepared, sources: sources.finalized });
  request.reporter.report({ kind: 'phase', phase: 'uploading' });
  const artifact = await services.blobs.putFile(
    result.path,
    { owner: `${request.attempt.run}/${request.attempt.attempt}` },
    request.signal,
  );
  const reason = irreproducibleReason({
    timestamp: spec.timestamp,
    place,
    buildRoot: services.buildRoot,
    inherited: inherited.map(({ manifest }) => manifest),
  });
  return {
    schema: 1,
    kind: 'package',
    findings: [...sources.findings, ...installed, ...linkReport.findings, ...result.findings],
    record: result.record,
    artifact: { ...artifact, digest: sha256Digest(result.sha256) },
    files: result.files,
    sizeBytes: result.sizeBytes,
    linkReport,
    run: job.finalized.run,
    environments,
    scriptMs,
    ...(reason === undefined ? {} : { irreproducibleBecause: reason }),
  };
}

async function assemble(
  job: PackageJob,
  session: BuildSession,
  made: { prepared: PreparedFiles; sources: readonly Source[] },
): Promise<PackageResult> {
  const { request, spec, environments, inherited, finalized } = job;
  request.reporter.report({ kind: 'phase', phase: 'packaging' });
  const [nearest] = inherited;
  const python = hostPython(environments, session.place.hostPrefix);
  return assemblePackage({
    output: spec.output,
    prepared: made.prepared,
    hostPrefix: session.place.hostPrefix,
    workDir: session.place.workDir,
    recipeDir: session.recipeDir,
    recipeFile: spec.recipe.recipeFile,
    outputDir: session.scratchDir,
    run: finalized.run,
    runExports: finalized.runExports,
    environments,
    channels: spec.channels,
    settings: spec.settings,
    timestamp: spec.timestamp,
    finalizedSources: made.sources,
    resolve: finalized.resolve,
    ...(nearest === undefined
      ? {}
      : {
          stagingEnvironments: nearest.manifest.environments,
          stagingSources: nearest.manifest.sources,
        }),
    ...(python === undefined ? {} : { python }),
  });
}

/** The interpreter of the host environment, where this machine can run it. */
function hostPython(environments: LockedEnvironments, hostPrefix: string): HostPython | undefined {
  const record = environments.host.resolved.find(({ name }) => name === 'python');
  const runsHere =
    environments.build === null || environments.build.platform === environments.host.platform;
  if (record === undefined || !runsHere) return undefined;
  return {
    executable: join(hostPrefix, 'bin', 'python'),
    minorVersion: record.version.split('.').slice(0, 2).join('.'),
  };
}
