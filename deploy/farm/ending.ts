/** What is to be closed at the end, last opened first; one that fails doesn't keep the others open. */

/** See the file's head. */
export class Ending {
  readonly #steps: (() => Promise<unknown>)[] = [];

  add(step: () => Promise<unknown>): void {
    this.#steps.push(step);
  }

  /** Closes everything. Never rejects: what can't be closed ends with the process. */
  async run(): Promise<void> {
    for (const step of this.#steps.splice(0).toReversed()) await step().catch(() => undefined);
  }
}
