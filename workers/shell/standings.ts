/**
 * Whether an attempt is still wanted, as far as the register of runs tells. It may lag behind or be away: then work
 * goes on, and the coordinator decides whether its result counts.
 */
import { StageyardError } from '#proto/errors.ts';
import type { RunRegister } from '#proto/ports/run-register.ts';
import type { AttemptHead } from '#proto/task-messages.ts';

/** How runs stand. */
export type Standings = Pick<RunRegister, 'read'>;

/** False when the run is over or cancelled, or the attempt belongs to an older generation of it. */
export async function isWanted(
  standings: Standings,
  { run, generation }: Pick<AttemptHead, 'run' | 'generation'>,
): Promise<boolean> {
  try {
    const standing = await standings.read(run);
    if (standing === undefined) return true;
    const isOpen = standing.state === 'open' || standing.state === 'paused';
    return isOpen && generation >= standing.generation;
  } catch (error) {
    if (error instanceof StageyardError) return true;
    throw error;
  }
}
