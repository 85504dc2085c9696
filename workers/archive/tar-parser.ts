/**
 * Reads tar archives of unknown origin: v7, ustar, GNU long names, pax. A push parser: bytes go in,
 * members come out through a handler, synchronously, so that a sink can write them without waiting.
 * Lengths of metadata are bounded; nothing is believed before its checksum was seen.
 *
 *     header ──file──▶ content ──▶ padding ──▶ header
 *       │ └─long name, pax──▶ metadata ──▶ padding ──▶ header
 *       └─block of zeros──▶ after-end (only padding may follow)
 */
import type { ErrorCode } from '#proto/error-codes.ts';
import { StageyardError } from '#proto/errors.ts';
import { BLOCK_BYTES, decodeHeader, isZeroBlock, paddingOf, tarTypes } from './tar-format.ts';
import type { RawHeader } from './tar-format.ts';
import { parsePaxRecords } from './tar-pax.ts';
import type { PaxRecords } from './tar-pax.ts';

const METADATA_BYTES_MAX = 1024 * 1024;
const TRAILING_BYTES_MAX = 16 * 1024 * 1024;

/** Kinds of members. Everything that no archive of ours may hold is `other`, with its type flag. */
export type TarMemberKind = 'file' | 'directory' | 'symlink' | 'hardlink' | 'other';

/** One member as the archive states it. Names are UTF-8. */
export interface TarMember {
  readonly path: string;
  readonly kind: TarMemberKind;
  /** Permission bits, set-id bits included. */
  readonly mode: number;
  readonly sizeBytes: number;
  readonly mtimeSeconds: number;
  /** Of links: as stated. */
  readonly linkTarget: string;
  readonly typeFlag: string;
}

/** Receives members: `start`, its `content` in pieces, `end`. May throw to stop. */
export interface TarHandler {
  start(member: TarMember): void;
  content(chunk: Buffer): void;
  end(): void;
}

const kinds: Readonly<Record<string, TarMemberKind>> = {
  [tarTypes.file]: 'file',
  '7': 'file',
  [tarTypes.hardlink]: 'hardlink',
  [tarTypes.symlink]: 'symlink',
  [tarTypes.directory]: 'directory',
};

type State = 'header' | 'metadata' | 'content' | 'padding' | 'after-end';

/** See the file's head. Throws `StageyardError` of the given code on anything invalid. */
export class TarParser {
  readonly #handler: TarHandler;
  readonly #code: ErrorCode;
  readonly #block = Buffer.alloc(BLOCK_BYTES);
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  #state: State = 'header';
  #filled = 0;
  #left = 0;
  #padding = 0;
  #trailing = 0;
  #metadataType = '';
  #metadata: Buffer[] = [];
  #longName: Buffer | undefined;
  #longLink: Buffer | undefined;
  #globalPax: PaxRecords = {};
  #pax: PaxRecords = {};

  constructor(handler: TarHandler, code: ErrorCode) {
    this.#handler = handler;
    this.#code = code;
  }

