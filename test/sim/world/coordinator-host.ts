/** A coordinator process: the product's coordinator on the ports of one simulated process. */
import type { RunId } from '#proto/ids.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { SnapshotJournal } from '#proto/ports/journal.ts';
import type { RunRegister } from '#proto/ports/run-register.ts';
import type { RunPlan } from '#coordinator/core/run-plan.ts';
import type { Farm } from '#coordinator/shell/farm.ts';
import { type OpenRun, openRun } from '#coordinator/shell/open-run.ts';
import type { TaskView } from '#coordinator/shell/run-events.ts';
import { openFarm } from '#coordinator/shell/running-farm.ts';
import { SilentLogger } from '../../support/silent-logger.ts';
import type { SimConnection } from './connection.ts';
import type { AnyBus } from './sim-bus.ts';
import type { SimProcess } from './sim-process.ts';
import { SimPublisher } from './sim-work.ts';

/** Entries after which a farm writes a snapshot: a run has dozens. */
const SNAPSHOT_ENTRIES = 8;

/** What a coordinator is started with. */
export interface CoordinatorParts {
  readonly connection: SimConnection;
  readonly bus: AnyBus;
  readonly journal: SnapshotJournal;
  readonly blobs: BlobStore;
  readonly register: RunRegister;
}

/** One coordinator process. */
export interface CoordinatorHost {
  readonly process: SimProcess;
  /** Resolves with why it ended; never while it leads. */
  readonly ended: Promise<unknown>;
  /** Resolves when the run is in the journal. Absent: it began with its only run. */
  readonly submit?: (plan: RunPlan) => Promise<void>;
  cancel(run: RunId): Promise<void>;
  /** True when it says that the run is over. */
  isFinished(run: RunId): boolean;
  /** How it sees a run; undefined when it doesn't know it. */
  viewsOf(run: RunId): Promise<readonly TaskView[] | undefined>;
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
    isFinished: () => isOver,
    viewsOf: async () => run?.tasks(),
  };
}

/** A coordinator of all runs. */
export function farmHost(parts: CoordinatorParts): CoordinatorHost {
  const { connection, ...ports } = parts;
  let farm: Farm | undefined;
  const opening = openFarm({
    ...ports,
    clock: connection.process,
    logger: new SilentLogger(),
    term: 1,
    snapshotEntries: SNAPSHOT_ENTRIES,
  });
  const ended = opening.then(
    (opened) => {
      farm = opened;
      return opened.lost;
    },
    (error: unknown) => error,
  );
  return {
    process: connection.process,
    ended,
    submit: async (plan) => (await opening).submit(plan),
    cancel: async (run) => farm?.run(run)?.cancel(),
    isFinished: (run) => (farm?.run(run)?.listing().outcome ?? null) !== null,
    viewsOf: async (run) => farm?.run(run)?.tasks(),
  };
}
