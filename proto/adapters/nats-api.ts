/** JetStream's own subjects, units and errors, and the address of a delivery. */
import { type ApiError, JetStreamApiError, type PubAck } from '@nats-io/jetstream';
import { headers, type Msg, type MsgHdrs } from '@nats-io/transport-node';

/** It counts time in nanoseconds. */
export const NS_PER_MS = 1_000_000;

/** What the server says no with, and its numbers for it (`err_code`). */
const apiErrors = {
  'stream-not-found': [10059],
  'consumer-not-found': [10014],
  'message-not-found': [10037],
  'sequence-not-found': [10043],
  'wrong-last-sequence': [10071, 10164],
  /** A disk, an account or `max_file_store` that is used up. */
  'storage-full': [10002, 10023, 10047],
} as const satisfies Record<string, readonly number[]>;

/** True for the server's own error of this kind; without one, for any of its own. */
export function isApiError(error: unknown, kind?: keyof typeof apiErrors): boolean {
  if (!(error instanceof JetStreamApiError)) return false;
  const codes: readonly number[] | undefined = kind === undefined ? undefined : apiErrors[kind];
  return codes === undefined || codes.includes(error.code);
}

/** Subject of a request to JetStream. */
export function apiSubject(operation: string): string {
  return `$JS.API.${operation}`;
}

/** What must be so for a message to be stored. */
export interface Expectation {
  readonly stream?: string;
  /** Last sequence of the stream. */
  readonly last?: number;
  /** Last sequence of the message's subject; 0: none. */
  readonly lastOfSubject?: number;
}

/** Headers that say so, added to `others`. */
export function expecting(
  { stream, last, lastOfSubject }: Expectation,
  others: MsgHdrs = headers(),
): MsgHdrs {
  if (stream !== undefined) others.set('Nats-Expected-Stream', stream);
  if (last !== undefined) others.set('Nats-Expected-Last-Sequence', String(last));
  if (lastOfSubject !== undefined) {
    others.set('Nats-Expected-Last-Subject-Sequence', String(lastOfSubject));
  }
  return others;
}

/** Where the server stored a message, from its answer. Throws its own error, or `SyntaxError` for no answer of JetStream. */
export function storedSequence(answer: Msg): number {
  const said: Partial<PubAck> & { readonly error?: ApiError } = answer.json();
  if (said.error !== undefined) throw new JetStreamApiError(said.error);
  if (typeof said.seq === 'number' && said.stream !== undefined && said.stream !== '')
    return said.seq;
  throw new SyntaxError('this is no answer of JetStream');
}

/** What the reply subject of a delivered message says. */
export interface DeliveryAddress {
  readonly deliveryCount: number;
  readonly streamSequence: number;
  /** Messages of this consumer behind this one. */
  readonly pendingCount: number;
}

/** Tokens of the short form: `$JS.ACK.STREAM.CONSUMER.COUNT.STREAM_SEQ.CONSUMER_SEQ.TIME.PENDING`. */
const SHORT_TOKENS = 9;
/** The long form has domain and account before the stream. */
const LONG_FORM_OFFSET = 2;

/** Reads a reply subject; undefined when the message was not delivered by JetStream. */
export function deliveryAddress(reply: string | undefined): DeliveryAddress | undefined {
  const tokens = reply?.split('.') ?? [];
  if (tokens[0] !== '$JS' || tokens[1] !== 'ACK' || tokens.length < SHORT_TOKENS) return undefined;
  const offset = tokens.length > SHORT_TOKENS ? LONG_FORM_OFFSET : 0;
  const numberAt = (index: number): number => Number(tokens[index + offset]);
  const address = {
    deliveryCount: numberAt(4),
    streamSequence: numberAt(5),
    pendingCount: numberAt(8),
  };
  return Object.values(address).every(Number.isSafeInteger) ? address : undefined;
}
