/** A process that runs until it is told to end: signals, lines for people. */
import { listenForInterrupts } from '../build/interrupts.ts';

/** What a service is given. */
export interface ServiceSurroundings {
  /** Aborted by the first Ctrl-C, TERM or HUP. */
  readonly signal: AbortSignal;
  /** A line with the time, on standard error. */
  readonly say: (line: string) => void;
}

/** Exit code of a process that was told twice to end. */
const FORCED_EXIT = 130;

/** Runs it; a second signal ends the process at once. */
export async function runService(
  run: (surroundings: ServiceSurroundings) => Promise<void>,
): Promise<void> {
  const ended = new AbortController();
  const interrupts = listenForInterrupts({
    source: process,
    nowMs: Date.now,
    onInterrupt: () => {
      if (ended.signal.aborted) process.exit(FORCED_EXIT);
      ended.abort(new Error('told to end'));
    },
  });
  const say = (line: string): void =>
    void process.stderr.write(`${new Date().toISOString()} ${line}\n`);
  try {
    await run({ signal: ended.signal, say });
  } finally {
    interrupts.stop();
  }
}
