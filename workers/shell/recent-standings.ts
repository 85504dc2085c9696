/**
 * How runs stand, as the register told a moment ago: offers of one run come in crowds, and each of them is looked at
 * before work. A cancellation is asked for at the worker itself; this only saves work that nobody wants.
 */
import type { RunId } from '#proto/ids.ts';
import type { Clock } from '#proto/ports/clock.ts';
import type { RunStanding } from '#proto/ports/run-register.ts';
import type { Standings } from './standings.ts';

/** An answer is good for so long. */
const RECENT_MS = 1_000;
/** Runs remembered; all are forgotten at once. */
const RUNS_MAX = 1_000;

interface Heard {
  readonly atMs: number;
  readonly standing: Promise<RunStanding | undefined>;
}

/** See the file's head. */
export class RecentStandings implements Standings {
  readonly #standings: Standings;
  readonly #clock: Clock;
  readonly #heard = new Map<RunId, Heard>();

  constructor(standings: Standings, clock: Clock) {
    this.#standings = standings;
    this.#clock = clock;
  }

  async read(run: RunId): Promise<RunStanding | undefined> {
    const nowMs = this.#clock.nowMs();
    const known = this.#heard.get(run);
    const ageMs = known === undefined ? RECENT_MS : nowMs - known.atMs;
    if (known !== undefined && ageMs >= 0 && ageMs < RECENT_MS) return known.standing;
    if (this.#heard.size >= RUNS_MAX) this.#heard.clear();
    const standing = this.#standings.read(run);
    this.#heard.set(run, { atMs: nowMs, standing });
    try {
      return await standing;
    } catch (error) {
      this.#heard.delete(run);
      throw error;
    }
  }
}
