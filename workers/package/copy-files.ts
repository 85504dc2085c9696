/**
 * Puts the selected files below a temporary prefix (spec 5.2), where binaries may be changed freely:
 * they are copied, everything else is a hard link to the host prefix and must be replaced, never
 * written to. Paths of packages that fit every Python version are mapped on the way.
 */
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  readlinkSync,
  symlinkSync,
} from 'node:fs';
import { relative } from 'node:path/posix';
import { StageyardError, errorCodeOf, systemErrorCode, wrapError } from '#proto/errors.ts';
import type { Finding } from '#proto/link-report.ts';
import type { Build } from '#proto/recipe/recipe.ts';
import type { TreeEntry } from './file-tree.ts';
import { isPythonVersionIndependent } from './skip-rules.ts';

/** A file of the package to be, in the temporary prefix. */
export interface PreparedFile {
  /** Path in the package. */
  readonly path: string;
  /** Path in the host prefix that it comes from. */
  readonly sourcePath: string;
  readonly kind: 'file' | 'symlink';
  /** ELF, Mach-O or PE by its first bytes: a private copy that relinking may write to. */
  readonly isBinary: boolean;
}

/** What copying needs. */
export interface CopyInput {
  readonly entries: readonly TreeEntry[];
  readonly hostPrefix: string;
  /** Created; must not exist or be empty. */
  readonly tempPrefix: string;
  readonly build: Build;
  readonly targetPlatform: string;
}

/** What was copied. */
export interface CopyResult {
  readonly files: readonly PreparedFile[];
  readonly findings: readonly Finding[];
}

const SET_ID_BITS = 0o6000;
const BINARY_MAGICS = new Set([
  '7f454c46',
  'feedface',
  'feedfacf',
  'cefaedfe',
  'cffaedfe',
  'cafebabe',
]);

/** Path in the package: `lib/python3.12/site-packages/x` → `site-packages/x`, `bin/x` → `python-scripts/x`. */
export function packagePathOf(path: string, build: Pick<Build, 'noarch' | 'python'>): string {
  if (!isPythonVersionIndependent(build)) return path;
  const parts = path.split('/');
  const siteIndex = parts.indexOf('site-packages');
  if (siteIndex >= 0) return parts.slice(siteIndex).join('/');
  if ((parts[0] === 'bin' || parts[0] === 'Scripts') && parts.length > 1) {
    const rest = parts.slice(1).join('/');
    const isWindows = parts[0] === 'Scripts';
    return `python-scripts/${isWindows ? rest.replace(/-script\.py$/, '') : rest}`;
  }
  return path;
}

class Copier {
  readonly #input: CopyInput;
  readonly #directories = new Set<string>();
  readonly #sources = new Map<string, string>();
  readonly #magic = Buffer.alloc(4);
  readonly files: PreparedFile[] = [];
  readonly findings: Finding[] = [];

  constructor(input: CopyInput) {
    this.#input = input;
    this.#makeDirectory('');
  }

  add(entry: TreeEntry): void {
    const path = packagePathOf(entry.path, this.#input.build);
    this.#refuseCollision(path, entry.path);
    const slash = path.lastIndexOf('/');
    if (slash > 0) this.#makeDirectory(path.slice(0, slash));
    if (entry.kind === 'symlink') this.#addLink(entry.path, path);
    else this.#addFile(entry.path, path);
  }

  #refuseCollision(path: string, sourcePath: string): void {
    const other = this.#sources.get(path);
    if (other !== undefined) {
      throw new StageyardError(
        'PACKAGE_CONTENT',
        `${other} and ${sourcePath} would both become ${path} in the package`,
      );
    }
    this.#sources.set(path, sourcePath);
  }

  #makeDirectory(path: string): void {
    if (this.#directories.has(path)) return;
    mkdirSync(`${this.#input.tempPrefix}/${path}`, { recursive: true });
    this.#directories.add(path);
  }

  #addLink(sourcePath: string, path: string): void {
    const { hostPrefix, tempPrefix, build } = this.#input;
    const text = readlinkSync(`${hostPrefix}/${sourcePath}`);
    if (build.noarch !== null) {
      throw new StageyardError(
        'PACKAGE_CONTENT',
        `${path} is a symbolic link (to ${text}): noarch packages must install everywhere, and Windows has none; let the script copy the file instead`,
      );
    }
    symlinkSync(this.#linkTextFor(path, text), `${tempPrefix}/${path}`);
    this.files.push({ path, sourcePath, kind: 'symlink', isBinary: false });
  }

  /** Absolute targets inside the prefix become relative to the link's directory. */
  #linkTextFor(path: string, text: string): string {
    const { hostPrefix } = this.#input;
    if (!text.startsWith('/')) return text;
    if (text === hostPrefix || text.startsWith(`${hostPrefix}/`)) {
      const directory = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
      return relative(`/${directory}`, `/${text.slice(hostPrefix.length + 1)}`) || '.';
    }
    this.#warn(
      `${path} is a symbolic link to ${text}, outside the package: it will dangle on machines without that file`,
    );
    return text;
  }

  #addFile(sourcePath: string, path: string): void {
    const from = `${this.#input.hostPrefix}/${sourcePath}`;
    const to = `${this.#input.tempPrefix}/${path}`;
    const { mode } = lstatSync(from);
    if ((mode & SET_ID_BITS) !== 0) {
      this.#warn(
        `${path} has a set-user-id or set-group-id bit, which packages cannot carry: it is packaged without`,
      );
    }
    const isBinary = this.#isBinary(from);
    if (isBinary) {
      copyFileSync(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
      chmodSync(to, (mode & 0o777) | 0o600);
    } else {
      linkOrCopy(from, to);
    }
    this.files.push({ path, sourcePath, kind: 'file', isBinary });
  }

  #isBinary(file: string): boolean {
    const fd = openSync(file, 'r');
    try {
      const count = readSync(fd, this.#magic, 0, 4, 0);
      if (count < 2) return false;
      return (
        BINARY_MAGICS.has(this.#magic.toString('hex')) ||
        this.#magic.toString('latin1', 0, 2) === 'MZ'
      );
    } finally {
      closeSync(fd);
    }
  }

  #warn(message: string): void {
    this.findings.push({ kind: 'path-warning', severity: 'warning', message });
  }
}

const NO_LINKS = new Set(['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'EACCES']);

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if (!NO_LINKS.has(systemErrorCode(error) ?? '')) throw error;
    copyFileSync(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  }
}

/** Copies; throws `PACKAGE_CONTENT` for what can't be packaged, `DISK_FULL` or `INTERNAL` when copying fails. */
export function copyFiles(input: CopyInput): CopyResult {
  try {
    const copier = new Copier(input);
    for (const entry of input.entries) copier.add(entry);
    return { files: copier.files, findings: copier.findings };
  } catch (error) {
    throw wrapError(
      error,
      'while collecting the files of the package',
      errorCodeOf(error, 'INTERNAL'),
    );
  }
}
