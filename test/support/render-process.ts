/** A process that answers renderings one after the other, a JSON line each: ours or a peer. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';

/** See the file's head. */
export class RenderProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #interface: Interface;

  constructor(program: string, words: readonly string[], directory: string) {
    this.#child = spawn(program, words, { cwd: directory });
    this.#child.stderr.resume();
    this.#interface = createInterface({ input: this.#child.stdout });
    this.#lines = this.#interface[Symbol.asyncIterator]();
  }

  /** The answer's line, and how long it took. */
  async ask(request: object): Promise<{ readonly line: string; readonly elapsedMs: number }> {
    const startedMs = performance.now();
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error('the process ended without an answer');
    return { line: value, elapsedMs: performance.now() - startedMs };
  }

  close(): void {
    this.#interface.close();
    this.#child.kill('SIGKILL');
  }
}
