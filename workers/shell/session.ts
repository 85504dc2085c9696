/** Performs the commands of a session (workers/core/session.ts): one delivery from the queue to its end. */
import { canonicalJson } from '#proto/canonical-json.ts';
import { controlText, coordinatorAddress, readCoordinatorAnswer } from '#proto/control-messages.ts';
import type { BlobRef } from '#proto/digest.ts';
import { type ErrorData, StageyardError, wrapError } from '#proto/errors.ts';
import type { WorkerId } from '#proto/ids.ts';
import { encodeTaskEvent } from '#proto/messages/task-codec.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { Bus, TaskDelivery } from '#proto/ports/bus.ts';
import type { DeadLetters } from '#proto/ports/dead-letters.ts';
import { type Clock, pauseUnlessAborted } from '#proto/ports/clock.ts';
import type { Logger } from '#proto/ports/logger.ts';
import { readTaskInputs, readTaskSpec, TASK_DOCUMENT_BYTES_MAX } from '#proto/task-documents.ts';
import { TASK_EVENT_VERSION, type TaskEventBody, type TaskOffer } from '#proto/task-messages.ts';
import type { TaskOutput } from '#proto/task-output.ts';
import type { TaskInputs, TaskSpec } from '#proto/task-spec.ts';
import { failureClass } from '#workers/core/failure-class.ts';
import {
  advance,
  interfere,
  newSession,
  type SessionCommand,
  type SessionEvent,
  type SessionInterference,
  type SessionState,
} from '#workers/core/session.ts';
import { AttemptLog } from './attempt-log.ts';
import { keepLease } from './lease-keeper.ts';
import { isWanted, type Standings } from './standings.ts';
import type { TaskExecution, TaskExecutor } from './task-executor.ts';

/** A coordinator that is starting answers within this time. */
const ANSWER_TIMEOUT_MS = 10_000;
/** First pause before news is sent again; doubles up to the second. */
const REPEAT_PAUSE_MS = 500;
const REPEAT_PAUSE_MS_MAX = 15_000;
/** Without one, each end would make an error with a stack. */
const OVER = new Error('the session is over');

/** What a session works with. */
export interface SessionPorts {
  readonly bus: Bus & DeadLetters;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly executor: TaskExecutor;
  readonly worker: WorkerId;
  /** How runs stand; absent where the coordinator is in the same process. */
  readonly standings?: Standings;
}

/** The delivery and where it runs. */
export interface SessionSubject {
  readonly delivery: TaskDelivery;
  readonly offer: TaskOffer;
  readonly slot: number;
  /** A former coordinator made the offer. */
  readonly isOfOlderTerm: boolean;
}

type Documents = { readonly spec: TaskSpec; readonly inputs: TaskInputs };
type Ending =
  | { readonly kind: 'done'; readonly output: BlobRef; readonly execution: TaskExecution }
  | { readonly kind: 'failed'; readonly error: ErrorData };

/** See the file's head. */
export class Session {
  /** The delivery that began it, and where it runs. */
  readonly subject: SessionSubject;
  readonly #ports: SessionPorts;
  /** Ends the work: cancelled, stopped or lost. */
  readonly #work = new AbortController();
  /** Ends what is sent for the delivery: stopped or lost. */
  readonly #delivery = new AbortController();
  readonly #log: AttemptLog;
  readonly #settling = Promise.withResolvers<void>();
  #current: TaskDelivery;
  #state: SessionState = newSession;
  #documents: Documents | undefined;
  #ending: Ending | undefined;
  #storedLog: { readonly log?: BlobRef } = {};
  #eventCount = 0;

  constructor(ports: SessionPorts, subject: SessionSubject) {
    this.#ports = ports;
    this.subject = subject;
    this.#current = subject.delivery;
    const { bus, clock } = ports;
    const { run, task, epoch } = subject.offer;
    this.#log = new AttemptLog({ bus, clock, run, task, epoch });
  }

  /** Why the attempt failed; undefined before, and when it didn't. */
  get failure(): ErrorData | undefined {
    return this.#ending?.kind === 'failed' ? this.#ending.error : undefined;
  }

  /** Resolves when nothing is left to do but to settle the delivery: its slot is free. */
  get isSettling(): Promise<void> {
    return this.#settling.promise;
  }

