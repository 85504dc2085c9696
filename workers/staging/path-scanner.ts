/**
 * Finds the host prefix and the work directory in the bytes of files, while these pass by in pieces. A
 * restore elsewhere replaces each occurrence in place, which is right for text and binaries alike since
 * both paths have the same length on every worker. What can't be replaced like that (UTF-16, compressed
 * data) is noticed, so that somebody is told.
 */
import { inflateRawSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import type { PathOccurrence } from '#proto/snapshot.ts';

/** Compressed files are looked into up to this size, compressed and uncompressed. */
const COMPRESSED_BYTES_MAX = 32 * 1024 * 1024;
const ZIP_MEMBERS_MAX = 10_000;

/** The two paths that a restore may have to rewrite. Neither begins with the other. */
export interface RelocatablePaths {
  readonly prefix: string;
  readonly work: string;
}

/** What was found in one file. */
export interface ScanResult {
  readonly occurrences: readonly PathOccurrence[];
  /** A path occurs in an encoding that isn't rewritten. */
  readonly isElsewhere: boolean;
  /** The file begins like compressed data: {@link PathScanner.isInCompressed} can look into it. */
  readonly isCompressed: boolean;
}

interface Needle {
  readonly of: 'prefix' | 'work';
  readonly bytes: Buffer;
  /** The part that the little- and the big-endian form of UTF-16 have in common. */
  readonly wide: Buffer;
}

/** Scans one file after the other: `push` its pieces, then `finish`. */
export class PathScanner {
  readonly #needles: readonly Needle[];
  readonly #overlap: number;
  #carry = Buffer.alloc(0);
  #offset = 0;
  #hasNul = false;
  #isElsewhere = false;
  #isCompressed = false;
  #found: { readonly of: Needle['of']; readonly offset: number }[] = [];

  constructor(paths: RelocatablePaths) {
    this.#needles = [needleOf('prefix', paths.prefix), needleOf('work', paths.work)];
    this.#overlap = Math.max(...this.#needles.map(({ wide }) => wide.length)) - 1;
  }

  /** The next piece of the file; it is not kept. */
  push(chunk: Buffer, isLast: boolean): void {
    if (this.#offset === 0 && this.#carry.length === 0)
      this.#isCompressed = compressionOf(chunk) !== undefined;
    this.#hasNul ||= chunk.includes(0);
    const bytes = this.#carry.length === 0 ? chunk : Buffer.concat([this.#carry, chunk]);
    // What begins in the overlap is found in the next piece, where it may be whole.
    const end = isLast ? bytes.length : Math.max(0, bytes.length - this.#overlap);
    for (const needle of this.#needles) this.#search(bytes, needle, end);
    this.#carry = isLast ? Buffer.alloc(0) : Buffer.from(bytes.subarray(end));
    this.#offset += end;
  }

  /** What was found since the last call. */
  finish(): ScanResult {
    const mode = this.#hasNul ? 'binary' : 'text';
    const occurrences = this.#needles.flatMap(({ of }): PathOccurrence[] => {
      const offsets = this.#found.filter((found) => found.of === of).map(({ offset }) => offset);
      return offsets.length === 0 ? [] : [{ of, mode, offsets }];
    });
    const result = {
      occurrences,
      isElsewhere: this.#isElsewhere,
      isCompressed: this.#isCompressed,
    };
    this.#carry = Buffer.alloc(0);
    this.#offset = 0;
    this.#hasNul = false;
    this.#isElsewhere = false;
    this.#isCompressed = false;
    this.#found = [];
    return result;
  }

  /** True when the unpacked content of a gzip, zstd or zip file holds one of the paths (best effort, bounded). */
  isInCompressed(file: Buffer): boolean {
    if (file.length > COMPRESSED_BYTES_MAX) return false;
    return unpackedParts(file).some((part) =>
      this.#needles.some(({ bytes }) => part.includes(bytes)),
    );
  }

  #search(bytes: Buffer, needle: Needle, end: number): void {
    const step = needle.bytes.length;
    for (
      let at = bytes.indexOf(needle.bytes);
      at >= 0 && at < end;
      at = bytes.indexOf(needle.bytes, at + step)
    ) {
      this.#found.push({ of: needle.of, offset: this.#offset + at });
    }
    this.#isElsewhere ||= this.#hasNul && bytes.includes(needle.wide);
  }
}

function needleOf(of: Needle['of'], path: string): Needle {
  return { of, bytes: Buffer.from(path), wide: Buffer.from(path, 'utf16le').subarray(0, -1) };
}

type Compression = 'gzip' | 'zstd' | 'zip';

function compressionOf(head: Buffer): Compression | undefined {
  if (head.length < 4) return undefined;
  if (head.readUInt16BE(0) === 0x1f8b) return 'gzip';
  const magic = head.readUInt32BE(0);
  if (magic === 0x28b52ffd) return 'zstd';
  return magic === 0x504b0304 ? 'zip' : undefined;
}

function unpackedParts(file: Buffer): readonly Buffer[] {
  const limit = { maxOutputLength: COMPRESSED_BYTES_MAX };
  try {
    switch (compressionOf(file)) {
      case 'gzip':
        return [gunzipSync(file, limit)];
      case 'zstd':
        return [zstdDecompressSync(file, limit)];
      case 'zip':
        return zipMembers(file);
      case undefined:
        return [];
    }
  } catch {
    // Damaged, too large, or only looks compressed: nothing can be said about it.
    return [];
  }
}

/** Deflated members with a stated size, in order, from the start of the file. */
function zipMembers(file: Buffer): readonly Buffer[] {
  const parts: Buffer[] = [];
  let total = 0;
  for (let at = 0; at + 30 <= file.length && parts.length < ZIP_MEMBERS_MAX; ) {
    if (file.readUInt32LE(at) !== 0x04034b50) break;
    const method = file.readUInt16LE(at + 8);
    const size = file.readUInt32LE(at + 18);
    const start = at + 30 + file.readUInt16LE(at + 26) + file.readUInt16LE(at + 28);
    const content = file.subarray(start, start + size);
    if (method === 8 && size > 0) {
      const part = inflateRawSync(content, { maxOutputLength: COMPRESSED_BYTES_MAX - total });
      total += part.length;
      parts.push(part);
    }
    // Sizes that follow the data instead (flag bit 3) end the walk.
    if (size === 0 && (file.readUInt16LE(at + 6) & 8) !== 0) break;
    at = start + size;
  }
  return parts;
}
