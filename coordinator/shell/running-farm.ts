/**
 * The coordinator of a farm: replays the journal, fences former leaders off, drives every run that isn't over, and
 * takes new ones.
 *
 *     journal ──replay──> open runs ──resume──> GoingRun ──over──> snapshot ──> PastRun
 *                         runs that are over ─────────────────────────────────────┘
 */
import { hash } from 'node:crypto';
import { StageyardError, wrapError } from '#proto/errors.ts';
import type { RunId } from '#proto/ids.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { Bus, Subscription } from '#proto/ports/bus.ts';
import { type Clock, pauseUnlessAborted } from '#proto/ports/clock.ts';
import type { DeadLetters } from '#proto/ports/dead-letters.ts';
import type { SnapshotJournal } from '#proto/ports/journal.ts';
import type { Logger } from '#proto/ports/logger.ts';
import type { Presence } from '#proto/ports/presence.ts';
import type { RunRegister } from '#proto/ports/run-register.ts';
import { emptyState } from '#coordinator/core/apply.ts';
import type { Input } from '#coordinator/core/inputs.ts';
import { planProblem } from '#coordinator/core/plan-problem.ts';
import { PoolTable } from '#coordinator/core/pools.ts';
import type { RunListing } from '#coordinator/core/run-listing.ts';
import type { RunPlan } from '#coordinator/core/run-plan.ts';
import type { RunState } from '#coordinator/core/state.ts';
import { BlobCheck } from './blob-check.ts';
import { EventIntake } from './event-intake.ts';
import type { Farm, FarmRun, WorkerView } from './farm.ts';
import { FarmJournal } from './farm-journal.ts';
import { FarmOutlook, type FarmOutlookOptions } from './farm-outlook.ts';
import { replayFarm, type ReplayedFarm } from './farm-replay.ts';
import type { StoredRun } from './farm-snapshots.ts';
import { FarmSnapshotter } from './farm-snapshotter.ts';
import { ending, GoingRun } from './going-run.ts';
import { LiveLines } from './live-lines.ts';
import { PastRun } from './past-run.ts';
import { RegisterWriter } from './register-writer.ts';
import { TaskOutputs } from './task-outputs.ts';

/** How often it is looked whether a snapshot is due. */
const SNAPSHOT_LOOK_MS = 5_000;
/** Entries after which one is due: they are replayed in a moment. */
const SNAPSHOT_ENTRIES = 1_000;

/** What a farm works with. Ports stay the caller's to close. */
export interface FarmPorts {
  readonly journal: SnapshotJournal;
  readonly bus: Bus & DeadLetters & Presence;
  readonly register: RunRegister;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of the leadership that was won; raised where the journal knows a later one. */
  readonly term: number;
  /** True: what was queued and reported before is gone, so every attempt begins anew. */
  readonly isBusLost?: boolean;
  /** Entries of the journal after which a snapshot is due. */
  readonly snapshotEntries?: number;
  /** As in {@link FarmOutlookOptions}. */
  readonly onService?: FarmOutlookOptions['onService'];
}

/**
 * Opens it: all runs go on when this resolves. Rejects with `JOURNAL_*` (`JOURNAL_CONFLICT` when another coordinator
 * began meanwhile), `BUS_UNAVAILABLE` or `BLOB_STORE_UNAVAILABLE`.
 */
export async function openFarm(ports: FarmPorts): Promise<Farm> {
  const replayed = await replayFarm(ports);
  const farm = new RunningFarm(ports, replayed);
  try {
    await farm.start(replayed);
    return farm;
  } catch (error) {
    await farm.close();
    throw error;
  }
}

class RunningFarm implements Farm {
  readonly term: number;
  readonly #ports: FarmPorts;
  readonly #steps: FarmJournal;
  readonly #snapshotter: FarmSnapshotter;
  readonly #register: RegisterWriter;
  readonly #outlook: FarmOutlook;
  readonly #intake: EventIntake;
  readonly #outputs: TaskOutputs;
  readonly #lines = new LiveLines();
  readonly #pools = new PoolTable();
  readonly #going = new Map<RunId, GoingRun>();
  /** Submissions under way: the same run twice at once is one. */
  readonly #submitting = new Map<RunId, Promise<void>>();
  readonly #closed = new AbortController();
  /** The run that was asked for last of those that are over: whoever asks, asks about many of its tasks. */
  #past: { readonly stored: StoredRun; readonly run: PastRun } | undefined;
  #presence: Subscription | undefined;
  #snapshots: Promise<void> = Promise.resolve();
  /** The last one: two at a time would see runs in the middle of a step. */
  #saving: Promise<void> = Promise.resolve();
  #snapshotEntryCount = 0;

