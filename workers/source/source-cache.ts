/**
 * Downloaded sources by checksum, shared by all processes of a machine: a file is written beside, verified,
 * then renamed; it is verified again whenever it is used, so that neither a half written nor a changed
 * file ever becomes a source.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCodeOf, StageyardError, systemErrorCode, wrapError } from '#proto/errors.ts';

/** What a recipe states about a file; an empty text stands for a checksum that nothing has (spec 1.4). */
export interface Checksums {
  readonly sha256?: string;
  readonly md5?: string;
}

type Algorithm = 'sha256' | 'md5';

const lengths: Readonly<Record<Algorithm, number>> = { sha256: 64, md5: 32 };

/** The checksum that decides: SHA-256 where both are stated. */
export function decidingChecksum(
  stated: Checksums,
): { readonly algorithm: Algorithm; readonly hex: string } | undefined {
  for (const algorithm of ['sha256', 'md5'] as const) {
    const hex = stated[algorithm];
    if (hex !== undefined) {
      return { algorithm, hex: hex === '' ? '0'.repeat(lengths[algorithm]) : hex.toLowerCase() };
    }
  }
  return undefined;
}

/** Throws `SOURCE_CHECKSUM` with the real values where one of the stated sums is another. */
export async function verifyChecksums(
  path: string,
  stated: Checksums,
  label: string,
): Promise<void> {
  for (const algorithm of ['sha256', 'md5'] as const) {
    const expected = decidingChecksum(
      stated[algorithm] === undefined ? {} : { [algorithm]: stated[algorithm] },
    );
    if (expected === undefined) continue;
    const found = await digestOfFile(path, algorithm);
    if (found !== expected.hex) {
      throw new StageyardError(
        'SOURCE_CHECKSUM',
        `source ${label}: ${algorithm} is ${found}, the recipe says ${expected.hex}`,
        { context: { algorithm, found, expected: expected.hex } },
      );
    }
  }
}

/** Hex digest of a file's content. */
async function digestOfFile(path: string, algorithm: Algorithm): Promise<string> {
  const digest = createHash(algorithm);
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }))
    digest.update(chunk);
  return digest.digest('hex');
}

/** See the file's head. */
export class SourceCache {
  readonly #directory: string;

  /** `directory` is made when it is needed. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Path of the verified file, or undefined. A file that has changed is removed. */
  async find(stated: Checksums): Promise<string | undefined> {
    const path = this.#pathOf(stated);
    if (path === undefined) return undefined;
    try {
      await stat(path);
      await verifyChecksums(path, stated, path);
      return path;
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return undefined;
      if (!(error instanceof StageyardError)) throw error;
      await rm(path, { force: true });
      return undefined;
    }
  }

  /** Takes a verified file (moves it in); answers its new path. Without a checksum it stays where it is. */
  async adopt(file: string, stated: Checksums): Promise<string> {
    const path = this.#pathOf(stated);
    if (path === undefined) return file;
    try {
      await mkdir(dirname(path), { recursive: true });
      await rename(file, path);
      return path;
    } catch (error) {
      throw wrapError(
        error,
        `the source cache ${this.#directory}`,
        errorCodeOf(error, 'STORE_UNWRITABLE'),
      );
    }
  }

  /** A name for a file on its way, on the same file system. */
  async temporaryPath(): Promise<string> {
    const directory = join(this.#directory, 'tmp');
    try {
      await mkdir(directory, { recursive: true });
    } catch (error) {
      throw wrapError(
        error,
        `the source cache ${this.#directory}`,
        errorCodeOf(error, 'STORE_UNWRITABLE'),
      );
    }
    temporaryCount += 1;
    return join(
      directory,
      `${process.pid}-${Math.floor(performance.timeOrigin)}-${temporaryCount}`,
    );
  }

  #pathOf(stated: Checksums): string | undefined {
    const deciding = decidingChecksum(stated);
    if (deciding === undefined || !/^[0-9a-f]+$/.test(deciding.hex)) return undefined;
    return join(this.#directory, deciding.algorithm, deciding.hex.slice(0, 2), deciding.hex);
  }
}

let temporaryCount = 0;
