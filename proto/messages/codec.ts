/** The one door to the wire format: every message's encode and decode pair. */
export {
  decodeSnapshotManifest,
  encodeSnapshotManifest,
  loadSnapshotManifest,
  storeSnapshotManifest,
} from './snapshot-codec.ts';
export {
  decodeTaskEvent,
  decodeTaskOffer,
  encodeTaskEvent,
  encodeTaskOffer,
} from './task-codec.ts';
export { decodeWorkerAnnouncement, encodeWorkerAnnouncement } from './worker-codec.ts';
