/**
 * Answers that tell a whole run, which may take tens of megabytes and a good part of a second each: they are made one
 * after the other, with time for everything else in between, and none while too much waits for those who don't read.
 * A run that is over may have to be read from the store first: who asks for one holds up only others who do.
 */
import type { ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { StageyardError } from '#proto/errors.ts';
import type { RunListing } from '#coordinator/core/run-listing.ts';
import { Turns } from '#coordinator/shell/turns.ts';
import { untilGone } from './gone.ts';

/** What may wait for all readers together. */
const WAITING_BYTES_MAX = 128 * 1024 * 1024;

const turnsOfGoing = new Turns(1);
const turnsOfOver = new Turns(1);
const begun = new Set<ServerResponse>();

/**
 * Makes an answer about a run. Rejects as `tell` does, with `FARM_NOT_READY` when too much waits already, and for one
 * who went away before `tell` was called.
 */
export async function tellAtLength<T>(
  response: ServerResponse,
  { outcome }: Pick<RunListing, 'outcome'>,
  tell: () => Promise<T>,
): Promise<T> {
  const gone = untilGone(response);
  response.once('close', () => begun.delete(response));
  const turns = outcome === null ? turnsOfGoing : turnsOfOver;
  return turns.take(gone, async () => {
    await setImmediate();
    gone.throwIfAborted();
    const waitingBytes = [...begun].reduce((sum, { writableLength }) => sum + writableLength, 0);
    if (waitingBytes > WAITING_BYTES_MAX) {
      const text = 'too much is on its way to others who ask: try again in a moment';
      throw new StageyardError('FARM_NOT_READY', text);
    }
    begun.add(response);
    return tell();
  });
}
