/**
 * Runs a script so that nothing of it outlives its time. The script's processes are one process group
 * with a guard inside: a small shell that holds the reading end of a pipe whose writing end only this
 * process has. When the pipe closes, for whatever reason (kill -9 of this process too), the guard kills
 * the group. The guard also keeps the group's number from being given to somebody else.
 *
 *     this process ──spawn──▶ supervisor (bash, leader of the group)
 *            │ pipe             ├─ guard: waits for the end of the pipe, then kill -KILL the group
 *            └──────────────────┤
 *                               └─ the script: standard input is null, output and errors are one stream
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { ErrorCode } from '#proto/error-codes.ts';
import { errorCodeOf, StageyardError, systemErrorCode } from '#proto/errors.ts';
import type { AbortSignalLike } from '#proto/ports/clock.ts';
import type { ResourceUse } from '#proto/task-output.ts';
import { GroupMemoryMeter } from './group-memory.ts';
import { type PathLabel, ScriptOutput } from './script-output.ts';

/** Time between asking the group to end (TERM) and ending it (KILL). */
const TERMINATION_GRACE_MS = 10_000;
/** How long output is awaited after the last process of the group is gone. */
const DRAIN_MS = 2_000;
/** Log size where nothing else is said. */
const LOG_SIZE_BYTES_MAX = 64 * 1024 * 1024;
/** Longest delay that a timer takes. */
const TIMER_MS_MAX = 2 ** 31 - 1;
const MESSAGE_TAIL_LINES = 15;

/** The traps let the script end in its own time after TERM: the supervisor waits, the guard stays. */
const SUPERVISOR = `
exec 2>&1
trap : TERM INT HUP
( trap '' TERM INT HUP; read -r _; kill -KILL 0 ) <&3 3<&- >/dev/null &
"$@" 3<&-
exit $?
`;

/** Options of {@link runScript}. */
export interface RunScriptOptions {
  /** Program and arguments, e.g. `['bash', '/…/conda_build.sh']`; found on `env.PATH`. */
  readonly command: readonly string[];
  readonly cwd: string;
  /** The whole environment of the script. */
  readonly env: Readonly<Record<string, string>>;
  readonly logPath: string;
  /** The log goes on where an earlier script of the attempt left it; else it is begun anew. */
  readonly appendsLog?: boolean;
  readonly logSizeBytesMax?: number;
  /** Paths shown as variables. */
  readonly labels: readonly PathLabel[];
  /** Values that no output shows. */
  readonly secrets: readonly string[];
  /** Gets each line, masked. Must not throw. */
  readonly onLine: (line: string) => void;
  /** Whole time; 0 means no limit. */
  readonly timeoutMs: number;
  /** Time without any output; 0 means no limit. */
  readonly silentTimeoutMs: number;
  readonly signal?: AbortSignalLike;
  /** For messages: `the build script of libfoo`. */
  readonly what: string;
  /** Is told how much memory the script's process group takes, when that is more than before. */
  readonly onUse?: (use: ResourceUse) => void;
  /** Code of the failure when the exit status isn't 0; default `SCRIPT_FAILED`. */
  readonly failureCode?: ErrorCode;
}

/** How a script that succeeded went. */
export interface ScriptOutcome {
  readonly exitCode: number;
  readonly wallMs: number;
  readonly logPath: string;
  /** The last lines, masked. */
  readonly tail: readonly string[];
}

/**
 * Runs a script to its end. Throws `SCRIPT_FAILED` (or `failureCode`; context: exitCode, wallMs, logPath),
 * `SCRIPT_TIMEOUT`, `SCRIPT_INTERPRETER_MISSING` (no such program), `CANCELLED` (or the signal's reason
 * where that is a `StageyardError`), `DISK_FULL`. When it settles no process of the group runs any more.
 */
