/**
 * Ctrl-C, TERM and HUP. A terminal sends Ctrl-C to the whole process group, and npm and launchers pass on what they
 * got too: what comes at the same moment counts once.
 */

/** 128 + SIGINT, as shells say it. */
export const INTERRUPTED = 130;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Nobody presses twice as fast, and no wrapper takes as long. */
const SAME_MOMENT_MS = 250;

/** Where signals come from: the process. */
export interface SignalSource {
  on(signal: (typeof SIGNALS)[number], listener: () => void): unknown;
  off(signal: (typeof SIGNALS)[number], listener: () => void): unknown;
}

/** What is done, and with what. */
export interface InterruptOptions {
  readonly source: SignalSource;
  /** Milliseconds of any clock. */
  readonly nowMs: () => number;
  readonly onInterrupt: () => void;
}

/** Signals since it was made. */
export interface Interrupts {
  /** Ends listening. */
  readonly stop: () => void;
}

/** Listens until `stop` is called. */
export function listenForInterrupts(options: InterruptOptions): Interrupts {
  let latestMs = Number.NEGATIVE_INFINITY;
  const listener = (): void => {
    const nowMs = options.nowMs();
    if (nowMs - latestMs < SAME_MOMENT_MS) return;
    latestMs = nowMs;
    options.onInterrupt();
  };
  for (const signal of SIGNALS) options.source.on(signal, listener);
  return {
    stop: () => {
      for (const signal of SIGNALS) options.source.off(signal, listener);
    },
  };
}
