/**
 * Replays a stretch of a journal: our own loop of pulls from a short-lived consumer. The client's ordered
 * consumer falls silent for 40 s when the server restarts in the middle; here a pull that brings nothing
 * is made again, through a new consumer from the next entry on.
 */
import { AckPolicy, DeliverPolicy, type JetStreamManager } from '@nats-io/jetstream';
import type { Msg, MsgHdrs } from '@nats-io/transport-node';
import { StageyardError } from '../errors.ts';
import { deliveryAddress, isApiError, NS_PER_MS } from './nats-api.ts';
import { natsError } from './nats-connection.ts';
import type { NatsLink } from './nats-link.ts';
import { PullInboxes } from './nats-pull.ts';
import { systemClock } from './system-clock.ts';

const BATCH_ENTRIES = 200;
/** A pull is given up when this has passed without an end. */
const PULL_WAIT_MS = 2_000;
/** The server removes a consumer that nobody pulls from. */
const CONSUMER_IDLE_MS = 60_000;
const RETRY_PAUSE_MS = 250;
/** An outage is waited out this long in one try. */
const OUTAGE_WAIT_MS = 5_000;
/** Tries in a row that bring no entry. */
const FRUITLESS_TRIES_MAX = 12;

/** One message of a stream. */
export interface StoredMessage {
  readonly sequence: number;
  readonly body: Uint8Array;
  readonly headers: MsgHdrs | undefined;
}

/** What is replayed: both ends are included. */
export interface ReplayRequest {
  readonly link: NatsLink;
  readonly manager: JetStreamManager;
  readonly stream: string;
  readonly fromSequence: number;
  readonly untilSequence: number;
}

/** In order and without gaps. Rejects with `JOURNAL_UNAVAILABLE` or, where one is missing, `JOURNAL_CORRUPT`. */
export async function* replay(request: ReplayRequest): AsyncIterable<StoredMessage> {
  const inboxes = new PullInboxes(request.link, undefined);
  try {
    yield* replayThrough(inboxes, request);
  } finally {
    inboxes.close();
  }
}

async function* replayThrough(
  inboxes: PullInboxes,
  request: ReplayRequest,
): AsyncIterable<StoredMessage> {
  let next = request.fromSequence;
  let consumer: string | undefined;
  for (let fruitless = 0; next <= request.untilSequence; ) {
    try {
      await request.link.untilUp(OUTAGE_WAIT_MS);
      consumer ??= await makeConsumer(request, next);
      const batch = await pullBatch(inboxes, { ...request, fromSequence: next }, consumer);
      for (const message of batch) {
        checkOrder(message.sequence, next);
        next += 1;
        yield message;
      }
      fruitless = batch.length > 0 ? 0 : fruitless + 1;
      if (batch.length === 0) consumer = undefined;
    } catch (error) {
      const known = natsError(error, 'replay the journal', 'JOURNAL_UNAVAILABLE');
      const isTransient = known.code === 'BUS_UNAVAILABLE' || known.code === 'JOURNAL_UNAVAILABLE';
      if (!isTransient || request.link.isClosed) throw known;
      fruitless += 1;
      consumer = undefined;
      await systemClock.sleep(RETRY_PAUSE_MS);
    }
    if (fruitless > FRUITLESS_TRIES_MAX) throw stuck(next);
  }
  if (consumer !== undefined) await removeConsumer(request, consumer);
}

function checkOrder(found: number, expected: number): void {
  if (found === expected) return;
  const text = `the journal can't be read at entry ${expected}: it is missing (${found} follows)`;
  throw new StageyardError('JOURNAL_CORRUPT', text, { context: { sequence: expected } });
}

async function makeConsumer(
  { link, manager, stream }: ReplayRequest,
  fromSequence: number,
): Promise<string> {
  const made = await link.asked(() =>
    manager.consumers.add(stream, {
      ack_policy: AckPolicy.None,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: fromSequence,
      inactive_threshold: CONSUMER_IDLE_MS * NS_PER_MS,
      mem_storage: true,
    }),
  );
  return made.name;
}

async function pullBatch(
  inboxes: PullInboxes,
  { stream, fromSequence, untilSequence }: ReplayRequest,
  consumer: string,
): Promise<readonly StoredMessage[]> {
  const messages: StoredMessage[] = [];
  const onMessage = (message: Msg): void => {
    const sequence = deliveryAddress(message.reply)?.streamSequence ?? 0;
    messages.push({ sequence, body: message.data, headers: message.headers });
  };
  const batch = Math.min(BATCH_ENTRIES, untilSequence - fromSequence + 1);
  await inboxes.pull({ stream, consumer, batch, waitMs: PULL_WAIT_MS, onMessage });
  return messages;
}

/** It would go by itself; sooner is tidier. */
async function removeConsumer(request: ReplayRequest, consumer: string): Promise<void> {
  const { link, manager, stream } = request;
  try {
    await link.asked(() => manager.consumers.delete(stream, consumer));
  } catch (error) {
    const isHarmless = isApiError(error) || natsError(error, 'tidy up').code === 'BUS_UNAVAILABLE';
    if (!isHarmless) throw error;
  }
}

function stuck(next: number): StageyardError {
  const text = `the journal can't be read at entry ${next}: the server sends nothing`;
  return new StageyardError('JOURNAL_UNAVAILABLE', text, { context: { sequence: next } });
}
