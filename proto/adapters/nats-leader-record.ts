/** Who leads a farm, as the last value of one subject. */
import type { LeaderRecord, StoredLeaderRecord } from '../ports/leader-record.ts';
import type { NatsLastValues } from './nats-last-values.ts';

/** See the file's head. The values stay the caller's to close. */
export class NatsLeaderRecord implements LeaderRecord {
  readonly #values: NatsLastValues;

  constructor(values: NatsLastValues) {
    this.#values = values;
  }

  async read(): Promise<StoredLeaderRecord | undefined> {
    const last = await this.#values.get(this.#values.names.leaderSubject);
    return last === undefined ? undefined : { revision: last.sequence, text: last.text };
  }

  write(text: string, expectedRevision: number): Promise<number | undefined> {
    return this.#values.put(this.#values.names.leaderSubject, text, expectedRevision);
  }
}
