/**
 * What Ctrl-C does to a run. In this process it cancels. A run on a farm needs nobody to watch it: on a terminal it
 * is asked whether to leave it alone or to cancel it, elsewhere (CI) it is cancelled.
 */
import type { HostRun } from '../../build-host.ts';
import type { HeldView } from '../present/held-view.ts';
import { INTERRUPTED, listenForInterrupts, type SignalSource } from './interrupts.ts';

/** See the file's head. */
export interface Leaving {
  /** Somebody asked for the run's end. */
  readonly isCancelled: () => boolean;
  /** Resolves when the run is left alone, and never otherwise. */
  readonly detached: Promise<'detached'>;
  readonly stop: () => void;
}

/** Where questions are asked: the terminal. */
export interface Terminal {
  readonly isThere: boolean;
  readonly write: (text: string) => void;
  /** The next line that is typed; undefined when there is none any more. Ends with `stop`. */
  readonly readLine: (take: (line: string | undefined) => void) => { stop: () => void };
}

/** The process's own terminal. */
const processTerminal: Terminal = {
  get isThere() {
    return process.stdin.isTTY === true && process.stderr.isTTY === true;
  },
  write: (text) => void process.stderr.write(text),
  readLine(take) {
    const { stdin } = process;
    const onData = (chunk: Buffer | string): void => take(String(chunk).split('\n')[0] ?? '');
    const onEnd = (): void => take(undefined);
    stdin.on('data', onData).on('end', onEnd).resume();
    return {
      stop() {
        stdin.off('data', onData).off('end', onEnd).pause();
      },
    };
  },
};

/** What {@link watchForLeaving} works with; the process's own unless a test brings others. */
export interface LeavingOptions {
  readonly terminal?: Terminal;
  readonly source?: SignalSource;
  /** Milliseconds of any clock. */
  readonly nowMs?: () => number;
  /** Ends the process at once. */
  readonly leave?: () => void;
}

/** Listens until `stop` is called. */
export function watchForLeaving(
  { run, detach }: Pick<HostRun, 'run' | 'detach'>,
  view: HeldView,
  options: LeavingOptions = {},
): Leaving {
  const { terminal = processTerminal, source = process } = options;
  const leave = options.leave ?? ((): void => process.exit(INTERRUPTED));
  const detached = Promise.withResolvers<'detached'>();
  const notice = (text: string): void => view.show({ atMs: Date.now(), event: 'notice', text });
  let question: { stop: () => void } | undefined;
  let isCancelled = false;
  const endQuestion = (): void => {
    question?.stop();
    question = undefined;
    view.release();
  };
  const cancel = (): void => {
    endQuestion();
    isCancelled = true;
    notice('stopping: scripts are being ended (once more to leave at once)');
    run.cancel();
  };
  const answer = (line: string | undefined, leaveAlone: () => string): void => {
    // A terminal that is gone can't be told anything any more: the run is none of its business.
    const word = (line ?? 'detach').trim().toLowerCase();
    if (word.startsWith('c')) return cancel();
    endQuestion();
    if (!word.startsWith('d')) return;
    notice(leaveAlone());
    detached.resolve('detached');
  };
  const onInterrupt = (): void => {
    if (isCancelled) {
      view.close();
      leave();
    } else if (detach === undefined || !terminal.isThere || question !== undefined) cancel();
    else {
      view.hold();
      terminal.write('\nthe run goes on without you: [d]etach, [c]ancel it, or Enter to stay? ');
      question = terminal.readLine((line) => answer(line, detach));
    }
  };
  const nowMs = options.nowMs ?? ((): number => performance.now());
  const interrupts = listenForInterrupts({ source, nowMs, onInterrupt });
  return {
    isCancelled: () => isCancelled,
    detached: detached.promise,
    stop: () => {
      question?.stop();
      interrupts.stop();
    },
  };
}
