/** Waiting for services that aren't there yet: processes of a farm start in any order. */
import type { ErrorCode } from '#proto/error-codes.ts';
import { StageyardError } from '#proto/errors.ts';
import type { Clock } from '#proto/ports/clock.ts';

/** First pause between two tries; doubles up to the second. */
const PAUSE_MS = 500;
const PAUSE_MS_MAX = 5_000;
/** The service doesn't answer; anything else (credentials, versions) is told at once. */
const ABSENT: ReadonlySet<ErrorCode> = new Set([
  'BUS_UNAVAILABLE',
  'JOURNAL_UNAVAILABLE',
  'BLOB_STORE_UNAVAILABLE',
]);

/** How to wait. */
export interface Patience {
  readonly clock: Clock;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  /** One line for people. */
  readonly say: (line: string) => void;
  /** How long at most, without end if absent; the service's own error is told then. */
  readonly waitMsMax?: number;
}

/** True when waiting may help: the service doesn't answer. */
export function isAbsence(error: unknown): error is StageyardError {
  return error instanceof StageyardError && ABSENT.has(error.code);
}

/** What `open` resolves to, once the service answers. Rejects with every other error, or the signal's reason. */
export async function untilThere<T>(
  what: string,
  open: () => Promise<T>,
  { clock, signal, say, waitMsMax = Number.POSITIVE_INFINITY }: Patience,
): Promise<T> {
  const untilMs = clock.nowMs() + waitMsMax;
  let pauseMs = PAUSE_MS;
  for (let tries = 1; ; tries += 1) {
    try {
      const opened = await open();
      if (tries > 1) say(`${what} is there`);
      return opened;
    } catch (error) {
      if (!isAbsence(error)) throw error;
      if (clock.nowMs() >= untilMs) throw error;
      if (tries === 1) say(`waiting for ${what}: ${error.message}`);
    }
    await clock.sleep(pauseMs, signal);
    pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX);
  }
}
