/** One-shot alarms on an injected clock, and the window in which a message id counts as a repeat. */
import { type Clock, pauseUnlessAborted } from '../ports/clock.ts';

/** Takes the alarm back; after it rang, nothing happens. */
export type CancelAlarm = () => void;

/** Calls `ring` after `delayMs` unless it is cancelled before. */
export function setAlarm(clock: Clock, delayMs: number, ring: () => void): CancelAlarm {
  const control = new AbortController();
  void pauseUnlessAborted(clock, delayMs, control.signal).then((isOver) => {
    if (isOver && !control.signal.aborted) ring();
  });
  return () => control.abort(new Error('alarm cancelled'));
}

/** Remembers values by message id for a while. */
export class RepeatWindow<Value> {
  readonly #clock: Clock;
  readonly #windowMs: number;
  /** In order of arrival, so the oldest is first. */
  readonly #seen = new Map<string, { readonly value: Value; readonly untilMs: number }>();

  constructor(clock: Clock, windowMs: number) {
    this.#clock = clock;
    this.#windowMs = windowMs;
  }

  /** What was remembered for this id within the window. */
  find(messageId: string): Value | undefined {
    this.#forgetOld();
    return this.#seen.get(messageId)?.value;
  }

  remember(messageId: string, value: Value): void {
    this.#seen.set(messageId, { value, untilMs: this.#clock.nowMs() + this.#windowMs });
  }

  #forgetOld(): void {
    const nowMs = this.#clock.nowMs();
    for (const [messageId, { untilMs }] of this.#seen) {
      if (untilMs > nowMs) return;
      this.#seen.delete(messageId);
    }
  }
}
