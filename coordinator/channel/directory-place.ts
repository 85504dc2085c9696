/** A channel in a directory of this machine: files get their names when they are whole; processes take turns. */
import { constants, statSync } from 'node:fs';
import { access, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlobRef } from '#proto/digest.ts';
import { systemErrorCode } from '#proto/errors.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { AbortSignalLike, Clock } from '#proto/ports/clock.ts';
import { placeDurably, replaceText } from './channel-files.ts';
import { withChannelLock } from './channel-lock.ts';
import type { ChannelFile, ChannelPath, ChannelPlace, SubdirContent } from './channel-place.ts';
import { INDEX_NAME, isPackageFileName } from './repodata.ts';

const LOCK_NAME = '.stageyard-lock';
const TEMPORARY_NAME = '.stageyard-tmp';
/** Keeps the output directory out of sources (`path: ../`), as rattler-build does (spec 1.4). */
const IGNORE_NAME = '.condapackageignore';
const IGNORE_TEXT = '*\n';

/** What it is made with. */
export interface DirectoryPlaceOptions {
  readonly channelDir: string;
  readonly store: BlobStore;
  readonly clock: Clock;
  readonly signal?: AbortSignalLike | undefined;
}

/** See the file's head. */
export class DirectoryPlace implements ChannelPlace {
  readonly name: string;
  readonly #options: DirectoryPlaceOptions;
  #temporaryCount = 0;

  constructor(options: DirectoryPlaceOptions) {
    this.#options = options;
    this.name = options.channelDir;
  }

  async alone<T>(step: () => Promise<T>): Promise<T> {
    const { clock, signal } = this.#options;
    await mkdir(this.name, { recursive: true });
    await access(this.name, constants.W_OK | constants.X_OK);
    return withChannelLock({ path: join(this.name, LOCK_NAME), clock, signal }, async () => {
      const temporary = join(this.name, TEMPORARY_NAME);
      await rm(temporary, { recursive: true, force: true });
      await mkdir(temporary);
      try {
        await writeIgnoreFile(this.name);
        return await step();
      } finally {
        await rm(temporary, { recursive: true, force: true });
      }
    });
  }

  async contentOf(subdir: string): Promise<SubdirContent> {
    const directory = join(this.name, subdir);
    await mkdir(directory, { recursive: true });
    const text = await textOf(join(directory, INDEX_NAME));
    const names = (await readdir(directory)).filter(isPackageFileName);
    const packages = names.flatMap((name) => fileOf(join(directory, name), name));
    const modifiedMs = fileOf(join(directory, INDEX_NAME), INDEX_NAME)[0]?.modifiedMs ?? 0;
    return { packages, ...(text === undefined ? {} : { index: { text, modifiedMs } }) };
  }

  withFile<T>({ folder, fn }: ChannelPath, use: (localPath: string) => Promise<T>): Promise<T> {
    return use(join(this.name, folder, fn));
  }

  async put({ folder, fn }: ChannelPath, blob: BlobRef): Promise<void> {
    const { store, signal } = this.#options;
    await mkdir(join(this.name, folder), { recursive: true });
    const temporary = this.#temporaryPath();
    await store.getFile(blob, temporary, signal === undefined ? {} : { signal });
    await placeDurably(temporary, join(this.name, folder, fn));
  }

  async writeIndex(subdir: string, text: string): Promise<void> {
    await replaceText(join(this.name, subdir, INDEX_NAME), text, this.#temporaryPath());
  }

  async dropFiles(subdir: string, names: readonly string[]): Promise<void> {
    for (const name of names) await rm(join(this.name, subdir, name), { force: true });
  }

  #temporaryPath(): string {
    this.#temporaryCount += 1;
    return join(this.name, TEMPORARY_NAME, String(this.#temporaryCount));
  }
}

async function writeIgnoreFile(channelDir: string): Promise<void> {
  const path = join(channelDir, IGNORE_NAME);
  const isThere = await access(path).then(
    () => true,
    (error: unknown) => systemErrorCode(error) !== 'ENOENT',
  );
  if (!isThere) await writeFile(path, IGNORE_TEXT);
}

async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
}

/** None for what is gone or no file. */
function fileOf(path: string, name: string): readonly ChannelFile[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isFile() !== true) return [];
  return [{ name, sizeBytes: found.size, modifiedMs: found.mtimeMs }];
}
