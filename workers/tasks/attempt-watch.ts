/**
 * Stands between a task's steps and whoever follows the attempt: whatever is told passes here, and no value of a
 * secret that one of the task's scripts declares passes with it. Remembers what the attempt used, for its result.
 */
import { StageyardError, wrapError } from '#proto/errors.ts';
import type { Clock } from '#proto/ports/clock.ts';
import type { TaskNews, TaskReporter } from '#proto/ports/task-reporter.ts';
import { type AttemptMeasures, largestUse, type ResourceUse } from '#proto/task-output.ts';
import { scriptsOf } from '#proto/task-spec.ts';
import { maskedData, secretMask, type SecretMask } from '../secrets/secret-mask.ts';
import { type SecretSource, secretVariables } from '../secrets/secret-source.ts';
import type { ResourceMeter, TaskRequest } from '../shell/task-executor.ts';

/** A request whose news are watched. */
export interface WatchedRequest extends TaskRequest {
  readonly reporter: AttemptWatch;
}

/** See the file's head. */
export class AttemptWatch implements TaskReporter, ResourceMeter {
  readonly #request: TaskRequest;
  readonly #clock: Clock;
  readonly #startedAtMs: number;
  /** Undefined: there is nothing to hide. */
  readonly #mask: SecretMask | undefined;
  #use: ResourceUse = {};

  constructor(request: TaskRequest, services: { clock: Clock; secrets: SecretSource }) {
    this.#request = request;
    this.#clock = services.clock;
    this.#startedAtMs = services.clock.nowMs();
    const names = scriptsOf(request.spec).flatMap(({ secrets }) => secrets);
    const values = Object.values(secretVariables(names, services.secrets).values);
    this.#mask = values.length === 0 ? undefined : secretMask(values);
  }

  report(news: TaskNews): void {
    const { reporter } = this.#request;
    reporter.report(this.#mask === undefined ? news : maskedData(news, this.#mask));
  }

  use(use: ResourceUse): void {
    this.#use = largestUse(this.#use, use);
    this.#request.meter.use(use);
  }

  /** Of the attempt up to now. */
  measures(scriptMs: number): AttemptMeasures {
    // Clocks are set back now and then.
    const wallMs = Math.max(0, this.#clock.nowMs() - this.#startedAtMs);
    return { wallMs, scriptMs, ...this.#use };
  }

  /** The error as it may be told. */
  safeError(error: unknown): unknown {
    const mask = this.#mask;
    if (mask === undefined) return error;
    const { code, message, context } =
      error instanceof StageyardError ? error : wrapError(error, this.#request.spec.task);
    const safe = new StageyardError(code, mask(message), { context: maskedData(context, mask) });
    if (error instanceof Error && error.stack !== undefined) safe.stack = mask(error.stack);
    return safe;
  }
}
