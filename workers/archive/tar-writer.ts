/**
 * Deterministic GNU tar: the same entries give the same bytes on every machine. Owner 0, no owner
 * names, times and modes as the caller states them, names over 100 bytes by `@LongLink`, sizes over
 * 8 GiB in base-256. The order is the caller's (sort by bytes). Files are read synchronously into
 * one of two buffers while the sink still consumes the other: reading overlaps with compression.
 */
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { StageyardError, errorCodeOf, wrapError } from '#proto/errors.ts';
import { BLOCK_BYTES, SHORT_NAME_BYTES, encodeHeader, paddingOf, tarTypes } from './tar-format.ts';

const BUFFER_BYTES = 1024 * 1024;
const END_BYTES = 2 * BLOCK_BYTES;
const NO_FOLLOW = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0);

/** Content of a file entry: a file on disk of exactly this size, or bytes in memory. */
export type TarContent =
  | { readonly file: string; readonly sizeBytes: number }
  | { readonly bytes: Uint8Array };

/** One member. `path` is relative, `/`-separated, without a trailing slash. */
export interface TarEntry {
  readonly path: string;
  readonly kind: 'file' | 'symlink' | 'directory';
  /** Permission bits, written as they are. */
  readonly mode: number;
  readonly mtimeSeconds: number;
  /** Text of a symbolic link. */
  readonly linkTarget?: string;
  /** Of a file; absent: empty. */
  readonly content?: TarContent;
}

/** Takes the archive's bytes in order. A chunk may be reused once the write has settled. */
export interface TarSink {
  write(chunk: Uint8Array): Promise<void> | void;
}

/** What a caller may see of the files on their way: to hash or search them in the same pass. */
export interface WriteTarOptions {
  /**
   * Called for each piece of each file's content in order, and once with `isLast` for empty files.
   * The chunk is valid during the call only.
   */
  readonly onFileBytes?: (entry: TarEntry, chunk: Buffer, isLast: boolean) => void;
}

/** Size of the content in bytes. */
function contentSizeOf(entry: TarEntry): number {
  if (entry.kind !== 'file' || entry.content === undefined) return 0;
  return 'bytes' in entry.content ? entry.content.bytes.length : entry.content.sizeBytes;
}

function nameBytesOf(entry: TarEntry): Buffer {
  return Buffer.from(entry.kind === 'directory' ? `${entry.path}/` : entry.path);
}

function longNameBlockBytes(name: Buffer): number {
  if (name.length <= SHORT_NAME_BYTES) return 0;
  return BLOCK_BYTES + name.length + 1 + paddingOf(name.length + 1);
}

/** Size in bytes of the archive that {@link writeTar} makes of these entries. */
export function tarSizeBytes(entries: Iterable<TarEntry>): number {
  let total = END_BYTES;
  for (const entry of entries) {
    const size = contentSizeOf(entry);
    total += BLOCK_BYTES + size + paddingOf(size) + longNameBlockBytes(nameBytesOf(entry));
    if (entry.linkTarget !== undefined) total += longNameBlockBytes(Buffer.from(entry.linkTarget));
  }
  return total;
}

/** Small archives get small buffers: thousands of packages a run would keep the garbage collector busy. */
function bufferBytesFor(entries: Iterable<TarEntry> | AsyncIterable<TarEntry>): number {
  return Array.isArray(entries) ? Math.min(BUFFER_BYTES, tarSizeBytes(entries)) : BUFFER_BYTES;
}

/** Two buffers in turn: one is filled while the sink consumes the other. */
class DoubleBuffer {
  readonly #sink: TarSink;
  readonly #bufferBytes: number;
  #current: Buffer;
  /** Made with the first flush: most archives fit into one buffer. */
  #other: Buffer | undefined;
  #used = 0;
  #pending: Promise<{ error: unknown } | undefined> = Promise.resolve(undefined);

  constructor(sink: TarSink, bufferBytes: number) {
    this.#sink = sink;
    this.#bufferBytes = bufferBytes;
    this.#current = Buffer.allocUnsafe(bufferBytes);
  }

  get free(): number {
    return this.#bufferBytes - this.#used;
  }

  /** The unused rest of the buffer. */
  get space(): Buffer {
    return this.#current.subarray(this.#used);
  }

  /** Counts bytes that were put into `space`. */
  advance(count: number): void {
    this.#used += count;
  }

  async put(bytes: Uint8Array): Promise<void> {
    let offset = 0;
    while (offset < bytes.length) {
      if (this.free === 0) await this.flush();
      const part = bytes.subarray(offset, offset + this.free);
      this.#current.set(part, this.#used);
      this.#used += part.length;
      offset += part.length;
    }
  }

  async putZeros(count: number): Promise<void> {
    if (this.free < count) await this.flush();
    this.#current.fill(0, this.#used, this.#used + count);
    this.#used += count;
  }

  /** Hands the filled buffer to the sink after it has taken the one before. */
  async flush(): Promise<void> {
    await this.settle();
    const chunk = this.#current.subarray(0, this.#used);
    if (chunk.length === 0) return;
    this.#pending = Promise.resolve(this.#sink.write(chunk)).then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    [this.#current, this.#other] = [
      this.#other ?? Buffer.allocUnsafe(this.#bufferBytes),
      this.#current,
    ];
    this.#used = 0;
  }

  /** Waits for the write under way; throws its failure. */
  async settle(): Promise<void> {
    const failed = await this.#pending;
    this.#pending = Promise.resolve(undefined);
    if (failed !== undefined) throw failed.error;
  }
}

