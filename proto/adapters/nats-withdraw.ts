/**
 * Takes a queued offer back. JetStream deletes by sequence, whoever has the message; and sequences may
 * start again after a power cut. So the message is read and compared first, and the consumer says whether
 * it was delivered already.
 */
import type { JetStreamManager } from '@nats-io/jetstream';
import type { OfferReceipt } from '../ports/bus.ts';
import { isApiError } from './nats-api.ts';

/** Where the offer is queued. */
export interface OfferPlace {
  readonly manager: JetStreamManager;
  readonly stream: string;
  readonly consumer: string;
}

/** True when the offer was there, undelivered, and is gone now. */
export async function withdrawOffer(place: OfferPlace, receipt: OfferReceipt): Promise<boolean> {
  const { manager, stream } = place;
  const { sequence } = receipt;
  if (!(await isStored(place, receipt))) return false;
  if ((await deliveredSequence(place)) >= sequence) return false;
  try {
    if (!(await manager.streams.deleteMessage(stream, sequence, false))) return false;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
  // A worker may have been faster; then the offer counts as delivered, and the worker is told by its generation.
  return (await deliveredSequence(place)) < sequence;
}

/**
 * True while the stream has it and the consumer has delivered it or will. After its disk was full a server may keep a
 * message that its consumer knows nothing of, until the next one comes.
 */
export async function isOfferQueued(place: OfferPlace, receipt: OfferReceipt): Promise<boolean> {
  if (!(await isStored(place, receipt))) return false;
  const { delivered, num_pending } = await place.manager.consumers.info(
    place.stream,
    place.consumer,
  );
  return receipt.sequence <= delivered.stream_seq || num_pending > 0;
}

async function isStored(
  { manager, stream }: OfferPlace,
  { sequence, messageId }: OfferReceipt,
): Promise<boolean> {
  try {
    const message = await manager.streams.getMessage(stream, { seq: sequence });
    return message?.header.get('Nats-Msg-Id') === messageId;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

async function deliveredSequence({ manager, stream, consumer }: OfferPlace): Promise<number> {
  try {
    return (await manager.consumers.info(stream, consumer)).delivered.stream_seq;
  } catch (error) {
    if (isApiError(error, 'consumer-not-found')) return 0;
    throw error;
  }
}

function isGone(error: unknown): boolean {
  return isApiError(error, 'message-not-found') || isApiError(error, 'sequence-not-found');
}
