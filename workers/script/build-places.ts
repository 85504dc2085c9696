/**
 * Where an output is built: a directory whose absolute path is the same on every machine, since
 * compilers put paths into build-ids and run paths that no later rewriting mends (design: "Build
 * place"). It is named after the output, so that compiler caches hit from run to run.
 *
 *     /var/tmp/stageyard/0123456789abcdef/          0700, owned, locked
 *       .lock                                       SQLite file: its lock dies with the process
 *       work_placehold…                             $SRC_DIR, always WORK_PATH_LENGTH characters
 *       work_placehold…_build_env                   $BUILD_PREFIX
 *       host_env_placehold_placehold…               $PREFIX, always PREFIX_PATH_LENGTH characters
 *
 * Host prefix and work directory have the same length everywhere, so a snapshot is relocated in place.
 * The build prefix begins with the text of the work directory: whatever rewrites the work directory's
 * path in a restored tree rewrites the build prefix's (a cached compiler path, say) with it.
 */
import { createHash } from 'node:crypto';
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  stat,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { errorCodeOf, StageyardError, systemErrorCode } from '#proto/errors.ts';
import { emptyDirectory, removeTree } from './forced-removal.ts';

/** Root of all build places where nothing else is said. */
export const BUILD_ROOT_DEFAULT = '/var/tmp/stageyard';
/** Length of every host prefix path in characters (spec 4.1). */
export const PREFIX_PATH_LENGTH = 255;
/**
 * Length of every work directory path in characters. Longer would break scripts started by `#!` in the
 * work directory (127 bytes on old kernels) and leave no room for Unix socket names (107 bytes).
 */
export const WORK_PATH_LENGTH = 79;

const NAME_DIGITS = 16;
/** How many places of one output may be in use at once on a machine. */
const PLACES_PER_OUTPUT_MAX = 64;
const LOCK_FILE = '.lock';
const KEPT_FILE = '.kept.json';
const PADDING = '_placehold';
/** Ends the name of a place that is being removed. */
const ABANDONED = '~';
const PLACE_NAME = /^[0-9a-f]{16}~?$/;
const ROOT_LENGTH_MAX = WORK_PATH_LENGTH - '/'.length - NAME_DIGITS - '/work'.length;

/** The output that a place is for. `build` is its build string (for a staging output: any text that names its variant). */
export interface PlaceIdentity {
  readonly name: string;
  readonly version: string;
  readonly build: string;
}

/**
 * An open build place: nobody else uses it until it is closed or the process ends. Both ends of its use reject with
 * `BUILD_PLACE_LOST` when it was removed meanwhile: whatever failed or succeeded there says nothing.
 */
export interface BuildPlace {
  /** The directory that holds everything else: `$BUILD_DIR`. */
  readonly directory: string;
  readonly workDir: string;
  readonly hostPrefix: string;
  readonly buildPrefix: string;
  /** `$RATTLER_BUILD_PACKAGE_FILES`. */
  readonly packageFilesPath: string;
  /** False when the output's own place was in use or forbidden: the package isn't reproducible then. */
  readonly canonical: boolean;
  /** Ends the use and removes everything. Closing twice is fine. */
  close(): Promise<void>;
  /**
   * Ends the use and leaves the trees as they are, for people to look into; answers the directory. Kept
   * places of earlier builds of the same output name are removed.
   */
  keep(): Promise<string>;
}

/** Options of {@link openBuildPlace}. */
export interface OpenBuildPlaceOptions {
  /** Absolute, at most 57 characters; default {@link BUILD_ROOT_DEFAULT}. */
  readonly root?: string;
  readonly identity: PlaceIdentity;
}

/**
 * Opens the place of an output, empty but for an existing work directory. Throws `CONFIG_INVALID` (root
 * too long), `STORE_UNWRITABLE` or `DISK_FULL`.
 */
