/** The journal of a farm, and the right to write to it. */
import { type OpenedJournal, SqliteJournal } from '#proto/adapters/sqlite-journal.ts';
import { StageyardError } from '#proto/errors.ts';
import type { SnapshotJournal } from '#proto/ports/journal.ts';
import type { LeaderElection, Leadership } from '#proto/ports/leadership.ts';
import type { CoordinatorConfig } from '../config/farm-config.ts';
import { connectJournal, type NatsCaller } from '../connect.ts';
import { untilThere } from '../patience.ts';

const LOCK_PAUSE_MS = 1_000;

/** A journal that this process may write to, for as long as it leads. */
export interface LedJournal {
  readonly journal: SnapshotJournal;
  readonly leadership: Leadership;
}

/** What it is opened with. */
export interface OpenJournalOptions {
  readonly config: CoordinatorConfig;
  readonly caller: NatsCaller;
  readonly election: LeaderElection;
  /** Called when somebody else leads and this one waits. */
  readonly onWaiting: (leader: string) => void;
}

/** Wins the leadership and opens the journal. Rejects with `LEADER_EXISTS` unless it may wait, `JOURNAL_*`, `CONFIG_INVALID`. */
export async function openLedJournal(options: OpenJournalOptions): Promise<LedJournal> {
  const { journal } = options.config;
  return journal.kind === 'sqlite'
    ? openLocked(journal.path, options)
    : openElected(journal.assurance, options);
}

/** The journal first: a standby is told at its start, not at its first hour of duty, that it can't be used. */
async function openElected(
  assurance: Parameters<typeof connectJournal>[1],
  options: OpenJournalOptions,
): Promise<LedJournal> {
  const journal = await connectJournal(options.caller, assurance);
  try {
    return { journal, leadership: await lead(options) };
  } catch (error) {
    await journal.close();
    throw error;
  }
}

/**
 * The file is locked by the kernel for as long as its process lives: a former leader that is paused keeps it. Then the
 * new one waits until that wakes up, finds the lead taken, and ends.
 */
async function openLocked(path: string, options: OpenJournalOptions): Promise<LedJournal> {
  const leadership = await lead(options);
  try {
    return { journal: await unlocked(path, leadership, options), leadership };
  } catch (error) {
    await leadership.release();
    throw error;
  }
}

async function unlocked(
  path: string,
  leadership: Leadership,
  { config, caller, onWaiting }: OpenJournalOptions,
): Promise<SqliteJournal> {
  const signal = whileLeading(caller.signal, leadership);
  const open = (): Promise<OpenedJournal> => SqliteJournal.open(path, { isFullDiskOutage: true });
  for (let tries = 1; ; tries += 1) {
    const opened = await untilThere('the journal', open, { ...caller, signal });
    if (opened.kind === 'opened') return opened.journal;
    if (!config.isStandby) {
      const message = `another process has the journal ${path} open: end it first, or start this one with --standby`;
      throw new StageyardError('LEADER_EXISTS', message);
    }
    if (tries === 1) onWaiting(`the process that has ${path} open`);
    await caller.clock.sleep(LOCK_PAUSE_MS, signal);
  }
}

/** Who lost the lead while it waited must not go on: the next one would be driven out. */
export function whileLeading(signal: AbortSignal, { lost }: Leadership): AbortSignal {
  const over = new AbortController();
  void lost.then((error) => over.abort(error));
  return AbortSignal.any([signal, over.signal]);
}

function lead({ config, caller, election, onWaiting }: OpenJournalOptions): Promise<Leadership> {
  const mode = config.isStandby ? 'standby' : 'refuse';
  const { signal } = caller;
  return untilThere('NATS', () => election.lead({ mode, signal, onWaiting }), caller);
}
