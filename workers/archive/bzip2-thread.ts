/** Thread that decodes one bzip2 file in JavaScript, for machines without the `bzip2` tool. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';

const CHUNK_BYTES = 1024 * 1024;

interface ByteSink {
  writeByte(byte: number): void;
  flush(): void;
}

/** The part of `seek-bzip` that is used; it has no types. */
interface Bunzip {
  decode(input: Buffer, output: ByteSink, multistream: boolean): void;
}

function isJob(value: unknown): value is { path: string; maxOutputBytes: number } {
  return (
    typeof value === 'object' && value !== null && 'path' in value && 'maxOutputBytes' in value
  );
}

/** Gathers bytes and posts them in chunks; one chunk above the bound is enough for the reader to stop. */
class PostingSink implements ByteSink {
  #chunk = new Uint8Array(CHUNK_BYTES);
  #used = 0;
  #total = 0;
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  writeByte(byte: number): void {
    this.#chunk[this.#used] = byte;
    this.#used += 1;
    if (this.#used === CHUNK_BYTES) this.flush();
  }

  flush(): void {
    const chunk = this.#chunk.slice(0, this.#used);
    this.#total += chunk.length;
    this.#used = 0;
    parentPort?.postMessage({ chunk });
    if (this.#total > this.#maxBytes) throw new RangeError('too much output');
  }
}

function run(): void {
  if (!isJob(workerData)) throw new TypeError('this file is the body of a thread');
  const bunzip = createRequire(import.meta.url)('seek-bzip') as Bunzip;
  const sink = new PostingSink(workerData.maxOutputBytes);
  try {
    bunzip.decode(readFileSync(workerData.path), sink, true);
    sink.flush();
    parentPort?.postMessage({ isDone: true });
  } catch (error) {
    parentPort?.postMessage({ failure: error instanceof Error ? error.message : String(error) });
  }
}

run();
