/** A coordinator process: the product's coordinator on the ports of one simulated process. */
import type { RunId } from '#proto/ids.ts';
import type { Journal } from '#proto/ports/journal.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { RunPlan } from '#coordinator/core/run-plan.ts';
import { type OpenRun, openRun } from '#coordinator/shell/open-run.ts';
import type { TaskView } from '#coordinator/shell/run-events.ts';
import { SilentLogger } from '../../support/silent-logger.ts';
import type { SimConnection } from './connection.ts';
import type { AnyBus } from './sim-bus.ts';
import type { SimProcess } from './sim-process.ts';
import { SimPublisher } from './sim-work.ts';

/** What a coordinator is started with. */
export interface CoordinatorParts {
  readonly connection: SimConnection;
  readonly bus: AnyBus;
  readonly journal: Journal;
  readonly blobs: BlobStore;
}

/** One coordinator process. */
export interface CoordinatorHost {
  readonly process: SimProcess;
  /** Resolves with why it ended; never while it leads. */
  readonly ended: Promise<unknown>;
  /** Resolves when the run is in the journal. Absent: it began with its only run. */
  readonly submit?: (plan: RunPlan) => Promise<void>;
  cancel(run: RunId): Promise<void>;
  /** How it sees a run that is over; undefined before. */
  finishedViews(run: RunId): readonly TaskView[] | undefined;
}

/** A coordinator of one run, as in an embedded build. */
export function singleRunHost(parts: CoordinatorParts, plan: RunPlan): CoordinatorHost {
  const { connection, bus, journal, blobs } = parts;
  let run: OpenRun | undefined;
  let isOver = false;
  const opening = openRun({
    journal,
    bus,
    blobs,
    clock: connection.process,
    logger: new SilentLogger(),
    publisher: new SimPublisher(connection, blobs),
    plan,
    isBusLost: false,
    onEvent: () => undefined,
  });
  const finished = opening
    .then((made) => {
      run = made;
      return made.finished;
    })
    .then(() => {
      isOver = true;
    });
  const ended = finished.then(
    () => new Promise<never>(() => undefined),
    (error: unknown) => error,
  );
  return {
    process: connection.process,
    ended,
    cancel: async () => run?.cancel(),
    finishedViews: () => (isOver ? run?.tasks() : undefined),
  };
}
