/**
 * Between the halves of packaging: relink what the output packages, read the binaries again, and say of
 * every library they need which package brings it.
 */
import { delimiter, join } from 'node:path';
import { StageyardError } from '#proto/errors.ts';
import type { FinalizedRun } from '#proto/environment.ts';
import { compileGlobs } from '#proto/glob.ts';
import type { Finding, LinkReport } from '#proto/link-report.ts';
import type { DynamicLinking } from '#proto/recipe/recipe.ts';
import type { SnapshotManifest } from '#proto/snapshot.ts';
import type { PackageTaskSpec, TaskInputs } from '#proto/task-spec.ts';
import { checkLinking } from '../linking/check-linking.ts';
import { findElfBinaries, hasLinking, relocatable } from '../linking/elf-binaries.ts';
import { readInstalledPackages } from '../linking/installed-packages.ts';
import type { InheritedEnvironment, SiblingFiles } from '../linking/linking-input.ts';
import { prefixResolver } from '../linking/prefix-resolver.ts';
import { relinkElf } from '../linking/relink-elf.ts';
import { runDependenciesOf } from '../linking/run-dependencies.ts';
import { systemLibraries } from '../linking/system-libraries.ts';
import type { PreparedFiles } from '../package/prepare-files.ts';
import type { BuildPlace } from '../script/build-places.ts';
import type { TaskRequest } from '../shell/task-executor.ts';
import type { TaskServices } from './services.ts';

/** What the step looks at. */
export interface LinkStepInput {
  readonly services: TaskServices;
  readonly request: TaskRequest;
  readonly spec: PackageTaskSpec;
  readonly place: BuildPlace;
  readonly prepared: PreparedFiles;
  readonly run: FinalizedRun;
  /** Snapshots inherited from, nearest first. */
  readonly manifests: readonly SnapshotManifest[];
}

const NO_LINKS: LinkReport = { binaries: [], findings: [] };

/** Direct requirements of a staging environment, by name. */
function requirementNames(manifest: SnapshotManifest): {
  host: readonly string[];
  build: readonly string[];
} {
  const names = (specs: readonly { readonly spec: string }[]): string[] =>
    specs.map(({ spec }) => spec.split(/[\s=<>!~[]/)[0] ?? spec);
  return {
    host: names(manifest.environments.host.specs),
    build: names(manifest.environments.build?.specs ?? []),
  };
}

function inheritedEnvironment(manifest: SnapshotManifest): InheritedEnvironment {
  return {
    stagingName: manifest.stagingName,
    libraryMap: manifest.libraryMap,
    requirements: requirementNames(manifest),
  };
}

/**
 * Siblings that are built state their files; of the others (a cycle of run dependencies) the `files` globs over the
 * snapshot that they inherit say what they will hold.
 */
function siblingFiles(
  spec: PackageTaskSpec,
  inputs: TaskInputs,
  manifests: readonly SnapshotManifest[],
): readonly SiblingFiles[] {
  return spec.siblings.flatMap((sibling): SiblingFiles[] => {
    const built = inputs.artifacts.find(
      ({ record }) =>
        record.name === sibling.name &&
        record.version === sibling.version &&
        record.build === sibling.build,
    );
    const { name, version, build } = sibling;
    if (built !== undefined) return [{ name, version, build, files: built.files }];
    const manifest = manifests.find(({ stagingName }) => stagingName === sibling.inheritFrom);
    if (manifest === undefined) return [];
    const isConfigured = sibling.files.include.length + sibling.files.exclude.length > 0;
    const matches = isConfigured ? compileGlobs(sibling.files) : () => true;
    return [
      {
        name,
        version,
        build,
        files: manifest.prefix.files.map(({ path }) => path).filter((path) => matches(path)),
      },
    ];
  });
}

function throwOnErrors(findings: readonly Finding[]): void {
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return;
  const lines = errors.map(({ message, remedy }) =>
    remedy === undefined ? message : `${message}\n  to mend it: ${remedy}`,
  );
  throw new StageyardError('LINK_CHECK_FAILED', lines.join('\n'));
}

async function relink(input: LinkStepInput, files: readonly string[]): Promise<readonly Finding[]> {
  const { services, spec, place, prepared } = input;
  const { dynamic_linking: dynamicLinking } = spec.output.build;
  const mayChange = relocatable(dynamicLinking);
  const found = await findElfBinaries({
    root: prepared.tempPrefix,
    files: files.filter(mayChange),
    inspector: services.inspector,
  });
  if (found.binaries.length === 0) return [];
  input.request.reporter.report({ kind: 'phase', phase: 'relinking' });
  const systemPath = (services.caller['PATH'] ?? '')
    .split(delimiter)
    .filter((entry) => entry !== '');
  return relinkElf({
    root: prepared.tempPrefix,
    prefix: place.hostPrefix,
    targetPlatform: spec.platforms.host,
    dynamicLinking,
    binaries: found.binaries,
    inspector: services.inspector,
    searchPath: [join(place.buildPrefix, 'bin'), ...systemPath],
  });
}

/** A broken binary fails the package unless `binary_relocation` leaves it out: then it is only told. */
function brokenBinaries(findings: readonly Finding[], linking: DynamicLinking): readonly Finding[] {
  const isRelocated = relocatable(linking);
  return findings.map((finding) =>
    finding.binary !== undefined && !isRelocated(finding.binary)
      ? { ...finding, severity: 'warning' }
      : finding,
  );
}

/** Relinks and checks. Rejects with `LINK_CHECK_FAILED` where the recipe asks for errors, and with `RELINK_FAILED`. */
export async function relinkAndCheck(input: LinkStepInput): Promise<LinkReport> {
  const { services, request, spec, place, prepared, manifests } = input;
  const { output } = spec;
  if (!hasLinking(output.platforms.target)) return NO_LINKS;
  const candidates = prepared.files
    .filter(({ kind, isBinary }) => kind === 'file' && isBinary)
    .map(({ path }) => path);
  const relinked = await relink(input, candidates);
  request.reporter.report({ kind: 'phase', phase: 'checking' });
  const found = await findElfBinaries({
    root: prepared.tempPrefix,
    files: candidates,
    inspector: services.inspector,
  });
  const buildPackages = spec.output.build.merge_build_and_host_envs
    ? []
    : await readInstalledPackages(place.buildPrefix);
  const report = checkLinking({
    package: { name: output.name, version: output.version, build: output.build.string },
    prefix: place.hostPrefix,
    binaries: found.binaries,
    files: prepared.files.map(({ path }) => path),
    runDependencies: runDependenciesOf(input.run),
    hostPackages: await readInstalledPackages(place.hostPrefix),
    resolveInPrefix: prefixResolver(place.hostPrefix),
    inherited: manifests.map(inheritedEnvironment),
    siblings: siblingFiles(spec, request.inputs, manifests),
    system: systemLibraries({
      platform: output.platforms.target,
      buildPackages,
      libraryMaps: manifests.map(({ libraryMap }) => libraryMap),
    }),
    dynamicLinking: output.build.dynamic_linking,
  });
  const findings = [
    ...relinked,
    ...brokenBinaries(found.findings, output.build.dynamic_linking),
    ...report.findings,
  ];
  throwOnErrors(report.findings);
  return { binaries: report.binaries, findings };
}
