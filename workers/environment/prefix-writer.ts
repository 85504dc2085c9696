/**
 * Puts files into a prefix: hard link, else copy; never through a link that leads out of it, never a
 * hard link to what is changed. All calls are synchronous: for many small files that is fastest.
 */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  constants,
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { StageyardError, systemErrorCode } from '#proto/errors.ts';
import { type Replacement, replaceInBinary, replaceInText } from './prefix-replacement.ts';

/** Answers that mean "not by a hard link here": another device, a forbidden or exhausted link count. */
const COPY_INSTEAD: ReadonlySet<string> = new Set([
  'EXDEV',
  'EPERM',
  'EMLINK',
  'ENOTSUP',
  'EOPNOTSUPP',
  'EACCES',
]);
const DIRECTORY_MODE = 0o755;

/** Content as it is in the prefix. */
export interface ChangedContent {
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** What became of one path. */
export interface WrittenPath {
  readonly kind: 'hardlink' | 'copy' | 'softlink' | 'directory';
  /** Set when the content was changed on the way. */
  readonly changed?: ChangedContent;
  /** Another file with other content was there and is gone. */
  readonly hasReplaced: boolean;
}

/** What to write. */
export interface FileToWrite {
  readonly source: string;
  /** Below the prefix, `/`-separated, already checked to hold no `..`. */
  readonly target: string;
  readonly mayLink: boolean;
  readonly replace?: Replacement & { readonly mode: 'text' | 'binary' };
}

/** See the file's head. One object per installation. */
export class PrefixWriter {
  readonly #prefix: string;
  readonly #realPrefix: string;
  readonly #madeDirectories = new Set<string>(['']);
  #canLink = true;

  /** The prefix directory exists. */
  constructor(prefix: string) {
    this.#prefix = prefix;
    this.#realPrefix = realpathSync(prefix);
  }

  /** Links or copies a file, remakes a symbolic link, makes a directory: whatever `source` is. */
  write(file: FileToWrite): WrittenPath {
    const stats = lstatSync(file.source);
    if (stats.isDirectory()) {
      this.ensureDirectory(file.target);
      return { kind: 'directory', hasReplaced: false };
    }
    const target = this.#placeFor(file.target);
    if (stats.isSymbolicLink()) return this.#writeSymlink(readlinkSync(file.source), target);
    if (!stats.isFile())
      throw new StageyardError('PACKAGE_INVALID', `${file.source} is neither file nor link`);
    if (file.replace !== undefined) return this.#writeReplaced(file, target, stats.mode);
    return this.#linkOrCopy(file, target);
  }

  /** Writes a new file of our own making. */
  writeText(targetPath: string, text: string, mode: number): WrittenPath {
    const target = this.#placeFor(targetPath);
    const bytes = Buffer.from(text);
    const hasReplaced = this.#clear(target, () => isSameFile(target, bytes));
    if (hasReplaced !== 'same') writeFileSync(target, bytes, { flag: 'wx', mode });
    return { kind: 'copy', changed: describe(bytes), hasReplaced: hasReplaced === 'other' };
  }

  /** Makes a directory and those above it. Throws `PACKAGE_INVALID` where a link leads out of the prefix. */
  ensureDirectory(path: string): void {
    if (this.#madeDirectories.has(path)) return;
    const slash = path.lastIndexOf('/');
    this.ensureDirectory(slash < 0 ? '' : path.slice(0, slash));
    const absolute = join(this.#prefix, path);
    try {
      mkdirSync(absolute, DIRECTORY_MODE);
    } catch (error) {
      if (systemErrorCode(error) !== 'EEXIST') throw error;
      this.#checkDirectory(path, absolute);
    }
    this.#madeDirectories.add(path);
  }

  #checkDirectory(path: string, absolute: string): void {
    const stats = lstatSync(absolute);
    if (stats.isDirectory()) return;
    if (!stats.isSymbolicLink()) {
      throw new StageyardError(
        'PACKAGE_INVALID',
        `${path} must be a directory, but ${absolute} is a file`,
      );
    }
    let real: string;
    try {
      real = realpathSync(absolute);
    } catch (error) {
      throw new StageyardError(
        'PACKAGE_INVALID',
        `${path} must be a directory, but ${absolute} is a dangling link`,
        { cause: error },
      );
    }
    if (real !== this.#realPrefix && !real.startsWith(`${this.#realPrefix}/`)) {
      throw new StageyardError(
        'PACKAGE_INVALID',
        `${path} would be written through a link to ${real}, outside of the prefix`,
      );
    }
  }

  #placeFor(target: string): string {
    const slash = target.lastIndexOf('/');
    if (slash > 0) this.ensureDirectory(target.slice(0, slash));
    return join(this.#prefix, target);
  }

  /** Makes room at `target`; `same`: what is there is right already. */
  #clear(target: string, isSame: () => boolean): 'free' | 'same' | 'other' {
    const stats = lstatSync(target, { throwIfNoEntry: false });
    if (stats === undefined) return 'free';
    if (stats.isDirectory())
      throw new StageyardError(
        'PACKAGE_INVALID',
        `${target} is a directory, a package brings a file of this name`,
      );
    if (isSame()) return 'same';
    rmSync(target);
    return 'other';
  }

  #writeSymlink(text: string, target: string): WrittenPath {
    const before = this.#clear(
      target,
      () => lstatSync(target).isSymbolicLink() && readlinkSync(target) === text,
    );
    if (before !== 'same') symlinkSync(text, target);
    return { kind: 'softlink', hasReplaced: before === 'other' };
  }

  #writeReplaced(file: FileToWrite, target: string, mode: number): WrittenPath {
    const content = readFileSync(file.source);
    const { replace } = file;
    const bytes =
      replace === undefined
        ? content
        : replace.mode === 'text'
          ? replaceInText(content, replace)
          : replaceInBinary(content, replace);
    const before = this.#clear(target, () => isSameFile(target, bytes));
    if (before !== 'same') {
      writeFileSync(target, bytes, { flag: 'wx' });
      chmodSync(target, mode & 0o777);
    }
    return { kind: 'copy', changed: describe(bytes), hasReplaced: before === 'other' };
  }

  #linkOrCopy(file: FileToWrite, target: string): WrittenPath {
    const place = (): 'hardlink' | 'copy' => {
      if (this.#canLink && file.mayLink && this.#tryLink(file.source, target)) return 'hardlink';
      copyFileSync(file.source, target, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
      return 'copy';
    };
    try {
      return { kind: place(), hasReplaced: false };
    } catch (error) {
      if (systemErrorCode(error) !== 'EEXIST') throw error;
    }
    const before = this.#clear(target, () => isSameFile(target, readFileSync(file.source)));
    return { kind: before === 'same' ? 'copy' : place(), hasReplaced: before === 'other' };
  }

  #tryLink(source: string, target: string): boolean {
    try {
      linkSync(source, target);
      return true;
    } catch (error) {
      const code = systemErrorCode(error) ?? '';
      if (!COPY_INSTEAD.has(code)) throw error;
      // Only one file may have too many links; the rest is a property of the place.
      if (code !== 'EMLINK') this.#canLink = false;
      return false;
    }
  }
}

function describe(bytes: Buffer): ChangedContent {
  return { sha256: createHash('sha256').update(bytes).digest('hex'), sizeBytes: bytes.length };
}

function isSameFile(path: string, bytes: Buffer): boolean {
  const stats = lstatSync(path);
  return stats.isFile() && stats.size === bytes.length && readFileSync(path).equals(bytes);
}
