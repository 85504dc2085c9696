/**
 * Small texts in S3, each written by one PUT. "Only if it isn't there yet" (`If-None-Match: *`) is the one condition
 * that servers agree on; whether this server keeps it is found out by trying, since some ignore it without a word.
 */
import type { Readable } from 'node:stream';
import { StageyardError } from '../errors.ts';
import { isAbsent, s3Code, type S3Calls } from './s3-calls.ts';

/** Far above anything that we write here. */
const TEXT_BYTES_MAX = 1024 * 1024;
const TEXT_HEADERS = { 'Content-Type': 'application/json' };

/** See the file's head. All methods reject with `CONFIG_INVALID` or `BLOB_STORE_UNAVAILABLE`. */
export class S3SmallObjects {
  readonly #calls: S3Calls;

  constructor(calls: S3Calls) {
    this.#calls = calls;
  }

  /** The text; undefined when there is none. A longer one is refused. */
  async read(key: string, bytesMax = TEXT_BYTES_MAX): Promise<string | undefined> {
    try {
      return await this.#calls.call({
        what: `read ${key}`,
        run: async (client, alive) => {
          const stream = await client.getObject(this.#calls.bucket, key);
          return textOf(stream, { key, bytesMax, alive });
        },
      });
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }

  async write(key: string, text: string): Promise<void> {
    const bytes = Buffer.from(text);
    await this.#calls.call({
      what: `write ${key}`,
      run: (client) =>
        client.putObject(this.#calls.bucket, key, bytes, bytes.length, { ...TEXT_HEADERS }),
    });
  }

  /**
   * Writes what isn't there yet. `exists` may also be our own text, when the answer to a first try was lost:
   * read it to know. `unsupported`: the server knows no conditional writes, and nothing was written.
   */
  async create(key: string, text: string): Promise<'created' | 'exists' | 'unsupported'> {
    return this.#calls.call({
      what: `create ${key}`,
      run: async (client) => {
        try {
          const bytes = Buffer.from(text);
          const headers = { ...TEXT_HEADERS, 'If-None-Match': '*' };
          await client.putObject(this.#calls.bucket, key, bytes, bytes.length, headers);
          return 'created';
        } catch (error) {
          if (s3Code(error) === 'PreconditionFailed') return 'exists';
          if (s3Code(error) === 'NotImplemented') return 'unsupported';
          throw error;
        }
      },
    });
  }

  /** Removes it; absent is fine. */
  async remove(key: string): Promise<void> {
    try {
      await this.#calls.call({
        what: `remove ${key}`,
        run: (client) => client.removeObject(this.#calls.bucket, key),
      });
    } catch (error) {
      if (!(error instanceof StageyardError) || error.code !== 'BLOB_MISSING') throw error;
    }
  }

  /** True when {@link create} is refused for what is there. Leaves a small object at `key`. */
  async keepsConditions(key: string): Promise<boolean> {
    const text = 'made to find out whether this server does conditional writes\n';
    const first = await this.create(key, text);
    if (first !== 'created') return first === 'exists';
    return (await this.create(key, text)) === 'exists';
  }
}

async function textOf(
  stream: Readable,
  { key, bytesMax, alive }: { key: string; bytesMax: number; alive: () => void },
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      alive();
      sizeBytes += chunk.length;
      if (sizeBytes > bytesMax) {
        const text = `${key} has more than ${bytesMax} bytes: it is not one of ours`;
        throw new StageyardError('BLOB_STORE_UNAVAILABLE', text);
      }
      chunks.push(chunk);
    }
  } finally {
    stream.destroy();
  }
  return Buffer.concat(chunks).toString('utf8');
}
