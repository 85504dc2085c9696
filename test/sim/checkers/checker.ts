/** What a simulation watches for: sightings go in, broken rules come out. One file per rule. */
import type { RunId, TaskId, WorkerId } from '#proto/ids.ts';
import type { TaskEvent, TaskOffer } from '#proto/task-messages.ts';
import type { BlobRef } from '#proto/digest.ts';
import type { Fact } from '#coordinator/core/facts.ts';
import type { RunPlan } from '#coordinator/core/run-plan.ts';
import type { RunState } from '#coordinator/core/state.ts';
import type { TaskView } from '#coordinator/shell/run-events.ts';

/** Names of the rules (docs/architecture.md, invariants). */
export type Invariant =
  | 'single-outcome'
  | 'fenced-results'
  | 'dependencies-first'
  | 'attempts-bounded'
  | 'capacity-respected'
  | 'journal-before-effect'
  | 'conservation'
  | 'index-points-to-existing-blobs'
  | 'no-orphan-lease'
  | 'replay-equals-live'
  | 'only-passed-is-published'
  | 'terminates';

/** One try as the world sees it. */
export interface AttemptSighting {
  readonly run: RunId;
  readonly task: TaskId;
  readonly epoch: number;
  readonly worker: WorkerId;
}

/** Something that happened. */
export type Sighting =
  /** The coordinator said that it has it. */
  | { readonly kind: 'submitted'; readonly plan: RunPlan }
  /** Stored in the journal; `state` is the one before it. */
  | {
      readonly kind: 'fact';
      readonly run: RunId;
      readonly state: RunState;
      readonly fact: Fact;
      readonly plan: RunPlan;
    }
  /** An entry of the journal was read to its end. */
  | { readonly kind: 'step'; readonly run: RunId; readonly state: RunState; readonly plan: RunPlan }
  /** An offer is in a queue. */
  | { readonly kind: 'queued'; readonly offer: TaskOffer }
  /** News won't come again. */
  | { readonly kind: 'acknowledged'; readonly event: TaskEvent; readonly state: RunState }
  | ({ readonly kind: 'executes' } & AttemptSighting)
  /** How a coordinator sees a run whose facts are all stored. */
  | {
      readonly kind: 'compared';
      readonly run: RunId;
      readonly replayed: readonly TaskView[];
      readonly live: readonly TaskView[];
    }
  /** All runs are over and everybody had time to tidy up. */
  | {
      readonly kind: 'end';
      readonly states: ReadonlyMap<RunId, RunState>;
      readonly openMessages: readonly string[];
      readonly runningCount: number;
    };

/** What a checker may look up. */
export interface World {
  readonly hasBlob: (ref: BlobRef) => boolean;
  /** The package in a committed result; undefined for other tasks. */
  readonly artifactOf: (output: BlobRef) => BlobRef | undefined;
}

/** Looks at everything that happens; answers what breaks its rule. */
export interface Checker {
  readonly name: Invariant;
  see(sighting: Sighting, world: World): string | undefined;
}

/** Name of a task among all runs. */
export const taskName = (of: { readonly run: RunId; readonly task: TaskId }): string =>
  `${of.run}/${of.task}`;

/** Name of an attempt among all runs. */
export const attemptName = (of: Omit<AttemptSighting, 'worker'>): string =>
  `${taskName(of)}#${of.epoch}`;
