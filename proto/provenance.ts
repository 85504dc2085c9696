/**
 * What a result was made from and where, by digest, so that it can be told years later: kept in the task's output
 * beside the result. Plain JSON; no part of any key.
 */
import type { Sha256Digest } from './digest.ts';
import type { RecipeRevision } from './task-spec.ts';
import type { WorkerIdentity } from './worker-identity.ts';

/** See the file's head. */
export interface Provenance {
  /** Absent outside of any repository. */
  readonly revision?: RecipeRevision;
  /** Of the recipe directory's tree as it was bundled. */
  readonly recipe: Sha256Digest;
  /** Path as the recipe writes it → digest of the bundled tree. */
  readonly pathSources: Readonly<Record<string, Sha256Digest>>;
  /** Manifests of the inherited snapshots, nearest first. */
  readonly snapshots: readonly Sha256Digest[];
  /**
   * Digests of the canonical JSON of `{platform, packages}`, packages as canonical JSON of what the exact key says of
   * them, sorted by bytes.
   * `build` is null where it is merged into `host`.
   */
  readonly environments: { readonly build: Sha256Digest | null; readonly host: Sha256Digest };
  /** The machine that made it. */
  readonly worker: WorkerIdentity;
}
