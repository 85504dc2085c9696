/**
 * A server as a child process: its own directory, output in a file, ended with us however we end.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { openSync, closeSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '#proto/adapters/system-clock.ts';

const STOP_TIMEOUT_MS = 5_000;
const PROBE_PAUSE_MS = 20;
const READY_TIMEOUT_MS = 30_000;

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** What is started. */
export interface ServerCommand {
  readonly program: string;
  readonly words: readonly string[];
  readonly directory: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** A running server. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #logPath: string;
  /** Resolves when it is gone. */
  readonly exited: Promise<void>;

  constructor({ program, words, directory, environment }: ServerCommand) {
    this.#logPath = join(directory, 'server.log');
    const log = openSync(this.#logPath, 'a');
    this.#child = spawn(program, words, {
      cwd: directory,
      stdio: ['ignore', log, log],
      env: { ...process.env, ...environment },
    });
    closeSync(log);
    running.add(this.#child);
    this.exited = new Promise((resolve) => {
      const gone = (): void => {
        running.delete(this.#child);
        resolve();
      };
      this.#child.once('exit', gone);
      this.#child.once('error', gone);
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get isRunning(): boolean {
    return running.has(this.#child);
  }

  /** What it has printed. */
  get output(): string {
    return readFileSync(this.#logPath, 'utf8');
  }

  /** Asks `probe` until it answers something. Fails with the server's last lines. */
  async untilReady<T>(probe: () => Promise<T | undefined>): Promise<T> {
    const deadlineMs = performance.now() + READY_TIMEOUT_MS;
    while (performance.now() < deadlineMs && this.isRunning) {
      // Not ready yet; what it has printed is told when it never is.
      const answer = await probe().catch(() => undefined);
      if (answer !== undefined) return answer;
      await systemClock.sleep(PROBE_PAUSE_MS);
    }
    await this.kill();
    throw new Error(`a server did not get ready:\n${this.output.slice(-2000)}`);
  }

  /** Freezes and thaws. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(name);
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Politely, then not. */
  async stop(): Promise<void> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await this.#end('SIGTERM');
    clearTimeout(timer);
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGCONT');
    this.#child.kill(signal);
    await this.exited;
  }
}

/** `true` once a URL answers 200. */
export async function answersOk(url: string): Promise<true | undefined> {
  const response = await fetch(url);
  await response.arrayBuffer();
  return response.ok ? true : undefined;
}

/** `true` once a URL answers anything. */
export async function answersAtAll(url: string): Promise<true> {
  const response = await fetch(url);
  await response.arrayBuffer();
  return true;
}
