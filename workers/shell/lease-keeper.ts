/**
 * Keeps the lease of a delivery while its task runs: renews it three times per lease time, and says so
 * once when it can't be sure of it any more. Then somebody else may have the task. Knows a delivery, a
 * clock and a signal only, so it can live in a thread of its own.
 */
import { StageyardError } from '#proto/errors.ts';
import type { TaskDelivery } from '#proto/ports/bus.ts';
import { type Clock, pauseUnlessAborted } from '#proto/ports/clock.ts';

/** Renewals per lease time. */
const RENEWALS_PER_LEASE = 3;
/** After a failed renewal the next try comes sooner. */
const RETRIES_PER_LEASE = 12;
/** Part of the lease time after the last confirmed renewal at which the work is stopped. */
const GIVE_UP_PART = 0.75;

/** What the keeper works with. */
export interface LeaseKeeperOptions {
  /** The delivery whose lease counts; may be replaced by a later one of the same attempt. */
  readonly delivery: () => TaskDelivery;
  readonly leaseMs: number;
  readonly clock: Clock;
  /** Ends the keeping. */
  readonly signal: AbortSignal;
  /** Called after each confirmed renewal. */
  readonly onRenewed?: () => void;
}

/** Resolves `lost` when the lease can't be relied on, `ended` once the signal is aborted. Never rejects. */
export async function keepLease(options: LeaseKeeperOptions): Promise<'lost' | 'ended'> {
  const { leaseMs, clock, signal } = options;
  let confirmedMs = clock.nowMs();
  let pauseMs = leaseMs / RENEWALS_PER_LEASE;
  while (await pauseUnlessAborted(clock, pauseMs, signal)) {
    const askedMs = clock.nowMs();
    const outcome = await renewal(options.delivery());
    if (signal.aborted) return 'ended';
    if (outcome === 'stale') return 'lost';
    if (outcome === 'confirmed') {
      confirmedMs = askedMs;
      options.onRenewed?.();
    }
    if (clock.nowMs() - confirmedMs >= leaseMs * GIVE_UP_PART) return 'lost';
    pauseMs = leaseMs / (outcome === 'confirmed' ? RENEWALS_PER_LEASE : RETRIES_PER_LEASE);
  }
  return 'ended';
}

async function renewal(delivery: TaskDelivery): Promise<'confirmed' | 'failed' | 'stale'> {
  try {
    await delivery.extend();
    return 'confirmed';
  } catch (error) {
    const isStale = error instanceof StageyardError && error.code === 'LEASE_STALE_EPOCH';
    return isStale ? 'stale' : 'failed';
  }
}
