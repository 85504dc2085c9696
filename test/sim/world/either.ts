/** One signal out of two. */
import type { AbortSignalLike } from '#proto/ports/clock.ts';

/** Aborted when one of them is. */
export function either(a: AbortSignalLike | undefined, b: AbortSignal): AbortSignal {
  const both = new AbortController();
  const abort = (): void => both.abort(new Error('aborted'));
  for (const signal of [a, b]) {
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
  }
  return both.signal;
}
