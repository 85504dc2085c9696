/**
 * A place for messages that can't be read. Whoever meets one puts a copy here, then acknowledges it:
 * so it is kept for people and never delivered again.
 */

/** What is known about a message that is put aside. */
export interface DeadLetter {
  /** Where it was found: `task`, `event`, `request`, … */
  readonly source: string;
  /** Why it can't be read. */
  readonly reason: string;
  readonly body: Uint8Array;
}

/** See the file's head. */
export interface DeadLetters {
  /** Messages that this process has put aside. */
  readonly putAsideCount: number;
  /** Stored when it resolves. Rejects with `BUS_UNAVAILABLE`: then don't acknowledge. */
  putAside(letter: DeadLetter): Promise<void>;
}
