/**
 * The journal as a JetStream stream: the sequence of an entry is the stream's, an append names the last
 * one and is refused when somebody else was faster. Needs a server that syncs every append
 * (`sync_interval: always`), which is checked when it is opened. There is no lock: two coordinators may
 * have it open, and one of them loses at its next append.
 */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { jetstream, type JetStreamManager } from '@nats-io/jetstream';
import { headers, type MsgHdrs } from '@nats-io/transport-node';
import { StageyardError } from '../errors.ts';
import type {
  AppendOutcome,
  JournalEntry,
  JournalSnapshot,
  SnapshotJournal,
} from '../ports/journal.ts';
import type { Logger } from '../ports/logger.ts';
import { farmNames } from '../subjects.ts';
import { expecting, isApiError } from './nats-api.ts';
import { isVersionAtLeast, type NatsConnectionOptions, natsError } from './nats-connection.ts';
import { replay, type StoredMessage } from './nats-journal-replay.ts';
import { NatsLink } from './nats-link.ts';
import { ensureStream, journalStream, snapshotStream } from './nats-streams.ts';
import { checkSyncAlways, type SyncAssurance } from './nats-sync-check.ts';

/** The first server that can sync every append. */
const SERVER_VERSION_MIN = '2.10.0';
/** An entry before compression; the same as on one machine. */
const ENTRY_SIZE_BYTES_MAX = 16 * 1024 * 1024;
/** Smaller entries aren't worth the time. */
const COMPRESSED_FROM_BYTES = 4 * 1024;
const COMPRESSION_LEVEL = 3;
const ENCODING_HEADER = 'Stageyard-Encoding';
const SEQUENCE_HEADER = 'Stageyard-Sequence';
/** Of the server's limit for a message, kept for its headers. */
const HEADER_BYTES = 4 * 1024;
const SNAPSHOT_SIZE_BYTES_MAX = 512 * 1024;
/** A disk that syncs slowly answers within this; later the outcome is unknown. */
const CALL_TIMEOUT_MS = 10_000;

/** Options of {@link NatsJournal.open}. */
export interface NatsJournalOptions extends NatsConnectionOptions {
  readonly farm: string;
  /** Which journal of the farm. */
  readonly journal: string;
  readonly assurance: SyncAssurance;
  readonly logger: Logger;
}

/** See the file's head. */
export class NatsJournal implements SnapshotJournal {
  readonly #link: NatsLink;
  readonly #manager: JetStreamManager;
  readonly #wireMax: number;
  readonly #names: { stream: string; subject: string; snapshots: string; snapshotSubject: string };
  /** Questions for the last sequence that began before the next append. */
  readonly #asking = new Set<Promise<unknown>>();

