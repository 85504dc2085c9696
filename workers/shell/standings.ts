/**
 * Whether an attempt is still wanted, as far as the register of runs tells. It may lag behind or be away: then work
 * goes on, and the coordinator decides whether its result counts.
 */
import { StageyardError } from '#proto/errors.ts';
import type { RunId } from '#proto/ids.ts';
import type { RunRegister, RunStanding } from '#proto/ports/run-register.ts';
import type { TaskOffer } from '#proto/task-messages.ts';

/** How runs stand. */
export type Standings = Pick<RunRegister, 'read'>;

/** Of an offer. */
export type OfferWorth =
  | 'wanted'
  /** The run is over or cancelled, or the attempt belongs to an older generation of it. */
  | 'unwanted'
  /** Another coordinator leads since it was made. */
  | 'older-term';

/** What an offer is worth. */
export async function worthOf(
  standings: Standings,
  offer: Pick<TaskOffer, 'run' | 'generation' | 'term'>,
): Promise<OfferWorth> {
  const standing = await known(standings, offer.run);
  if (standing === undefined) return 'wanted';
  if (!isOpenFor(standing, offer)) return 'unwanted';
  return offer.term < standing.term ? 'older-term' : 'wanted';
}

/** False when nobody wants the attempt any more. One that began may end, whoever leads meanwhile. */
export async function isWanted(
  standings: Standings,
  offer: Pick<TaskOffer, 'run' | 'generation' | 'term'>,
): Promise<boolean> {
  const standing = await known(standings, offer.run);
  return standing === undefined || isOpenFor(standing, offer);
}

/** Who offered it knew more than a coordinator that led before. */
function isOpenFor(
  standing: RunStanding,
  { generation, term }: Pick<TaskOffer, 'generation' | 'term'>,
): boolean {
  const { state } = standing;
  if (standing.term < term) return true;
  return (state === 'open' || state === 'paused') && generation >= standing.generation;
}

async function known(standings: Standings, run: RunId): Promise<RunStanding | undefined> {
  try {
    return await standings.read(run);
  } catch (error) {
    if (error instanceof StageyardError) return undefined;
    throw error;
  }
}
