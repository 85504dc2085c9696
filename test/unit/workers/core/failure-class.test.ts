/** Classes of failed attempts by error code. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ErrorCode } from '#proto/error-codes.ts';
import { failureClass } from '#workers/core/failure-class.ts';

describe('the class of a failure', () => {
  it('follows from its code', () => {
    const classOf = (code: ErrorCode): string => failureClass({ code, message: '', context: {} });
    const wanted: [ErrorCode, string][] = [
      ['SCRIPT_FAILED', 'user'],
      ['OUTPUT_EXISTS', 'user'],
      ['TEST_FAILED', 'user'],
      ['SCRIPT_TIMEOUT', 'limit'],
      ['DISK_FULL', 'infra'],
      ['CONFIG_INVALID', 'infra'],
      ['STORE_UNWRITABLE', 'infra'],
      ['BLOB_MISSING', 'infra'],
      ['INTERNAL', 'infra'],
      ['WORKER_LOST', 'lost'],
      ['LEASE_STALE_EPOCH', 'lost'],
      ['CANCELLED', 'cancelled'],
    ];
    assert.deepEqual(
      wanted.map(([code]) => [code, classOf(code)]),
      wanted,
    );
  });
});