  /** Runs the delivery to its end. Rejects by a bug only; then the delivery isn't settled. */
  async run(): Promise<void> {
    const ended = new AbortController();
    const { bus, clock } = this.#ports;
    const delivery = (): TaskDelivery => this.#current;
    const onRenewed = (): void => void this.#checkStanding();
    const { signal } = ended;
    const kept = keepLease({ delivery, leaseMs: bus.leaseMs, clock, signal, onRenewed });
    const watch = kept.then((outcome) => {
      if (outcome === 'lost') this.interfere('lost');
    });
    const { deliveryCount } = this.#current;
    const { isOfOlderTerm } = this.subject;
    try {
      await this.#advance({ kind: 'delivered', deliveryCount, isOfOlderTerm });
    } finally {
      ended.abort(OVER);
      this.#log.close();
      await watch;
    }
  }

  async #advance(first: SessionEvent): Promise<void> {
    for (let event = first; ; ) {
      const { state, command } = advance(this.#state, event);
      this.#state = state;
      if (command.kind === 'end') return;
      event = await this.#perform(command);
    }
  }

  /** Cancelled by the coordinator, stopped by the pool, or the lease is lost. */
  interfere(how: SessionInterference): void {
    const { state, abort } = interfere(this.#state, how);
    this.#state = state;
    if (!abort) return;
    const message = `the attempt was ${how === 'lost' ? 'given up: its lease is lost' : how}`;
    const reason = new StageyardError('CANCELLED', message);
    this.#work.abort(reason);
    if (how !== 'cancelled') this.#delivery.abort(reason);
  }

  /** The bus delivered the message again to this very worker: the new delivery's lease counts. */
  adopt(delivery: TaskDelivery): void {
    this.#current.abandon();
    this.#current = delivery;
  }

  /** It is over: nobody keeps the lease of a delivery that wasn't settled. */
  abandon(): void {
    this.#current.abandon();
  }

  /** A cancellation reaches also a worker that missed the coordinator's word. */
  async #checkStanding(): Promise<void> {
    const { standings } = this.#ports;
    if (standings === undefined) return;
    if (!(await isWanted(standings, this.subject.offer))) this.interfere('cancelled');
  }

  async #perform(command: Exclude<SessionCommand, { kind: 'end' }>): Promise<SessionEvent> {
    switch (command.kind) {
      case 'ask':
        return { kind: 'answered', verdict: await this.#ask() };
      case 'publish-accepted':
        return this.#publish({ kind: 'accepted' }, 'accepted');
      case 'load':
        return this.#attempt('loaded', () => this.#load());
      case 'execute':
        return this.#attempt('finished', () => this.#execute());
      case 'publish-done':
      case 'publish-failed':
        // What it printed comes before how it ended.
        this.#log.flush();
        this.#noteEnd();
        return this.#publish(this.#news(), 'reported');
      case 'ack':
        return this.#settle(() => this.#current.ack());
      case 'release':
        return this.#settle(() => this.#current.release(command.delayMs));
    }
  }

