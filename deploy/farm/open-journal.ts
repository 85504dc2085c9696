/** The journal of a farm, and the right to write to it. */
import { hostname } from 'node:os';
import { NatsJournal } from '#proto/adapters/nats-journal.ts';
import type { NatsLastValues } from '#proto/adapters/nats-last-values.ts';
import { NatsLeaderRecord } from '#proto/adapters/nats-leader-record.ts';
import { currentProcessIdentity } from '#proto/adapters/process-identity.ts';
import { RecordElection } from '#proto/adapters/record-election.ts';
import { SqliteJournal } from '#proto/adapters/sqlite-journal.ts';
import { StageyardError } from '#proto/errors.ts';
import type { SnapshotJournal } from '#proto/ports/journal.ts';
import type { Leadership, LeadershipRequest } from '#proto/ports/leadership.ts';
import type { Logger } from '#proto/ports/logger.ts';
import type { CoordinatorConfig } from '../config/farm-config.ts';
import { type Patience, untilThere } from '../patience.ts';

const LOCK_PAUSE_MS = 1_000;

/** A journal that this process may write to, for as long as it leads. */
export interface LedJournal {
  readonly journal: SnapshotJournal;
  readonly leadership: Leadership;
}

/** What it is opened with. */
export interface OpenJournalOptions extends Patience {
  readonly config: CoordinatorConfig;
  readonly values: NatsLastValues;
  readonly logger: Logger;
  /** Called once when somebody else leads and this one waits. */
  readonly onWaiting: (leader: string) => void;
}

/**
 * Wins the leadership, then opens the journal. Rejects with `LEADER_EXISTS` unless it may wait, with `JOURNAL_*` and
 * `CONFIG_INVALID`.
 */
export async function openLedJournal(options: OpenJournalOptions): Promise<LedJournal> {
  const { journal } = options.config;
  return journal.kind === 'sqlite'
    ? openLocked(journal.path, options)
    : openElected(journal.assurance, options);
}

async function openElected(
  assurance: Parameters<typeof NatsJournal.open>[0]['assurance'],
  options: OpenJournalOptions,
): Promise<LedJournal> {
  const { config, values, clock, logger } = options;
  const { servers, farm, credentials, tls } = config.nats;
  const election = new RecordElection({
    record: new NatsLeaderRecord(values),
    clock,
    identity: currentProcessIdentity(),
    name: `${hostname()}, process ${process.pid}`,
  });
  const open = (): Promise<NatsJournal> =>
    NatsJournal.open({
      servers,
      credentials,
      ...(tls === undefined ? {} : { tls }),
      name: 'stageyard-coordinator-journal',
      farm,
      journal: 'farm',
      assurance,
      logger,
    });
  const journal = await untilThere('NATS', open, options);
  try {
    const lead = (): Promise<Leadership> => election.lead(requestOf(options));
    return { journal, leadership: await untilThere('NATS', lead, options) };
  } catch (error) {
    await journal.close();
    throw error;
  }
}

/** The file's lock is the leadership: it ends with the process. The term is the journal's own. */
async function openLocked(path: string, options: OpenJournalOptions): Promise<LedJournal> {
  const { config, clock, signal, onWaiting } = options;
  for (let tries = 1; ; tries += 1) {
    const opened = await SqliteJournal.open(path);
    if (opened.kind === 'opened') {
      const { journal } = opened;
      const lost = new Promise<StageyardError>(() => undefined);
      return { journal, leadership: { term: 1, lost, release: async () => undefined } };
    }
    if (!config.isStandby) {
      const message = `another coordinator has ${path} open: end it first, or start this one with --standby`;
      throw new StageyardError('LEADER_EXISTS', message);
    }
    if (tries === 1) onWaiting(`the process that has ${path} open`);
    await clock.sleep(LOCK_PAUSE_MS, signal);
  }
}

function requestOf({ config, signal, onWaiting }: OpenJournalOptions): LeadershipRequest {
  return { mode: config.isStandby ? 'standby' : 'refuse', signal, onWaiting };
}
