/**
 * Which exact key has which result, and who is making one: shared by all runs of one store. A second
 * process that needs a result which a first is making waits for it and adopts it. Owners that died are
 * superseded at once where that can be seen (same machine), else after `expiresAtMs`.
 */
import type { BlobRef } from '../digest.ts';
import type { InputKey } from '../ids.ts';

/** A finished result: `output` is the JSON of a `TaskOutput` (proto/task-output.ts). */
export interface IndexedResult {
  readonly key: InputKey;
  readonly output: BlobRef;
  /** When it was made. */
  readonly builtAtMs: number;
}

/** Answer to a claim. */
export type ClaimOutcome =
  | { readonly kind: 'granted'; readonly epoch: number }
  | { readonly kind: 'exists'; readonly result: IndexedResult }
  | { readonly kind: 'busy'; readonly owner: string };

/** Rejects with `STORE_UNWRITABLE`, `DISK_FULL`, `CONFIG_INVALID` or `BLOB_STORE_UNAVAILABLE`. */
export interface ResultIndex {
  lookup(key: InputKey): Promise<IndexedResult | undefined>;
  /** Asks for the right to make this result. `owner` names run and attempt; asking again as the same owner renews. */
  claim(key: InputKey, owner: string, ttlMs: number): Promise<ClaimOutcome>;
  /** Gives the right back without a result. */
  unclaim(key: InputKey, owner: string): Promise<void>;
  /** Stores the result and ends the claim; the first result of a key stays (same inputs, so either is good). */
  commit(result: IndexedResult): Promise<IndexedResult>;
  /** Forgets a result whose blobs are gone or damaged. */
  forget(key: InputKey): Promise<void>;
  close(): Promise<void>;
}