class TarWriter {
  readonly #buffer: DoubleBuffer;
  readonly #onFileBytes: WriteTarOptions['onFileBytes'];

  constructor(sink: TarSink, options: WriteTarOptions & { readonly bufferBytes: number }) {
    this.#buffer = new DoubleBuffer(sink, options.bufferBytes);
    this.#onFileBytes = options.onFileBytes;
  }

  async entry(entry: TarEntry): Promise<void> {
    checkEntry(entry);
    const name = nameBytesOf(entry);
    const link = entry.linkTarget === undefined ? undefined : Buffer.from(entry.linkTarget);
    if (link !== undefined) await this.#longName(link, tarTypes.longLink);
    await this.#longName(name, tarTypes.longName);
    await this.#header({
      name,
      mode: entry.mode,
      sizeBytes: contentSizeOf(entry),
      mtimeSeconds: entry.mtimeSeconds,
      type: tarTypes[entry.kind],
      ...(link === undefined ? {} : { link }),
    });
    if (entry.kind === 'file') await this.#content(entry);
  }

  async finish(): Promise<void> {
    await this.#buffer.putZeros(END_BYTES);
    await this.#buffer.flush();
    await this.#buffer.settle();
  }

  async #header(fields: Parameters<typeof encodeHeader>[2]): Promise<void> {
    if (this.#buffer.free < BLOCK_BYTES) await this.#buffer.flush();
    encodeHeader(this.#buffer.space, 0, fields);
    this.#buffer.advance(BLOCK_BYTES);
  }

  async #longName(name: Buffer, type: string): Promise<void> {
    if (name.length <= SHORT_NAME_BYTES) return;
    const sizeBytes = name.length + 1;
    const header = {
      name: Buffer.from('././@LongLink'),
      mode: 0,
      sizeBytes,
      mtimeSeconds: 0,
      type,
    };
    await this.#header(header);
    await this.#buffer.put(name);
    await this.#buffer.putZeros(1 + paddingOf(sizeBytes));
  }

  async #content(entry: TarEntry): Promise<void> {
    const { content } = entry;
    if (content === undefined) {
      this.#onFileBytes?.(entry, Buffer.alloc(0), true);
    } else if ('bytes' in content) {
      this.#onFileBytes?.(
        entry,
        Buffer.from(content.bytes.buffer, content.bytes.byteOffset, content.bytes.length),
        true,
      );
      await this.#buffer.put(content.bytes);
    } else {
      await this.#fileContent(entry, content);
    }
    await this.#buffer.putZeros(paddingOf(contentSizeOf(entry)));
  }

  async #fileContent(entry: TarEntry, content: { file: string; sizeBytes: number }): Promise<void> {
    const fd = openForPacking(content.file);
    try {
      let left = content.sizeBytes;
      let isEnded = false;
      while (!isEnded) {
        if (this.#buffer.free === 0) await this.#buffer.flush();
        const { space } = this.#buffer;
        // One byte more than stated is asked for, so that a file that grew is noticed without a stat.
        const wanted = Math.min(left + 1, space.length);
        const count = readPart(fd, space, { file: content.file, wanted });
        if (count > left || (count === 0 && left > 0)) throw changedSize(content);
        left -= count;
        isEnded = left === 0 && count < wanted;
        if (count > 0 || content.sizeBytes === 0) {
          this.#onFileBytes?.(entry, space.subarray(0, count), left === 0);
        }
        this.#buffer.advance(count);
      }
    } finally {
      closeSync(fd);
    }
  }
}

function checkEntry(entry: TarEntry): void {
  if (entry.path === '' || entry.path.includes('\0') || (entry.linkTarget ?? '').includes('\0')) {
    throw new StageyardError(
      'INTERNAL',
      `cannot archive a member named ${JSON.stringify(entry.path)}`,
    );
  }
}

function openForPacking(file: string): number {
  try {
    return openSync(file, NO_FOLLOW);
  } catch (error) {
    throw wrapError(error, 'while archiving', errorCodeOf(error, 'INTERNAL'));
  }
}

function readPart(fd: number, into: Buffer, part: { file: string; wanted: number }): number {
  try {
    return readSync(fd, into, 0, part.wanted, null);
  } catch (error) {
    throw wrapError(error, `while archiving ${part.file}`, errorCodeOf(error, 'INTERNAL'));
  }
}

function changedSize(content: { file: string; sizeBytes: number }): StageyardError {
  const message = `${content.file} changed its size while it was archived (it had ${content.sizeBytes} bytes): something still writes to it`;
  return new StageyardError('INTERNAL', message, { context: { file: content.file } });
}

/**
 * Writes the entries in their order as one tar archive. Rejects with `INTERNAL` when a file is gone,
 * unreadable or changes its size meanwhile; failures of the sink pass through.
 */
export async function writeTar(
  entries: Iterable<TarEntry> | AsyncIterable<TarEntry>,
  sink: TarSink,
  options: WriteTarOptions = {},
): Promise<void> {
  const writer = new TarWriter(sink, { ...options, bufferBytes: bufferBytesFor(entries) });
  for await (const entry of entries) await writer.entry(entry);
  await writer.finish();
}
