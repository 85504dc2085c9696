/**
 * The files of a package on their way into the archive: each is read once, hashed and searched while
 * it is compressed; afterwards its entry of `paths.json` is known.
 */
import { closeSync, lstatSync, openSync, readSync, readlinkSync, realpathSync } from 'node:fs';
import { compileGlobs } from '#proto/glob.ts';
import type { Finding } from '#proto/link-report.ts';
import type { RenderedOutput } from '#proto/recipe/recipe.ts';
import type { TarEntry } from '../archive/tar-writer.ts';
import { ContentScan, scanPatternsOf } from './content-scan.ts';
import type { ContentFacts, ScanPatterns } from './content-scan.ts';
import { listTree } from './file-tree.ts';
import { EMPTY_SHA256 } from './metadata/paths-json.ts';
import type { PathsEntry } from './metadata/paths-json.ts';
import { createPrefixDetector } from './prefix-detection.ts';
import type { PrefixDetector } from './prefix-detection.ts';

const OWNER_EXECUTE = 0o100;
const READ_BYTES = 1024 * 1024;

/** What the content is judged by. */
export interface ContentsInput {
  readonly output: RenderedOutput;
  readonly tempPrefix: string;
  readonly hostPrefix: string;
  readonly mtimeSeconds: number;
}

/** See the file's head. */
export class PackageContents {
  readonly #input: ContentsInput;
  readonly #patterns: ScanPatterns;
  readonly #detector: PrefixDetector;
  readonly #facts = new Map<string, ContentFacts>();
  #scan: ContentScan | undefined;
  /** Members in their order: sorted by bytes. */
  readonly entries: readonly TarEntry[];

  constructor(input: ContentsInput) {
    this.#input = input;
    this.#patterns = scanPatternsOf(input.hostPrefix);
    const { output } = input;
    this.#detector = createPrefixDetector(output.build.prefix_detection, output.platforms.target);
    const packed = listTree(input.tempPrefix).filter((entry) => entry.kind !== 'directory');
    this.entries = packed.map((entry) => this.#tarEntry(entry.path, entry.kind === 'symlink'));
  }

  /** For the tar writer's `onFileBytes`. */
  readonly onFileBytes = (entry: TarEntry, chunk: Buffer, isLast: boolean): void => {
    this.#scan ??= new ContentScan(this.#patterns);
    this.#scan.update(chunk, isLast);
    if (!isLast) return;
    this.#facts.set(entry.path, this.#scan.finish());
    this.#scan = undefined;
  };

  /** Reads all files now, for formats whose metadata comes first. */
  readAll(): void {
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    for (const entry of this.entries) {
      if (entry.content === undefined || !('file' in entry.content)) continue;
      const scan = new ContentScan(this.#patterns);
      const fd = openSync(entry.content.file, 'r');
      try {
        for (let count = readSync(fd, buffer); count > 0; count = readSync(fd, buffer)) {
          scan.update(buffer.subarray(0, count), false);
        }
      } finally {
        closeSync(fd);
      }
      this.#facts.set(entry.path, scan.finish());
    }
  }

  /** Entries of `paths.json`; call when all files were seen. */
  pathsEntries(): readonly PathsEntry[] {
    const copiesAlways = compileGlobs({
      include: this.#input.output.build.always_copy_files,
      exclude: [],
    });
    return this.entries.map((entry) => {
      const noLink = copiesAlways(entry.path) ? { no_link: true as const } : {};
      return entry.kind === 'symlink'
        ? this.#linkEntry(entry, noLink)
        : this.#fileEntry(entry, noLink);
    });
  }

  /** Warnings about content; call when all files were seen. */
  findings(): readonly Finding[] {
    return [...this.#facts].flatMap(([path, facts]) => this.#detector.findingOf(path, facts) ?? []);
  }

  #tarEntry(path: string, isLink: boolean): TarEntry {
    const file = `${this.#input.tempPrefix}/${path}`;
    const { mtimeSeconds } = this.#input;
    if (isLink)
      return { path, kind: 'symlink', mode: 0o777, mtimeSeconds, linkTarget: readlinkSync(file) };
    const { mode, size } = lstatSync(file);
    const isExecutable = (mode & OWNER_EXECUTE) !== 0;
    return {
      path,
      kind: 'file',
      mode: isExecutable ? 0o755 : 0o644,
      mtimeSeconds,
      content: { file, sizeBytes: size },
    };
  }

  #fileEntry(entry: TarEntry, noLink: { no_link?: true }): PathsEntry {
    const facts = this.#facts.get(entry.path);
    if (facts === undefined) throw new TypeError(`${entry.path} was not read`);
    const mode = this.#detector.modeOf(entry.path, facts);
    return {
      _path: entry.path,
      ...noLink,
      path_type: 'hardlink',
      ...(mode === undefined
        ? {}
        : { file_mode: mode, prefix_placeholder: this.#input.hostPrefix }),
      sha256: facts.sha256,
      size_in_bytes: facts.sizeBytes,
    };
  }

  #linkEntry(entry: TarEntry, noLink: { no_link?: true }): PathsEntry {
    return {
      _path: entry.path,
      ...noLink,
      path_type: 'softlink',
      sha256: this.#targetDigest(entry.path),
      size_in_bytes: Buffer.byteLength(entry.linkTarget ?? ''),
    };
  }

  /** Digest of the file that a link leads to inside the package, else of nothing. */
  #targetDigest(path: string): string {
    const root = realpathSync(this.#input.tempPrefix);
    const target = realpathOrUndefined(`${root}/${path}`);
    if (target === undefined || !target.startsWith(`${root}/`)) return EMPTY_SHA256;
    return this.#facts.get(target.slice(root.length + 1))?.sha256 ?? EMPTY_SHA256;
  }
}

/** Undefined for links that lead nowhere, or in circles. */
function realpathOrUndefined(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
