/** Steps of which only so many are done at a time; the others wait in order, for as long as somebody wants them. */

/** See the file's head. */
export class Turns {
  readonly #waiting = new Set<() => void>();
  #free: number;

  constructor(atATime: number) {
    this.#free = atATime;
  }

  /** Does a step. Rejects as the step does, and with the signal's reason when it is aborted before the turn comes. */
  async take<T>(signal: AbortSignal | undefined, step: () => Promise<T>): Promise<T> {
    await this.#turn(signal);
    try {
      return await step();
    } finally {
      this.#passOn();
    }
  }

  async #turn(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    const turn = Promise.withResolvers<void>();
    const leave = (): void => {
      if (this.#waiting.delete(turn.resolve)) turn.reject(signal?.reason);
    };
    this.#waiting.add(turn.resolve);
    signal?.addEventListener('abort', leave, { once: true });
    try {
      await turn.promise;
    } finally {
      signal?.removeEventListener('abort', leave);
    }
  }

  /** The next one takes our place before anybody else can. */
  #passOn(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free += 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
