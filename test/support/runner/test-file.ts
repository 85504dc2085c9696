/**
 * One test file in a process group of its own, with a bound. Whatever happens in it (an open handle, a busy
 * loop, a child that waits for ever), it ends, its children end with it, and it is known where it stood.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { killGroup } from '#deploy/local-farm/services/kill-group.ts';
import type { FileEvent } from './file-event.ts';

/** A file is told to be slow after this long, and again each time it has passed. */
const SLOW_MS = 60_000;
/** How long a process may stay when all its tests have ended: servers are being stopped. */
const LINGER_MS = 30_000;
const EXIT_WAIT_MS = 5_000;
const OUTPUT_LENGTH_MAX = 16_000;

/** What is run. */
export interface TestFile {
  /** Relative to `directory`. */
  readonly path: string;
  readonly directory: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly boundMs: number;
  /** Absent: half a minute. */
  readonly lingerMs?: number;
}

/** How it ended. */
export interface FileOutcome {
  readonly path: string;
  readonly passed: number;
  readonly skipped: number;
  /** Each with its error; those of the process itself (killed, crashed) too. */
  readonly failures: readonly string[];
  readonly elapsedMs: number;
  /** The last it printed. */
  readonly output: string;
}

/** Hears at once what can't wait until the end. */
export type SayLine = (line: string) => void;

const running = new Set<RunningFile>();

/** Paths of files that run now, each with its unfinished tests. */
export function runningFiles(): string[] {
  return [...running].map((file) => `${file.path} ${file.whereabouts()}`);
}

/** Kills every file that runs, with its children. */
export function killRunningFiles(reason: string): void {
  for (const file of running) file.end(reason);
}

/** Runs one to its end. Never rejects. */
export async function runTestFile(file: TestFile, say: SayLine): Promise<FileOutcome> {
  const started = new RunningFile(file, say);
  running.add(started);
  try {
    return await started.outcome();
  } finally {
    running.delete(started);
  }
}

class RunningFile {
  readonly path: string;
  readonly #child: ChildProcess;
  readonly #say: SayLine;
  readonly #startedAtMs = performance.now();
  readonly #lingerMs: number;
  readonly #timers: NodeJS.Timeout[];
  readonly #failures: string[] = [];
  /** Title → how many of it have not ended. */
  readonly #open = new Map<string, number>();
  readonly #working = new Set<string>();
  #linger: NodeJS.Timeout | undefined;
  #passed = 0;
  #skipped = 0;
  #output = '';
  #isKilled = false;

  constructor(file: TestFile, say: SayLine) {
    const { path, directory, environment, boundMs, lingerMs = LINGER_MS } = file;
    this.path = path;
    this.#say = say;
    this.#lingerMs = lingerMs;
    this.#child = spawn(process.execPath, wordsFor(path), {
      cwd: directory,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...environment, STAGEYARD_TEST_RUNNER: String(process.pid) },
    });
    this.#child.on('message', (message) => this.#hear(message as FileEvent));
    this.#collect(this.#child.stdout);
    this.#collect(this.#child.stderr);
    const bound = setTimeout(() => this.end(`is not done after ${seconds(boundMs)}`), boundMs);
    const slow = setInterval(() => this.#saySlow(), SLOW_MS);
    this.#timers = [bound, slow];
  }

  async outcome(): Promise<FileOutcome> {
    const { code, signal } = await this.#exit();
    for (const timer of this.#timers) clearTimeout(timer);
    clearTimeout(this.#linger);
    killGroup(this.#child);
    await this.#drained();
    if (this.#failures.length === 0 && code !== 0) {
      this.#fail(`ended with ${signal ?? code} ${this.whereabouts()}`);
    }
    if (this.#failures.length + this.#passed + this.#skipped === 0) this.#fail('has no test');
    return {
      path: this.path,
      passed: this.#passed,
      skipped: this.#skipped,
      failures: this.#failures,
      elapsedMs: performance.now() - this.#startedAtMs,
      output: this.#output,
    };
  }

  /** What it is in the middle of. */
  whereabouts(): string {
    if (this.#working.size > 0) return `(in: ${[...this.#working].join(', ')})`;
    if (this.#open.size > 0) return '(between tests)';
    return this.#passed + this.#skipped + this.#failures.length === 0
      ? '(before its first test)'
      : '(all its tests have ended; something keeps the process open)';
  }

  /** Kills it with its children; that's a failure. */
  end(reason: string): void {
    if (this.#isKilled) return;
    this.#isKilled = true;
    this.#fail(`${reason} ${this.whereabouts()}`);
    killGroup(this.#child);
  }

  async #exit(): Promise<{ code: number | null; signal: string | null }> {
    try {
      const [code, signal] = await once(this.#child, 'exit');
      return { code, signal };
    } catch (error) {
      this.#fail(`could not be started: ${String(error)}`);
      return { code: null, signal: null };
    }
  }

  /** A child in a group of its own may hold the pipes: what it writes later isn't waited for. */
  async #drained(): Promise<void> {
    const { stdout, stderr } = this.#child;
    const closed = [stdout, stderr].map(async (pipe) => {
      if (pipe !== null && !pipe.closed) await once(pipe, 'close');
    });
    const { promise: tooLate, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, EXIT_WAIT_MS);
    await Promise.race([Promise.all(closed), tooLate]);
    clearTimeout(timer);
    stdout?.destroy();
    stderr?.destroy();
  }

  #collect(pipe: Readable | null): void {
    pipe?.setEncoding('utf8').on('data', (text: string) => {
      this.#output = (this.#output + text).slice(-OUTPUT_LENGTH_MAX);
    });
  }

  #hear(event: FileEvent): void {
    clearTimeout(this.#linger);
    if (event.kind === 'known') this.#count(event.test, 1);
    if (event.kind === 'began') this.#working.add(event.test);
    if (event.kind === 'passed') this.#passed += 1;
    if (event.kind === 'skipped') {
      this.#skipped += 1;
      this.#say(`skipped: ${this.path}: ${event.test}: ${event.reason}`);
    }
    if (event.kind === 'failed') this.#fail(`${event.test}\n${event.text}`);
    if (event.kind === 'left') this.#working.delete(event.test);
    if (event.kind === 'ended') this.#count(event.test, -1);
    if (this.#open.size > 0) return;
    this.#linger = setTimeout(() => this.end('does not end'), this.#lingerMs);
  }

  #count(test: string, more: number): void {
    const count = (this.#open.get(test) ?? 0) + more;
    if (count === 0) this.#open.delete(test);
    else this.#open.set(test, count);
  }

  #fail(text: string): void {
    this.#failures.push(text);
    this.#say(`failed: ${this.path}: ${text}`);
  }

  #saySlow(): void {
    const elapsed = seconds(performance.now() - this.#startedAtMs);
    this.#say(`still running after ${elapsed}: ${this.path} ${this.whereabouts()}`);
  }
}

/** `61 s`. */
export function seconds(durationMs: number): string {
  return durationMs < 10_000
    ? `${(durationMs / 1000).toFixed(1)} s`
    : `${Math.round(durationMs / 1000)} s`;
}

function wordsFor(path: string): string[] {
  return [
    '--disable-warning=ExperimentalWarning',
    `--import=${join(import.meta.dirname, 'leash.ts')}`,
    `--test-reporter=${join(import.meta.dirname, 'event-reporter.ts')}`,
    '--test-reporter-destination=stdout',
    path,
  ];
}
