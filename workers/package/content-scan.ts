/**
 * One pass over a file's bytes, piece by piece: its digest, whether it is text, and whether the host
 * prefix occurs in it. The whole file counts: a NUL at the end makes it binary (deciding by its first
 * bytes would let text replacement change the length of a binary file).
 */
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';

/** What a scan looks for. Made once per package. */
export interface ScanPatterns {
  readonly prefix: Buffer;
  /** The prefix in UTF-16 and UTF-32, without the zeros at the ends: fits both byte orders. */
  readonly wide: readonly Buffer[];
}

/** What was seen. */
export interface ContentFacts {
  /** Lower-case hex. */
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly isText: boolean;
  readonly hasPrefix: boolean;
  /** In UTF-16 or UTF-32, where no installer replaces it. */
  readonly hasWidePrefix: boolean;
}

const BINARY_HEADS = [Buffer.from('%PDF-'), Buffer.from([0x89, 0x50, 0x4e, 0x47])];

/** Shared: a scan per file must not allocate for files that come in one piece. */
const NOTHING: Buffer = Buffer.alloc(0);

function widened(text: string, unitBytes: number): Buffer {
  const units = [...Buffer.from(text, 'latin1')].flatMap((byte) => [
    byte,
    ...Array<number>(unitBytes - 1).fill(0),
  ]);
  return Buffer.from(units.slice(0, units.length - unitBytes + 1));
}

/** Patterns for a prefix (an ASCII path, as build places are). */
export function scanPatternsOf(prefix: string): ScanPatterns {
  return { prefix: Buffer.from(prefix), wide: [widened(prefix, 2), widened(prefix, 4)] };
}

/** Finds one pattern in a stream of chunks, across their borders. */
class StreamSearch {
  readonly #pattern: Buffer;
  #tail = NOTHING;
  isFound = false;

  constructor(pattern: Buffer) {
    this.#pattern = pattern;
  }

  update(chunk: Buffer): void {
    if (this.isFound) return;
    const overlap = this.#pattern.length - 1;
    if (this.#tail.length > 0) {
      const border = Buffer.concat([this.#tail, chunk.subarray(0, overlap)]);
      this.isFound = border.includes(this.#pattern);
    }
    if (!this.isFound) this.isFound = chunk.includes(this.#pattern);
    const seen = chunk.length >= overlap ? chunk : Buffer.concat([this.#tail, chunk]);
    this.#tail = Buffer.from(seen.subarray(Math.max(0, seen.length - overlap)));
  }

  /** For content that came in one piece: no copy of its end. */
  updateWhole(chunk: Buffer): void {
    this.isFound = chunk.length >= this.#pattern.length && chunk.includes(this.#pattern);
  }
}

/** See the file's head. `update` per piece, then `finish`. */
export class ContentScan {
  readonly #hash: Hash = createHash('sha256');
  readonly #prefix: StreamSearch;
  readonly #wide: readonly StreamSearch[];
  #sizeBytes = 0;
  #isText = true;

  constructor(patterns: ScanPatterns) {
    this.#prefix = new StreamSearch(patterns.prefix);
    this.#wide = patterns.wide.map((pattern) => new StreamSearch(pattern));
  }

  update(chunk: Buffer, isLast: boolean): void {
    const isWhole = isLast && this.#sizeBytes === 0;
    if (
      this.#sizeBytes === 0 &&
      BINARY_HEADS.some((head) => chunk.subarray(0, head.length).equals(head))
    ) {
      this.#isText = false;
    }
    this.#hash.update(chunk);
    this.#sizeBytes += chunk.length;
    if (this.#isText && chunk.includes(0)) this.#isText = false;
    for (const search of [this.#prefix, ...this.#wide]) {
      if (isWhole) search.updateWhole(chunk);
      else search.update(chunk);
    }
  }

  finish(): ContentFacts {
    return {
      sha256: this.#hash.digest('hex'),
      sizeBytes: this.#sizeBytes,
      isText: this.#isText,
      hasPrefix: this.#prefix.isFound,
      hasWidePrefix: this.#wide.some((search) => search.isFound),
    };
  }
}
