/** The register of runs within one process. */
import type { RunId } from '../ids.ts';
import type { PoolRequirements, RunRegister, RunStanding } from '../ports/run-register.ts';

/** See the file's head. */
export class MemoryRunRegister implements RunRegister {
  readonly #standings = new Map<RunId, RunStanding>();
  #pools: { readonly term: number; readonly pools: readonly PoolRequirements[] } | undefined;

  async publish(run: RunId, standing: RunStanding): Promise<void> {
    const known = this.#standings.get(run);
    if (known === undefined || known.term <= standing.term) this.#standings.set(run, standing);
  }

  async read(run: RunId): Promise<RunStanding | undefined> {
    return this.#standings.get(run);
  }

  async publishPools(term: number, pools: readonly PoolRequirements[]): Promise<void> {
    if ((this.#pools?.term ?? 0) <= term) this.#pools = { term, pools };
  }

  async readPools(): Promise<readonly PoolRequirements[]> {
    return this.#pools?.pools ?? [];
  }
}
