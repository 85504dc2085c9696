/**
 * Connections of a farm's process to NATS. Who isn't there yet is waited for, with one line that says so and one when
 * it is there. What waiting can't mend (credentials, an old server, a stream of another make) is an error at once.
 */
import { NatsBus } from '#proto/adapters/nats-bus.ts';
import type { NatsConnectionOptions } from '#proto/adapters/nats-connection.ts';
import { NatsJournal } from '#proto/adapters/nats-journal.ts';
import { NatsLastValues } from '#proto/adapters/nats-last-values.ts';
import type { SyncAssurance } from '#proto/adapters/nats-sync-check.ts';
import type { Logger } from '#proto/ports/logger.ts';
import type { NatsConfig } from './config/farm-config.ts';
import { type Patience, untilThere } from './patience.ts';

/** One journal for all runs of a farm. */
const FARM_JOURNAL = 'farm';

/** A process has several connections: what all of them tell within this is said once. */
const REPEATED_MS = 10_000;

/** Which process connects, and where to. */
export interface NatsCaller extends Patience {
  readonly nats: NatsConfig;
  /** Shown by the server. */
  readonly name: string;
  readonly logger: Logger;
  /** Of {@link saidOnce}: what becomes of its connections. */
  readonly sayOfConnection: (line: string) => void;
}

/** For connections of one process. */
export function saidOnce(say: (line: string) => void): (line: string) => void {
  const saidAtMs = new Map<string, number>();
  return (line) => {
    const nowMs = performance.now();
    if (nowMs - (saidAtMs.get(line) ?? -REPEATED_MS) < REPEATED_MS) return;
    saidAtMs.set(line, nowMs);
    say(line);
  };
}

/** Of a bus beyond its connection; see `NatsBusOptions`. */
export interface BusRole {
  readonly publisher: string;
  readonly hasLeaseThread?: boolean;
}

/** Rejects with `CONFIG_INVALID`, or the signal's reason. */
export function connectBus(caller: NatsCaller, role: BusRole): Promise<NatsBus> {
  return untilNats(caller, (connection) => NatsBus.connect({ ...connection, ...role }));
}

/** Last values of the farm: how runs stand, who leads. Rejects as {@link connectBus}. */
export function connectValues(caller: NatsCaller): Promise<NatsLastValues> {
  return untilNats(caller, (connection) => NatsLastValues.connect(connection));
}

/** The farm's journal in JetStream. Rejects as {@link connectBus}. */
export function connectJournal(caller: NatsCaller, assurance: SyncAssurance): Promise<NatsJournal> {
  const journal = FARM_JOURNAL;
  return untilNats(caller, (connection) => NatsJournal.open({ ...connection, journal, assurance }));
}

function untilNats<T>(
  caller: NatsCaller,
  open: (
    connection: NatsConnectionOptions & { readonly farm: string; readonly logger: Logger },
  ) => Promise<T>,
): Promise<T> {
  const { nats, name, logger, sayOfConnection: say } = caller;
  return untilThere(
    `NATS at ${nats.servers.join(', ')}`,
    () => open({ ...nats, name, logger, say }),
    caller,
  );
}
