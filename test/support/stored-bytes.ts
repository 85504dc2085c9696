/** Everything that a directory holds, packed or not: what a search for something that must be nowhere looks at. */
import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { openCondaArchive } from '#workers/archive/conda-archive.ts';
import { withTemporaryDirectory } from './temporary-directory.ts';

const ZSTD_MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const ZIP_MAGIC = Buffer.from('PK');

/** One file, with its path. */
export interface StoredFile {
  readonly path: string;
  readonly bytes: Buffer;
}

/** All regular files below; packages and compressed blobs are given unpacked as well. */
export async function storedFiles(directory: string): Promise<readonly StoredFile[]> {
  const paths = globSync('**', { cwd: directory }).map((path) => join(directory, path));
  const files: StoredFile[] = [];
  for (const path of paths.filter((one) => statSync(one).isFile())) {
    const bytes = readFileSync(path);
    files.push({ path, bytes }, ...(await unpacked(path, bytes)));
  }
  return files;
}

async function unpacked(path: string, bytes: Buffer): Promise<readonly StoredFile[]> {
  if (bytes.subarray(0, ZSTD_MAGIC.length).equals(ZSTD_MAGIC))
    return [{ path: `${path} (unpacked)`, bytes: zstdDecompressSync(bytes) }];
  if (!bytes.subarray(0, ZIP_MAGIC.length).equals(ZIP_MAGIC)) return [];
  return withTemporaryDirectory(async (directory) => {
    const archive = await openCondaArchive(path);
    await archive.extractTo(directory);
    await archive.close();
    const inside = await storedFiles(directory);
    return inside.map((file) => ({ ...file, path: `${path}!${file.path}` }));
  });
}

/** Paths of the files that hold one of the texts. */
export async function filesWith(
  directory: string,
  texts: readonly string[],
): Promise<readonly string[]> {
  const files = await storedFiles(directory);
  return files
    .filter(({ bytes }) => texts.some((text) => bytes.includes(text)))
    .map(({ path }) => path);
}
