/**
 * A directory that foreign names are written into. Nothing leaves it: names are checked, parents are
 * made one by one and must be real directories (never links), files are created with `O_EXCL` and
 * `O_NOFOLLOW`. The text of symbolic links is kept as it is: links are never followed here, so they
 * may point anywhere. All calls are synchronous.
 */
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  futimesSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import type { ErrorCode } from '#proto/error-codes.ts';
import { StageyardError, errorCodeOf, systemErrorCode, wrapError } from '#proto/errors.ts';

const CREATE =
  constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);
const PATH_BYTES_MAX = 4096;
const COMPONENT_BYTES_MAX = 255;

/** How a directory treats names, and which code its refusals carry. */
export interface SafeDirectoryOptions {
  readonly code: ErrorCode;
  /** A name that exists: refuse, or replace what is there (never a directory by a file). */
  readonly duplicates: 'refuse' | 'replace';
}

/** A file being written. */
export interface OpenFile {
  readonly fd: number;
  readonly path: string;
}

/** See the file's head. */
export class SafeDirectory {
  readonly #root: string;
  readonly #options: SafeDirectoryOptions;
  /** Relative directories that were made or checked. */
  readonly #known = new Set<string>(['']);

  /** `root` must exist and belong to the caller. */
  constructor(root: string, options: SafeDirectoryOptions) {
    this.#root = root;
    this.#options = options;
  }

  /**
   * The name without `.` and doubled slashes; empty for the root itself. Throws on absolute names,
   * `..`, NUL and names that are too long.
   */
  normalise(path: string): string {
    if (path.startsWith('/')) throw this.#refuse(path, 'its name is absolute');
    if (path.includes('\0')) throw this.#refuse(path, 'its name holds a NUL');
    if (Buffer.byteLength(path) > PATH_BYTES_MAX) throw this.#refuse(path, 'its name is too long');
    const parts = path.split('/').filter((part) => part !== '' && part !== '.');
    for (const part of parts) {
      if (part === '..') throw this.#refuse(path, 'its name holds ".."');
      if (Buffer.byteLength(part) > COMPONENT_BYTES_MAX)
        throw this.#refuse(path, 'its name is too long');
    }
    return parts.join('/');
  }

  /** Makes a directory and its parents; an existing real directory is fine. */
  makeDirectory(path: string, mode: number): void {
    this.#ensure(path);
    this.#run(path, () => chmodSync(this.#at(path), mode | 0o700));
  }

  /** Creates a file for writing; parents are made. */
  createFile(path: string): OpenFile {
    this.#ensureParent(path);
    const fd = this.#create(path, () => openSync(this.#at(path), CREATE, 0o600));
    return { fd, path };
  }

  write(file: OpenFile, bytes: Buffer): void {
    let offset = 0;
    while (offset < bytes.length) {
      offset += this.#run(file.path, () => writeSync(file.fd, bytes, offset));
    }
  }

  /** Sets mode and time (seconds; undefined: as created) and closes. */
  closeFile(file: OpenFile, mode: number, mtimeSeconds: number | undefined): void {
    try {
      this.#run(file.path, () => {
        fchmodSync(file.fd, mode);
        if (mtimeSeconds !== undefined) futimesSync(file.fd, mtimeSeconds, mtimeSeconds);
      });
    } finally {
      closeSync(file.fd);
    }
  }

  symlink(path: string, target: string): void {
    if (target === '' || target.includes('\0'))
      throw this.#refuse(path, 'its link has no valid target');
    this.#ensureParent(path);
    this.#create(path, () => symlinkSync(target, this.#at(path)));
  }

  /** A second name for a file that was written before. */
  hardlink(path: string, target: string): void {
    if (path === target) throw this.#refuse(path, 'it links to itself');
    this.#ensureParent(target);
    const stat = this.#stat(target);
    if (stat?.isFile() !== true)
      throw this.#refuse(
        path,
        `it links to ${JSON.stringify(target)}, which is no file of the archive`,
      );
    this.#ensureParent(path);
    this.#create(path, () => linkSync(this.#at(target), this.#at(path)));
  }

  #at(path: string): string {
    return path === '' ? this.#root : `${this.#root}/${path}`;
  }

  #stat(path: string): ReturnType<typeof lstatSync> {
    return lstatSync(this.#at(path), { throwIfNoEntry: false });
  }

  #ensureParent(path: string): void {
    const slash = path.lastIndexOf('/');
    if (slash > 0) this.#ensure(path.slice(0, slash));
  }

  /** Depth is bounded by the length of a name. */
  #ensure(path: string): void {
    if (this.#known.has(path)) return;
    this.#ensureParent(path);
    try {
      mkdirSync(this.#at(path), 0o755);
    } catch (error) {
      if (systemErrorCode(error) !== 'EEXIST') throw this.#ioError(path, error);
      if (this.#stat(path)?.isDirectory() !== true) {
        throw this.#refuse(path, 'something that is no directory has this name already');
      }
    }
    this.#known.add(path);
  }

  #create<T>(path: string, make: () => T): T {
    try {
      return make();
    } catch (error) {
      if (systemErrorCode(error) !== 'EEXIST') throw this.#ioError(path, error);
      if (this.#options.duplicates === 'refuse') throw this.#refuse(path, 'it occurs twice');
      if (this.#stat(path)?.isDirectory() === true)
        throw this.#refuse(path, 'a directory has this name already');
      return this.#run(path, () => {
        unlinkSync(this.#at(path));
        return make();
      });
    }
  }

  #run<T>(path: string, action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw this.#ioError(path, error);
    }
  }

  #ioError(path: string, error: unknown): StageyardError {
    return wrapError(error, `while unpacking ${path}`, errorCodeOf(error, 'STORE_UNWRITABLE'));
  }

  #refuse(path: string, why: string): StageyardError {
    const shown = JSON.stringify(path.slice(0, 300));
    return new StageyardError(
      this.#options.code,
      `the archive member ${shown} is refused: ${why}`,
      {
        context: { member: path.slice(0, 300) },
      },
    );
  }
}
