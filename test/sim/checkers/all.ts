/** All rules, each with a fresh memory. */
import { attemptsBounded } from './attempts-bounded.ts';
import { capacityRespected } from './capacity-respected.ts';
import type { Checker } from './checker.ts';
import { conservation } from './conservation.ts';
import { dependenciesFirst } from './dependencies-first.ts';
import { fencedResults } from './fenced-results.ts';
import { indexPointsToExistingBlobs } from './index-points-to-existing-blobs.ts';
import { journalBeforeEffect } from './journal-before-effect.ts';
import { noOrphanLease } from './no-orphan-lease.ts';
import { onlyPassedIsPublished } from './only-passed-is-published.ts';
import { replayEqualsLive } from './replay-equals-live.ts';
import { singleOutcome } from './single-outcome.ts';
import { terminates } from './terminates.ts';

/** See the file's head. */
export const allCheckers = (): readonly Checker[] => [
  singleOutcome(),
  fencedResults(),
  dependenciesFirst(),
  attemptsBounded(),
  capacityRespected(),
  journalBeforeEffect(),
  conservation(),
  indexPointsToExistingBlobs(),
  onlyPassedIsPublished(),
  noOrphanLease(),
  replayEqualsLive(),
  terminates(),
];
