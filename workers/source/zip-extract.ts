/** Unpacks zip archives through the safe sink, with Unix modes and links where the archive has them. */
import { constants } from 'node:fs';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { StageyardError, wrapError } from '#proto/errors.ts';
import { SafeDirectory } from '../archive/safe-directory.ts';
import type { TreeBounds } from './tree-check.ts';

const MADE_BY_UNIX = 3;
const LINK_TARGET_BYTES_MAX = 4096;
const MODE_FILE = 0o644;

/** Unpacks below `directory`. Rejects with `bounds.code` on hostile or damaged archives. */
export async function extractZip(
  archive: string,
  directory: string,
  bounds: TreeBounds,
): Promise<void> {
  let zip: ZipFile | undefined;
  try {
    zip = await openPromise(archive, {
      lazyEntries: true,
      validateEntrySizes: true,
      autoClose: false,
    });
    if (zip.entryCount > bounds.maxFiles)
      throw refusal(bounds, `it has more than ${bounds.maxFiles} members`);
    const sink = new SafeDirectory(directory, { code: bounds.code, duplicates: 'replace' });
    let totalBytes = 0;
    for await (const entry of zip.eachEntry()) {
      totalBytes += entry.uncompressedSize;
      if (totalBytes > bounds.maxBytes)
        throw refusal(bounds, `it unpacks to more than ${bounds.maxBytes} bytes`);
      await extractEntry(zip, entry, { sink, bounds });
    }
  } catch (error) {
    throw wrapError(error, 'zip archive', bounds.code);
  } finally {
    zip?.close();
  }
}

interface Target {
  readonly sink: SafeDirectory;
  readonly bounds: TreeBounds;
}

async function extractEntry(zip: ZipFile, entry: Entry, { sink, bounds }: Target): Promise<void> {
  const isDirectory = entry.fileName.endsWith('/');
  const path = sink.normalise(entry.fileName);
  const mode = unixModeOf(entry);
  const type = mode & constants.S_IFMT;
  if (isDirectory) {
    if (path !== '') sink.makeDirectory(path, 0o755);
  } else if (type === constants.S_IFLNK) {
    if (entry.uncompressedSize > LINK_TARGET_BYTES_MAX)
      throw refusal(bounds, `the link ${path} is too long`);
    const parts: Buffer[] = [];
    for await (const chunk of await contentOf(zip, entry)) parts.push(chunk);
    sink.symlink(path, Buffer.concat(parts).toString());
  } else if (type === 0 || type === constants.S_IFREG) {
    await writeFile(zip, entry, { sink, path, mode });
  } else {
    throw refusal(bounds, `${path} is a device or a pipe`);
  }
}

async function writeFile(
  zip: ZipFile,
  entry: Entry,
  { sink, path, mode }: { sink: SafeDirectory; path: string; mode: number },
): Promise<void> {
  const content = await contentOf(zip, entry);
  const file = sink.createFile(path);
  // DOS times have no zone: UTC gives the same times on every machine.
  const modified = entry.getLastModDate({ timezone: 'UTC' }).getTime() / 1000;
  try {
    for await (const chunk of content) sink.write(file, chunk);
  } finally {
    const permissions = (mode & 0o777) === 0 ? MODE_FILE : mode & 0o777;
    sink.closeFile(file, permissions, Number.isFinite(modified) ? modified : undefined);
  }
}

async function contentOf(zip: ZipFile, entry: Entry): Promise<AsyncIterable<Buffer>> {
  if (entry.isEncrypted()) throw new Error(`${entry.fileName} is encrypted`);
  return await zip.openReadStreamPromise(entry);
}

/** 0 where the archive was made on a system without Unix modes. */
function unixModeOf(entry: Entry): number {
  return entry.versionMadeBy >> 8 === MADE_BY_UNIX ? entry.externalFileAttributes >>> 16 : 0;
}

function refusal(bounds: TreeBounds, why: string): StageyardError {
  return new StageyardError(bounds.code, `the archive is refused: ${why}`);
}