  constructor(ports: FarmPorts, replayed: ReplayedFarm) {
    const { journal, blobs, clock, logger, bus, register } = ports;
    const term = Math.max(ports.term, replayed.term + 1);
    const { lastSequence, index } = replayed;
    const { signal } = this.#closed;
    this.term = term;
    this.#ports = ports;
    this.#steps = new FarmJournal({ journal, blobs, clock, term, lastSequence });
    this.#snapshotter = new FarmSnapshotter(
      { journal, steps: this.#steps, blobs, logger, term, index },
      replayed.stored,
    );
    this.#outputs = new TaskOutputs(blobs);
    this.#register = new RegisterWriter({ register, clock, logger, term, signal });
    const states = (): Iterable<RunState> => this.#states();
    const { onService } = ports;
    this.#outlook = new FarmOutlook({ register, blobs, clock, logger, signal, states, onService });
    const sinkOf = (run: RunId): GoingRun | undefined => this.#going.get(run);
    const confirm = (): Promise<void> => this.#steps.confirm();
    this.#intake = new EventIntake({ bus, logger, sinkOf, confirm });
  }

  get lost(): Promise<StageyardError> {
    return this.#steps.lost;
  }

  get closing(): AbortSignal {
    return this.#closed.signal;
  }

  async start({ open }: ReplayedFarm): Promise<void> {
    const { bus, clock, isBusLost = false } = this.#ports;
    await this.#steps.fence();
    for (const [run, state] of open) this.#going.set(run, this.#runOf(state));
    this.#register.setPools(this.#pools.list());
    this.#presence = await bus.onPresence((worker, body) => this.#outlook.hear(worker, body));
    const first: Input = { kind: 'resume', term: this.term, isBusLost };
    await Promise.all([...this.#going.values()].map((run) => this.#begin(run, first)));
    await this.#intake.start();
    this.#outlook.start();
    this.#snapshots = this.#keepSnapshots(clock);
  }

  async submit(plan: RunPlan): Promise<void> {
    // Who asks again while it is being stored must not hear that it is there.
    const earlier = this.#submitting.get(plan.run);
    if (earlier !== undefined) await earlier;
    const known = this.run(plan.run);
    if (known !== undefined) return sameOrRefused(plan, await known.plan());
    const underWay = this.#submit(plan);
    this.#submitting.set(plan.run, underWay);
    try {
      await underWay;
    } finally {
      this.#submitting.delete(plan.run);
    }
  }

  runs(): readonly RunListing[] {
    const going = [...this.#going.values()].flatMap((run) =>
      this.#submitting.has(run.id) ? [] : [run.listing()],
    );
    const over = [...this.#snapshotter.over.values()].flatMap(({ listing }) =>
      this.#going.has(listing.run) ? [] : [listing],
    );
    return [...over, ...going].toSorted((a, b) => b.about.submittedAtMs - a.about.submittedAtMs);
  }

  run(id: RunId): FarmRun | undefined {
    if (this.#submitting.has(id)) return undefined;
    return this.#going.get(id) ?? this.#pastRun(id);
  }

  workers(): readonly WorkerView[] {
    return this.#outlook.workers();
  }

  unreachable(): readonly ('bus' | 'store')[] {
    return this.#outlook.unreachable();
  }

  async close(): Promise<void> {
    this.#closed.abort();
    // What a clean end writes needs not be replayed at the next start.
    if (this.#steps.entryCount > this.#snapshotEntryCount) await this.#saveSnapshot();
    await this.#presence?.stop();
    await this.#intake.stop();
    await Promise.all([...this.#going.values()].map((run) => run.close()));
    await Promise.all([this.#register.idle(), this.#snapshots, this.#outlook.idle()]);
  }

  #pastRun(id: RunId): FarmRun | undefined {
    const stored = this.#snapshotter.over.get(id);
    if (stored === undefined) return undefined;
    if (this.#past?.stored !== stored) {
      this.#past = { stored, run: new PastRun(this.#ports.blobs, this.#outputs, stored) };
    }
    return this.#past.run;
  }

  async #submit(plan: RunPlan): Promise<void> {
    const problem = planProblem(plan, (text) => hash('sha256', text, 'hex'));
    if (problem !== undefined) {
      throw new StageyardError('CONFIG_INVALID', `${plan.run}: ${problem}`);
    }
    if (this.#closed.signal.aborted) throw ending();
    const state = emptyState();
    state.term = this.term;
    const run = this.#runOf(state, plan);
    this.#going.set(plan.run, run);
    try {
      await this.#begin(run, { kind: 'submit', plan });
    } catch (error) {
      this.#going.delete(plan.run);
      await run.close();
      throw error;
    }
  }

  #runOf(state: RunState, plan = state.plan): GoingRun {
    if (plan === null) throw new RangeError('a run without a plan');
    const { bus, blobs, clock, logger } = this.#ports;
    const { run } = plan;
    const publisher = new BlobCheck(blobs);
    return new GoingRun({
      ports: { bus, clock, logger: logger.child({ run }), publisher },
      log: this.#steps.logOf(run),
      state,
      plan,
      outputs: this.#outputs,
      lines: this.#lines,
      refine: (views) => this.#outlook.refine(state, views),
      onStanding: () => this.#tell(state),
    });
  }

  async #begin(run: GoingRun, first: Input): Promise<void> {
    if (run.state.outcome === null) await run.start(first);
    this.#tell(run.state);
    run.finished.catch((error: unknown) => {
      const cause = wrapError(error, run.id).message;
      this.#ports.logger.error({ run: run.id, cause }, 'a run is not driven any more');
    });
  }

  /** Workers hear how the run stands. */
  #tell({ plan, generation, outcome, isCancelled, isPaused }: RunState): void {
    if (plan === null) return;
    const isOver = outcome !== null;
    const mayDiffer = isOver ? this.#pools.remove(plan.run) : this.#pools.add(plan);
    if (mayDiffer) this.#register.setPools(this.#pools.list());
    const going = isCancelled ? 'cancelled' : isPaused ? 'paused' : 'open';
    this.#register.set(plan.run, { generation, state: isOver ? 'finished' : going });
  }

  *#states(): Iterable<RunState> {
    for (const { state } of this.#going.values()) if (state.plan !== null) yield state;
  }

  async #keepSnapshots(clock: Clock): Promise<void> {
    const { signal } = this.#closed;
    const { snapshotEntries = SNAPSHOT_ENTRIES } = this.#ports;
    while (!signal.aborted) {
      await pauseUnlessAborted(clock, SNAPSHOT_LOOK_MS, signal);
      const { entryCount } = this.#steps;
      if (signal.aborted || entryCount - this.#snapshotEntryCount < snapshotEntries) continue;
      await this.#saveSnapshot();
    }
  }

  #saveSnapshot(): Promise<void> {
    this.#saving = this.#saving.then(() => this.#saveNext());
    return this.#saving;
  }

  async #saveNext(): Promise<void> {
    const { entryCount } = this.#steps;
    try {
      await this.#snapshotter.save(() => this.#states());
      for (const [run, going] of this.#going) {
        if (!this.#snapshotter.over.has(run)) continue;
        this.#going.delete(run);
        await going.close();
      }
      this.#snapshotEntryCount = entryCount;
    } catch (error) {
      const cause = wrapError(error, 'snapshot').message;
      this.#ports.logger.warn({ cause }, 'no snapshot of the runs; it is tried again');
    }
  }
}

function sameOrRefused(plan: RunPlan, known: RunPlan): void {
  if (known.submissionDigest === plan.submissionDigest) return;
  const message = `a run ${plan.run} of another submission exists already`;
  throw new StageyardError('CONFIG_INVALID', message, { context: { run: plan.run } });
}
