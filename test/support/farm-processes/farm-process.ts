/** A child process of a test's farm: what it says is waited for, and it never outlives the test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Saying } from './child-words.ts';

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

type SayingOf<Event extends Saying['event']> = Extract<Saying, { event: Event }>;
type Listener = (saying: Saying) => void;

/** See the file's head. */
export class FarmProcess {
  readonly #child: ChildProcess;
  readonly #sayings: Saying[] = [];
  readonly #listeners = new Set<Listener>();
  #stderr = '';
  /** Undefined while it runs. */
  endedAtMs: number | undefined;
  /** Resolves when it is gone. */
  readonly exited: Promise<void>;

  /** `program`: file in this directory; `wish`: its only word. */
  constructor(program: string, wish: object, environment: Readonly<Record<string, string>>) {
    const words = ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, program)];
    const child = spawn(process.execPath, [...words, JSON.stringify(wish)], {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    running.add(child);
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    createInterface({ input: child.stdout }).on('line', (line) => this.#hear(line));
    this.exited = new Promise((resolve) => {
      child.once('close', () => {
        running.delete(child);
        this.endedAtMs = Date.now();
        resolve();
      });
    });
  }

  get isRunning(): boolean {
    return running.has(this.#child);
  }

  /** What it has said so far. */
  get sayings(): readonly Saying[] {
    return this.#sayings;
  }

  /** Resolves with the first saying that fits, said already or later; rejects when it ends before. */
  async until<E extends Saying['event']>(
    event: E,
    fits: (saying: SayingOf<E>) => boolean = () => true,
  ): Promise<SayingOf<E>> {
    const isIt = (saying: Saying): saying is SayingOf<E> => isOf(saying, event) && fits(saying);
    const heard = this.#sayings.find(isIt);
    if (heard !== undefined) return heard;
    return new Promise((resolve, reject) => {
      const listener: Listener = (saying) => {
        if (!isIt(saying)) return;
        this.#listeners.delete(listener);
        resolve(saying);
      };
      this.#listeners.add(listener);
      void this.exited.then(() => reject(new Error(`ended before ${event}:\n${this.story}`)));
    });
  }

  /** Everything it said, for a failure's message. */
  get story(): string {
    const lines = this.#sayings.slice(-40).map((saying) => JSON.stringify(saying));
    return [...lines, this.#stderr.slice(-2_000)].join('\n');
  }

  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exited;
  }

  /** Politely. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.exited;
  }

  #hear(line: string): void {
    const saying: Saying = JSON.parse(line);
    this.#sayings.push(saying);
    for (const listener of this.#listeners) listener(saying);
  }
}

function isOf<E extends Saying['event']>(saying: Saying, event: E): saying is SayingOf<E> {
  return saying.event === event;
}