export async function runScript(options: RunScriptOptions): Promise<ScriptOutcome> {
  throwIfAborted(options);
  const output = openOutput(options);
  const startedAt = performance.now();
  const run = new RunningScript(options, output);
  let exitCode: number;
  try {
    exitCode = await run.end();
  } finally {
    output.close();
  }
  const wallMs = Math.round(performance.now() - startedAt);
  const { tail } = output;
  if (run.failure !== undefined) throw run.failure;
  if (exitCode !== 0) throw failedScript(options, { exitCode, wallMs, tail });
  return { exitCode, wallMs, logPath: options.logPath, tail };
}

function throwIfAborted({ signal, what }: RunScriptOptions): void {
  if (signal?.aborted === true) throw cancellation(signal, what);
}

function cancellation(signal: AbortSignalLike, what: string): StageyardError {
  if (signal.reason instanceof StageyardError) return signal.reason;
  return new StageyardError('CANCELLED', `${what} was cancelled`);
}

function openOutput(options: RunScriptOptions): ScriptOutput {
  try {
    return new ScriptOutput({ logSizeBytesMax: LOG_SIZE_BYTES_MAX, ...options });
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const code = errorCodeOf(error, 'STORE_UNWRITABLE');
    throw new StageyardError(code, `the log of ${options.what} cannot be written: ${text}`, {
      cause: error,
    });
  }
}

/** One run: owns the child, its timers and the abort listener, and gives all of them back in {@link end}. */
class RunningScript {
  /** Why the script was stopped, when it was. */
  failure: StageyardError | undefined;
  readonly #options: RunScriptOptions;
  readonly #output: ScriptOutput;
  readonly #child: ChildProcess;
  readonly #timers = new Set<NodeJS.Timeout>();
  #silence: NodeJS.Timeout | undefined;

  constructor(options: RunScriptOptions, output: ScriptOutput) {
    this.#options = options;
    this.#output = output;
    this.#child = spawn('bash', ['-c', SUPERVISOR, 'supervisor', ...options.command], {
      cwd: options.cwd,
      env: { ...options.env },
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
    });
  }

  /** Resolves with the exit status when the whole group is gone and all output was taken. */
  async end(): Promise<number> {
    const { signal, timeoutMs, silentTimeoutMs } = this.#options;
    const onAbort = (): void => {
      if (signal !== undefined) this.#stop(cancellation(signal, this.#options.what));
    };
    const drained = this.#takeOutput();
    const exited = this.#exit();
    signal?.addEventListener('abort', onAbort, { once: true });
    if (timeoutMs > 0) this.#after(timeoutMs, () => this.#stop(this.#tooLong(timeoutMs, 'ran')));
    this.#restartSilence(silentTimeoutMs);
    const meter = this.#meter();
    try {
      const status = await exited;
      this.#kill('SIGKILL');
      await Promise.race([drained, this.#delay(DRAIN_MS)]);
      return status;
    } finally {
      meter?.stop();
      signal?.removeEventListener('abort', onAbort);
      for (const timer of this.#timers) clearTimeout(timer);
      clearTimeout(this.#silence);
      this.#child.stdout?.destroy();
      this.#guardPipe()?.destroy();
    }
  }

  #meter(): GroupMemoryMeter | undefined {
    const { onUse } = this.#options;
    const { pid } = this.#child;
    if (onUse === undefined || pid === undefined) return undefined;
    return new GroupMemoryMeter(pid, (peakMemoryBytes) => onUse({ peakMemoryBytes }));
  }

  #guardPipe(): { destroy(): void } | null | undefined {
    return this.#child.stdio[3];
  }

  async #exit(): Promise<number> {
    return await new Promise((resolve, reject) => {
      this.#child.once('error', (error) => {
        reject(cannotStart(this.#options, error));
      });
      this.#child.once('exit', (code, signal) => {
        resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
      });
    });
  }

  async #takeOutput(): Promise<void> {
    const stream = this.#child.stdout;
    if (stream === null) return;
    await new Promise<void>((resolve) => {
      stream.on('data', (chunk: Buffer) => {
        this.#restartSilence(this.#options.silentTimeoutMs);
        this.#take(chunk);
      });
      // A pipe that breaks ends the output like one that is closed.
      stream.once('error', () => resolve());
      stream.once('close', () => resolve());
    });
  }

  #take(chunk: Buffer): void {
    try {
      this.#output.write(chunk);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      const message = `the log of ${this.#options.what} cannot be written: ${text}`;
      this.#stop(
        new StageyardError(errorCodeOf(error, 'STORE_UNWRITABLE'), message, { cause: error }),
      );
    }
  }

  /** Asks the group to end; the first reason stays. */
  #stop(reason: StageyardError): void {
    if (this.failure !== undefined) return;
    this.failure = reason;
    this.#kill('SIGTERM');
    this.#after(TERMINATION_GRACE_MS, () => this.#kill('SIGKILL'));
  }

  #kill(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch (error) {
      // Nothing of the group is left. EPERM is what macOS says when only zombies are.
      if (systemErrorCode(error) !== 'ESRCH' && systemErrorCode(error) !== 'EPERM') throw error;
    }
  }

  #restartSilence(silentTimeoutMs: number): void {
    if (silentTimeoutMs <= 0) return;
    if (this.#silence !== undefined) {
      this.#silence.refresh();
      return;
    }
    this.#silence = setTimeout(
      () => this.#stop(this.#tooLong(silentTimeoutMs, 'printed nothing')),
      Math.min(silentTimeoutMs, TIMER_MS_MAX),
    );
  }

  #tooLong(limitMs: number, did: string): StageyardError {
    const seconds = Math.round(limitMs / 100) / 10;
    return new StageyardError(
      'SCRIPT_TIMEOUT',
      `${this.#options.what} ${did} for ${seconds} s, which is the limit, and was ended.\nLog: ${this.#options.logPath}`,
      { context: { logPath: this.#options.logPath, limitMs } },
    );
  }

  #after(delayMs: number, action: () => void): void {
    this.#timers.add(setTimeout(action, Math.min(delayMs, TIMER_MS_MAX)));
  }

  async #delay(delayMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#after(delayMs, resolve);
    });
  }
}

