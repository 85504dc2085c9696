/** One small text that several processes compete for: written only by whoever knows its newest revision. */

/** As stored. */
export interface StoredLeaderRecord {
  /** Above 0; differs between any two writes. */
  readonly revision: number;
  readonly text: string;
}

/** See the file's head. Both reject with `BUS_UNAVAILABLE`; a write may then have happened or not. */
export interface LeaderRecord {
  read(): Promise<StoredLeaderRecord | undefined>;
  /** Answers the new revision; undefined when `expectedRevision` (0: there is none) isn't the newest any more. */
  write(text: string, expectedRevision: number): Promise<number | undefined>;
}
