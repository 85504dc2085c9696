/**
 * Unpacks a tar of unknown origin below one directory. Counts and sizes are bounded, devices, pipes
 * and unknown members are refused, set-id bits are dropped unless asked for. On failure what was
 * written stays: the caller removes the directory.
 */
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import type { ErrorCode } from '#proto/error-codes.ts';
import { StageyardError } from '#proto/errors.ts';
import { SafeDirectory } from './safe-directory.ts';
import type { OpenFile } from './safe-directory.ts';
import { TarParser } from './tar-parser.ts';
import type { TarHandler, TarMember } from './tar-parser.ts';
import { hoistSingleDirectory } from './top-level.ts';

/** A member that was written. */
export interface ExtractedEntry {
  /** Normalised, as in the archive (before a top level is stripped). */
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'symlink' | 'hardlink';
  readonly mode: number;
  /** As written, after a transformation. */
  readonly sizeBytes: number;
  readonly mtimeSeconds: number;
  readonly linkTarget?: string;
  /** Of files, when asked for: of the bytes as written. */
  readonly sha256?: string;
}

/** How to unpack. */
export interface ExtractOptions {
  /** Code of refusals: `SOURCE_UNSAFE` for sources, `PACKAGE_INVALID` for packages, … */
  readonly code: ErrorCode;
  /** Bound on the sum of file sizes. */
  readonly maxBytes: number;
  /** Bound on the number of members, skipped ones included. */
  readonly maxFiles: number;
  /** Where everything lies in one directory, its content is moved up (`destDir` must be empty). */
  readonly stripTopLevel?: boolean;
  /** A name that occurs twice: default `refuse`. */
  readonly duplicates?: 'refuse' | 'replace';
  /** Which permission bits are kept: default 0o777. */
  readonly modeMask?: number;
  /** Set modification times of files as stated in the archive: default false. */
  readonly keepTimes?: boolean;
  /** Compute `sha256` of files for `onEntry`: default false. */
  readonly withDigests?: boolean;
  /** False: skip this member. `path` is normalised. */
  readonly filter?: (path: string) => boolean;
  /** Called after a member was written. */
  readonly onEntry?: (entry: ExtractedEntry) => void;
  /** Answers a function that changes the whole content of this file, or undefined for files that stay. */
  readonly transform?: (path: string) => ((bytes: Buffer) => Buffer) | undefined;
  readonly signal?: { readonly aborted: boolean };
}

/** What was written. */
export interface ExtractSummary {
  readonly fileCount: number;
  readonly directoryCount: number;
  readonly linkCount: number;
  /** Sum of the sizes of files as stated. */
  readonly sizeBytes: number;
  /** Name of the directory that was stripped. */
  readonly strippedTopLevel?: string;
}

interface Current {
  readonly member: TarMember;
  readonly path: string;
  readonly file?: OpenFile;
  readonly hash?: Hash;
  readonly gathered?: { readonly parts: Buffer[]; readonly apply: (bytes: Buffer) => Buffer };
}

class ExtractionHandler implements TarHandler {
  readonly #directory: SafeDirectory;
  readonly #options: ExtractOptions;
  #current: Current | undefined;
  #memberCount = 0;
  fileCount = 0;
  directoryCount = 0;
  linkCount = 0;
  sizeBytes = 0;

  constructor(destDir: string, options: ExtractOptions) {
    this.#options = options;
    const { code, duplicates = 'refuse' } = options;
    this.#directory = new SafeDirectory(destDir, { code, duplicates });
  }

  start(member: TarMember): void {
    this.#count(member);
    const path = this.#directory.normalise(member.path);
    if (path === '') {
      if (member.kind !== 'directory') throw this.#refuse('a member has no name');
      return;
    }
    if (this.#options.filter?.(path) === false) return;
    switch (member.kind) {
      case 'file':
        this.#current = this.#startFile(member, path);
        break;
      case 'directory':
        this.#directory.makeDirectory(path, this.#modeOf(member));
        this.directoryCount += 1;
        this.#report(member, { path, sizeBytes: 0 });
        break;
      case 'symlink':
        this.#directory.symlink(path, member.linkTarget);
        this.linkCount += 1;
        this.#report(member, { path, sizeBytes: 0 });
        break;
      case 'hardlink':
        this.#directory.hardlink(path, this.#directory.normalise(member.linkTarget));
        this.fileCount += 1;
        this.#report(member, { path, sizeBytes: 0 });
        break;
      case 'other':
        throw this.#refuse(
          `${JSON.stringify(path)} is a device, a pipe or of an unknown kind (type ${JSON.stringify(member.typeFlag)})`,
        );
    }
  }

