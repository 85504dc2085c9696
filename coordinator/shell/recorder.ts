/**
 * Workers' news of one run as inputs of the core. An event is acknowledged once its facts are stored.
 * Results are read before they count: one that is gone or damaged is a failed attempt; while the store
 * is away the event waits for its next delivery.
 */
import {
  controlText,
  coordinatorAddress,
  readCoordinatorRequest,
  readWorkerAnswer,
} from '#proto/control-messages.ts';
import type { BlobRef } from '#proto/digest.ts';
import { StageyardError, wrapError } from '#proto/errors.ts';
import type { RunId, WorkerId } from '#proto/ids.ts';
import type { Bus, Subscription } from '#proto/ports/bus.ts';
import type { Logger } from '#proto/ports/logger.ts';
import type { TaskEvent } from '#proto/task-messages.ts';
import type { Input } from '#coordinator/core/inputs.ts';
import type { HeadNumbers } from '#coordinator/core/lease.ts';
import type { RunState } from '#coordinator/core/state.ts';
import type { TaskOutputs } from './task-outputs.ts';

/** A holder that is alive answers within this time. */
const HOLDER_TIMEOUT_MS = 3_000;

/** What a recorder works with. */
export interface RecorderOptions {
  readonly run: RunId;
  readonly state: RunState;
  readonly bus: Bus;
  readonly logger: Logger;
  readonly outputs: TaskOutputs;
  readonly post: (input: Input, stored?: () => void) => void;
}

/** See the file's head. */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #questions = new Map<number, (verdict: 'wait' | 'drop') => void>();
  #questionsServed: Subscription | undefined;
  #questionCount = 0;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** Begins to answer workers' questions. */
  async start(): Promise<void> {
    const { bus, run } = this.#options;
    const answer = (body: Uint8Array): Promise<Uint8Array> => this.#onQuestion(body);
    this.#questionsServed = await bus.serveRequests(coordinatorAddress(run), answer);
  }

  /** Answers no more. */
  async stop(): Promise<void> {
    await this.#questionsServed?.stop();
  }

  /** Performs the effect of the same name. */
  answer(token: number, verdict: 'wait' | 'drop'): void {
    this.#questions.get(token)?.(verdict);
    this.#questions.delete(token);
  }

  /** News of this run; `stored` is called when it need not come again. Rejects with `MESSAGE_INVALID`. */
  async take(event: TaskEvent, stored: () => void): Promise<void> {
    const input = await this.#inputOf(event);
    if (input === 'nothing') stored();
    else if (input !== 'later') this.#options.post(input, stored);
  }

  /** `nothing`: it decides nothing; `later`: it can't be judged now, and will be delivered again. */
  async #inputOf(event: TaskEvent): Promise<Input | 'nothing' | 'later'> {
    const { body, worker } = event;
    const head = headOf(event);
    switch (body.kind) {
      case 'phase':
        return 'nothing';
      case 'accepted':
        return { kind: 'accepted', head, worker };
      case 'failed': {
        const { code, message, context, logTail, measures } = body;
        const error = { code, message, context };
        const failure = { class: body.class, error, logTail, measures, ...logOf(body) };
        return { kind: 'failed', head, worker, ...failure };
      }
      case 'done':
        return this.#doneInput(head, worker, body);
    }
  }

  async #doneInput(
    head: HeadNumbers,
    worker: WorkerId,
    body: Extract<TaskEvent['body'], { kind: 'done' }>,
  ): Promise<Input | 'later'> {
    const { output, reused, measures } = body;
    try {
      const { kind, exactKey } = await this.#options.outputs.read(output);
      const wanted = this.#options.state.tasks.get(head.task)?.plan.kind ?? kind;
      if (kind !== wanted) throw wrongKind(head, kind);
      const done = { output, exactKey, reused, measures, ...logOf(body) };
      return { kind: 'done', head, worker, ...done };
    } catch (error) {
      const { code, message } = wrapError(error, `the result of ${head.task} can't be read`);
      if (code === 'BLOB_STORE_UNAVAILABLE') return 'later';
      const data = { code, message, context: {} };
      return { kind: 'failed', head, worker, class: 'infra', error: data, logTail: [] };
    }
  }

  /** A worker was given a message a second time: is the first one still at it? */
  async #onQuestion(body: Uint8Array): Promise<Uint8Array> {
    const { attempt, worker } = readCoordinatorRequest(new TextDecoder().decode(body));
    const isHolderAlive = await this.#isHolderAlive(attempt, worker);
    const token = this.#questionCount;
    this.#questionCount += 1;
    const verdict = await new Promise<'wait' | 'drop'>((resolve) => {
      this.#questions.set(token, resolve);
      this.#options.post({
        kind: 'redelivered',
        head: attempt,
        claimant: worker,
        isHolderAlive,
        token,
      });
    });
    const { term } = this.#options.state;
    return new TextEncoder().encode(controlText({ verdict, term }));
  }

  async #isHolderAlive(attempt: HeadNumbers, claimant: WorkerId): Promise<boolean> {
    const { state, bus, logger } = this.#options;
    const holder = state.tasks.get(attempt.task)?.worker ?? null;
    if (holder === null || holder === claimant) return false;
    try {
      const body = new TextEncoder().encode(
        controlText({ kind: 'holds', attempt, term: state.term }),
      );
      const reply = await bus.request(holder, body, HOLDER_TIMEOUT_MS);
      return reply !== undefined && readWorkerAnswer(new TextDecoder().decode(reply)).holds;
    } catch (error) {
      const cause = wrapError(error, 'question').message;
      logger.warn({ worker: holder, cause }, 'no answer from a worker');
      return false;
    }
  }
}

function logOf({ log }: { readonly log?: BlobRef }): { readonly log?: BlobRef } {
  return log === undefined ? {} : { log };
}

function headOf({ run, generation, task, epoch }: TaskEvent): HeadNumbers {
  return { run, generation, task, epoch };
}

function wrongKind(head: HeadNumbers, kind: string): StageyardError {
  return new StageyardError('MESSAGE_INVALID', `${head.task}: a result of kind ${kind} arrived`);
}
