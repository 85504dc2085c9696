/**
 * Writes a zip of stored members straight into its file: space for a member's local header is kept
 * free, the content follows, then the header is filled in with size and checksum. So content is
 * written once, and there is no temporary file per member.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { StageyardError, errorCodeOf, wrapError } from '#proto/errors.ts';
import { MAX_32, centralDirectory, dosTimeOf, localHeader } from './zip-format.ts';
import type { DosTime, ZipMember } from './zip-format.ts';

/** A member being written. */
export interface OpenZipMember {
  /** Appends content; synchronous. */
  append(bytes: Uint8Array): void;
  /** Fills in the header. */
  finish(): void;
}

/** See the file's head. One member is open at a time. */
export class StoredZipWriter {
  readonly #path: string;
  readonly #fd: number;
  readonly #dos: DosTime;
  readonly #members: ZipMember[] = [];
  #position = 0;

  /** Creates the file, which must not exist. `epochSeconds` is the time of all members. */
  constructor(path: string, epochSeconds: number) {
    this.#path = path;
    this.#dos = dosTimeOf(epochSeconds);
    this.#fd = this.#guarded(() => openSync(path, 'wx', 0o644));
  }

  /** Adds a whole member. */
  addBytes(name: string, bytes: Uint8Array): void {
    const member = this.open(name, bytes.length);
    member.append(bytes);
    member.finish();
  }

  /**
   * Starts a member whose content may be up to `sizeBytesMax` long: that decides whether its header
   * gets zip64 fields, so that the layout never depends on how well something compresses.
   */
  open(name: string, sizeBytesMax: number): OpenZipMember {
    const isZip64 = sizeBytesMax >= MAX_32;
    const headerOffset = this.#position;
    let checksum = 0;
    let sizeBytes = 0;
    const header = () =>
      localHeader({ name, crc32: checksum, sizeBytes, headerOffset }, isZip64, this.#dos);
    this.#position += header().length;
    return {
      append: (bytes) => {
        checksum = crc32(bytes, checksum);
        sizeBytes += bytes.length;
        this.#writeAt(bytes, this.#position);
        this.#position += bytes.length;
      },
      finish: () => {
        if (sizeBytes > sizeBytesMax) {
          throw new StageyardError('INTERNAL', `zip member ${name} is larger than announced`);
        }
        this.#writeAt(header(), headerOffset);
        this.#members.push({ name, crc32: checksum, sizeBytes, headerOffset });
      },
    };
  }

  /** Writes the central directory and closes the file; answers its size. Durability is its store's business. */
  finish(): { sizeBytes: number } {
    const tail = centralDirectory(this.#members, this.#position, this.#dos);
    this.#writeAt(tail, this.#position);
    closeSync(this.#fd);
    return { sizeBytes: this.#position + tail.length };
  }

  /** Closes an unfinished file; the caller removes it. */
  abort(): void {
    closeSync(this.#fd);
  }

  #writeAt(bytes: Uint8Array, position: number): void {
    let offset = 0;
    while (offset < bytes.length) {
      const { length } = bytes;
      offset += this.#guarded(() =>
        writeSync(this.#fd, bytes, offset, length - offset, position + offset),
      );
    }
  }

  #guarded<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw wrapError(error, `while writing ${this.#path}`, errorCodeOf(error, 'STORE_UNWRITABLE'));
    }
  }
}
