/** `info/paths.json` (spec 6.7): every file of the package outside `info/`. */
import { compareBytes } from '#proto/byte-order.ts';

/** SHA-256 of nothing: links that lead nowhere inside the package have it. */
export const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** One entry, keys as on disk. */
export interface PathsEntry {
  readonly _path: string;
  readonly no_link?: true;
  readonly path_type: 'hardlink' | 'softlink';
  readonly file_mode?: 'text' | 'binary';
  readonly prefix_placeholder?: string;
  readonly sha256: string;
  readonly size_in_bytes: number;
}

/** The file's content: entries sorted by bytes. */
export function pathsJson(entries: readonly PathsEntry[]): {
  readonly paths: readonly PathsEntry[];
  readonly paths_version: 1;
} {
  const paths = [...entries].sort((left, right) => compareBytes(left._path, right._path));
  return { paths, paths_version: 1 };
}
