/** Archives are recognised by the end of their name, nothing else (spec 1.4). */

/** How an archive is packed. */
export type ArchiveFormat =
  | 'tar'
  | 'tar.gz'
  | 'tar.bz2'
  | 'tar.xz'
  | 'tar.lzma'
  | 'tar.zst'
  | 'tar.Z'
  | 'tar.lz'
  | 'tar.lzo'
  | 'zip'
  | '7z';

const endings: readonly (readonly [ArchiveFormat, readonly string[]])[] = [
  ['tar.gz', ['.tar.gz', '.tgz', '.taz']],
  ['tar.bz2', ['.tar.bz2', '.tbz', '.tbz2', '.tz2']],
  ['tar.xz', ['.tar.xz', '.txz']],
  ['tar.lzma', ['.tar.lzma', '.tlz']],
  ['tar.zst', ['.tar.zst', '.tzst']],
  ['tar.Z', ['.tar.Z', '.taZ']],
  ['tar.lzo', ['.tar.lzo']],
  ['tar.lz', ['.tar.lz']],
  ['tar', ['.tar']],
  ['zip', ['.zip']],
  ['7z', ['.7z']],
];

/** The format that a file name stands for; undefined for files that aren't unpacked. */
export function archiveFormatOf(fileName: string): ArchiveFormat | undefined {
  return endings.find(([, names]) => names.some((name) => fileName.endsWith(name)))?.[0];
}
