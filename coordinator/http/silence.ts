/** How long a connection may be silent, as both of its ends see it. */

/** Of a store that is slow, or that many use. */
const STORE_BYTES_PER_MS = 4 * 1024;

/**
 * Time that the store may take for a blob, during which nothing moves between client and coordinator. (What HTTP has
 * for signs of life meanwhile, interim answers, is what some proxies take for the answer.)
 */
export function storeMs(sizeBytes: number): number {
  return Math.ceil(sizeBytes / STORE_BYTES_PER_MS);
}
