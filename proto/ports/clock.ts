/** Time as a port: cores never read a clock, simulations bring their own. */
export interface Clock {
  /** Milliseconds since the epoch; may step backwards (the core only moves forward). */
  nowMs(): number;
  /** Resolves after `delayMs`, or rejects with the signal's reason. */
  sleep(delayMs: number, signal?: AbortSignalLike): Promise<void>;
}

/** Sleeps until the time has passed or the signal is aborted, whichever comes first. True: all of the time has passed. */
export async function pauseUnlessAborted(
  clock: Clock,
  delayMs: number,
  signal: AbortSignalLike | undefined,
): Promise<boolean> {
  try {
    await clock.sleep(delayMs, signal);
    return true;
  } catch (error) {
    if (!signal?.aborted) throw error;
    return false;
  }
}

/** The part of `AbortSignal` that ports need (pure projects have no DOM or Node types). */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}