function cannotStart(options: RunScriptOptions, error: Error): StageyardError {
  if (systemErrorCode(error) === 'ENOENT') {
    return new StageyardError(
      'SCRIPT_INTERPRETER_MISSING',
      `${options.what} needs bash, which is not on PATH (or its directory ${options.cwd} is missing). Debian: apt install bash`,
    );
  }
  const code = errorCodeOf(error, 'INTERNAL');
  return new StageyardError(code, `${options.what} cannot be started: ${error.message}`, {
    cause: error,
  });
}

/** What the system's errors are called by whoever meets them: the recipe is not to blame. */
const FULL_DISK = /No space left on device|Disk quota exceeded/;

interface Failure {
  readonly exitCode: number;
  readonly wallMs: number;
  readonly tail: readonly string[];
}

function failedScript(options: RunScriptOptions, failure: Failure): StageyardError {
  const { what, logPath } = options;
  const isDiskFull = failure.tail.some((line) => FULL_DISK.test(line));
  const lines = failure.tail.slice(-MESSAGE_TAIL_LINES).map((line) => `  | ${line}`);
  const message = [
    `${what} failed with exit status ${failure.exitCode}${signalNote(failure.exitCode)}${isDiskFull ? ': a disk of this machine is full' : ''}`,
    ...(lines.length === 0 ? ['It printed nothing.'] : ['The last lines of its output:', ...lines]),
    `Log: ${logPath}`,
  ].join('\n');
  const context = { exitCode: failure.exitCode, wallMs: failure.wallMs, logPath };
  const code = isDiskFull ? 'DISK_FULL' : (options.failureCode ?? 'SCRIPT_FAILED');
  return new StageyardError(code, message, { context });
}

/** Shells report a process that a signal ended as 128 + its number. */
function signalNote(exitCode: number): string {
  const name = Object.entries(constants.signals).find(
    ([, number]) => number === exitCode - 128,
  )?.[0];
  return name === undefined ? '' : ` (ended by ${name})`;
}
