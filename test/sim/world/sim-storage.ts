/** Journal, blob store and register of runs as one simulated process sees them. */
import type { BlobRef } from '#proto/digest.ts';
import type { BlobStore, GetFileOptions, UploadScope } from '#proto/ports/blob-store.ts';
import type {
  AppendOutcome,
  JournalEntry,
  JournalSnapshot,
  SnapshotJournal,
} from '#proto/ports/journal.ts';
import type { PoolRequirements, RunRegister, RunStanding } from '#proto/ports/run-register.ts';
import type { RunId } from '#proto/ids.ts';
import { type Hazard, risky, type SimConnection } from './connection.ts';
import type { FaultTable } from './faults.ts';
import type { SimServer } from './sim-server.ts';

/** A disk that outlives its users, and the server before it. */
export interface Served<T> {
  readonly door: SimServer;
  readonly disk: T;
}

/** How one process reaches what is served. */
class SimAccess<Disk> {
  readonly #connection: SimConnection;
  readonly #served: Served<Disk>;

  constructor(connection: SimConnection, served: Served<Disk>) {
    this.#connection = connection;
    this.#served = served;
  }

  protected get faults(): FaultTable {
    return this.#connection.faults();
  }

  protected call<T>(hazard: Hazard, call: (disk: Disk) => Promise<T>): Promise<T> {
    const { door, disk } = this.#served;
    return risky(this.#connection, hazard, () => door.serve(() => call(disk)));
  }
}

/** The journal as one process sees it. */
export class SimJournal extends SimAccess<SnapshotJournal> implements SnapshotJournal {
  append(body: Uint8Array, expectedLastSequence: number): Promise<AppendOutcome> {
    return this.#risky((disk) => disk.append(body, expectedLastSequence));
  }

  async *read(fromSequence: number): AsyncIterable<JournalEntry> {
    yield* await this.#risky(async (disk) => disk.read(fromSequence));
  }

  last(): Promise<JournalEntry | undefined> {
    return this.#risky((disk) => disk.last());
  }

  saveSnapshot(snapshot: JournalSnapshot): Promise<void> {
    return this.#risky((disk) => disk.saveSnapshot(snapshot));
  }

  loadSnapshot(): Promise<JournalSnapshot | undefined> {
    return this.#risky((disk) => disk.loadSnapshot());
  }

  async close(): Promise<void> {}

  #risky<T>(call: (disk: SnapshotJournal) => Promise<T>): Promise<T> {
    const { journalRefuses: refuses, journalLosesReply: losesReply } = this.faults;
    const hazard = { name: 'journal', code: 'JOURNAL_UNAVAILABLE', refuses, losesReply } as const;
    return this.call(hazard, call);
  }
}

/** The blob store as one process sees it. */
export class SimBlobStore extends SimAccess<BlobStore> implements BlobStore {
  putFile(path: string, scope: UploadScope): Promise<BlobRef> {
    return this.#put((disk) => disk.putFile(path, scope));
  }

  putBytes(bytes: Uint8Array, scope: UploadScope): Promise<BlobRef> {
    return this.#put((disk) => disk.putBytes(bytes, scope));
  }

  getFile(ref: BlobRef, path: string, options?: GetFileOptions): Promise<void> {
    return this.#risky(0, (disk) => disk.getFile(ref, path, options));
  }

  getBytes(ref: BlobRef, maxBytes: number): Promise<Uint8Array> {
    return this.#risky(0, (disk) => disk.getBytes(ref, maxBytes));
  }

  has(ref: BlobRef): Promise<boolean> {
    return this.#risky(0, (disk) => disk.has(ref));
  }

  delete(ref: BlobRef): Promise<void> {
    return this.#risky(0, (disk) => disk.delete(ref));
  }

  #put<T>(call: (disk: BlobStore) => Promise<T>): Promise<T> {
    return this.#risky(this.faults.blobsLoseReply, call);
  }

  #risky<T>(losesReply: number, call: (disk: BlobStore) => Promise<T>): Promise<T> {
    const { blobsRefuse: refuses } = this.faults;
    const hazard = { name: 'blobs', code: 'BLOB_STORE_UNAVAILABLE', refuses, losesReply } as const;
    return this.call(hazard, call);
  }
}

/** The register as one process sees it: it lies where the bus is. */
export class SimRegister extends SimAccess<RunRegister> implements RunRegister {
  publish(run: RunId, standing: RunStanding): Promise<void> {
    return this.#risky((disk) => disk.publish(run, standing));
  }

  read(run: RunId): Promise<RunStanding | undefined> {
    return this.#risky((disk) => disk.read(run));
  }

  publishPools(term: number, pools: readonly PoolRequirements[]): Promise<void> {
    return this.#risky((disk) => disk.publishPools(term, pools));
  }

  readPools(): Promise<readonly PoolRequirements[]> {
    return this.#risky((disk) => disk.readPools());
  }

  #risky<T>(call: (disk: RunRegister) => Promise<T>): Promise<T> {
    const { busRefuses: refuses, busLosesReply: losesReply } = this.faults;
    const hazard = { name: 'register', code: 'BUS_UNAVAILABLE', refuses, losesReply } as const;
    return this.call(hazard, call);
  }
}