  /** Takes the next bytes of the archive. */
  push(chunk: Uint8Array): void {
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    while (rest.length > 0) rest = rest.subarray(this.#consume(rest));
  }

  /** Says that there are no more bytes. Throws when something is missing. */
  finish(): void {
    const isAtBoundary = this.#state === 'header' && this.#filled === 0 && !this.#hasPendingNames();
    if (this.#state !== 'after-end' && !isAtBoundary)
      throw this.#invalid('it ends in the middle of a member');
  }

  #hasPendingNames(): boolean {
    return this.#longName !== undefined || this.#longLink !== undefined;
  }

  #invalid(what: string): StageyardError {
    return new StageyardError(this.#code, `not a usable tar archive: ${what}`);
  }

  /** Handles the front of `rest`; answers how many bytes it took. */
  #consume(rest: Buffer): number {
    switch (this.#state) {
      case 'header':
        return this.#takeHeader(rest);
      case 'metadata':
      case 'content':
        return this.#takeBody(rest);
      case 'padding': {
        const count = Math.min(this.#padding, rest.length);
        this.#padding -= count;
        if (this.#padding === 0) this.#state = 'header';
        return count;
      }
      case 'after-end':
        this.#trailing += rest.length;
        if (this.#trailing > TRAILING_BYTES_MAX) throw this.#invalid('too much follows its end');
        return rest.length;
    }
  }

  #takeHeader(rest: Buffer): number {
    if (this.#filled === 0 && rest.length >= BLOCK_BYTES) {
      this.#onHeader(rest.subarray(0, BLOCK_BYTES));
      return BLOCK_BYTES;
    }
    const count = Math.min(BLOCK_BYTES - this.#filled, rest.length);
    rest.copy(this.#block, this.#filled, 0, count);
    this.#filled += count;
    if (this.#filled === BLOCK_BYTES) {
      this.#filled = 0;
      this.#onHeader(this.#block);
    }
    return count;
  }

  #takeBody(rest: Buffer): number {
    const part = rest.subarray(0, Math.min(this.#left, rest.length));
    if (this.#state === 'metadata') this.#metadata.push(Buffer.from(part));
    else this.#handler.content(part);
    this.#left -= part.length;
    if (this.#left === 0) this.#endBody();
    return part.length;
  }

  #endBody(): void {
    if (this.#state === 'metadata') this.#onMetadata();
    else this.#handler.end();
    this.#state = this.#padding > 0 ? 'padding' : 'header';
  }

  #onHeader(block: Buffer): void {
    if (isZeroBlock(block)) {
      if (this.#hasPendingNames()) throw this.#invalid('it ends after a long name');
      this.#state = 'after-end';
      return;
    }
    const header = decodeHeader(block);
    if (typeof header === 'string') throw this.#invalid(header);
    if ('LKxg'.includes(header.type)) this.#startMetadata(header);
    else if (header.type === 'V') this.#skipVolumeLabel(header);
    else this.#startMember(header);
  }

  #skipVolumeLabel(header: RawHeader): void {
    if (header.sizeBytes > 0) throw this.#invalid('a volume label has content');
  }

  #startMetadata(header: RawHeader): void {
    if (header.sizeBytes > METADATA_BYTES_MAX || header.sizeBytes === 0) {
      throw this.#invalid(`a metadata entry has ${header.sizeBytes} bytes`);
    }
    this.#metadataType = header.type;
    this.#metadata = [];
    this.#startBody('metadata', header.sizeBytes);
  }

  #startBody(state: 'metadata' | 'content', sizeBytes: number): void {
    this.#state = state;
    this.#left = sizeBytes;
    this.#padding = paddingOf(sizeBytes);
  }

  #onMetadata(): void {
    const bytes = Buffer.concat(this.#metadata);
    this.#metadata = [];
    if (this.#metadataType === 'L') this.#longName = untilNul(bytes);
    else if (this.#metadataType === 'K') this.#longLink = untilNul(bytes);
    else this.#onPax(bytes);
  }

  #onPax(bytes: Buffer): void {
    const records = parsePaxRecords(bytes);
    if (typeof records === 'string') throw this.#invalid(records);
    if (this.#metadataType === 'g') this.#globalPax = { ...this.#globalPax, ...records };
    else this.#pax = records;
  }

  #startMember(header: RawHeader): void {
    const member = this.#memberOf(header);
    this.#longName = undefined;
    this.#longLink = undefined;
    this.#pax = {};
    this.#handler.start(member);
    if (member.sizeBytes === 0) this.#handler.end();
    else this.#startBody('content', member.sizeBytes);
  }

  #memberOf(header: RawHeader): TarMember {
    const pax = { ...this.#globalPax, ...this.#pax };
    if (pax.isSparse === true) throw this.#invalid('it holds a sparse file');
    const path = pax.path ?? this.#text(this.#longName ?? header.name);
    const isOldDirectory = header.type === tarTypes.file && path.endsWith('/');
    const kind = isOldDirectory ? 'directory' : (kinds[header.type] ?? 'other');
    return {
      path,
      kind,
      mode: header.mode,
      // Sizes of links and directories mean nothing; no content follows them.
      sizeBytes: kind === 'file' || kind === 'other' ? (pax.sizeBytes ?? header.sizeBytes) : 0,
      mtimeSeconds: pax.mtimeSeconds ?? header.mtimeSeconds,
      linkTarget: pax.linkTarget ?? this.#text(this.#longLink ?? header.link),
      typeFlag: header.type,
    };
  }

  #text(bytes: Buffer): string {
    try {
      return this.#decoder.decode(bytes);
    } catch (error) {
      const shown = JSON.stringify(bytes.toString('latin1').slice(0, 200));
      const message = `not a usable tar archive: the name ${shown} is not UTF-8`;
      throw new StageyardError(this.#code, message, { cause: error });
    }
  }
}

function untilNul(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}
