/**
 * Who of several coordinators leads. A leader shows again and again that it is there; whoever wants to lead watches,
 * by its own clock only, and takes over when the leader has been still for too long. That is a courtesy: what makes a
 * former leader harmless is the journal, which refuses its appends.
 */
import type { StageyardError } from '../errors.ts';
import type { AbortSignalLike } from './clock.ts';

/** Leadership that was won. */
export interface Leadership {
  /** Higher than any that the election remembers. A journal may know a later one: then its own counts. */
  readonly term: number;
  /**
   * Resolves when it is over, always before somebody else may begin: with `JOURNAL_CONFLICT` when another one leads,
   * with `BUS_UNAVAILABLE` when it could not be confirmed for too long (then it may be asked for again).
   */
  readonly lost: Promise<StageyardError>;
  /** Gives it up: the next one need not wait. Never rejects. */
  release(): Promise<void>;
}

/** How to ask for it. */
export interface LeadershipRequest {
  /** `refuse`: rejects while another one leads; `standby`: waits for its end. */
  readonly mode: 'refuse' | 'standby';
  readonly signal?: AbortSignalLike;
  /** Called once when somebody else leads and this one begins to wait. */
  readonly onWaiting?: (leader: string) => void;
}

/** See the file's head. */
export interface LeaderElection {
  /**
   * Rejects with `LEADER_EXISTS` (mode `refuse`), with `BUS_UNAVAILABLE` when nobody answers, with the signal's reason
   * when it is aborted.
   */
  lead(request: LeadershipRequest): Promise<Leadership>;
}
