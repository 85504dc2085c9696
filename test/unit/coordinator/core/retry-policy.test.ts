/** Budgets by failure class. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ErrorCode } from '#proto/error-codes.ts';
import type { FailureClass } from '#proto/task-messages.ts';
import {
  embeddedRetryPolicy,
  type FailedAttempt,
  type FailureTally,
  farmRetryPolicy,
  RELEASES_MAX,
  retryVerdict,
} from '#coordinator/core/retry-policy.ts';

const none: FailureTally = { user: 0, limit: 0, infra: 0, lost: 0, released: 0, cancelled: 0 };

function failed(
  failure: FailureClass,
  code: ErrorCode,
  tally: Partial<FailureTally> = {},
): FailedAttempt {
  return {
    class: failure,
    error: { code, message: '', context: {} },
    tally: { ...none, ...tally },
    salt: 1,
  };
}

describe('the retry policy', () => {
  it('gives no second try to failures of users and limits', () => {
    for (const kind of ['user', 'limit'] as const) {
      assert.equal(retryVerdict(farmRetryPolicy, failed(kind, 'SCRIPT_FAILED')).next, 'final');
    }
  });

  it('delays infrastructure failures longer each time, up to the bound, spread by the salt', () => {
    const delay = (infra: number, salt: number): number => {
      const verdict = retryVerdict(farmRetryPolicy, {
        ...failed('infra', 'BUS_UNAVAILABLE', { infra }),
        salt,
      });
      assert.ok(verdict.next === 'retry');
      return verdict.delayMs;
    };
    for (let infra = 0; infra < 7; infra += 1) {
      const full = Math.min(10_000 * 2 ** infra, 600_000);
      const delays = Array.from({ length: 50 }, (_, salt) => delay(infra, salt));
      assert.ok(delays.every((ms) => ms >= full * 0.75 && ms <= full));
      assert.ok(new Set(delays).size > 25);
    }
    assert.equal(
      retryVerdict(farmRetryPolicy, failed('infra', 'BUS_UNAVAILABLE', { infra: 7 })).next,
      'final',
    );
  });

  it('does not repeat what its code calls hopeless, on one host neither what another might do', () => {
    assert.equal(retryVerdict(farmRetryPolicy, failed('infra', 'INTERNAL')).next, 'final');
    assert.equal(retryVerdict(farmRetryPolicy, failed('infra', 'DISK_FULL')).next, 'retry');
    assert.equal(retryVerdict(farmRetryPolicy, failed('infra', 'CONFIG_INVALID')).next, 'retry');
    assert.equal(retryVerdict(embeddedRetryPolicy, failed('infra', 'DISK_FULL')).next, 'final');
    assert.equal(
      retryVerdict(embeddedRetryPolicy, failed('infra', 'CONFIG_INVALID')).next,
      'final',
    );
    assert.equal(
      retryVerdict(embeddedRetryPolicy, failed('infra', 'SOURCE_FETCH_FAILED')).next,
      'retry',
    );
  });

  it('waits a minute for a server that never answered, and much longer for one that did', () => {
    const unanswered = (infra: number): FailedAttempt => {
      const attempt = failed('infra', 'CHANNEL_UNREACHABLE', { infra });
      return { ...attempt, error: { ...attempt.error, context: { hasAnswered: false } } };
    };
    let waitedMs = 0;
    let failures = 0;
    for (;;) {
      const verdict = retryVerdict(farmRetryPolicy, unanswered(failures));
      failures += 1;
      if (verdict.next === 'final') break;
      waitedMs += verdict.delayMs;
    }
    assert.equal(failures, 4);
    assert.ok(waitedMs > 45_000 && waitedMs <= 70_000, `${waitedMs}`);
    assert.equal(retryVerdict(embeddedRetryPolicy, unanswered(2)).next, 'final');
    const answered = failed('infra', 'CHANNEL_UNREACHABLE', { infra: 6 });
    assert.equal(retryVerdict(farmRetryPolicy, answered).next, 'retry');
  });

  it('ends with the second lost attempt', () => {
    assert.deepEqual(retryVerdict(farmRetryPolicy, failed('lost', 'WORKER_LOST')), {
      next: 'retry',
      delayMs: 0,
    });
    assert.equal(
      retryVerdict(farmRetryPolicy, failed('lost', 'WORKER_LOST', { lost: 1 })).next,
      'final',
    );
  });

  it('costs nothing to hand back, but not for ever', () => {
    for (const kind of ['released', 'cancelled'] as const) {
      const verdict = retryVerdict(farmRetryPolicy, failed(kind, 'CANCELLED', { released: 50 }));
      assert.deepEqual(verdict, { next: 'retry', delayMs: 0 });
    }
    const often = failed('released', 'CANCELLED', { released: RELEASES_MAX - 2, cancelled: 1 });
    assert.equal(retryVerdict(farmRetryPolicy, often).next, 'final');
  });
});
