/**
 * Keys of objects in S3. Every upload has a key of its own, so two uploaders never meet; the digest is
 * part of it, so that a reference from a foreign message can name no object but one of its own blob.
 * Characters and lengths are those that every server takes.
 */
import { isSha256Digest, type Sha256Digest } from './digest.ts';
import { StageyardError } from './errors.ts';

const PREFIX = /^([a-z0-9][a-z0-9._-]{0,99}\/){0,8}$/;
const NONCE = /^[0-9a-f]{16,64}$/;
const OWNER_CHARACTERS_MAX = 100;

/** What a key is made of. */
export interface BlobKeyParts {
  /** Checked by {@link objectPrefix}. */
  readonly prefix: string;
  readonly digest: Sha256Digest;
  /** Run and attempt: for people who look at a bucket. */
  readonly owner: string;
  /** Random hex digits: what makes the key unique and not to be guessed. */
  readonly nonce: string;
}

/** Ends the prefix of `what` with `/`. Throws `CONFIG_INVALID` unless it consists of `[a-z0-9._-]` parts. */
export function objectPrefix(text: string, what: string): string {
  const prefix = text === '' || text.endsWith('/') ? text : `${text}/`;
  if (!PREFIX.test(prefix) || prefix.includes('..')) {
    const shown = JSON.stringify(text.slice(0, 80));
    const message = `the prefix of ${what} is not usable: ${shown}; parts of [a-z0-9._-] and / are`;
    throw new StageyardError('CONFIG_INVALID', message);
  }
  return prefix;
}

/** `PREFIXblob/ab/DIGEST/OWNER-NONCE`. */
export function blobKey({ prefix, digest, owner, nonce }: BlobKeyParts): string {
  if (!NONCE.test(nonce)) throw new RangeError('a nonce has 16 to 64 hex digits');
  const slug = owner
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .slice(0, OWNER_CHARACTERS_MAX);
  return `${folderOf(prefix, digest)}${slug}-${nonce}`;
}

/** True when `key` is one that {@link blobKey} makes for this blob. */
export function isKeyOfBlob(key: string, prefix: string, digest: Sha256Digest): boolean {
  if (!isSha256Digest(digest)) return false;
  const folder = folderOf(prefix, digest);
  return key.startsWith(folder) && /^[a-z0-9_-]{1,180}$/.test(key.slice(folder.length));
}

function folderOf(prefix: string, digest: Sha256Digest): string {
  return `${prefix}blob/${digest.slice(0, 2)}/${digest}/`;
}
