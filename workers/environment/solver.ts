/**
 * The process's side of the solver thread: one question at a time, a deadline for each, and a new
 * thread when the old one died, hung or grew large.
 *
 *     idle ──question──> solving ──reply──> idle
 *                           ├─ deadline, abort ──> thread ended, question fails
 *                           └─ thread died ──────> question fails with INTERNAL
 *
 * The thread never keeps the process alive while it is idle.
 */
import { Worker } from 'node:worker_threads';
import type { RepodataRecord } from '#proto/conda/package-record.ts';
import { StageyardError } from '#proto/errors.ts';
import type { SolveQuestion, SolveReply, SolveRequest } from './solver-protocol.ts';

/** The largest environments take seconds; what takes longer than this has gone astray. */
const SOLVE_TIMEOUT_MS = 300_000;
/** Memory of the wasm instance never shrinks: a thread that holds more than this is replaced. */
const RETAINED_BYTES_MAX = 1024 ** 3;
/** Each small solve leaves some 140 KB behind. */
const SOLVES_PER_THREAD_MAX = 1000;

/** Answers questions one after the other. */
export interface Solver {
  /**
   * Records sorted by name. Rejects with `ENV_UNSOLVABLE` (requirements and the solver's
   * explanation), `CHANNEL_INVALID` (an index can't be used), `CANCELLED` or `INTERNAL`.
   */
  solve(question: SolveQuestion, signal?: AbortSignal): Promise<readonly RepodataRecord[]>;
  /** Starts the thread without a question, so that the first one needn't wait for it. */
  warmUp(): void;
  /** Ends the thread; a solver may be used again afterwards. */
  close(): Promise<void>;
}

/** Options of {@link createSolver}; the defaults are for production. */
export interface SolverOptions {
  readonly timeoutMs?: number;
  /** Entry point of the thread. */
  readonly threadUrl?: URL;
  /** Called once for each thread that is started. */
  readonly onThreadStart?: () => void;
}

interface Thread {
  readonly worker: Worker;
  solveCount: number;
}

function unsolvable(question: SolveQuestion, explanation: string): StageyardError {
  const list = question.specs.map((spec) => `  - ${spec}`).join('\n');
  const channels = question.channels.map((channel) => channel.url).join(', ') || 'none';
  const text = explanation.replace(/^Cannot solve the request because of:\s*/, '').trimEnd();
  return new StageyardError(
    'ENV_UNSOLVABLE',
    `no environment for ${question.platform} satisfies\n${list}\nchannels: ${channels}\n${text}`,
  );
}

class ThreadSolver implements Solver {
  readonly #options: Required<SolverOptions>;
  #thread: Thread | null = null;
  #tail: Promise<unknown> = Promise.resolve();
  #nextId = 1;

  constructor(options: Required<SolverOptions>) {
    this.#options = options;
  }

  solve(question: SolveQuestion, signal?: AbortSignal): Promise<readonly RepodataRecord[]> {
    const answer = this.#tail.then(() => this.#solveNow(question, signal));
    // Who asked hears of a failure; the next question is asked all the same.
    this.#tail = answer.catch(() => undefined);
    return answer;
  }

  warmUp(): void {
    this.#thread ??= this.#startThread();
  }

  async close(): Promise<void> {
    await this.#tail;
    await this.#endThread();
  }

  async #solveNow(
    question: SolveQuestion,
    signal?: AbortSignal,
  ): Promise<readonly RepodataRecord[]> {
    if (signal?.aborted === true) throw new StageyardError('CANCELLED', 'the solve was cancelled');
    this.#thread ??= this.#startThread();
    const thread = this.#thread;
    let reply: SolveReply;
    try {
      reply = await this.#ask(thread, question, signal);
    } catch (error) {
      await this.#endThread();
      throw error;
    }
    thread.solveCount += 1;
    if (reply.retainedBytes > RETAINED_BYTES_MAX || thread.solveCount >= SOLVES_PER_THREAD_MAX)
      await this.#endThread();
    if (reply.outcome === 'solved')
      return [...reply.records].sort((a, b) => (a.name < b.name ? -1 : 1));
    if (reply.outcome === 'unsolvable') throw unsolvable(question, reply.explanation);
    throw new StageyardError('CHANNEL_INVALID', reply.message, {
      context: { isStale: reply.isStale },
    });
  }

  #startThread(): Thread {
    // A panic prints before the error event tells the same. Nobody reads these streams: reading one
    // would keep the process alive, and a thread prints nothing but its last words.
    const worker = new Worker(this.#options.threadUrl, { stdout: true, stderr: true });
    // Between questions nobody listens: a thread that dies while idle is replaced at the next one.
    worker.on('error', () => this.#forget(worker));
    worker.on('exit', () => this.#forget(worker));
    worker.unref();
    this.#options.onThreadStart();
    return { worker, solveCount: 0 };
  }

  #forget(worker: Worker): void {
    if (this.#thread?.worker === worker) this.#thread = null;
  }

  async #endThread(): Promise<void> {
    const thread = this.#thread;
    this.#thread = null;
    await thread?.worker.terminate();
  }

  #ask(thread: Thread, question: SolveQuestion, signal?: AbortSignal): Promise<SolveReply> {
    const { worker } = thread;
    const request: SolveRequest = { id: this.#nextId, question };
    this.#nextId += 1;
    const { promise, resolve, reject } = Promise.withResolvers<SolveReply>();
    const onMessage = (reply: SolveReply): void => {
      if (reply.id === request.id) resolve(reply);
    };
    const crashed = (detail: string): StageyardError =>
      new StageyardError(
        'INTERNAL',
        `the solver ended unexpectedly on ${question.specs.join(', ')}: ${detail}`,
      );
    const onError = (error: Error): void => reject(crashed(error.message));
    const onExit = (code: number): void => reject(crashed(`exit code ${code}`));
    const onAbort = (): void => reject(new StageyardError('CANCELLED', 'the solve was cancelled'));
    const timer = setTimeout(() => {
      const seconds = Math.round(this.#options.timeoutMs / 1000);
      reject(unsolvable(question, `the solver found no answer in ${seconds} s`));
    }, this.#options.timeoutMs);
    worker.on('message', onMessage).once('error', onError).once('exit', onExit);
    signal?.addEventListener('abort', onAbort, { once: true });
    worker.ref();
    worker.postMessage(request);
    return promise.finally(() => {
      clearTimeout(timer);
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      signal?.removeEventListener('abort', onAbort);
      worker.unref();
    });
  }
}

/** A solver with its own thread, started at the first question. */
export function createSolver(options: SolverOptions = {}): Solver {
  return new ThreadSolver({
    timeoutMs: options.timeoutMs ?? SOLVE_TIMEOUT_MS,
    threadUrl: options.threadUrl ?? new URL('./solver-thread.ts', import.meta.url),
    onThreadStart: options.onThreadStart ?? (() => undefined),
  });
}
