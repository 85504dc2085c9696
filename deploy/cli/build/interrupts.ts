/**
 * Ctrl-C, TERM and HUP: the first asks to stop, the second leaves at once. A terminal sends Ctrl-C to the whole
 * process group, and npm and launchers pass on what they got too: what comes at the same moment counts once.
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
  readonly onFirst: () => void;
  /** Once for every later one. */
  readonly onFurther: () => void;
}

/** Signals since it was made. */
export interface Interrupts {
  readonly count: () => number;
  /** Ends listening. */
  readonly stop: () => void;
}

/** Listens until `stop` is called. */
export function listenForInterrupts(options: InterruptOptions): Interrupts {
  let count = 0;
  let latestMs = Number.NEGATIVE_INFINITY;
  const listener = (): void => {
    const nowMs = options.nowMs();
    if (nowMs - latestMs < SAME_MOMENT_MS) return;
    latestMs = nowMs;
    count += 1;
    if (count === 1) options.onFirst();
    else options.onFurther();
  };
  for (const signal of SIGNALS) options.source.on(signal, listener);
  return {
    count: () => count,
    stop: () => {
      for (const signal of SIGNALS) options.source.off(signal, listener);
    },
  };
}
