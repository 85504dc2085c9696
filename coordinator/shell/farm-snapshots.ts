/**
 * What a farm's coordinator reads when it starts, so that it need not replay from the first entry: one document of
 * all runs, and one of each run's state. A run that is over is written once and then only listed.
 *
 *     journal's snapshot ──> index ──┬──> state of an open run, read at once
 *     (a reference)                  └──> listing of a run that is over, and where its state lies
 */
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { zstdCompress, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { canonicalJson, canonicalPieces } from '#proto/canonical-json.ts';
import type { BlobRef } from '#proto/digest.ts';
import { StageyardError } from '#proto/errors.ts';
import {
  blobRefMember,
  countMember,
  jsonObject,
  listMember,
  objectMember,
  parseJsonObject,
} from '#proto/json-shape.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { JournalSnapshot } from '#proto/ports/journal.ts';
import { type RunListing, readListing } from '#coordinator/core/run-listing.ts';
import type { RunState } from '#coordinator/core/state.ts';
import { decodeState } from '#coordinator/core/state-codec.ts';
import { putBytes } from './large-puts.ts';

const INDEX_SCHEMA = 1;
/** Others have their turn after this much text: a large run's has tens of megabytes. */
const TURN_CHARS_MAX = 32 * 1024;
/** Compressed by another thread; less than this is done sooner here, and at once wherever time is simulated. */
const COMPRESSED_ASIDE_BYTES_MIN = 256 * 1024;
/** A compressed document: that of a hundred thousand tasks has less than half of it. */
const DOCUMENT_SIZE_BYTES_MAX = 64 * 1024 * 1024;
/** The same, unpacked. */
const TEXT_SIZE_BYTES_MAX = 512 * 1024 * 1024;

/** Where the state of a run lies. */
export interface StoredRun {
  readonly listing: RunListing;
  readonly state: BlobRef;
}

/** All runs after an entry of the journal. */
export interface FarmIndex {
  readonly term: number;
  readonly runs: readonly StoredRun[];
}

const compressed = promisify(zstdCompress);

/** A document in the store: compressed JSON. `owner` as in `UploadScope`. Rejects with `BLOB_*`. */
export async function putDocument(
  blobs: BlobStore,
  value: object,
  owner: string,
): Promise<BlobRef> {
  const pieces: Buffer[] = [];
  let charCount = 0;
  for (const piece of canonicalPieces(value)) {
    pieces.push(Buffer.from(piece));
    charCount += piece.length;
    if (charCount < TURN_CHARS_MAX) continue;
    await setImmediate();
    charCount = 0;
  }
  const text = Buffer.concat(pieces);
  const isSmall = text.length < COMPRESSED_ASIDE_BYTES_MIN;
  return putBytes(blobs, isSmall ? zstdCompressSync(text) : await compressed(text), owner);
}

/** Its text again. Rejects with `BLOB_*`, and with `MESSAGE_INVALID` when it isn't one. */
export async function getDocument(blobs: BlobStore, ref: BlobRef): Promise<string> {
  const bytes = await blobs.getBytes(ref, DOCUMENT_SIZE_BYTES_MAX);
  try {
    return new TextDecoder().decode(
      zstdDecompressSync(bytes, { maxOutputLength: TEXT_SIZE_BYTES_MAX }),
    );
  } catch (error) {
    const message = `${ref.digest}: not a document of a coordinator`;
    throw new StageyardError('MESSAGE_INVALID', message, { cause: error });
  }
}

/** The state of a run. Rejects as {@link getDocument}. */
export async function loadState(blobs: BlobStore, ref: BlobRef): Promise<RunState> {
  return decodeState(await getDocument(blobs, ref));
}

/** Stores the index. Rejects with `BLOB_*`. */
export async function putIndex(
  blobs: BlobStore,
  index: FarmIndex,
  sequence: number,
): Promise<BlobRef> {
  const document = { schema: INDEX_SCHEMA, ...index };
  return putDocument(blobs, document, `farm/index-${index.term}-${sequence}`);
}

/** What the journal keeps of an index. */
export function snapshotOf(index: BlobRef, sequence: number): JournalSnapshot {
  return { sequence, body: new TextEncoder().encode(canonicalJson({ index })) };
}

/** The blob that a snapshot of the journal names. Throws `MESSAGE_INVALID`. */
export function indexRef({ body }: JournalSnapshot): BlobRef {
  return blobRefMember(parseJsonObject(new TextDecoder().decode(body), 'snapshot'), 'index');
}

/** The index in a blob. Rejects as {@link getDocument}, and with `JOURNAL_CORRUPT` for a newer schema. */
export async function loadIndex(blobs: BlobStore, ref: BlobRef): Promise<FarmIndex> {
  const object = parseJsonObject(await getDocument(blobs, ref), 'index of runs');
  const schema = countMember(object, 'schema');
  if (schema !== INDEX_SCHEMA) {
    const message = `index of runs: schema ${schema} was written by another version of stageyard`;
    throw new StageyardError('JOURNAL_CORRUPT', message, { context: { schema } });
  }
  const runs = listMember(object, 'runs', (value, place): StoredRun => {
    const run = jsonObject(value, place);
    return {
      listing: readListing(objectMember(run, 'listing')),
      state: blobRefMember(run, 'state'),
    };
  });
  return { term: countMember(object, 'term'), runs };
}
