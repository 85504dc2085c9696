/** A process of rattler-build that answers renderings, one line each. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pythonVenv } from './python-venv.ts';
import type { RenderFlags, Rendering } from './render-case.ts';

const SCRIPT = join(import.meta.dirname, '../differential/render_peer.py');

/** Answers in the order of the questions; several may be under way. */
export class RenderPeer implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #waiting: {
    readonly resolve: (line: string) => void;
    readonly reject: (error: Error) => void;
  }[] = [];

  private constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.#waiting.shift()?.resolve(line);
    });
    let complaint = '';
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-4096);
    });
    child.on('exit', (code) => {
      const error = new Error(`the peer ended with ${String(code)}: ${complaint}`);
      for (const { reject } of this.#waiting.splice(0)) reject(error);
    });
  }

  /** Starts the process; `directory` is its current directory and must outlive it. */
  static async start(directory: string): Promise<RenderPeer> {
    const python = await pythonVenv();
    const environment = { PATH: process.env['PATH'], HOME: directory, LANG: 'C.UTF-8' };
    return new RenderPeer(spawn(python, [SCRIPT], { cwd: directory, env: environment }));
  }

  /** Renders `recipe.yaml` of a directory. */
  async render(directory: string, flags: RenderFlags): Promise<Rendering> {
    const request = {
      ...flags,
      variantFiles: (flags.variantFiles ?? []).map((file) => join(directory, file)),
      recipes: [join(directory, 'recipe.yaml')],
      outputDir: join(directory, 'output'),
    };
    const line = await new Promise<string>((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    });
    // The peer script writes exactly this shape.
    return JSON.parse(line) as Rendering;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin.end();
    await new Promise<void>((resolve) => {
      if (this.#child.exitCode !== null) resolve();
      else this.#child.once('exit', () => resolve());
    });
  }
}
