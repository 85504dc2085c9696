/** Programs of the system that unpack and patch where no library does: run quietly, ended with the task. */
import { type ChildProcess, spawn } from 'node:child_process';
import { systemErrorCode } from '#proto/errors.ts';

/** What is kept of a tool's messages. */
const MESSAGE_BYTES_MAX = 8_000;

/** How a tool is run. */
export interface ToolOptions {
  readonly cwd?: string;
  readonly signal?: AbortSignal | undefined;
}

/** What became of it; `message` is its output, the last part of it. */
export type ToolOutcome =
  | { readonly kind: 'missing' }
  | { readonly kind: 'ended'; readonly status: number; readonly message: string };

/** Runs a program to its end, in the C locale, without input. Rejects when the signal is aborted. */
export async function runTool(
  command: readonly string[],
  options: ToolOptions = {},
): Promise<ToolOutcome> {
  const child = start(command, options);
  let message = '';
  const note = (text: string): void => {
    message = (message + text).slice(-MESSAGE_BYTES_MAX);
  };
  child.stdout?.setEncoding('utf8').on('data', note);
  child.stderr?.setEncoding('utf8').on('data', note);
  return await outcomeOf(child, () => message);
}

/**
 * The standard output of a program as it comes. When it could not be run the generator ends with the
 * outcome `missing`; the caller decides about a status that isn't 0.
 */
export async function* streamTool(
  command: readonly string[],
  options: ToolOptions = {},
): AsyncGenerator<Buffer, ToolOutcome> {
  const child = start(command, options);
  let message = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    message = (message + text).slice(-MESSAGE_BYTES_MAX);
  });
  const outcome = outcomeOf(child, () => message);
  // Awaited below; a failure while the consumer is busy must not count as unhandled.
  outcome.catch(() => undefined);
  try {
    if (child.stdout !== null) yield* child.stdout;
    return await outcome;
  } finally {
    child.kill('SIGKILL');
  }
}

/** Status with which `env` answers when there is no such program. */
const ENV_NOT_FOUND = 127;

function start(command: readonly string[], options: ToolOptions): ChildProcess {
  return spawn('env', ['LC_ALL=C', ...command], {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.signal === undefined ? {} : { signal: options.signal, killSignal: 'SIGKILL' }),
  });
}

async function outcomeOf(child: ChildProcess, message: () => string): Promise<ToolOutcome> {
  return await new Promise((resolve, reject) => {
    child.once('error', (error) => {
      if (systemErrorCode(error) === 'ENOENT') resolve({ kind: 'missing' });
      else reject(error);
    });
    child.once('close', (code) => {
      if (code === ENV_NOT_FOUND) resolve({ kind: 'missing' });
      else resolve({ kind: 'ended', status: code ?? -1, message: message().trim() });
    });
  });
}
