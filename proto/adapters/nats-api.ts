/** JetStream's own subjects and the address of a delivery. */

/** Subject of a request to JetStream. */
export function apiSubject(operation: string): string {
  return `$JS.API.${operation}`;
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
