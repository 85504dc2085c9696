/**
 * Installs a solved environment into a prefix: obtain the packages, decide who brings which path,
 * write, record. The order of steps matters to what a crash leaves: a package has its record in
 * `conda-meta` only when all its files are there.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RepodataRecord } from '#proto/conda/package-record.ts';
import { errorCodeOf, StageyardError, wrapError } from '#proto/errors.ts';
import type { TaskReporter } from '#proto/ports/task-reporter.ts';
import type { RunArtifact } from '#proto/task-spec.ts';
import { type LinkStep, type PackagePlan, type PackageToLink, planLinks } from './link-plan.ts';
import type { PackageCache, PackageOrigin } from './package-cache.ts';
import { readPackageContents } from './package-contents.ts';
import {
  type InstalledPackage,
  type InstalledPath,
  prefixRecordFileName,
  prefixRecordText,
} from './prefix-record.ts';
import { PrefixWriter, type WrittenPath } from './prefix-writer.ts';
import { entryPointScript, type PythonLayout, pythonLayoutOf } from './python-layout.ts';
import { mapFew } from './shared-work.ts';
import { nameOfSpec } from './spec-text.ts';

const SCRIPT_MODE = 0o755;
/** Names in a notice before it says how many more there are. */
const NAMES_IN_NOTICE_MAX = 10;

/** What to install, and where. */
export interface InstallRequest {
  readonly records: readonly RepodataRecord[];
  /** Absolute; made if it is missing. It must not hold an environment yet. */
  readonly prefix: string;
  readonly cache: PackageCache;
  /** Conda platform of the environment, which may be another one than this machine's. */
  readonly platform: string;
  /** Packages of this run, for records that are among them. */
  readonly artifacts?: readonly RunArtifact[];
  /** The specs that were asked for, for the records in `conda-meta`. */
  readonly specs?: readonly string[];
  /** Whose the files are that the prefix holds already, for notices: `staging output NAME`. */
  readonly ownerOfExistingFiles?: string;
  readonly reporter?: TaskReporter;
  readonly signal?: AbortSignal;
}

/** What was installed. */
export interface InstalledEnvironment {
  readonly prefix: string;
  /** In the order of installation. */
  readonly packages: readonly InstalledPackage[];
  readonly fileCount: number;
  /** Files that were in the prefix with other content and were replaced. Sorted. */
  readonly replacedFiles: readonly string[];
}

/** Where the archive of `record` is to be had. */
export function originOf(
  record: RepodataRecord,
  request: Pick<InstallRequest, 'artifacts' | 'reporter' | 'signal'>,
): PackageOrigin {
  const artifact = request.artifacts?.find(
    (item) => item.record.url === record.url && item.record.sha256 === record.sha256,
  );
  return {
    ...(artifact === undefined ? {} : { blob: artifact.blob }),
    ...(request.reporter === undefined ? {} : { reporter: request.reporter }),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  };
}

function prepareMeta(prefix: string): string {
  const meta = join(prefix, 'conda-meta');
  mkdirSync(meta, { recursive: true });
  const present = readdirSync(meta).filter((name) => name.endsWith('.json'));
  if (present.length > 0) {
    throw new StageyardError(
      'ENV_INSTALL_FAILED',
      `${prefix} holds an environment already: ${present.length} packages`,
    );
  }
  writeFileSync(join(meta, 'history'), '', { flag: 'a' });
  return meta;
}

interface Context {
  readonly request: InstallRequest;
  readonly writer: PrefixWriter;
  readonly layout: PythonLayout | null;
  readonly replaced: string[];
}

function writeStep(
  step: LinkStep,
  item: PackagePlan,
  { request, writer, layout }: Context,
): WrittenPath {
  const { prefix, platform } = request;
  if (step.kind === 'entry-point') {
    if (layout === null)
      throw new StageyardError('INTERNAL', 'an entry point was planned without python');
    return writer.writeText(
      step.target,
      entryPointScript(step.entry, { prefix, platform, layout }),
      SCRIPT_MODE,
    );
  }
  const { path } = step;
  const isSamePlace = path.prefix?.placeholder === prefix;
  return writer.write({
    source: join(item.directory, path.path),
    target: step.target,
    mayLink: !path.noLink,
    ...(path.prefix === undefined || isSamePlace
      ? {}
      : { replace: { ...path.prefix, prefix, platform } }),
  });
}

