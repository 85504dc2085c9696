/** A server that can be away for a while. What it stored stays; its connections and open calls end. */
import type { ErrorCode } from '#proto/error-codes.ts';
import { StageyardError } from '#proto/errors.ts';

/** See the file's head. */
export class SimServer {
  readonly #code: ErrorCode;
  #life = new AbortController();
  #isUp = true;
  #incarnation = 1;

  /** `code`: of the errors that clients get while it is away. */
  constructor(code: ErrorCode) {
    this.#code = code;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** Number of starts. */
  get incarnation(): number {
    return this.#incarnation;
  }

  /** Aborted when the server goes away. */
  get life(): AbortSignal {
    return this.#life.signal;
  }

  stop(): void {
    this.#isUp = false;
    this.#life.abort(this.#away());
  }

  start(): void {
    if (this.#isUp) return;
    this.#isUp = true;
    this.#incarnation += 1;
    this.#life = new AbortController();
  }

  /** Rejects while it is away, and when it goes away before the call is answered: the outcome is unknown then. */
  async serve<T>(call: () => Promise<T>): Promise<T> {
    if (!this.#isUp) throw this.#away();
    const { life } = this;
    const value = await call();
    if (life.aborted) throw this.#away();
    return value;
  }

  #away(): StageyardError {
    return new StageyardError(this.#code, 'the server is away');
  }
}
