/**
 * Performs the effects that go over the bus: offers, withdrawals, cancellations, answers. Each may be
 * repeated without harm; each is given up once the state has moved on.
 */
import { controlText, type WorkerRequest } from '#proto/control-messages.ts';
import type { BlobRef } from '#proto/digest.ts';
import { StageyardError, wrapError } from '#proto/errors.ts';
import { type AttemptId, attemptId, type TaskId, workerId, type WorkerId } from '#proto/ids.ts';
import { encodeTaskOffer } from '#proto/messages/task-codec.ts';
import type { Bus, OfferReceipt } from '#proto/ports/bus.ts';
import { type Clock, pauseUnlessAborted } from '#proto/ports/clock.ts';
import type { Logger } from '#proto/ports/logger.ts';
import { type FailureClass, taskOfferVersion } from '#proto/task-messages.ts';
import type { Effect, Input } from '#coordinator/core/inputs.ts';
import { type RunState, taskOf, type TaskState } from '#coordinator/core/state.ts';
import { OfferWatch } from './offer-watch.ts';
import type { TaskOutputs } from './task-outputs.ts';

/** Pause before an offer is tried again; doubles up to the second. */
const REPEAT_PAUSE_MS = 500;
const REPEAT_PAUSE_MS_MAX = 15_000;
/** A worker answers a cancellation at once; it doesn't wait for the script's end. */
const CANCEL_TIMEOUT_MS = 5_000;
/** Failures that were no worker's. */
const COORDINATOR_WORKER = workerId('coordinator');

/** What a dispatcher works with. */
export interface DispatcherOptions {
  readonly state: RunState;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly outputs: TaskOutputs;
  /** News of effects that can't be performed. */
  readonly post: (input: Input) => void;
  /** Ends all repetition. */
  readonly signal: AbortSignal;
}

/** Why an offer came to nothing. */
interface OfferFailure {
  readonly class: FailureClass;
  readonly error: StageyardError;
}

/** Effects that go over the bus. */
export type BusEffect = Extract<Effect, { kind: 'offer' | 'withdraw' | 'cancel-attempt' }>;