function installedPath(step: LinkStep, written: WrittenPath): InstalledPath {
  return {
    target: step.target,
    kind: written.kind === 'copy' ? 'hardlink' : written.kind,
    ...(step.kind === 'path' ? { stated: step.path } : {}),
    ...(written.changed === undefined ? {} : { changed: written.changed }),
  };
}

function linkPackage(item: PackagePlan, context: Context): InstalledPackage {
  const { request, replaced } = context;
  let isLinked = false;
  const paths = item.steps.map((step) => {
    try {
      const written = writeStep(step, item, context);
      isLinked ||= written.kind === 'hardlink';
      if (written.hasReplaced) replaced.push(step.target);
      return installedPath(step, written);
    } catch (error) {
      throw wrapError(
        error,
        `while installing ${step.target} of ${item.record.fn}`,
        errorCodeOf(error, 'ENV_INSTALL_FAILED'),
      );
    }
  });
  const requestedSpecs = (request.specs ?? []).filter(
    (spec) => nameOfSpec(spec) === item.record.name,
  );
  return { record: item.record, directory: item.directory, paths, isLinked, requestedSpecs };
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_IN_NOTICE_MAX).join(', ');
  return names.length > NAMES_IN_NOTICE_MAX
    ? `${shown} and ${names.length - NAMES_IN_NOTICE_MAX} more`
    : shown;
}

function notify(request: InstallRequest, text: string): void {
  request.reporter?.report({ kind: 'notice', text });
}

/** Conda runs these after linking; a build must not depend on what they change. */
function noticeLinkScripts(item: InstalledPackage, request: InstallRequest): void {
  const scripts = new Set(
    ['post-link', 'pre-link'].flatMap((kind) => [
      `bin/.${item.record.name}-${kind}.sh`,
      `Scripts/.${item.record.name}-${kind}.bat`,
    ]),
  );
  const found = item.paths.map((path) => path.target).filter((target) => scripts.has(target));
  if (found.length > 0)
    notify(request, `${item.record.fn} brings ${listed(found)}, which is not run`);
}

function noticeConflicts(
  request: InstallRequest,
  replaced: readonly string[],
  packages: readonly InstalledPackage[],
): void {
  const wanted = new Set(replaced);
  const owner = request.ownerOfExistingFiles ?? 'the prefix';
  for (const item of packages) {
    const names = item.paths.map((path) => path.target).filter((target) => wanted.has(target));
    if (names.length > 0)
      notify(
        request,
        `${item.record.fn} and ${owner} both bring ${listed(names)} with different content; the package's is kept`,
      );
  }
}

/**
 * Installs the records into the prefix. Rejects with `PACKAGE_INVALID` (a package that would write outside, is
 * not what it says, or goes with no other), `ENV_UNSOLVABLE` (without the python that it needs),
 * `ENV_INSTALL_FAILED` or `DISK_FULL` where it is the machine's fault, with the codes of
 * {@link PackageCache.obtain}, or `CANCELLED`; the prefix is then to be thrown away.
 */
export async function installEnvironment(request: InstallRequest): Promise<InstalledEnvironment> {
  const { prefix, records, cache } = request;
  const cached = await mapFew(records, (record) => cache.obtain(record, originOf(record, request)));
  if (request.signal?.aborted === true)
    throw new StageyardError('CANCELLED', 'the installation was cancelled');
  try {
    const meta = prepareMeta(prefix);
    const packages: PackageToLink[] = cached.map((item) => ({
      ...item,
      contents: readPackageContents(item.directory),
    }));
    const layout = pythonLayoutOf(records, request.platform);
    const plan = planLinks(packages, layout);
    for (const clobber of plan.clobbers) {
      notify(
        request,
        `${clobber.winner} and ${clobber.loser} both bring ${clobber.target} with different content; the first one's is kept`,
      );
    }
    const context: Context = { request, writer: new PrefixWriter(prefix), layout, replaced: [] };
    const installed: InstalledPackage[] = [];
    for (const item of plan.packages) {
      const done = linkPackage(item, context);
      writeFileSync(join(meta, prefixRecordFileName(item.record)), prefixRecordText(done));
      noticeLinkScripts(done, request);
      installed.push(done);
    }
    noticeConflicts(request, context.replaced, installed);
    const fileCount = installed.reduce((sum, item) => sum + item.paths.length, 0);
    return { prefix, packages: installed, fileCount, replacedFiles: context.replaced.toSorted() };
  } catch (error) {
    throw wrapError(error, `environment ${prefix}`, errorCodeOf(error, 'ENV_INSTALL_FAILED'));
  }
}
