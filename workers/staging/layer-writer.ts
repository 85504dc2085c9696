/** Writes the members of one layer below a directory, checked against the manifest (see `restore.ts`). */
import { createHash, type Hash } from 'node:crypto';
import { chmodSync, lstatSync, lutimesSync, readFileSync, readlinkSync } from 'node:fs';
import { StageyardError, systemErrorCode } from '#proto/errors.ts';
import type { SnapshotFile } from '#proto/snapshot.ts';
import { type OpenFile, SafeDirectory } from '../archive/safe-directory.ts';
import type { TarHandler, TarMember } from '../archive/tar-parser.ts';
import type { PathRewriter } from './path-rewriter.ts';

/** Options of {@link LayerWriter}. */
export interface LayerWriterOptions {
  readonly root: string;
  /** The files that are written: path → manifest entry. */
  readonly wanted: ReadonlyMap<string, SnapshotFile>;
  readonly rewriter: PathRewriter;
  /** True when the directory already holds something, so that names may be taken. */
  readonly isOccupied: boolean;
}

interface Current {
  readonly file: SnapshotFile;
  readonly mtimeSeconds: number;
  /** Where it is written, or the digest that is compared with the file that is there. */
  readonly target: { readonly open: OpenFile } | { readonly compared: Hash };
  offset: number;
}

/** See the file's head. Everything is synchronous; failures are `SNAPSHOT_INVALID` or those of writing. */
export class LayerWriter implements TarHandler {
  readonly conflicts: { readonly path: string; readonly isIdentical: boolean }[] = [];
  readonly #options: LayerWriterOptions;
  readonly #directory: SafeDirectory;
  readonly #directories: {
    readonly path: string;
    readonly mode: number;
    readonly mtimeSeconds: number;
  }[] = [];
  readonly #missing: Set<string>;
  #current: Current | undefined;

  constructor(options: LayerWriterOptions) {
    this.#options = options;
    this.#directory = new SafeDirectory(options.root, {
      code: 'SNAPSHOT_INVALID',
      duplicates: 'refuse',
    });
    this.#missing = new Set(options.wanted.keys());
  }

  /** True when every wanted member was written: the rest of the archive needn't be read. */
  get isComplete(): boolean {
    return this.#missing.size === 0 && this.#current === undefined;
  }

  start(member: TarMember): void {
    const path = this.#directory.normalise(member.path);
    const file = this.#options.wanted.get(path);
    if (file === undefined) return;
    if (
      !this.#missing.delete(path) ||
      file.kind !== member.kind ||
      file.sizeBytes !== member.sizeBytes
    ) {
      throw contradiction(`${path} is not as the manifest says`);
    }
    if (file.kind === 'directory') this.#startDirectory(file, member);
    else if (file.kind === 'symlink') this.#writeLink(file, member);
    else this.#startFile(file, member);
  }

  content(chunk: Buffer): void {
    const current = this.#current;
    if (current === undefined) return;
    this.#options.rewriter.rewrite(chunk, current.offset, current.file.occurrences);
    current.offset += chunk.length;
    if ('open' in current.target) this.#directory.write(current.target.open, chunk);
    else current.target.compared.update(chunk);
  }

  end(): void {
    const current = this.#current;
    this.#current = undefined;
    if (current === undefined) return;
    const { file, target, mtimeSeconds } = current;
    if ('open' in target) {
      this.#directory.closeFile(target.open, file.mode, mtimeSeconds);
      return;
    }
    const isIdentical = this.#digestOfExisting(file.path) === target.compared.digest('hex');
    this.conflicts.push({ path: file.path, isIdentical });
  }

  /** Closes what a failure left open. */
  abandon(): void {
    const target = this.#current?.target;
    this.#current = undefined;
    if (target !== undefined && 'open' in target)
      this.#directory.closeFile(target.open, 0o600, undefined);
  }

  /** Gives directories their modes and times, innermost first; checks that nothing is missing. */
  finish(): void {
    const [missing] = this.#missing;
    if (missing !== undefined) throw contradiction(`${missing} is missing in the layer`);
    for (const { path, mode, mtimeSeconds } of this.#directories.toReversed()) {
      const absolute = `${this.#options.root}/${path}`;
      lutimesSync(absolute, mtimeSeconds, mtimeSeconds);
      chmodSync(absolute, mode);
    }
  }

  #startDirectory(file: SnapshotFile, member: TarMember): void {
    if (this.#existing(file.path)?.isDirectory() === true) return;
    this.#directory.makeDirectory(file.path, file.mode);
    this.#directories.push({ path: file.path, mode: file.mode, mtimeSeconds: member.mtimeSeconds });
  }

  #writeLink(file: SnapshotFile, member: TarMember): void {
    const target = this.#options.rewriter.linkTarget(file.linkTarget ?? '');
    const existing = this.#existing(file.path);
    const absolute = `${this.#options.root}/${file.path}`;
    if (existing !== undefined) {
      const isIdentical = existing.isSymbolicLink() && readlinkSync(absolute) === target;
      this.conflicts.push({ path: file.path, isIdentical });
      return;
    }
    this.#directory.symlink(file.path, target);
    lutimesSync(absolute, member.mtimeSeconds, member.mtimeSeconds);
  }

  #startFile(file: SnapshotFile, { mtimeSeconds }: TarMember): void {
    const target =
      this.#existing(file.path) === undefined
        ? { open: this.#directory.createFile(file.path) }
        : { compared: createHash('sha256') };
    this.#current = { file, mtimeSeconds, target, offset: 0 };
  }

  #existing(path: string): ReturnType<typeof lstatSync> {
    if (!this.#options.isOccupied) return undefined;
    return lstatSync(`${this.#options.root}/${path}`, { throwIfNoEntry: false });
  }

  #digestOfExisting(path: string): string | undefined {
    const absolute = `${this.#options.root}/${path}`;
    if (lstatSync(absolute).isSymbolicLink()) return undefined;
    try {
      return createHash('sha256').update(readFileSync(absolute)).digest('hex');
    } catch (error) {
      // A directory of that name: surely not the same.
      if (systemErrorCode(error) === 'EISDIR') return undefined;
      throw error;
    }
  }
}

function contradiction(what: string): StageyardError {
  return new StageyardError('SNAPSHOT_INVALID', `the snapshot contradicts itself: ${what}`);
}
