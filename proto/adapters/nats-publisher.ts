/** Puts messages into streams: each is repeated until the server says that it is stored. */
import { headers, type MsgHdrs } from '@nats-io/transport-node';
import { natsError } from './nats-connection.ts';
import type { NatsLink } from './nats-link.ts';
import { systemClock } from './system-clock.ts';

const TRY_TIMEOUT_MS = 5_000;
const RETRY_PAUSE_MS = 250;
/** Text kept of the reason for putting a message aside. */
const REASON_CHARACTERS_MAX = 500;

/** One message to a stream. */
export interface StreamMessage {
  readonly subject: string;
  readonly body: Uint8Array;
  /** Makes repetition harmless. */
  readonly messageId?: string;
  /** Why it is put aside. */
  readonly reason?: string;
}

/** See the file's head. */
export class StreamPublisher {
  readonly #link: NatsLink;
  readonly #timeoutMs: number;

  /** A message is tried for `timeoutMs`. */
  constructor(link: NatsLink, timeoutMs: number) {
    this.#link = link;
    this.#timeoutMs = timeoutMs;
  }

  /** Answers its sequence; `prepare` comes before each try. Rejects with `BUS_UNAVAILABLE` or `CONFIG_INVALID`. */
  async publish(message: StreamMessage, prepare?: () => Promise<void>): Promise<number> {
    const deadlineMs = performance.now() + this.#timeoutMs;
    for (;;) {
      const leftMs = deadlineMs - performance.now();
      await this.#link.untilUp(leftMs);
      try {
        await prepare?.();
        const { subject, body } = message;
        const timeoutMs = Math.min(TRY_TIMEOUT_MS, leftMs);
        return await this.#link.stored({ subject, body, headers: headersOf(message), timeoutMs });
      } catch (error) {
        const known = natsError(error, `publish to ${message.subject}`);
        const isLate = performance.now() + RETRY_PAUSE_MS >= deadlineMs;
        if (known.code !== 'BUS_UNAVAILABLE' || isLate || this.#link.isClosed) throw known;
        await systemClock.sleep(RETRY_PAUSE_MS);
      }
    }
  }
}

function headersOf({ messageId, reason }: StreamMessage): MsgHdrs | undefined {
  if (messageId === undefined && reason === undefined) return undefined;
  const kept = headers();
  if (messageId !== undefined) kept.set('Nats-Msg-Id', messageId);
  if (reason !== undefined) {
    const line = reason.replace(/[^\x20-\x7e]+/g, ' ').slice(0, REASON_CHARACTERS_MAX);
    kept.set('Stageyard-Reason', line);
  }
  return kept;
}
