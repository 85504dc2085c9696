/**
 * zstd as packages and snapshots use it: one frame per file, content size in its header, one thread.
 * Two faults of Node's streams shape this file: `nbWorkers` truncates output, and ending a stream
 * while a write is queued appends an empty frame (bytes would depend on timing). So every write is
 * awaited before the next one.
 */
import { closeSync, createReadStream, openSync, writeSync } from 'node:fs';
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib';
import type { ErrorCode } from '#proto/error-codes.ts';
import { StageyardError, errorCodeOf, wrapError } from '#proto/errors.ts';

const CHUNK_BYTES = 256 * 1024;
const CHUNK_BYTES_MIN = 4 * 1024;
/** 2 GiB windows are the largest there are; foreign files are read with up to 128 MiB. */
const WINDOW_LOG_MAX = 27;

/** How to compress. */
export interface CompressOptions {
  readonly level: number;
  /** Size of the input in bytes where it is known: recorded in the frame, and held to. */
  readonly pledgedSizeBytes?: number;
}

/** Takes chunks one after the other; `finish` ends the frame. */
export interface CompressingSink {
  write(chunk: Uint8Array): Promise<void>;
  finish(): Promise<void>;
  /** Stops and forgets, after a failure. */
  abort(): void;
}

/** Compresses into `onBytes`, which consumes each piece before it returns. */
export function createZstdSink(
  options: CompressOptions,
  onBytes: (bytes: Buffer) => void,
): CompressingSink {
  const { level, pledgedSizeBytes } = options;
  const stream = createZstdCompress({
    // Small archives get small buffers, and so leave little to the garbage collector.
    chunkSize: Math.max(CHUNK_BYTES_MIN, Math.min(CHUNK_BYTES, pledgedSizeBytes ?? CHUNK_BYTES)),
    params: {
      [constants.ZSTD_c_compressionLevel]: level,
      [constants.ZSTD_c_contentSizeFlag]: 1,
      [constants.ZSTD_c_checksumFlag]: 1,
    },
    ...(pledgedSizeBytes === undefined ? {} : { pledgedSrcSize: pledgedSizeBytes }),
  });
  const ended = new Promise<void>((resolve, reject) => {
    stream.on('data', (bytes: Buffer) => {
      try {
        onBytes(bytes);
      } catch (error) {
        stream.destroy();
        reject(error);
      }
    });
    stream.on('end', resolve);
    stream.on('error', reject);
  });
  const failed = ended.then(
    () => new Promise<never>(() => undefined),
    (error: unknown) => Promise.reject(error),
  );
  // Raced against each write; between two of them nobody looks at it.
  failed.catch(() => undefined);
  return {
    async write(chunk) {
      const taken = new Promise<void>((resolve, reject) => {
        stream.write(chunk, (error) => (error ? reject(error) : resolve()));
      });
      await Promise.race([taken, failed]);
    },
    async finish() {
      stream.end();
      await ended;
    },
    abort() {
      stream.destroy();
    },
  };
}

/** Compresses into a new file (which must not exist). Rejects with `DISK_FULL` or `STORE_UNWRITABLE`. */
export class ZstdFileWriter {
  readonly #path: string;
  readonly #fd: number;
  readonly #sink: CompressingSink;
  #sizeBytes = 0;

  constructor(path: string, options: CompressOptions) {
    this.#path = path;
    this.#fd = this.#guarded(() => openSync(path, 'wx', 0o644));
    this.#sink = createZstdSink(options, (bytes) => this.#append(bytes));
  }

  async write(chunk: Uint8Array): Promise<void> {
    await this.#sink.write(chunk);
  }

  /** Ends the frame; answers the size of the file. */
  async finish(): Promise<{ sizeBytes: number }> {
    try {
      await this.#sink.finish();
    } finally {
      closeSync(this.#fd);
    }
    return { sizeBytes: this.#sizeBytes };
  }

  /** Closes an unfinished file; the caller removes it. */
  abort(): void {
    this.#sink.abort();
    closeSync(this.#fd);
  }

  #append(bytes: Buffer): void {
    let offset = 0;
    while (offset < bytes.length) offset += this.#guarded(() => writeSync(this.#fd, bytes, offset));
    this.#sizeBytes += bytes.length;
  }

  #guarded<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw wrapError(error, `while writing ${this.#path}`, errorCodeOf(error, 'STORE_UNWRITABLE'));
    }
  }
}

/** Bounds of a decompression. */
export interface DecompressOptions {
  /** Code of what is thrown on damaged or too large input. */
  readonly code: ErrorCode;
  readonly maxOutputBytes: number;
}

/** Decompresses chunk by chunk; throws `options.code` on damage, truncation or too much output. */
export async function* decompressZstd(
  input: AsyncIterable<Uint8Array>,
  options: DecompressOptions,
): AsyncGenerator<Buffer> {
  const stream = createZstdDecompress({
    chunkSize: CHUNK_BYTES,
    params: { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG_MAX },
  });
  const feeding = feed(input, stream);
  let total = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      total += chunk.length;
      if (total > options.maxOutputBytes) {
        throw new StageyardError(
          options.code,
          `the zstd data unpacks to more than ${options.maxOutputBytes} bytes`,
        );
      }
      yield chunk;
    }
  } catch (error) {
    throw wrapError(error, 'damaged zstd data', options.code);
  } finally {
    stream.destroy();
  }
  await feeding;
}

/** Writes all input to the stream; a failure of the input destroys the stream with it. */
async function feed(
  input: AsyncIterable<Uint8Array>,
  stream: ReturnType<typeof createZstdDecompress>,
): Promise<void> {
  try {
    for await (const chunk of input) {
      if (stream.destroyed) return;
      await new Promise<void>((resolve) => {
        stream.once('close', resolve);
        stream.write(chunk, () => {
          stream.off('close', resolve);
          resolve();
        });
      });
    }
    stream.end();
  } catch (error) {
    stream.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}

/** {@link decompressZstd} of a whole file. */
export function decompressZstdFile(
  path: string,
  options: DecompressOptions,
): AsyncGenerator<Buffer> {
  return decompressZstd(createReadStream(path, { highWaterMark: CHUNK_BYTES }), options);
}
