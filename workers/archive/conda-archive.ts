/**
 * Opens packages of unknown origin, `.conda` and `.tar.bz2`: single files of `info/` without
 * unpacking the rest, or everything into a directory. Damaged and hostile ones reject with
 * `PACKAGE_INVALID`.
 */
import { StageyardError } from '#proto/errors.ts';
import { decompressBzip2File } from './bzip2.ts';
import { openFileAccess } from './file-access.ts';
import { extractTar } from './tar-extract.ts';
import type { ExtractOptions, ExtractSummary } from './tar-extract.ts';
import { TarParser } from './tar-parser.ts';
import type { TarHandler, TarMember } from './tar-parser.ts';
import { readZipContent, readZipMembers } from './zip-reader.ts';
import type { RandomAccess, StoredMember } from './zip-reader.ts';
import { decompressZstd } from './zstd.ts';

// Both directions of the format from one place.
export { writeCondaArchive, writeTarBz2Archive } from './conda-archive-writer.ts';
// With their types.
export type { CondaArchiveInput, WrittenArchive } from './conda-archive-writer.ts';

const INFO_FILE_BYTES_MAX = 64 * 1024 * 1024;
const METADATA_BYTES_MAX = 64 * 1024;
const PACKAGE_BYTES_MAX = 256 * 1024 ** 3;
const PACKAGE_FILES_MAX = 4_000_000;
/** Headers and padding of a tar: what its bytes may exceed the sum of its files by. */
const TAR_OVERHEAD_PER_FILE = 64 * 1024;

/** How to unpack a package. */
export type ExtractPackageOptions = Partial<
  Pick<
    ExtractOptions,
    'maxBytes' | 'maxFiles' | 'onEntry' | 'withDigests' | 'filter' | 'keepTimes' | 'signal'
  >
>;

/** An open package. Close it. */
export interface CondaArchive {
  readonly format: 'conda' | 'tar-bz2';
  /** Content of `info/NAME`; undefined when there is none. */
  readInfoFile(name: string): Promise<Buffer | undefined>;
  /** Several at once, in one pass; absent ones are missing in the answer. */
  readInfoFiles(names: readonly string[]): Promise<ReadonlyMap<string, Buffer>>;
  /** Unpacks everything below `directory`, which must exist and be empty. */
  extractTo(directory: string, options?: ExtractPackageOptions): Promise<ExtractSummary>;
  close(): Promise<void>;
}

/** Opens a package file by its content, not its name. Rejects with `PACKAGE_INVALID`. */
export async function openCondaArchive(path: string): Promise<CondaArchive> {
  const file = await openFileAccess(path);
  try {
    const head = await file.readAt(0, Math.min(4, file.sizeBytes));
    if (head.toString('latin1', 0, 3) === 'BZh') {
      await file.close();
      return openTarBz2(path);
    }
    if (head.toString('latin1', 0, 2) !== 'PK') {
      throw new StageyardError(
        'PACKAGE_INVALID',
        `${path} is neither a .conda nor a .tar.bz2 package`,
      );
    }
    const members = await readPackageMembers(file, path);
    return openConda(file, members, () => file.close());
  } catch (error) {
    await file.close();
    throw error;
  }
}

interface PackageMembers {
  readonly pkg: StoredMember;
  readonly info: StoredMember;
}

async function readPackageMembers(file: RandomAccess, path: string): Promise<PackageMembers> {
  const members = await readZipMembers(file);
  const one = (prefix: string): StoredMember => {
    const found = members.filter(
      (member) => member.name.startsWith(prefix) && member.name.endsWith('.tar.zst'),
    );
    const [only] = found;
    if (only === undefined || found.length > 1) {
      throw new StageyardError(
        'PACKAGE_INVALID',
        `${path} has ${found.length} members named ${prefix}….tar.zst, not one`,
      );
    }
    return only;
  };
  const metadata = members.find((member) => member.name === 'metadata.json');
  if (metadata !== undefined) await checkFormatVersion(file, metadata);
  return { pkg: one('pkg-'), info: one('info-') };
}

async function checkFormatVersion(file: RandomAccess, metadata: StoredMember): Promise<void> {
  if (metadata.sizeBytes > METADATA_BYTES_MAX)
    throw new StageyardError('PACKAGE_INVALID', 'metadata.json is too large');
  let text = '';
  for await (const chunk of readZipContent(file, metadata)) text += chunk.toString('latin1');
  const version = /"conda_pkg_format_version"\s*:\s*(\d{1,9})/.exec(text)?.[1];
  if (version !== '2') {
    throw new StageyardError(
      'PACKAGE_INVALID',
      `the package has format version ${version ?? '(none)'}; only 2 is known`,
    );
  }
}

