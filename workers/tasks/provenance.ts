/** From a task and what was found out for it to the record of what its result was made from. */
import { hash } from 'node:crypto';
import { canonicalJson } from '#proto/canonical-json.ts';
import { type Sha256Digest, sha256Digest } from '#proto/digest.ts';
import type { LockedEnvironment, LockedEnvironments } from '#proto/environment.ts';
import { lockedPackages } from '#proto/exact-key.ts';
import type { InputKey } from '#proto/ids.ts';
import type { Provenance } from '#proto/provenance.ts';
import type { RecipeBundle } from '#proto/task-spec.ts';
import type { WorkerIdentity } from '#proto/worker-identity.ts';
import type { WatchedRequest } from './attempt-watch.ts';
import type { InheritedSnapshot } from './inherited-snapshots.ts';
import type { TaskServices } from './services.ts';

/** What the record is made of. */
export interface ProvenanceInput {
  readonly recipe: RecipeBundle;
  /** Nearest first. */
  readonly inherited: readonly Pick<InheritedSnapshot, 'ref'>[];
  readonly environments: LockedEnvironments;
  readonly identity: WorkerIdentity;
}

/** See the file's head. */
export function provenanceOf(input: ProvenanceInput): Provenance {
  const { recipe, inherited, environments, identity } = input;
  const { build, host } = environments;
  const trees = Object.entries(recipe.pathSources).map(([path, { digest }]) => [path, digest]);
  return {
    ...(recipe.revision === undefined ? {} : { revision: recipe.revision }),
    recipe: recipe.recipeDir.digest,
    pathSources: Object.fromEntries(trees),
    snapshots: inherited.map(({ ref }) => ref.digest),
    environments: {
      build: build === null ? null : environmentDigest(build),
      host: environmentDigest(host),
    },
    worker: identity,
  };
}

/** How an output was built. */
export interface Making extends Omit<ProvenanceInput, 'recipe' | 'identity'> {
  readonly key: InputKey;
  readonly scriptMs: number;
}

/** What a built output says of its making. */
export function makingOf(
  services: Pick<TaskServices, 'clock' | 'identity'>,
  { spec, reporter }: Pick<WatchedRequest, 'spec' | 'reporter'>,
  { key, scriptMs, ...from }: Making,
) {
  const { identity, clock } = services;
  return {
    exactKey: key,
    builtAtMs: clock.nowMs(),
    measures: reporter.measures(scriptMs),
    provenance: provenanceOf({ recipe: spec.recipe, identity, ...from }),
  };
}

function environmentDigest(environment: LockedEnvironment): Sha256Digest {
  const { platform } = environment;
  const packages = lockedPackages(environment).map(canonicalJson);
  return sha256Digest(hash('sha256', canonicalJson({ platform, packages }), 'hex'));
}
