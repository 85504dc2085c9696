/**
 * Second half of packaging: last changes to the files, metadata, archive. Everything that is in the
 * package depends on its inputs alone: one time for all members, sorted lists, normalised modes, no
 * path of this machine but the padded prefix where a file really holds it.
 */
import { chmodSync, copyFileSync, lstatSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { compareBytes } from '#proto/byte-order.ts';
import type { RepodataRecord, RunExportsJson } from '#proto/conda/package-record.ts';
import type { FinalizedRun, LockedEnvironments } from '#proto/environment.ts';
import { StageyardError } from '#proto/errors.ts';
import type { Finding } from '#proto/link-report.ts';
import type { Dependency, RenderedOutput, Source } from '#proto/recipe/recipe.ts';
import type { BuildSettings, BuildTimestamp, ChannelRef } from '#proto/task-spec.ts';
import { writeCondaArchive, writeTarBz2Archive } from '../archive/conda-archive-writer.ts';
import type { WrittenArchive } from '../archive/conda-archive-writer.ts';
import type { TarEntry } from '../archive/tar-writer.ts';
import { checkJsonDocuments } from './json-documents.ts';
import { aboutJson } from './metadata/about-json.ts';
import { indexRecord } from './metadata/index-json.ts';
import { jsonFile, textFile } from './metadata/info-file.ts';
import type { InfoFile } from './metadata/info-file.ts';
import { collectLicenses } from './metadata/licenses.ts';
import { linkJson } from './metadata/link-json.ts';
import { pathsJson } from './metadata/paths-json.ts';
import type { PathsEntry } from './metadata/paths-json.ts';
import { recipeCopy } from './metadata/recipe-copy.ts';
import { renderedRecipeYaml } from './metadata/rendered-recipe.ts';
import { runExportsJson } from './metadata/run-exports-json.ts';
import { testScriptRenderer } from './metadata/test-script-text.ts';
import { storedTests } from './metadata/tests-yaml.ts';
import { PackageContents } from './package-contents.ts';
import { pathWarnings } from './path-warnings.ts';
import { postProcess } from './post-process.ts';
import type { PreparedFiles } from './prepare-files.ts';
import { pythonStep } from './python-step.ts';
import type { HostPython } from './python-step.ts';

/** What the second half needs. All directories are absolute. */
export interface AssembleInput {
  readonly output: RenderedOutput;
  readonly prepared: PreparedFiles;
  /** As files hold it: the placeholder. */
  readonly hostPrefix: string;
  readonly workDir: string;
  /** The extracted recipe bundle, and the name of the recipe file in it. */
  readonly recipeDir: string;
  readonly recipeFile: string;
  /** Directory for the finished package; it exists. */
  readonly outputDir: string;
  readonly run: FinalizedRun;
  /** With pins resolved. */
  readonly runExports: RunExportsJson;
  readonly environments: LockedEnvironments;
  readonly stagingEnvironments?: LockedEnvironments;
  readonly channels: readonly ChannelRef[];
  readonly settings: BuildSettings;
  readonly timestamp: BuildTimestamp;
  readonly finalizedSources: readonly Source[];
  readonly stagingSources?: readonly Source[];
  readonly systemTools?: Readonly<Record<string, string>>;
  /** The host environment's interpreter, when it runs here. */
  readonly python?: HostPython;
  /** Text of a requirement of a test; default: pins are refused. */
  readonly resolve?: (dependency: Dependency) => string;
}

/** A finished package. */
export interface PackageResult {
  /** As the run's own channel lists it: its URL is `blob:<sha256>`. */
  readonly record: RepodataRecord;
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly md5: string;
  /** Paths outside `info/`, sorted by bytes. */
  readonly files: readonly string[];
  /** `info/paths.json`, for tests of the package's contents. */
  readonly paths: readonly PathsEntry[];
  readonly findings: readonly Finding[];
}

const SHOWN_MAX = 5;

function refusePin(dependency: Dependency): string {
  if (typeof dependency === 'string') return dependency;
  throw new StageyardError(
    'INTERNAL',
    `a pin of a test was not resolved: ${JSON.stringify(dependency)}`,
  );
}

function addTestFiles(input: AssembleInput): string {
  const { output, recipeDir, workDir, prepared } = input;
  const tests = storedTests({
    name: output.name,
    tests: output.tests,
    recipeDir,
    workDir,
    render: testScriptRenderer(output),
    resolve: input.resolve ?? refusePin,
  });
  for (const file of tests.files) {
    const target = join(prepared.tempPrefix, file.path);
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(file.source, target);
    chmodSync(target, (lstatSync(file.source).mode & 0o100) === 0 ? 0o644 : 0o755);
  }
  return tests.yaml;
}

async function finishFiles(input: AssembleInput): Promise<{ testsYaml: string }> {
  const { output, prepared } = input;
  const { tempPrefix } = prepared;
  await pythonStep({
    build: output.build,
    tempPrefix,
    hostPrefix: input.hostPrefix,
    targetPlatform: output.platforms.target,
    ...(input.python === undefined ? {} : { python: input.python }),
  });
  postProcess(output.build.post_process, tempPrefix);
  checkJsonDocuments(tempPrefix);
  return { testsYaml: addTestFiles(input) };
}

function recipeFiles(input: AssembleInput): readonly InfoFile[] {
  if (!input.settings.includeRecipe) return [];
  const { recipeDir, recipeFile, output, systemTools = {} } = input;
  const rendered = renderedRecipeYaml({ ...input, systemTools });
  return recipeCopy({ recipeDir, recipeFile, variant: output.variant, rendered });
}

/** Everything below `info/` but `paths.json`. */
function metadataFiles(
  input: AssembleInput,
  made: { testsYaml: string; record: object; licenses: readonly InfoFile[] },
): readonly InfoFile[] {
  const { output, settings, channels } = input;
  const link = linkJson(output.build);
  const exported = runExportsJson(input.runExports);
  const about = {
    about: output.about,
    extra: output.extra,
    extraMeta: settings.extraMeta,
    channels,
  };
  return [
    jsonFile('index.json', made.record),
    jsonFile('about.json', aboutJson(about)),
    textFile('hash_input.json', output.hash.input),
    textFile('tests/tests.yaml', made.testsYaml),
    ...(link === undefined ? [] : [jsonFile('link.json', link)]),
    ...(exported === undefined ? [] : [jsonFile('run_exports.json', exported)]),
    ...made.licenses,
    ...recipeFiles(input),
  ];
}

function infoEntry(file: InfoFile, mtimeSeconds: number): TarEntry {
  const mode = file.isExecutable === true ? 0o755 : 0o644;
  return { path: file.path, kind: 'file', mode, mtimeSeconds, content: { bytes: file.bytes } };
}

function checkPlaceholders(input: AssembleInput, paths: readonly PathsEntry[]): void {
  if (!input.settings.errorPrefixInBinary) return;
  const binary = paths.filter((entry) => entry.file_mode === 'binary').map((entry) => entry._path);
  if (binary.length === 0) return;
  const shown = binary.slice(0, SHOWN_MAX).join(', ');
  const more = binary.length > SHOWN_MAX ? ` and ${binary.length - SHOWN_MAX} more` : '';
  throw new StageyardError(
    'PACKAGE_CONTENT',
    `${input.output.name}: binary files hold the build prefix, and --error-prefix-in-binary forbids that: ${shown}${more}`,
  );
}

/**
 * Finishes the files, writes the package, answers its record. Rejects with `PACKAGE_CONTENT`,
 * `LICENSE_MISSING`, `RECIPE_INVALID`, `CONFIG_INVALID` (no bzip2), `DISK_FULL`, `STORE_UNWRITABLE`.
 */
export async function assemblePackage(input: AssembleInput): Promise<PackageResult> {
  const { output, prepared, settings, timestamp } = input;
  const mtimeSeconds = timestamp.epochSeconds;
  const licenses = collectLicenses({
    name: output.name,
    patterns: output.about.license_file,
    workDir: input.workDir,
    recipeDir: input.recipeDir,
    allowAbsolute: settings.allowAbsoluteLicensePaths,
  });
  const { testsYaml } = await finishFiles(input);
  const contents = new PackageContents({
    output,
    tempPrefix: prepared.tempPrefix,
    hostPrefix: input.hostPrefix,
    mtimeSeconds,
  });
  const record = indexRecord({ output, run: input.run, epochSeconds: mtimeSeconds });
  const metadata = metadataFiles(input, { testsYaml, record, licenses: licenses.files });
  let paths: readonly PathsEntry[] = [];
  const infoEntries = (): TarEntry[] => {
    const document = pathsJson(contents.pathsEntries());
    paths = document.paths;
    checkPlaceholders(input, paths);
    return [...metadata, jsonFile('paths.json', document)]
      .map((file) => infoEntry(file, mtimeSeconds))
      .sort((left, right) => compareBytes(left.path, right.path));
  };
  const written = await writeArchive(input, { contents, infoEntries });
  const findings = [
    ...prepared.findings,
    ...licenses.findings,
    ...contents.findings(),
    ...pathWarnings(contents.entries.map((entry) => entry.path)),
  ];
  const { path, sizeBytes, sha256, md5 } = written;
  return {
    record: {
      ...record,
      md5,
      sha256,
      size: sizeBytes,
      fn: written.fn,
      url: `blob:${sha256}`,
      channel: 'run',
    },
    path,
    sizeBytes,
    sha256,
    md5,
    files: paths.map((entry) => entry._path),
    paths,
    findings,
  };
}

async function writeArchive(
  input: AssembleInput,
  content: { contents: PackageContents; infoEntries: () => TarEntry[] },
): Promise<WrittenArchive & { path: string; fn: string }> {
  const { output, settings, timestamp } = input;
  const { kind, level } = settings.packageFormat;
  const stem = `${output.name}-${output.version}-${output.build.string}`;
  const fn = `${stem}${kind === 'conda' ? '.conda' : '.tar.bz2'}`;
  const path = join(input.outputDir, fn);
  const { contents, infoEntries } = content;
  const common = {
    path,
    stem,
    pkgEntries: contents.entries,
    level,
    timestampSeconds: timestamp.epochSeconds,
  };
  if (kind === 'conda') {
    const written = await writeCondaArchive({
      ...common,
      infoEntries,
      onFileBytes: contents.onFileBytes,
    });
    return { ...written, path, fn };
  }
  contents.readAll();
  const written = await writeTarBz2Archive({ ...common, infoEntries });
  return { ...written, path, fn };
}