  content(chunk: Buffer): void {
    const { file, gathered, hash } = this.#current ?? {};
    if (gathered !== undefined) {
      gathered.parts.push(Buffer.from(chunk));
    } else if (file !== undefined) {
      hash?.update(chunk);
      this.#directory.write(file, chunk);
    }
  }

  end(): void {
    const current = this.#current;
    this.#current = undefined;
    if (current?.file === undefined) return;
    const { member, path, file, hash, gathered } = current;
    let { sizeBytes } = member;
    if (gathered !== undefined) {
      const bytes = gathered.apply(Buffer.concat(gathered.parts));
      hash?.update(bytes);
      this.#directory.write(file, bytes);
      sizeBytes = bytes.length;
    }
    const time = this.#options.keepTimes === true ? member.mtimeSeconds : undefined;
    this.#directory.closeFile(file, this.#modeOf(member), time);
    this.fileCount += 1;
    this.#report(member, {
      path,
      sizeBytes,
      ...(hash === undefined ? {} : { sha256: hash.digest('hex') }),
    });
  }

  /** Closes what a failure left open. */
  abandon(): void {
    const file = this.#current?.file;
    this.#current = undefined;
    if (file !== undefined) this.#directory.closeFile(file, 0o600, undefined);
  }

  #count(member: TarMember): void {
    this.#memberCount += 1;
    this.sizeBytes += member.sizeBytes;
    if (this.#memberCount > this.#options.maxFiles) {
      throw this.#refuse(`it has more than ${this.#options.maxFiles} members`);
    }
    if (this.sizeBytes > this.#options.maxBytes) {
      throw this.#refuse(`it unpacks to more than ${this.#options.maxBytes} bytes`);
    }
  }

  #startFile(member: TarMember, path: string): Current {
    const apply = this.#options.transform?.(path);
    const file = this.#directory.createFile(path);
    return {
      member,
      path,
      file,
      ...(this.#options.withDigests === true ? { hash: createHash('sha256') } : {}),
      ...(apply === undefined ? {} : { gathered: { parts: [], apply } }),
    };
  }

  #modeOf(member: TarMember): number {
    return member.mode & (this.#options.modeMask ?? 0o777);
  }

  #report(member: TarMember, written: { path: string; sizeBytes: number; sha256?: string }): void {
    if (member.kind === 'other') return;
    this.#options.onEntry?.({
      ...written,
      kind: member.kind,
      mode: this.#modeOf(member),
      mtimeSeconds: member.mtimeSeconds,
      ...(member.linkTarget === '' ? {} : { linkTarget: member.linkTarget }),
    });
  }

  #refuse(why: string): StageyardError {
    return new StageyardError(this.#options.code, `the archive is refused: ${why}`);
  }
}

/**
 * Unpacks the (uncompressed) tar below `destDir`, which must exist. Rejects with `options.code` on
 * hostile or damaged archives, `DISK_FULL` or `STORE_UNWRITABLE` when it can't write, `CANCELLED`
 * when the signal is aborted.
 */
export async function extractTar(
  input: AsyncIterable<Uint8Array>,
  destDir: string,
  options: ExtractOptions,
): Promise<ExtractSummary> {
  const handler = new ExtractionHandler(destDir, options);
  const parser = new TarParser(handler, options.code);
  try {
    for await (const chunk of input) {
      if (options.signal?.aborted === true)
        throw new StageyardError('CANCELLED', 'unpacking was cancelled');
      parser.push(chunk);
    }
    parser.finish();
  } finally {
    handler.abandon();
  }
  const stripped = options.stripTopLevel === true ? hoistSingleDirectory(destDir) : undefined;
  const { fileCount, directoryCount, linkCount, sizeBytes } = handler;
  return {
    fileCount,
    directoryCount,
    linkCount,
    sizeBytes,
    ...(stripped === undefined ? {} : { strippedTopLevel: stripped }),
  };
}
