/**
 * bzip2, for `.tar.bz2` packages and sources. The system's `bzip2` does the work where there is one;
 * else reading falls back to JavaScript in a thread of its own (slower), and writing is refused.
 * Written files are one single stream: conda's readers stop after the first.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess, StdioOptions } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { ErrorCode } from '#proto/error-codes.ts';
import { StageyardError, errorCodeOf, systemErrorCode, wrapError } from '#proto/errors.ts';

const STDERR_BYTES_MAX = 2000;

/** Starts the first of these programs that is on PATH; undefined when none is. */
async function startFirst(
  programs: readonly string[],
  args: readonly string[],
  stdio: StdioOptions,
): Promise<ChildProcess | undefined> {
  for (const program of programs) {
    const child = spawn(program, args, { stdio });
    const error = await new Promise<Error | undefined>((resolve) => {
      child.once('spawn', () => resolve(undefined));
      child.once('error', resolve);
    });
    if (error === undefined) return child;
    if (systemErrorCode(error) !== 'ENOENT') throw wrapError(error, `while starting ${program}`);
  }
  return undefined;
}

/** Waits for the end of a tool; answers what went wrong, or undefined. */
function outcomeOf(child: ChildProcess): Promise<string | undefined> {
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_BYTES_MAX);
  });
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (status, signal) => {
      resolve(status === 0 ? undefined : stderr.trim() || `ended with ${status ?? signal}`);
    });
  });
}

/** Bounds of a decompression, and the code of what is thrown on damaged or too large input. */
export interface Bzip2ReadOptions {
  readonly code: ErrorCode;
  readonly maxOutputBytes: number;
  /** False: use the JavaScript decoder although a tool is there. */
  readonly useTool?: boolean;
}

/** Decompresses a file chunk by chunk. */
export async function* decompressBzip2File(
  path: string,
  options: Bzip2ReadOptions,
): AsyncGenerator<Buffer> {
  const child =
    options.useTool === false
      ? undefined
      : await startFirst(['bzip2'], ['-dc', '--', path], ['ignore', 'pipe', 'pipe']);
  const chunks = child === undefined ? decodeInThread(path, options) : outputOf(child, options);
  let total = 0;
  for await (const chunk of chunks) {
    total += chunk.length;
    if (total > options.maxOutputBytes) {
      const message = `the bzip2 data unpacks to more than ${options.maxOutputBytes} bytes`;
      throw new StageyardError(options.code, message);
    }
    yield chunk;
  }
}

async function* outputOf(child: ChildProcess, options: Bzip2ReadOptions): AsyncGenerator<Buffer> {
  const outcome = outcomeOf(child);
  try {
    if (child.stdout !== null) yield* child.stdout;
    const failure = await outcome;
    if (failure !== undefined) {
      throw new StageyardError(options.code, `damaged bzip2 data: ${failure}`);
    }
  } finally {
    child.kill('SIGKILL');
  }
}

type ThreadMessage =
  | { readonly chunk: Uint8Array }
  | { readonly failure: string }
  | { readonly isDone: true };

async function* decodeInThread(path: string, options: Bzip2ReadOptions): AsyncGenerator<Buffer> {
  const thread = new Worker(new URL('./bzip2-thread.ts', import.meta.url), {
    workerData: { path, maxOutputBytes: options.maxOutputBytes },
  });
  const queue: ThreadMessage[] = [];
  let wake = (): void => undefined;
  const put = (message: ThreadMessage): void => {
    queue.push(message);
    wake();
  };
  thread.on('message', put);
  thread.on('error', (error) => put({ failure: String(error) }));
  try {
    for (;;) {
      const message = queue.shift();
      if (message === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      } else if ('chunk' in message) {
        yield Buffer.from(message.chunk);
      } else if ('failure' in message) {
        throw new StageyardError(options.code, `damaged bzip2 data: ${message.failure}`);
      } else {
        return;
      }
    }
  } finally {
    await thread.terminate();
  }
}

/** A sink that compresses into a new file through the system's tool. */
export interface Bzip2Writer {
  write(chunk: Uint8Array): Promise<void>;
  finish(): Promise<void>;
  /** Stops the tool after a failure; the caller removes the file. */
  abort(): void;
}

/** Level 1 to 9. Rejects with `CONFIG_INVALID` where there is no tool. */
export async function createBzip2Writer(path: string, level: number): Promise<Bzip2Writer> {
  const fd = openNew(path);
  const child = await startFirst(['bzip2', 'lbzip2'], [`-${level}`, '-c'], ['pipe', fd, 'pipe']);
  closeSync(fd);
  if (child === undefined) {
    throw new StageyardError(
      'CONFIG_INVALID',
      'writing .tar.bz2 packages needs bzip2 or lbzip2 on PATH: none is there; install one or use --package-format conda',
    );
  }
  const { stdin } = child;
  if (stdin === null) {
    throw new StageyardError('INTERNAL', 'bzip2 was started without an input');
  }
  const outcome = outcomeOf(child);
  // A tool that died closes the pipe; its outcome says why.
  stdin.on('error', () => stdin.destroy());
  const failIfEnded = async (): Promise<never> => {
    const failure = await outcome;
    throw new StageyardError(
      'STORE_UNWRITABLE',
      `while writing ${path}: bzip2: ${failure ?? 'ended early'}`,
    );
  };
  return {
    async write(chunk) {
      const taken = new Promise<boolean>((resolve) => {
        stdin.write(chunk, (error) => resolve(!error));
      });
      if (!(await taken)) await failIfEnded();
    },
    async finish() {
      stdin.end();
      if ((await outcome) !== undefined) await failIfEnded();
    },
    abort() {
      child.kill('SIGKILL');
    },
  };
}

function openNew(path: string): number {
  try {
    return openSync(path, 'wx', 0o644);
  } catch (error) {
    throw wrapError(error, `while writing ${path}`, errorCodeOf(error, 'STORE_UNWRITABLE'));
  }
}
