/**
 * The other end of `read-at`: one file (a descriptor or a buffer) at a time, within the limits. Errors are
 * kept here, not thrown through the component.
 */
import { readSync } from 'node:fs';
import { HEAD_BYTES, type InspectLimits, READ_BYTES_MAX } from './limits.ts';

/** Most reads fit; longer ones get a buffer of their own. */
const POOL_BYTES = 64 << 10;

/** What is being inspected now. */
type Target = { readonly fd: number } | { readonly bytes: Uint8Array };

/** A read that failed: the system's error, or a limit. */
export type ReadFailure =
  | { readonly kind: 'system'; readonly error: unknown }
  | { readonly kind: 'limit' };

const nothing: Target = { bytes: new Uint8Array() };

/** Reads for one file after another. What it returns is good until the next read. */
export class ByteSource {
  readonly #limits: InspectLimits;
  readonly #pool = Buffer.allocUnsafeSlow(POOL_BYTES);
  #target: Target = nothing;
  #readCount = 0;
  #byteCount = 0;
  #failure: ReadFailure | undefined;

  constructor(limits: InspectLimits) {
    this.#limits = limits;
  }

  /** Begins a file and returns its first bytes, or undefined when it can't be read. */
  open(target: Target): Uint8Array | undefined {
    this.#target = target;
    this.#readCount = 0;
    this.#byteCount = 0;
    this.#failure = undefined;
    return this.#read(0, HEAD_BYTES);
  }

  /** Forgets the file (closing it is the caller's). */
  close(): void {
    this.#target = nothing;
  }

  /** Why the last failed read failed. */
  get failure(): ReadFailure | undefined {
    return this.#failure;
  }

  /** Bytes read from this file so far. */
  get byteCount(): number {
    return this.#byteCount;
  }

  /** The WIT import. */
  readonly readAt = (offset: bigint, length: number): Uint8Array | undefined => {
    const isWithin =
      length <= READ_BYTES_MAX &&
      this.#readCount < this.#limits.fileReadsMax &&
      this.#byteCount < this.#limits.fileBytesReadMax;
    if (!isWithin) {
      this.#failure = { kind: 'limit' };
      return undefined;
    }
    // No file is that long, and the system call takes no larger number.
    if (offset > BigInt(Number.MAX_SAFE_INTEGER)) return new Uint8Array();
    return this.#read(Number(offset), length);
  };

  #read(offset: number, length: number): Uint8Array | undefined {
    this.#readCount += 1;
    const target = this.#target;
    if ('bytes' in target) {
      const part = target.bytes.subarray(offset, offset + length);
      this.#byteCount += part.length;
      return part;
    }
    return this.#readFile(target.fd, offset, length);
  }

  // A read may bring less than asked for before the end of the file; only a read of nothing is the end.
  #readFile(fd: number, offset: number, length: number): Uint8Array | undefined {
    const into = length <= POOL_BYTES ? this.#pool : Buffer.allocUnsafeSlow(length);
    let have = 0;
    try {
      while (have < length) {
        const count = readSync(fd, into, have, length - have, offset + have);
        have += count;
        if (count === 0 || have < HEAD_BYTES) break;
      }
    } catch (error) {
      this.#failure = { kind: 'system', error };
      return undefined;
    }
    this.#byteCount += have;
    return into.subarray(0, have);
  }
}
