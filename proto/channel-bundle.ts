/**
 * A channel directory that travels with a submission: a document that lists its packages, each of them a blob. To
 * solves it is the channel at its old place, so that nothing in a package tells of the journey.
 */
import type { RepodataRecord } from './conda/package-record.ts';
import type { BlobRef } from './digest.ts';
import {
  blobRefMember,
  jsonObject,
  listMember,
  objectMember,
  parseJsonObject,
} from './json-shape.ts';

/** Largest document: it is stored in one piece. */
export const CHANNEL_BUNDLE_BYTES_MAX = 16 * 1024 * 1024;

/** One package. */
export interface BundledPackage {
  readonly record: RepodataRecord;
  /** Absent where the record's URL is on a server. */
  readonly blob?: BlobRef;
}

/** A package as it was read: its record is still to be checked. */
export interface ReadPackage {
  readonly record: unknown;
  readonly blob?: BlobRef;
}

/** The packages of a document. Throws `MESSAGE_INVALID`. */
export function readChannelBundle(text: string): readonly ReadPackage[] {
  const object = parseJsonObject(text, 'channel bundle');
  return listMember(object, 'packages', (item, at) => {
    const entry = jsonObject(item, at);
    const { members: record } = objectMember(entry, 'record');
    return entry.members['blob'] === undefined
      ? { record }
      : { record, blob: blobRefMember(entry, 'blob') };
  });
}
