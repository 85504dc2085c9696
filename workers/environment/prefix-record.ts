/**
 * `conda-meta/<name-version-build>.json`: what conda tools and our own linking checks read to know
 * which package put which file into an environment.
 */
import type { RepodataRecord } from '#proto/conda/package-record.ts';
import type { PackagePath } from './package-contents.ts';
import type { ChangedContent } from './prefix-writer.ts';

/** A path as it was installed. */
export interface InstalledPath {
  /** Below the prefix, `/`-separated. */
  readonly target: string;
  readonly kind: 'hardlink' | 'softlink' | 'directory';
  /** What the package said; absent for files of the installer's own making. */
  readonly stated?: PackagePath;
  /** The content as installed, when it differs from the package's. */
  readonly changed?: ChangedContent;
}

/** Everything about one installed package. */
export interface InstalledPackage {
  readonly record: RepodataRecord;
  /** Where it is unpacked. */
  readonly directory: string;
  readonly paths: readonly InstalledPath[];
  /** True when at least one of its files is a hard link to the unpacked package. */
  readonly isLinked: boolean;
  /** The specs of the environment that name it. */
  readonly requestedSpecs: readonly string[];
}

/** Conda's numbers for how a package was linked. */
const LINK_TYPE = { hardlink: 1, copy: 3 } as const;
const SHA256_OF_NOTHING = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** Name of the record's file below `conda-meta/`. */
export function prefixRecordFileName(record: RepodataRecord): string {
  return `${record.name}-${record.version}-${record.build}.json`;
}

function pathData(path: InstalledPath): object {
  const { stated } = path;
  const sha256 = stated?.sha256;
  const inPrefix = path.changed?.sha256 ?? sha256;
  const sizeBytes = path.changed?.sizeBytes ?? stated?.sizeBytes;
  return {
    _path: path.target,
    ...(stated?.prefix === undefined
      ? {}
      : { file_mode: stated.prefix.mode, prefix_placeholder: stated.prefix.placeholder }),
    ...(stated?.noLink === true ? { no_link: true } : {}),
    path_type: path.kind,
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(path.kind === 'hardlink' && inPrefix !== undefined ? { sha256_in_prefix: inPrefix } : {}),
    ...(path.kind === 'directory' ? { sha256: SHA256_OF_NOTHING } : {}),
    ...(sizeBytes === undefined ? {} : { size_in_bytes: sizeBytes }),
  };
}

/** The text of the record. */
export function prefixRecordText(item: InstalledPackage): string {
  const paths = item.paths.toSorted((a, b) => (a.target < b.target ? -1 : 1));
  const { record } = item;
  const content = {
    ...record,
    extracted_package_dir: item.directory,
    files: paths.filter((path) => path.kind !== 'directory').map((path) => path.target),
    link: { source: item.directory, type: item.isLinked ? LINK_TYPE.hardlink : LINK_TYPE.copy },
    paths_data: { paths: paths.map(pathData), paths_version: 1 },
    requested_spec: item.requestedSpecs[0] ?? null,
    requested_specs: item.requestedSpecs,
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}
