/**
 * What is to be closed at the end, last opened first; one that fails or takes too long doesn't keep the others open: a
 * process that is told to end while its services are away must end too.
 */

/** Of one step. */
const STEP_MS_MAX = 10_000;

/** See the file's head. */
export class Ending {
  readonly #steps: (() => Promise<unknown>)[] = [];

  add(step: () => Promise<unknown>): void {
    this.#steps.push(step);
  }

  /** Closes everything. Never rejects: what can't be closed ends with the process. */
  async run(): Promise<void> {
    for (const step of this.#steps.splice(0).toReversed()) await within(STEP_MS_MAX, step());
  }
}

async function within(msMax: number, step: Promise<unknown>): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, msMax);
  await Promise.race([step.catch(() => undefined), late.promise]);
  clearTimeout(timer);
}

/** Resolves once the process is told to end. */
export function untilAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
