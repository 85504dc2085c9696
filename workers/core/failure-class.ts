/** Which class a failed attempt reports: the coordinator decides by it about a retry. */
import { type ErrorCode, errorCodes } from '#proto/error-codes.ts';
import type { ErrorData } from '#proto/errors.ts';
import { unreachable } from '#proto/result.ts';
import type { FailureClass } from '#proto/task-messages.ts';

/** Of the machine that a task is on: its build root and disks, its keys for buckets, its clock. */
const MACHINE_CODES: ReadonlySet<ErrorCode> = new Set(['CONFIG_INVALID', 'STORE_UNWRITABLE']);

/**
 * Class of an error: the recipe's or the submitter's fault is final, limits are `limit`, a lease that is gone
 * is `lost`; the rest is infrastructure, a bug of ours included (its code says that no retry helps).
 */
export function failureClass(error: ErrorData): FailureClass {
  if (error.code === 'CANCELLED') return 'cancelled';
  if (error.code === 'SCRIPT_TIMEOUT') return 'limit';
  if (MACHINE_CODES.has(error.code)) return 'infra';
  if (error.code === 'LEASE_STALE_EPOCH' || error.code === 'WORKER_LOST') return 'lost';
  const { blame } = errorCodes[error.code];
  switch (blame) {
    case 'user':
    case 'recipe':
      return 'user';
    case 'infrastructure':
    case 'bug':
      return 'infra';
    default:
      return unreachable(blame);
  }
}
