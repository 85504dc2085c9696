/**
 * Directories as a build leaves them (host prefix, work directory, recipe), and packaging of what is
 * in them.
 */
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Build, RenderedOutput } from '#proto/recipe/recipe.ts';
import type { BuildSettings } from '#proto/task-spec.ts';
import { openCondaArchive } from '#workers/archive/conda-archive.ts';
import type { PackageResult } from '#workers/package/assemble-package.ts';
import { packageOutput } from '#workers/package/package-output.ts';
import type { PackageOutputInput } from '#workers/package/package-output.ts';
import { output as plainOutput } from './rendered-outputs.ts';
import { temporaryDirectory } from './test-directory.ts';

/** Parts of an output that a test sets; the rest is at its default (name `demo`, version `1.0`). */
export type OutputChanges = Partial<Omit<RenderedOutput, 'build'>> & {
  readonly build?: Partial<Build>;
};

/** The plain output with these parts changed. */
export function changedOutput(changes: OutputChanges = {}): RenderedOutput {
  const plain = plainOutput({ name: 'demo' });
  return { ...plain, ...changes, build: { ...plain.build, ...changes.build } };
}

/** Default settings of a build. */
export const plainSettings: BuildSettings = {
  cpuCount: 1,
  envIsolation: 'strict',
  packageFormat: { kind: 'conda', level: 1 },
  channelPriority: 'strict',
  includeRecipe: true,
  errorPrefixInBinary: false,
  allowAbsoluteLicensePaths: false,
  extraMeta: {},
  keepBuild: false,
  scriptTimeoutMs: 60_000,
  silentTimeoutMs: 60_000,
};

/** One build's directories. */
export interface Workshop {
  readonly root: string;
  readonly hostPrefix: string;
  readonly workDir: string;
  readonly recipeDir: string;
  readonly outputDir: string;
  /** Writes a file below the root (`prefix/…`, `work/…`, `recipe/…`); parents are made. */
  write(path: string, content: string | Uint8Array, mode?: number): Promise<void>;
  link(path: string, target: string): Promise<void>;
  /** Packages what is in the prefix. */
  pack(changes?: OutputChanges, options?: Partial<PackageOutputInput>): Promise<PackageResult>;
}

/** Text of a prefix of the padded kind: the same length wherever the test runs. */
const PADDING = '_placehold'.repeat(20);
const PREFIX_LENGTH = 200;

/** Makes the directories; they go when the test ends. */
export async function createWorkshop(test: Pick<TestContext, 'after'>): Promise<Workshop> {
  const root = await temporaryDirectory(test);
  const hostPrefix = join(root, `prefix${PADDING}`).slice(0, PREFIX_LENGTH);
  const place = (path: string): string =>
    path.startsWith('prefix/') ? join(hostPrefix, path.slice('prefix/'.length)) : join(root, path);
  const directories = {
    workDir: join(root, 'work'),
    recipeDir: join(root, 'recipe'),
    outputDir: join(root, 'output'),
  };
  for (const directory of [hostPrefix, ...Object.values(directories)]) await mkdir(directory);
  await writeFile(join(root, 'recipe/recipe.yaml'), 'package: {name: demo, version: "1.0"}\n');
  let packCount = 0;
  return {
    root,
    hostPrefix,
    ...directories,
    async write(path, content, mode = 0o644) {
      await mkdir(dirname(place(path)), { recursive: true });
      await writeFile(place(path), content);
      await chmod(place(path), mode);
    },
    async link(path, target) {
      await mkdir(dirname(place(path)), { recursive: true });
      await symlink(target, place(path));
    },
    pack(changes = {}, options = {}) {
      packCount += 1;
      return packageOutput({
        ...packInput(changedOutput(changes), { hostPrefix, ...directories }),
        tempPrefix: join(root, `temp-${packCount}`),
        ...options,
      });
    },
  };
}

function packInput(
  output: RenderedOutput,
  directories: { hostPrefix: string; workDir: string; recipeDir: string; outputDir: string },
): Omit<PackageOutputInput, 'tempPrefix'> {
  const { host } = output.platforms;
  return {
    output,
    ...directories,
    ownedBefore: new Set(),
    recipeFile: 'recipe.yaml',
    run: { depends: [], constraints: [] },
    runExports: {},
    environments: { build: null, host: { platform: host, specs: [], resolved: [] }, exports: [] },
    channels: [],
    settings: plainSettings,
    timestamp: { epochSeconds: 1_700_000_000, origin: 'SOURCE_DATE_EPOCH' },
    finalizedSources: [],
  };
}

/** A file of the package's `info/`, parsed as JSON. */
export async function infoJson(path: string, name: string): Promise<Record<string, unknown>> {
  const parsed: unknown = JSON.parse(await infoText(path, name));
  return parsed as Record<string, unknown>;
}

/** A file of the package's `info/` as text; fails when it is not there. */
export async function infoText(path: string, name: string): Promise<string> {
  const archive = await openCondaArchive(path);
  try {
    const bytes = await archive.readInfoFile(name);
    if (bytes === undefined) throw new Error(`no info/${name}`);
    return bytes.toString();
  } finally {
    await archive.close();
  }
}

/** Short form for `build.files`. */
export const filesGlobs = (...include: string[]): Pick<Build, 'files'> => ({
  files: { include, exclude: [] },
});
