/** Where downloads go: a file, or memory. */
import type { FileHandle } from 'node:fs/promises';
import type { StageyardError } from '../errors.ts';
import { localError } from './blob-errors.ts';
import type { DownloadSink } from './s3-download.ts';

/** Fewer bytes than this wait for more before they are written. */
const WRITE_BYTES_MIN = 4 * 1024 * 1024;

/** Chunks are written many at a time, while the next ones come in and are hashed. */
export class FileSink implements DownloadSink {
  readonly #file: FileHandle;
  readonly #path: string;
  #position = 0;
  #chunks: Uint8Array[] = [];
  #chunkBytes = 0;
  /** Of earlier chunks. Never rejects: the next call tells how it ended. */
  #writing: Promise<StageyardError | undefined> = Promise.resolve(undefined);

  constructor(file: FileHandle, path: string) {
    this.#file = file;
    this.#path = path;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#chunks.push(chunk);
    this.#chunkBytes += chunk.length;
    if (this.#chunkBytes >= WRITE_BYTES_MIN) await this.#beginWriting();
  }

  async flush(): Promise<void> {
    await this.#beginWriting();
    await this.#written();
  }

  async reset(): Promise<void> {
    this.#chunks = [];
    this.#chunkBytes = 0;
    // It must not write behind the new beginning.
    await this.#writing;
    this.#position = 0;
    const failure = await this.#guarded(() => this.#file.truncate(0));
    if (failure !== undefined) throw failure;
    this.#writing = Promise.resolve(undefined);
  }

  async #beginWriting(): Promise<void> {
    await this.#written();
    const chunks = this.#chunks;
    const chunkBytes = this.#chunkBytes;
    this.#chunks = [];
    this.#chunkBytes = 0;
    this.#writing = this.#guarded(() => this.#writeAll(chunks, chunkBytes));
  }

  async #written(): Promise<void> {
    const failure = await this.#writing;
    if (failure !== undefined) throw failure;
  }

  /** Resolves when nothing is being written any more: the file may be closed. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(chunks: readonly Uint8Array[], byteCount: number): Promise<void> {
    const { bytesWritten } = await this.#file.writev([...chunks], this.#position);
    this.#position += bytesWritten;
    if (bytesWritten < byteCount) await this.#writeRest(Buffer.concat(chunks), bytesWritten);
  }

  /** The system took less than it was given: the disk may be nearly full. */
  async #writeRest(bytes: Uint8Array, from: number): Promise<void> {
    for (let written = from; written < bytes.length; ) {
      const left = bytes.length - written;
      const { bytesWritten } = await this.#file.write(bytes, written, left, this.#position);
      written += bytesWritten;
      this.#position += bytesWritten;
    }
  }

  /** A full disk here is no failure of the server: it must not be tried again there. */
  async #guarded(step: () => Promise<void>): Promise<StageyardError | undefined> {
    try {
      await step();
      return undefined;
    } catch (error) {
      return localError(error, `write ${this.#path}`);
    }
  }
}

/** Bytes that stay in memory. */
export class MemorySink implements DownloadSink {
  #chunks: Uint8Array[] = [];

  async write(chunk: Uint8Array): Promise<void> {
    this.#chunks.push(chunk);
  }

  async flush(): Promise<void> {
    // It is all here.
  }

  async reset(): Promise<void> {
    this.#chunks = [];
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#chunks);
  }
}
