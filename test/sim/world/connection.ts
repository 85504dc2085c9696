/** How a simulated process reaches its servers: calls may be refused, be slow, or succeed without an answer. */
import type { ErrorCode } from '#proto/error-codes.ts';
import { StageyardError } from '#proto/errors.ts';
import type { FaultTable } from './faults.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { SimProcess } from './sim-process.ts';

/** A slow answer takes at most this long. */
const SLOW_MS_MAX = 5_000;

/** What a process's ports are made of. */
export interface SimConnection {
  readonly process: SimProcess;
  readonly random: SeededRandom;
  /** Looked at for each call: faults end when the world heals. */
  readonly faults: () => FaultTable;
}

/** What may happen to a call. */
export interface Hazard {
  readonly name: string;
  readonly code: ErrorCode;
  readonly refuses: number;
  readonly losesReply: number;
}

/** A call that may be refused before its effect, or succeed without an answer. */
export async function risky<T>(
  { process, random, faults }: SimConnection,
  hazard: Hazard,
  call: () => Promise<T>,
): Promise<T> {
  return process.through(async () => {
    const { name, code } = hazard;
    if (random.chance(`${name}.refuses`, hazard.refuses)) throw new StageyardError(code, 'refused');
    const value = await call();
    if (random.chance(`${name}.slow`, faults().slowCalls)) {
      await process.sleep(random.integer(`${name}.slow`, 1, SLOW_MS_MAX));
    }
    if (random.chance(`${name}.reply`, hazard.losesReply))
      throw new StageyardError(code, 'no answer');
    return value;
  });
}
