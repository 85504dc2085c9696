/** Who asked may go away while something is done for them. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Aborted once that side of the exchange is closed, at once if it is already. */
export function untilGone(side: IncomingMessage | ServerResponse): AbortSignal {
  const gone = new AbortController();
  side.once('close', () => gone.abort());
  if (side.destroyed) gone.abort();
  return gone.signal;
}
