/** Files of a channel directory: sums, atomic writes, and what a failure means to the user. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCodeOf, StageyardError, systemErrorCode } from '#proto/errors.ts';

const READ_BYTES = 1024 * 1024;

/** Sums and size of one file. */
export interface FileSums {
  readonly sha256: string;
  readonly md5: string;
  readonly sizeBytes: number;
}

/** Reads the file once. */
export async function sumsOfFile(path: string): Promise<FileSums> {
  const sha256 = createHash('sha256');
  const md5 = createHash('md5');
  let sizeBytes = 0;
  const chunks: AsyncIterable<Uint8Array> = createReadStream(path, { highWaterMark: READ_BYTES });
  for await (const chunk of chunks) {
    sha256.update(chunk);
    md5.update(chunk);
    sizeBytes += chunk.length;
  }
  return { sha256: sha256.digest('hex'), md5: md5.digest('hex'), sizeBytes };
}

/** Gives a finished file its name, so that the name means the whole file even after a power cut. */
export async function placeDurably(temporary: string, path: string): Promise<void> {
  await synced(temporary, (file) => file.datasync());
  await rename(temporary, path);
  await synced(dirname(path), (directory) => directory.sync());
}

/** Replaces a file's text at once. */
export async function replaceText(path: string, text: string, temporary: string): Promise<void> {
  await writeFile(temporary, text);
  await placeDurably(temporary, path);
}

async function synced(path: string, sync: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, 'r');
  try {
    await sync(file);
  } finally {
    await file.close();
  }
}

/** Runs a step that writes to the channel; the system's errors become ours, with the directory named. */
export async function writingTo<T>(channelDir: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw outputError(error, channelDir);
  }
}

/** `DISK_FULL` or `OUTPUT_UNWRITABLE`; our own errors stay. */
export function outputError(error: unknown, channelDir: string): StageyardError {
  if (error instanceof StageyardError) return error;
  const code = errorCodeOf(error, 'OUTPUT_UNWRITABLE');
  const why = error instanceof Error ? error.message : String(error);
  const what =
    code === 'DISK_FULL'
      ? 'the disk of this channel directory is full'
      : `cannot write to this channel directory (${systemErrorCode(error) ?? 'unknown error'}): choose another (--output-dir of a build, --to of promote)`;
  const context = { path: channelDir };
  return new StageyardError(code, `${channelDir}: ${what}\n${why}`, { cause: error, context });
}