  /** For whoever looks into this machine. */
  #noteEnd(): void {
    const { run, task, epoch } = this.subject.offer;
    const { failure } = this;
    const how = failure === undefined ? {} : { code: failure.code, cause: failure.message };
    const message = failure === undefined ? 'an attempt is done' : 'an attempt failed';
    this.#ports.logger.info({ run, task, epoch, ...how }, message);
  }

  /** A failure of a step is kept for the report. */
  async #attempt(done: 'loaded' | 'finished', step: () => Promise<void>): Promise<SessionEvent> {
    try {
      await step();
      return { kind: done };
    } catch (error) {
      const { task } = this.subject.offer;
      const known = error instanceof StageyardError ? error : wrapError(error, task);
      if (known.code === 'INTERNAL') {
        const stack = error instanceof Error ? error.stack : undefined;
        this.#ports.logger.error({ task, stack }, 'a task failed by a bug');
      }
      this.#ending = { kind: 'failed', error: known.toData() };
      return { kind: 'failed' };
    }
  }

  async #load(): Promise<void> {
    const { offer } = this.subject;
    const [spec, inputs] = await Promise.all([this.#read(offer.spec), this.#read(offer.inputs)]);
    this.#documents = { spec: readTaskSpec(spec), inputs: readTaskInputs(inputs) };
  }

  async #read(ref: BlobRef): Promise<string> {
    const { blobs } = this.#ports;
    const bytes = await blobs.getBytes(ref, TASK_DOCUMENT_BYTES_MAX, this.#work.signal);
    return new TextDecoder().decode(bytes);
  }

  async #execute(): Promise<void> {
    const { offer, slot } = this.subject;
    if (this.#documents === undefined) throw new RangeError('executed before it was loaded');
    const { signal } = this.#work;
    const { limits } = offer;
    const request = {
      ...this.#documents,
      attempt: offer,
      limits,
      slot,
      reporter: this.#log,
      meter: this.#log,
      keepLog: (log: BlobRef): void => {
        this.#storedLog = { log };
      },
      signal,
    };
    const execution = await this.#ports.executor.execute(request);
    const output = execution.stored ?? (await this.#store(execution.output));
    this.#ending = { kind: 'done', output, execution };
  }

  async #store(output: TaskOutput): Promise<BlobRef> {
    const bytes = new TextEncoder().encode(canonicalJson(output));
    const owner = { owner: this.subject.offer.attempt };
    return this.#ports.blobs.putBytes(bytes, owner, this.#work.signal);
  }

  #news(): TaskEventBody {
    const ending = this.#ending;
    const { measures, tail } = this.#log;
    if (ending?.kind === 'done') {
      const { output, execution } = ending;
      const done = { output, reused: execution.reused, measures, ...this.#storedLog };
      return { kind: 'done', ...done };
    }
    const cancelled: ErrorData = {
      code: 'CANCELLED',
      message: 'the attempt was cancelled',
      context: {},
    };
    const error = ending?.error ?? cancelled;
    const isCancelled = this.#state.ending === 'cancelled';
    const failure = isCancelled ? 'cancelled' : failureClass(error);
    const news = { ...error, logTail: tail, measures, ...this.#storedLog };
    return { kind: 'failed', class: failure, ...news };
  }

  /** Repeats until it is stored or the delivery isn't ours any more. */
  async #publish(body: TaskEventBody, stored: 'accepted' | 'reported'): Promise<SessionEvent> {
    const { bus, clock, worker } = this.#ports;
    const { run, generation, task, attempt, epoch } = this.subject.offer;
    const sequence = this.#eventCount;
    this.#eventCount += 1;
    const head = { run, generation, task, attempt, epoch };
    const frame = { protocolVersion: TASK_EVENT_VERSION, worker, sequence };
    const bytes = encodeTaskEvent({ ...head, ...frame, atMs: Math.max(0, clock.nowMs()), body });
    const id = `${run}/${generation}/${attempt}/${worker}/${sequence}`;
    const isStored = await this.#repeat(() => bus.publishEvent(id, bytes));
    return { kind: isStored ? stored : 'unreported' };
  }

  async #repeat(send: () => Promise<void>): Promise<boolean> {
    const { signal } = this.#delivery;
    let pauseMs = REPEAT_PAUSE_MS;
    while (!signal.aborted) {
      try {
        await send();
        return true;
      } catch (error) {
        const { message } = wrapError(error, 'news of an attempt');
        this.#ports.logger.warn(
          { task: this.subject.offer.task, cause: message },
          'bus unavailable',
        );
      }
      await pauseUnlessAborted(this.#ports.clock, pauseMs, signal);
      pauseMs = Math.min(pauseMs * 2, REPEAT_PAUSE_MS_MAX);
    }
    return false;
  }

  async #ask(): Promise<'wait' | 'drop' | 'unanswered'> {
    const { bus, worker, logger } = this.#ports;
    const { run, generation, task, epoch, term } = this.subject.offer;
    const attempt = { run, generation, task, epoch };
    const question = controlText({ kind: 'redelivered', attempt, worker });
    try {
      const bytes = new TextEncoder().encode(question);
      const reply = await bus.request(coordinatorAddress(run), bytes, ANSWER_TIMEOUT_MS);
      if (reply === undefined) return 'unanswered';
      const answer = readCoordinatorAnswer(new TextDecoder().decode(reply));
      // A former leader that woke up knows nothing of this attempt.
      return answer.term < term ? 'unanswered' : answer.verdict;
    } catch (error) {
      logger.warn({ task, cause: wrapError(error, 'question').message }, 'no answer about a task');
      return 'unanswered';
    }
  }

  async #settle(call: () => Promise<void>): Promise<SessionEvent> {
    this.#settling.resolve();
    try {
      await call();
    } catch (error) {
      const { task } = this.subject.offer;
      const { message } = wrapError(error, 'settling a delivery');
      this.#ports.logger.warn({ task, cause: message }, 'a delivery will come again');
    }
    return { kind: 'settled' };
  }
}
