/** The thread that keeps leases (nats-lease-thread.ts): renews each several times per lease, at once after an outage. */
import { parentPort, workerData } from 'node:worker_threads';
import { connectNats } from './nats-connection.ts';
import { type LeaseThreadData, type LeaseThreadWord, monotonicMs } from './nats-lease-thread.ts';
import { NatsRequests } from './nats-requests.ts';
import { systemClock } from './system-clock.ts';

const RENEWALS_PER_LEASE = 4;
/** Before the first renewal: most short tasks need none. */
const FIRST_PAUSE_MS_MAX = 1_000;
/** One try; the next comes soon. */
const TRY_TIMEOUT_MS = 1_000;
const RETRIES_PER_LEASE = 20;
const CONNECT_PAUSE_MS = 1_000;

interface HeldReply {
  readonly reply: string;
  /** Until then the lease is certain; afterwards somebody else may have the message. */
  untilMs: number;
  timer: NodeJS.Timeout | undefined;
}

const { connection: options, leaseMs, confirmed }: LeaseThreadData = workerData;
const confirmedMs = new Float64Array(confirmed);
const held = new Map<number, HeldReply>();
const connected = connectForEver();

async function connectForEver(): Promise<NatsRequests> {
  for (;;) {
    try {
      const connection = await connectNats({ ...options, name: `${options.name}-leases` });
      return new NatsRequests(connection, options.inboxPrefix);
    } catch {
      // The main thread tells people; here it is only tried again.
      await systemClock.sleep(CONNECT_PAUSE_MS);
    }
  }
}

async function renew(place: number): Promise<void> {
  const lease = held.get(place);
  if (lease === undefined) return;
  const askedMs = monotonicMs();
  if (askedMs >= lease.untilMs) return;
  const isConfirmed = await asked(lease.reply);
  if (held.get(place) !== lease) return;
  if (isConfirmed) {
    confirmedMs[place] = askedMs;
    lease.untilMs = askedMs + leaseMs;
  }
  const pauseMs = leaseMs / (isConfirmed ? RENEWALS_PER_LEASE : RETRIES_PER_LEASE);
  lease.timer = setTimeout(() => void renew(place), pauseMs);
}

async function asked(reply: string): Promise<boolean> {
  try {
    await (await connected).ask({
      subject: reply,
      body: '+WPI',
      timeoutMs: Math.min(TRY_TIMEOUT_MS, leaseMs / RENEWALS_PER_LEASE),
    });
    return true;
  } catch {
    // Whether the lease still counts is decided by who holds it, from when it was last confirmed.
    return false;
  }
}

parentPort?.on('message', (word: LeaseThreadWord) => {
  clearTimeout(held.get(word.place)?.timer);
  held.delete(word.place);
  if (word.kind === 'drop') return;
  const pauseMs = Math.min(FIRST_PAUSE_MS_MAX, leaseMs / RENEWALS_PER_LEASE);
  const timer = setTimeout(() => void renew(word.place), pauseMs);
  held.set(word.place, { reply: word.reply, untilMs: monotonicMs() + leaseMs, timer });
});