export async function openBuildPlace(options: OpenBuildPlaceOptions): Promise<BuildPlace> {
  const root = options.root ?? BUILD_ROOT_DEFAULT;
  if (root.length > ROOT_LENGTH_MAX) {
    throw new StageyardError(
      'CONFIG_INVALID',
      `the build root ${root} has ${root.length} characters, at most ${ROOT_LENGTH_MAX} are possible: choose a shorter one`,
    );
  }
  try {
    await prepareRoot(root);
    for (let index = 0; index < PLACES_PER_OUTPUT_MAX; index += 1) {
      const directory = join(root, placeName(options.identity, index));
      const lock = await lockDirectory(directory);
      if (lock !== undefined) return await preparePlace({ directory, lock, index, ...options });
    }
  } catch (error) {
    if (error instanceof StageyardError) throw error;
    const text = error instanceof Error ? error.message : String(error);
    throw new StageyardError(
      errorCodeOf(error, 'STORE_UNWRITABLE'),
      `no build place can be made below ${root}: ${text}`,
      { context: { root }, cause: error },
    );
  }
  throw new StageyardError(
    'STORE_UNWRITABLE',
    `all ${PLACES_PER_OUTPUT_MAX} build places of ${options.identity.name} below ${root} are in use or belong to others`,
    { context: { root } },
  );
}

/** Name of the `index`-th place of an output: 0 is its own, the others are for when that is in use. */
function placeName(identity: PlaceIdentity, index: number): string {
  const parts = [identity.name, identity.version, identity.build];
  const text = index === 0 ? parts.join('/') : [...parts, index].join('/');
  return createHash('sha256').update(text).digest('hex').slice(0, NAME_DIGITS);
}

/** A root that everybody may use is shared like `/tmp`: sticky, so that nobody removes another's places. */
async function prepareRoot(root: string): Promise<void> {
  try {
    await mkdir(dirname(root), { recursive: true });
    await mkdir(root);
    await chmod(root, 0o1777);
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
  }
}

/** Answers undefined when the directory is another's or in use. */
async function lockDirectory(directory: string): Promise<DatabaseSync | undefined> {
  for (;;) {
    const usable = await makePrivateDirectory(directory);
    if (!usable) return undefined;
    const lock = await lockFile(join(directory, LOCK_FILE));
    if (lock !== 'removed meanwhile') return lock;
  }
}

async function makePrivateDirectory(directory: string): Promise<boolean> {
  try {
    await mkdir(directory, { mode: 0o700 });
    return true;
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
  }
  // Or it was removed meanwhile.
  return (await isPrivate(directory)) ?? (await makePrivateDirectory(directory));
}

/** Undefined when it isn't there. */
async function isPrivate(directory: string): Promise<boolean | undefined> {
  const state = await lstat(directory).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (state === undefined) return undefined;
  const isOwn = process.getuid === undefined || state.uid === process.getuid();
  return state.isDirectory() && isOwn && (state.mode & 0o077) === 0;
}

/**
 * An exclusive SQLite transaction is held for as long as the place is open: the kernel ends it with the
 * process, however that ends. The file may be unlinked by a closing owner between our opening and our
 * locking it; the lock is good only if the path still names the file that was locked.
 */
async function lockFile(path: string): Promise<DatabaseSync | undefined | 'removed meanwhile'> {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    const opened = await inodeOf(path);
    database.exec('BEGIN EXCLUSIVE');
    const locked = await inodeOf(path);
    if (opened !== undefined && opened === locked) return database;
    database.close();
    return 'removed meanwhile';
  } catch (error) {
    database?.close();
    if (isBusy(error)) return undefined;
    if ((await inodeOf(dirname(path))) === undefined) return 'removed meanwhile';
    throw error;
  }
}

const SQLITE_BUSY = 5;

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}