function tarBytesMax(options: ExtractPackageOptions): number {
  const { maxBytes = PACKAGE_BYTES_MAX, maxFiles = PACKAGE_FILES_MAX } = options;
  return maxBytes + maxFiles * TAR_OVERHEAD_PER_FILE;
}

function extractionOptions(options: ExtractPackageOptions): ExtractOptions {
  // A name that occurs twice: the last one wins, as everywhere in conda.
  const defaults = {
    maxBytes: PACKAGE_BYTES_MAX,
    maxFiles: PACKAGE_FILES_MAX,
    duplicates: 'replace',
  } as const;
  return { ...defaults, ...options, code: 'PACKAGE_INVALID' };
}

function openConda(
  file: RandomAccess,
  members: PackageMembers,
  close: () => Promise<void>,
): CondaArchive {
  const unpacked = (member: StoredMember, maxOutputBytes: number) =>
    decompressZstd(readZipContent(file, member), { code: 'PACKAGE_INVALID', maxOutputBytes });
  const readInfoFiles = (names: readonly string[]) =>
    collectInfoFiles(unpacked(members.info, PACKAGE_BYTES_MAX), names);
  return {
    format: 'conda',
    readInfoFiles,
    readInfoFile: async (name) => (await readInfoFiles([name])).get(name),
    async extractTo(directory, options = {}) {
      const limits = extractionOptions(options);
      const bytesMax = tarBytesMax(options);
      const info = await extractTar(unpacked(members.info, bytesMax), directory, limits);
      const rest = {
        maxBytes: limits.maxBytes - info.sizeBytes,
        maxFiles: limits.maxFiles - info.fileCount,
      };
      const pkg = await extractTar(unpacked(members.pkg, bytesMax), directory, {
        ...limits,
        ...rest,
      });
      return {
        fileCount: info.fileCount + pkg.fileCount,
        directoryCount: info.directoryCount + pkg.directoryCount,
        linkCount: info.linkCount + pkg.linkCount,
        sizeBytes: info.sizeBytes + pkg.sizeBytes,
      };
    },
    close,
  };
}

function openTarBz2(path: string): CondaArchive {
  const unpacked = (maxOutputBytes: number) =>
    decompressBzip2File(path, { code: 'PACKAGE_INVALID', maxOutputBytes });
  const readInfoFiles = (names: readonly string[]) =>
    collectInfoFiles(unpacked(PACKAGE_BYTES_MAX), names);
  return {
    format: 'tar-bz2',
    readInfoFiles,
    readInfoFile: async (name) => (await readInfoFiles([name])).get(name),
    extractTo: (directory, options = {}) =>
      extractTar(unpacked(tarBytesMax(options)), directory, extractionOptions(options)),
    close: () => Promise.resolve(),
  };
}

/** Keeps the content of wanted files in memory. */
class InfoCollector implements TarHandler {
  readonly found = new Map<string, Buffer>();
  readonly #wanted: ReadonlySet<string>;
  #name: string | undefined;
  #parts: Buffer[] = [];

  constructor(names: readonly string[]) {
    this.#wanted = new Set(names);
  }

  get isComplete(): boolean {
    return this.found.size === this.#wanted.size;
  }

  start(member: TarMember): void {
    const path = member.path.startsWith('./') ? member.path.slice(2) : member.path;
    const name = path.startsWith('info/') ? path.slice('info/'.length) : '';
    this.#name = member.kind === 'file' && this.#wanted.has(name) ? name : undefined;
    this.#parts = [];
    if (this.#name !== undefined && member.sizeBytes > INFO_FILE_BYTES_MAX) {
      throw new StageyardError(
        'PACKAGE_INVALID',
        `info/${this.#name} is larger than ${INFO_FILE_BYTES_MAX} bytes`,
      );
    }
  }

  content(chunk: Buffer): void {
    if (this.#name !== undefined) this.#parts.push(Buffer.from(chunk));
  }

  end(): void {
    if (this.#name !== undefined) this.found.set(this.#name, Buffer.concat(this.#parts));
    this.#name = undefined;
  }
}

/** Stops reading as soon as everything wanted was seen. */
async function collectInfoFiles(
  tar: AsyncIterable<Uint8Array>,
  names: readonly string[],
): Promise<ReadonlyMap<string, Buffer>> {
  const collector = new InfoCollector(names);
  const parser = new TarParser(collector, 'PACKAGE_INVALID');
  for await (const chunk of tar) {
    parser.push(chunk);
    if (collector.isComplete) return collector.found;
  }
  parser.finish();
  return collector.found;
}
