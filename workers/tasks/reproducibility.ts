/**
 * Why a result would have other bytes on another machine, in words for people. What is built from a snapshot takes
 * over the snapshot's reason: the paths of a staging place are in what was compiled there.
 */
import type { SnapshotManifest } from '#proto/snapshot.ts';
import type { BuildTimestamp } from '#proto/task-spec.ts';

/** Everything that a reason may come from. */
export interface Circumstances {
  readonly timestamp: BuildTimestamp;
  /** Whether the place is the output's own one. */
  readonly place: { readonly canonical: boolean };
  /** Root of build places other than the common one. */
  readonly buildRoot?: string | undefined;
  /** Nearest first. */
  readonly inherited: readonly Pick<SnapshotManifest, 'stagingName' | 'irreproducibleBecause'>[];
}

/** The first reason, undefined when there is none. */
export function irreproducibleReason(circumstances: Circumstances): string | undefined {
  const { timestamp, place, buildRoot, inherited } = circumstances;
  if (timestamp.irreproducibleBecause !== undefined) return timestamp.irreproducibleBecause;
  if (buildRoot !== undefined) return '--build-root puts it at another path than other machines do';
  if (!place.canonical) return 'its own build place was in use, so it was built at another path';
  const tainted = inherited.find(
    ({ irreproducibleBecause }) => irreproducibleBecause !== undefined,
  );
  return tainted?.irreproducibleBecause === undefined
    ? undefined
    : `the staging output ${tainted.stagingName} is not: ${tainted.irreproducibleBecause}`;
}
