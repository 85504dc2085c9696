/** A process that is started again whenever it ends, as a service manager does. */
import { systemClock } from '#proto/adapters/system-clock.ts';
import type { FarmProcess } from './farm-process.ts';

const RESTART_PAUSE_MS = 200;

/** See the file's head. */
export class Supervised {
  readonly name: string;
  /** All that there were; the last one is there now. */
  readonly incarnations: FarmProcess[] = [];
  readonly #start: () => FarmProcess;
  #next = Promise.withResolvers<void>();
  #isEnded = false;

  /** Starts it. */
  constructor(name: string, start: () => FarmProcess) {
    this.name = name;
    this.#start = start;
    void this.#supervise();
  }

  /** The one that runs now, or is about to be followed. */
  get process(): FarmProcess {
    const last = this.incarnations.at(-1);
    if (last === undefined) throw new RangeError('started by the constructor');
    return last;
  }

  /** True when the process that runs has said such a line. */
  said(fits: (line: string) => boolean): boolean {
    const { isRunning, sayings } = this.process;
    return isRunning && sayings.some((saying) => saying.event === 'said' && fits(saying.line));
  }

  /** As a crash; resolves when the next one is started. */
  async restart(): Promise<void> {
    const { promise: started } = this.#next;
    await this.process.kill();
    await started;
  }

  /** It isn't started again. */
  end(): void {
    this.#isEnded = true;
  }

  async #supervise(): Promise<void> {
    while (!this.#isEnded) {
      const started = this.#start();
      this.incarnations.push(started);
      this.#next.resolve();
      this.#next = Promise.withResolvers();
      await started.exited;
      if (!this.#isEnded) await systemClock.sleep(RESTART_PAUSE_MS);
    }
  }
}
