/** Where the tasks of a build are done: in this process or on a farm. All that `stageyard build` sees of it. */
import type { Plan } from '#coordinator/plan/plan.ts';
import type { OpenRun } from '#coordinator/shell/open-run.ts';
import type { PackagePublisher } from '#coordinator/shell/publication-queue.ts';
import type { RunEvent, TaskView } from '#coordinator/shell/run-events.ts';
import type { RunId } from '#proto/ids.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { ChannelRef } from '#proto/task-spec.ts';
import type { EnvironmentService } from '#workers/environment/environment-service.ts';

/** How a run is started. */
export interface HostRunOptions {
  /** Its name is replaced by that of the run. */
  readonly plan: Plan;
  /** For people: what is built. */
  readonly label: string;
  readonly continueOnFailure: boolean;
  readonly publisher: PackagePublisher;
  /** One log file an attempt. */
  readonly logDir: string;
  readonly onEvent: (event: RunEvent) => void;
  /** Told now and then why tasks wait, where that depends on who works elsewhere. */
  readonly onWaiting: (tasks: readonly TaskView[]) => void;
}

/** A run under way. */
export interface HostRun {
  readonly run: OpenRun;
  /** Absent where the run ends with this process. Leaves it alone and answers how to come back. */
  readonly detach?: () => string;
  /** Ends what belongs to the run here. */
  close(): Promise<void>;
}

/** What the header of a build says. */
export interface SlotsShown {
  readonly slots: number;
  readonly threadsPerSlot: number;
  /** Address of the farm; absent in this process. */
  readonly farm?: string;
}

/** Where results stay, for the end of the summary. */
export type HostPlace =
  | {
      readonly storePath: string;
      /** Of the part that is on this machine; absent where it can't be measured. */
      readonly storeSizeBytes?: number;
    }
  /** Its address. */
  | { readonly farm: string };

/** See the file's head. */
export interface BuildHost {
  readonly blobs: BlobStore;
  /** Of this process: for what has to be solved before the run. */
  readonly environments: EnvironmentService;
  readonly slots: SlotsShown;
  /** The channels as its workers can read them. Rejects with `USAGE_INVALID` for one that they can't. */
  channelsForWorkers(channels: readonly ChannelRef[]): Promise<readonly ChannelRef[]>;
  start(options: HostRunOptions): Promise<HostRun>;
  place(): Promise<HostPlace>;
  close(): Promise<void>;
}

/** The same plan under the name of its run; keys don't depend on it. */
export function planNamed(plan: Plan, run: RunId): Plan {
  return {
    ...plan,
    run,
    tasks: plan.tasks.map((task) => ({ ...task, spec: { ...task.spec, run } })),
  };
}