  private constructor(link: NatsLink, manager: JetStreamManager, options: NatsJournalOptions) {
    const names = farmNames(options.farm);
    this.#link = link;
    this.#manager = manager;
    this.#wireMax = (link.connection.info?.max_payload ?? 0) - HEADER_BYTES;
    this.#names = {
      stream: names.journalStream(options.journal),
      subject: names.journalSubject(options.journal),
      snapshots: names.journalSnapshotStream(options.journal),
      snapshotSubject: names.journalSnapshotSubject(options.journal),
    };
  }

  /**
   * Opens or makes it. Rejects with `JOURNAL_UNAVAILABLE` when nobody answers, with `CONFIG_INVALID` when
   * the server is too old, doesn't sync every append (or can't say so), or has a stream of another make.
   */
  static async open(options: NatsJournalOptions): Promise<NatsJournal> {
    const what = 'open the journal';
    const link = await NatsLink.connect(options).catch((error: unknown) => {
      throw unavailable(error, what);
    });
    const { connection } = link;
    try {
      const { version = '', server_id = '' } = connection.info ?? {};
      checkVersion(version);
      await checkSyncAlways(options.assurance, server_id);
      const manager = await jetstream(connection, { timeout: CALL_TIMEOUT_MS }).jetstreamManager(
        false,
      );
      const journal = new NatsJournal(link, manager, options);
      const { stream, subject, snapshots, snapshotSubject } = journal.#names;
      await ensureStream(manager, journalStream(stream, subject));
      await ensureStream(manager, snapshotStream(snapshots, snapshotSubject));
      return journal;
    } catch (error) {
      await link.close();
      throw unavailable(error, what);
    }
  }

  async append(body: Uint8Array, expectedLastSequence: number): Promise<AppendOutcome> {
    await Promise.allSettled(this.#asking);
    const { wire, encoding } = this.#encoded(body);
    const { stream, subject } = this.#names;
    const headers = expecting({ stream, last: expectedLastSequence }, encoding);
    try {
      await this.#link.untilUp(0);
      const message = { subject, body: wire, headers, timeoutMs: CALL_TIMEOUT_MS };
      return { kind: 'appended', sequence: await this.#link.stored(message) };
    } catch (error) {
      if (!isApiError(error, 'wrong-last-sequence')) throw unavailable(error, 'append');
      return { kind: 'conflict', lastSequence: (await this.#extent()).last };
    }
  }

  read(fromSequence: number): AsyncIterable<JournalEntry> {
    const extent = this.#extent();
    this.#asking.add(extent);
    const forget = (): void => void this.#asking.delete(extent);
    extent.then(forget, forget);
    return this.#entries(fromSequence, extent);
  }

  async last(): Promise<JournalEntry | undefined> {
    const { last } = await this.#extent();
    if (last === 0) return undefined;
    const stored = await this.#message(this.#names.stream, { seq: last });
    if (stored === undefined) throw corrupt(last, 'it is missing');
    return entryOf(stored);
  }

  async saveSnapshot({ sequence, body }: JournalSnapshot): Promise<void> {
    if (body.length > SNAPSHOT_SIZE_BYTES_MAX) {
      const text = `a snapshot of ${body.length} bytes; at most ${SNAPSHOT_SIZE_BYTES_MAX} fit: keep the state in a blob`;
      throw new StageyardError('MESSAGE_INVALID', text);
    }
    const stored = await this.#storedSnapshot();
    if (stored !== undefined && snapshotOf(stored).sequence >= sequence) return;
    // A newer one that somebody saves meanwhile must stay: entries before it are gone.
    const kept = expecting({ lastOfSubject: stored?.sequence ?? 0 });
    kept.set(SEQUENCE_HEADER, String(sequence));
    const { stream, snapshotSubject: subject } = this.#names;
    await this.#ask('keep a snapshot', async () => {
      await this.#link.stored({ subject, body, headers: kept, timeoutMs: CALL_TIMEOUT_MS });
      await this.#manager.streams.purge(stream, { seq: sequence });
    });
  }

  async loadSnapshot(): Promise<JournalSnapshot | undefined> {
    const stored = await this.#storedSnapshot();
    return stored === undefined ? undefined : snapshotOf(stored);
  }

  async close(): Promise<void> {
    await this.#link.close();
  }

  #storedSnapshot(): Promise<StoredMessage | undefined> {
    const { snapshots, snapshotSubject } = this.#names;
    return this.#message(snapshots, { last_by_subj: snapshotSubject });
  }

  async *#entries(
    fromSequence: number,
    extent: Promise<{ first: number; last: number }>,
  ): AsyncIterable<JournalEntry> {
    const { first, last } = await extent;
    if (fromSequence > last) return;
    if (fromSequence < first) {
      throw corrupt(fromSequence, `entries before ${first} were dropped after a snapshot`);
    }
    const { stream } = this.#names;
    const place = { link: this.#link, manager: this.#manager, stream };
    for await (const stored of replay({ ...place, fromSequence, untilSequence: last })) {
      yield entryOf(stored);
    }
  }

  async #extent(): Promise<{ first: number; last: number }> {
    const { stream } = this.#names;
    const { state } = await this.#ask('read', () => this.#manager.streams.info(stream));
    return { first: state.first_seq, last: state.last_seq };
  }

  async #message(
    stream: string,
    which: { seq: number } | { last_by_subj: string },
  ): Promise<StoredMessage | undefined> {
    return this.#ask('read', async () => {
      try {
        const found = await this.#manager.streams.getMessage(stream, which);
        if (found === null) return undefined;
        return { sequence: found.seq, body: found.data, headers: found.header };
      } catch (error) {
        if (isApiError(error, 'message-not-found')) return undefined;
        throw error;
      }
    });
  }

  async #ask<T>(what: string, ask: () => Promise<T>): Promise<T> {
    try {
      await this.#link.untilUp(0);
      return await this.#link.asked(ask);
    } catch (error) {
      throw unavailable(error, what);
    }
  }

  #encoded(body: Uint8Array): { wire: Uint8Array; encoding: MsgHdrs } {
    const encoding = headers();
    const isLarge = body.length >= COMPRESSED_FROM_BYTES;
    if (isLarge) encoding.set(ENCODING_HEADER, 'zstd');
    const params = { [constants.ZSTD_c_compressionLevel]: COMPRESSION_LEVEL };
    const wire = isLarge ? zstdCompressSync(body, { params }) : body;
    const wireMax = this.#wireMax;
    if (body.length > ENTRY_SIZE_BYTES_MAX || wire.length > wireMax) {
      const text = `a journal entry of ${body.length} bytes (${wire.length} compressed); at most ${ENTRY_SIZE_BYTES_MAX} and ${wireMax} fit: raise max_payload of the NATS server`;
      throw new StageyardError('MESSAGE_INVALID', text);
    }
    return { wire, encoding };
  }
}

function checkVersion(version: string): void {
  if (isVersionAtLeast(version, SERVER_VERSION_MIN)) return;
  const text = `NATS server ${version} can't sync every append; a journal in it needs ${SERVER_VERSION_MIN} or newer: use --journal sqlite:PATH (one coordinator)`;
  throw new StageyardError('CONFIG_INVALID', text, { context: { version } });
}

function entryOf({ sequence, body, headers: given }: StoredMessage): JournalEntry {
  const encoding = given?.get(ENCODING_HEADER) ?? '';
  if (encoding === '') return { sequence, body };
  if (encoding !== 'zstd') throw corrupt(sequence, `its encoding "${encoding}" is unknown`);
  try {
    const plain = zstdDecompressSync(body, { maxOutputLength: ENTRY_SIZE_BYTES_MAX });
    return { sequence, body: plain };
  } catch (error) {
    throw corrupt(sequence, "it can't be decompressed", error);
  }
}

function snapshotOf({ sequence: place, body, headers: given }: StoredMessage): JournalSnapshot {
  const sequence = Number(given?.get(SEQUENCE_HEADER));
  if (!Number.isSafeInteger(sequence) || sequence < 1) throw corrupt(place, 'it is no snapshot');
  return { sequence, body };
}

function corrupt(sequence: number, why: string, cause?: unknown): StageyardError {
  const text = `the journal can't be read at entry ${sequence}: ${why}`;
  return new StageyardError('JOURNAL_CORRUPT', text, { context: { sequence }, cause });
}

/** Of a journal even an unreachable bus is an unreachable journal. */
function unavailable(error: unknown, what: string): StageyardError {
  const known = natsError(error, `${what} in the journal`, 'JOURNAL_UNAVAILABLE');
  if (known.code !== 'BUS_UNAVAILABLE') return known;
  return new StageyardError('JOURNAL_UNAVAILABLE', known.message, { cause: known });
}
