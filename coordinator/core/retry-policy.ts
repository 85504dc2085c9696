/**
 * Who gets another try. The class of a failure says what it costs, the code whether a retry can help.
 *
 *     class      costs                      next
 *     user       final at once              dependents are blocked with the root named
 *     limit      final at once              (no larger pool is known)
 *     infra      one of `infraFailuresMax`  after a growing delay; never when its code says never; fewer times
 *                                           for a server that never answered
 *     lost       one of `lossesMax`         at once; two losses are suspicious, then it is final
 *     released   one of RELEASES_MAX        at once: somebody handed it back
 *     cancelled  as released                the attempt was cancelled, not the run
 */
import { errorCodes } from '#proto/error-codes.ts';
import type { ErrorData } from '#proto/errors.ts';
import type { FailureClass } from '#proto/task-messages.ts';

/** Budgets and delays; part of a run's options. */
export interface RetryPolicy {
  /** Failures of class `infra` until it is final. */
  readonly infraFailuresMax: number;
  /** First delay after class `infra`; doubles each time. */
  readonly backoffMs: number;
  readonly backoffMsMax: number;
  /** Lost attempts until it is final. */
  readonly lossesMax: number;
  /** One host only: a failure that another worker might not have is final. */
  readonly singleHost: boolean;
}

/** For a farm: storage and bus come back within minutes. */
export const farmRetryPolicy: RetryPolicy = {
  infraFailuresMax: 8,
  backoffMs: 10_000,
  backoffMsMax: 600_000,
  lossesMax: 2,
  singleHost: false,
};

/** For one machine with a person before it: two quick retries of what may pass by itself. */
export const embeddedRetryPolicy: RetryPolicy = {
  infraFailuresMax: 3,
  backoffMs: 1_000,
  backoffMsMax: 5_000,
  lossesMax: 2,
  singleHost: true,
};

/** Handed back this often, something is wrong with the task: a bound for endless circles. */
export const RELEASES_MAX = 100;

/** How often a task failed, by class. */
export type FailureTally = Readonly<Record<FailureClass, number>>;

/** Of a task that never failed. */
export const noFailures: FailureTally = {
  user: 0,
  limit: 0,
  infra: 0,
  lost: 0,
  released: 0,
  cancelled: 0,
};

/** What follows a failure. */
export type RetryVerdict =
  | { readonly next: 'final' }
  | { readonly next: 'retry'; readonly delayMs: number };

/** One failed attempt; `tally` counts the ones before it. */
export interface FailedAttempt {
  readonly class: FailureClass;
  readonly error: ErrorData;
  readonly tally: FailureTally;
  /** Any number that differs between attempts: spreads the delays. */
  readonly salt: number;
}

/**
 * Failures of class `infra` until one is final that says `hasAnswered: false`: a server that never answered the worker's
 * process. It is a wrong address, a missing proxy or no network far more often than an outage, so that a person
 * should hear of it after about a minute. One that answered before is waited for as long as everything else.
 */
const UNANSWERED_FAILURES_MAX = 4;

const final: RetryVerdict = { next: 'final' };
const atOnce: RetryVerdict = { next: 'retry', delayMs: 0 };

/** Decides about a retry; see the table at the file's head. */
export function retryVerdict(policy: RetryPolicy, failed: FailedAttempt): RetryVerdict {
  switch (failed.class) {
    case 'user':
    case 'limit':
      return final;
    case 'infra':
      return infraVerdict(policy, failed);
    case 'lost':
      return failed.tally.lost + 1 < policy.lossesMax ? atOnce : final;
    case 'released':
    case 'cancelled':
      return failed.tally.released + failed.tally.cancelled + 1 < RELEASES_MAX ? atOnce : final;
  }
}

function infraVerdict(policy: RetryPolicy, failed: FailedAttempt): RetryVerdict {
  const { retry } = errorCodes[failed.error.code];
  const isHopeless = retry === 'never' || (retry === 'other-worker' && policy.singleHost);
  const count = failed.tally.infra + 1;
  const countMax =
    failed.error.context['hasAnswered'] === false
      ? Math.min(UNANSWERED_FAILURES_MAX, policy.infraFailuresMax)
      : policy.infraFailuresMax;
  if (isHopeless || count >= countMax) return final;
  const fullMs = Math.min(policy.backoffMs * 2 ** (count - 1), policy.backoffMsMax);
  return { next: 'retry', delayMs: spread(fullMs, failed.salt) };
}

/** Between three quarters and all of the delay, so that a thousand failed tasks don't return at once. */
function spread(fullMs: number, salt: number): number {
  const mixed = Math.imul(salt ^ (salt >>> 15), 0x2c1b3c6d) >>> 0;
  return Math.round(fullMs * (0.75 + 0.25 * (mixed / 2 ** 32)));
}
