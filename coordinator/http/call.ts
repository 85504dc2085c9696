/** One request, and what is at hand to answer it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { Clock } from '#proto/ports/clock.ts';
import type { Logger } from '#proto/ports/logger.ts';
import type { BlobTransfers } from './blob-transfers.ts';

/** See the file's head. */
export interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  /** The variable parts of the path, decoded. */
  readonly words: readonly string[];
  readonly blobs: BlobStore;
  readonly transfers: BlobTransfers;
  readonly clock: Clock;
  readonly logger: Logger;
}
