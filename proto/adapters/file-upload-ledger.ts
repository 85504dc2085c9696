/**
 * Unfinished uploads of this machine's processes, a small file each: a process that was killed leaves parts in the
 * bucket that nobody sees and everybody pays for. The next process aborts them.
 */
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemErrorCode } from '../errors.ts';
import { readIfValid, textMember } from '../json-shape.ts';
import { currentProcessIdentity, isKnownDead } from './process-identity.ts';
import type { OpenUpload, UploadLedger } from './s3-upload.ts';

const SUFFIX = '.upload.json';
/** No upload takes longer: whoever made it is gone, and be it in a container of which nothing is known. */
const ABANDONED_MS = 24 * 60 * 60 * 1000;

/** See the file's head. */
export class FileUploadLedger implements UploadLedger {
  readonly #directory: string;
  readonly #identity = currentProcessIdentity();
  readonly #names = new Map<string, string>();
  #count = 0;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** Makes the directory where needed: one for each bucket and prefix. Rejects with the system's error. */
  static async open(directory: string): Promise<FileUploadLedger> {
    await mkdir(directory, { recursive: true });
    return new FileUploadLedger(directory);
  }

  async began(upload: OpenUpload): Promise<void> {
    this.#count += 1;
    const name = `${this.#identity}.${this.#count}${SUFFIX}`;
    this.#names.set(upload.uploadId, name);
    await writeFile(join(this.#directory, name), JSON.stringify(upload), { flag: 'wx' });
  }

  async ended({ uploadId }: OpenUpload): Promise<void> {
    const name = this.#names.get(uploadId);
    this.#names.delete(uploadId);
    if (name !== undefined) await rm(join(this.#directory, name), { force: true });
  }

  /** Hands what dead processes left, or anybody long ago, to `abort`, and forgets what that resolves for. Answers how many. */
  async clear(abort: (upload: OpenUpload) => Promise<void>): Promise<number> {
    let count = 0;
    for (const name of await readdir(this.#directory)) {
      if (!name.endsWith(SUFFIX)) continue;
      const identity = name.slice(0, name.lastIndexOf('.', name.length - SUFFIX.length - 1));
      const path = join(this.#directory, name);
      if (!isKnownDead(identity) && !(await isAbandoned(path))) continue;
      const upload = await readUpload(path);
      if (upload !== undefined) await abort(upload);
      await rm(path, { force: true });
      count += 1;
    }
    return count;
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  const found = await unlessGone(stat(path));
  return found !== undefined && Date.now() - found.mtimeMs > ABANDONED_MS;
}

/** Undefined for a file that its own process, or another that clears, has removed just now. */
async function unlessGone<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Undefined for a file that was cut off, or is gone. */
async function readUpload(path: string): Promise<OpenUpload | undefined> {
  const text = await unlessGone(readFile(path, 'utf8'));
  return readIfValid(text ?? '', path, (object) => ({
    key: textMember(object, 'key'),
    uploadId: textMember(object, 'uploadId'),
  }));
}
