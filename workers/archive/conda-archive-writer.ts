/**
 * Writes packages: `.conda` (CEP 35; spec 6.2) and `.tar.bz2` (spec 6.3). Same entries, same time,
 * same level: same bytes. A package appears under its name only when it is complete: it is written
 * beside it and renamed.
 */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, renameSync, rmSync, statSync } from 'node:fs';
import { errorCodeOf, wrapError } from '#proto/errors.ts';
import { createBzip2Writer } from './bzip2.ts';
import { tarSizeBytes, writeTar } from './tar-writer.ts';
import type { TarEntry, WriteTarOptions } from './tar-writer.ts';
import { StoredZipWriter } from './zip-writer.ts';
import { createZstdSink } from './zstd.ts';

const READ_BYTES = 1024 * 1024;
/** Incompressible input grows by less than this share, and never by less than the constant part. */
const GROWTH_SHARE = 1 / 128;
const GROWTH_BYTES = 64 * 1024;

/** What goes into a package. Entries are in their final order: sorted by path bytes. */
export interface CondaArchiveInput {
  /** Final path of the package; its directory exists. */
  readonly path: string;
  /** `NAME-VERSION-BUILD`: names the members. */
  readonly stem: string;
  /**
   * Below `info/`, with that prefix. A function is called when the package's files have passed
   * `onFileBytes`: metadata may hold what was found in them (`.conda` only).
   */
  readonly infoEntries: readonly TarEntry[] | (() => readonly TarEntry[]);
  readonly pkgEntries: readonly TarEntry[];
  /** zstd level (−7 to 22), or bzip2 level (1 to 9). */
  readonly level: number;
  /** Time of the zip members. */
  readonly timestampSeconds: number;
  /** See the content of package files on their way. */
  readonly onFileBytes?: WriteTarOptions['onFileBytes'];
}

/** A finished package file. */
export interface WrittenArchive {
  readonly sizeBytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
  readonly md5: string;
}

/** Writes a `.conda`. Rejects with `DISK_FULL` or `STORE_UNWRITABLE`; then nothing is at `path`. */
export async function writeCondaArchive(input: CondaArchiveInput): Promise<WrittenArchive> {
  return await writeBeside(input.path, async (partial) => {
    const zip = new StoredZipWriter(partial, input.timestampSeconds);
    try {
      zip.addBytes('metadata.json', Buffer.from('{"conda_pkg_format_version":2}'));
      await addTarMember(zip, input, { kind: 'pkg', entries: input.pkgEntries });
      await addTarMember(zip, input, { kind: 'info', entries: infoEntriesOf(input) });
    } catch (error) {
      zip.abort();
      throw error;
    }
    zip.finish();
  });
}

/** Writes a `.tar.bz2`: `info/` first, then the rest. Also rejects with `CONFIG_INVALID` without bzip2. */
export async function writeTarBz2Archive(input: CondaArchiveInput): Promise<WrittenArchive> {
  return await writeBeside(input.path, async (partial) => {
    const sink = await createBzip2Writer(partial, input.level);
    try {
      await writeTar([...infoEntriesOf(input), ...input.pkgEntries], sink, tapOf(input));
      await sink.finish();
    } catch (error) {
      sink.abort();
      throw error;
    }
  });
}

function infoEntriesOf(input: CondaArchiveInput): readonly TarEntry[] {
  const { infoEntries } = input;
  return typeof infoEntries === 'function' ? infoEntries() : infoEntries;
}

function tapOf(input: CondaArchiveInput): WriteTarOptions {
  return input.onFileBytes === undefined ? {} : { onFileBytes: input.onFileBytes };
}

async function addTarMember(
  zip: StoredZipWriter,
  input: CondaArchiveInput,
  part: { kind: 'pkg' | 'info'; entries: readonly TarEntry[] },
): Promise<void> {
  const pledgedSizeBytes = tarSizeBytes(part.entries);
  const sizeBytesMax = Math.ceil(pledgedSizeBytes * (1 + GROWTH_SHARE)) + GROWTH_BYTES;
  const member = zip.open(`${part.kind}-${input.stem}.tar.zst`, sizeBytesMax);
  const sink = createZstdSink({ level: input.level, pledgedSizeBytes }, (bytes) =>
    member.append(bytes),
  );
  try {
    await writeTar(part.entries, sink, part.kind === 'pkg' ? tapOf(input) : {});
    await sink.finish();
  } catch (error) {
    sink.abort();
    throw error;
  }
  member.finish();
}

async function writeBeside(
  path: string,
  write: (partial: string) => Promise<void>,
): Promise<WrittenArchive> {
  const partial = `${path}.partial`;
  try {
    rmSync(partial, { force: true });
    await write(partial);
    const written = { sizeBytes: statSync(partial).size, ...digestsOf(partial) };
    renameSync(partial, path);
    return written;
  } catch (error) {
    rmSync(partial, { force: true });
    throw wrapError(error, `while writing ${path}`, errorCodeOf(error, 'STORE_UNWRITABLE'));
  }
}

function digestsOf(path: string): { sha256: string; md5: string } {
  const sha256 = createHash('sha256');
  const md5 = createHash('md5');
  const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, statSync(path).size + 1));
  const fd = openSync(path, 'r');
  try {
    for (;;) {
      const count = readSync(fd, buffer);
      if (count === 0) break;
      sha256.update(buffer.subarray(0, count));
      md5.update(buffer.subarray(0, count));
    }
  } finally {
    closeSync(fd);
  }
  return { sha256: sha256.digest('hex'), md5: md5.digest('hex') };
}