async function inodeOf(path: string): Promise<bigint | undefined> {
  try {
    return (await stat(path, { bigint: true })).ino;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

interface LockedPlace extends OpenBuildPlaceOptions {
  readonly directory: string;
  readonly lock: DatabaseSync;
  readonly index: number;
}

async function preparePlace(place: LockedPlace): Promise<BuildPlace> {
  const { directory, lock, identity } = place;
  const workDir = padded(join(directory, 'work'), WORK_PATH_LENGTH);
  try {
    await emptyDirectory(directory, [LOCK_FILE]);
    await mkdir(workDir);
  } catch (error) {
    lock.close();
    throw error;
  }
  let isOpen = true;
  const release = async (isKept: boolean): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    await endUse(place, isKept).finally(() => {
      lock.close();
    });
  };
  return {
    directory,
    workDir,
    hostPrefix: padded(join(directory, 'host_env'), PREFIX_PATH_LENGTH),
    buildPrefix: `${workDir}_build_env`,
    packageFilesPath: join(directory, '.rattler-build-package-files'),
    canonical: place.index === 0,
    close: async () => {
      await release(false);
    },
    keep: async () => {
      await release(true);
      await removeOlderKept(directory, identity.name);
      return directory;
    },
  };
}

/** `start` followed by as much padding as makes it `length` characters. */
function padded(start: string, length: number): string {
  return start + PADDING.repeat(Math.ceil(length / PADDING.length)).slice(0, length - start.length);
}

async function endUse({ directory, identity }: LockedPlace, isKept: boolean): Promise<void> {
  try {
    if (isKept) return await writeFile(join(directory, KEPT_FILE), JSON.stringify(identity));
    await emptyDirectory(directory, [LOCK_FILE]);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
    const text = `${directory} was removed while something was built there`;
    throw new StageyardError('BUILD_PLACE_LOST', text, { cause: error });
  }
  await removeLocked(directory);
}

/** The lock file goes last; whoever opened it meanwhile notices (see {@link lockFile}). */
async function removeLocked(directory: string): Promise<void> {
  await rm(join(directory, LOCK_FILE), { force: true });
  try {
    await rmdir(directory);
  } catch (error) {
    // Somebody opened the place between the two calls and has it now.
    if (systemErrorCode(error) !== 'ENOTEMPTY' && systemErrorCode(error) !== 'EEXIST') throw error;
  }
}

/**
 * Removes what killed processes of this user left below `root`: places that nobody has open and nobody kept. Rejects
 * with the first error of the system, after all the others are gone.
 */
export async function removeAbandonedPlaces(root: string): Promise<void> {
  const failures: unknown[] = [];
  for (const name of await namesIn(root)) {
    if (!PLACE_NAME.test(name)) continue;
    await removeAbandoned(join(root, name)).catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
}

async function removeAbandoned(directory: string): Promise<void> {
  if ((await isPrivate(directory)) !== true) return;
  const left = directory.endsWith(ABANDONED) ? directory : await setAside(directory);
  if (left !== undefined) await removeTree(left);
}

/** Its own path is free again at once: who finds a place locked builds in another one. Undefined: nobody left it. */
async function setAside(directory: string): Promise<string | undefined> {
  const names = await namesIn(directory);
  if (names.includes(KEPT_FILE) || names.every((name) => name === LOCK_FILE)) return undefined;
  const lock = await lockFile(join(directory, LOCK_FILE));
  if (lock === undefined || lock === 'removed meanwhile') return undefined;
  const aside = `${directory}${ABANDONED}`;
  try {
    // An earlier one whose removal was cut off.
    await removeTree(aside);
    await rename(directory, aside);
    return aside;
  } finally {
    lock.close();
  }
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Keeps the last place per output name: older ones that nobody uses are removed. */
async function removeOlderKept(kept: string, outputName: string): Promise<void> {
  const root = dirname(kept);
  for (const name of await readdir(root)) {
    const directory = join(root, name);
    if (directory === kept || !(await isKeptFor(directory, outputName))) continue;
    const lock = await lockDirectory(directory);
    if (lock === undefined) continue;
    try {
      await emptyDirectory(directory, [LOCK_FILE]);
      await removeLocked(directory);
    } finally {
      lock.close();
    }
  }
}

async function isKeptFor(directory: string, outputName: string): Promise<boolean> {
  try {
    const kept: unknown = JSON.parse(await readFile(join(directory, KEPT_FILE), 'utf8'));
    return typeof kept === 'object' && kept !== null && 'name' in kept && kept.name === outputName;
  } catch {
    // Not kept, not ours, or half written: none of our business.
    return false;
  }
}