/** See the file's head. */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #watch: OfferWatch;
  readonly #receipts = new Map<
    TaskId,
    { readonly epoch: number; readonly receipt: OfferReceipt }
  >();

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#watch = new OfferWatch(options);
  }

  /** Performs an effect. Never rejects. */
  async perform(effect: BusEffect): Promise<void> {
    const task = this.#options.state.tasks.get(effect.task);
    if (task === undefined) return;
    try {
      switch (effect.kind) {
        case 'offer':
          return await this.#offer(task, effect.epoch);
        case 'withdraw':
          return await this.#withdraw(effect.task, effect.epoch);
        case 'cancel-attempt':
          return await this.#cancel(effect.task, effect.epoch, effect.worker);
      }
    } catch (error) {
      const cause = wrapError(error, effect.kind).message;
      this.#options.logger.warn({ task: effect.task, cause }, 'an effect could not be performed');
    }
  }

  async #offer(task: TaskState, epoch: number): Promise<void> {
    const { state, outputs, clock, signal, logger } = this.#options;
    const owner = `${state.plan?.run ?? ''}/${attemptOf(task, epoch)}`;
    let pauseMs = REPEAT_PAUSE_MS;
    let inputs: BlobRef | undefined;
    while (this.#isOffered(task, epoch)) {
      try {
        inputs = await outputs.storeInputs(task, owner, inputs);
        return await this.#offerOnce(task, epoch, inputs);
      } catch (error) {
        const known = error instanceof StageyardError ? error : wrapError(error, 'offer');
        if (!this.#isPassing(known))
          return this.#fail(task, epoch, { class: 'infra', error: known });
        logger.warn({ task: task.plan.id, cause: known.message }, 'an offer is repeated');
      }
      await pauseUnlessAborted(clock, pauseMs, signal);
      pauseMs = Math.min(pauseMs * 2, REPEAT_PAUSE_MS_MAX);
    }
  }

  async #offerOnce(task: TaskState, epoch: number, inputs: BlobRef): Promise<void> {
    const { state, bus } = this.#options;
    const { plan, generation, term } = state;
    if (plan === null || !this.#isOffered(task, epoch)) return;
    const { id, kind, spec, limits, requests, pool } = task.plan;
    const attempt = attemptOf(task, epoch);
    const body = encodeTaskOffer({
      protocolVersion: taskOfferVersion(requests),
      run: plan.run,
      generation,
      term,
      task: id,
      attempt,
      epoch,
      kind,
      spec,
      inputs,
      limits,
      requests,
      trace: plan.run,
    });
    const messageId = `${plan.run}/${generation}/${attempt}`;
    const receipt = await bus.offer({ pool, lane: 'n' }, messageId, body);
    this.#receipts.set(id, { epoch, receipt });
    if (!this.#isOffered(task, epoch)) await this.#withdraw(id, epoch);
    else if (this.#isFarm) this.#lookAfter(task, epoch, receipt);
  }

  /** Somebody may empty a queue: then the task is offered again. */
  #lookAfter(task: TaskState, epoch: number, receipt: OfferReceipt): void {
    const { id, title } = task.plan;
    const message = `${title}: its offer is gone from the queue`;
    this.#watch.add({
      task: id,
      receipt,
      isOpen: () => this.#isOffered(task, epoch),
      onGone: () => {
        const error = new StageyardError('BUS_UNAVAILABLE', message);
        this.#fail(task, epoch, { class: 'released', error });
      },
    });
  }

  /** A service of a farm comes back, and the task can't help it; a machine's own store doesn't. */
  #isPassing({ code }: StageyardError): boolean {
    return code === 'BUS_UNAVAILABLE' || (this.#isFarm && code === 'BLOB_STORE_UNAVAILABLE');
  }

  get #isFarm(): boolean {
    return this.#options.state.plan?.options.retry.singleHost === false;
  }

  #isOffered(task: TaskState, epoch: number): boolean {
    const isCurrent = task.epoch === epoch && task.phase === 'offered';
    return isCurrent && !this.#options.signal.aborted;
  }

  /** Nobody can do the task as things stand: the retry policy decides. */
  #fail(task: TaskState, epoch: number, failure: OfferFailure): void {
    const { state, post } = this.#options;
    if (state.plan === null) return;
    const head = { run: state.plan.run, generation: state.generation, task: task.plan.id, epoch };
    const data = failure.error.toData();
    post({
      kind: 'failed',
      head,
      worker: COORDINATOR_WORKER,
      class: failure.class,
      error: data,
      logTail: [],
    });
  }

  /** A message that a worker has already stays there: its `accepted` is answered with a cancellation. */
  async #withdraw(task: TaskId, epoch: number): Promise<void> {
    const known = this.#receipts.get(task);
    if (known?.epoch !== epoch || taskOf(this.#options.state, task).phase === 'running') return;
    this.#receipts.delete(task);
    await this.#options.bus.withdraw(known.receipt);
  }

  async #cancel(task: TaskId, epoch: number, worker: WorkerId): Promise<void> {
    const { state, bus } = this.#options;
    if (state.plan === null) return;
    const { run } = state.plan;
    const { term } = state;
    for (const generation of generations(state)) {
      const attempt = { run, generation, task, epoch };
      const request: WorkerRequest = { kind: 'cancel', attempt, term };
      const body = new TextEncoder().encode(controlText(request));
      await bus.request(worker, body, CANCEL_TIMEOUT_MS);
    }
  }
}

function attemptOf({ plan }: TaskState, epoch: number): AttemptId {
  return attemptId(`${plan.id}#${epoch}`);
}

/** An attempt that is cancelled with its run belongs to the generation before. */
function generations(state: RunState): readonly number[] {
  return state.isCancelled ? [state.generation - 1, state.generation] : [state.generation];
}
