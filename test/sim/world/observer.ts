/**
 * Watches the journal and what processes do, from outside: keeps states of its own by replaying, shows
 * everything to the checkers, and hashes it for the comparison of two runs of one seed.
 */
import { createHash } from 'node:crypto';
import type { BlobRef } from '#proto/digest.ts';
import type { RunId } from '#proto/ids.ts';
import { decodeTaskEvent, decodeTaskOffer } from '#proto/messages/task-codec.ts';
import { readTaskOutput } from '#proto/task-documents.ts';
import { apply, emptyState } from '#coordinator/core/apply.ts';
import type { Fact } from '#coordinator/core/facts.ts';
import type { RunPlan } from '#coordinator/core/run-plan.ts';
import type { RunState } from '#coordinator/core/state.ts';
import { type TaskView, viewOf } from '#coordinator/shell/run-events.ts';
import type { FakeBlobStore } from '../../support/fake-blob-store.ts';
import type { FakeJournal } from '../../support/fake-journal.ts';
import { allCheckers } from '../checkers/all.ts';
import {
  type AttemptSighting,
  type Invariant,
  type Sighting,
  taskName,
  type World,
} from '../checkers/checker.ts';

/** Facts of one run in one entry. */
export interface EntryPart {
  /** Undefined: the entry doesn't say, the journal has one run. */
  readonly run: RunId | undefined;
  readonly facts: readonly Fact[];
}

/** What an observer looks at. */
export interface ObserverOptions {
  readonly disk: FakeJournal;
  readonly blobs: FakeBlobStore;
  readonly decode: (body: Uint8Array) => readonly EntryPart[];
  /** As submitted. */
  readonly plans: readonly RunPlan[];
  readonly nowMs: () => number;
}

/** See the file's head. */
export class Observer {
  readonly violations: string[] = [];
  readonly trace: string[] = [];
  /** Tasks that were worked on, once per attempt that began. */
  readonly executed: string[] = [];
  readonly states = new Map<RunId, RunState>();
  readonly #options: ObserverOptions;
  readonly #checkers = allCheckers();
  readonly #world: World;
  readonly #hash = createHash('sha256');
  #seen = 0;

  constructor(options: ObserverOptions) {
    const { blobs } = options;
    this.#options = options;
    this.#world = {
      hasBlob: ({ digest, sizeBytes }) => blobs.blobs.get(digest)?.length === sizeBytes,
      artifactOf: (output) => artifactOf(blobs, output),
    };
  }

  /** Reads what was stored since the last time. */
  catchUp(): void {
    const { entries } = this.#options.disk;
    for (; this.#seen < entries.length && this.violations.length === 0; this.#seen += 1) {
      const body = entries[this.#seen]?.body ?? new Uint8Array();
      this.#hash.update(body);
      for (const { run, facts } of this.#options.decode(body)) this.#read(run, facts);
    }
  }

  /** A worker begins to work on an attempt. */
  executes(attempt: AttemptSighting): void {
    this.catchUp();
    this.note('execute', `${attempt.task}#${attempt.epoch} by ${attempt.worker}`);
    this.executed.push(taskName(attempt));
    this.#show({ kind: 'executes', ...attempt });
  }

  /** The work itself failed. */
  breaks(attempt: AttemptSighting, by: 'user' | 'infra'): void {
    this.note('break', `${attempt.task}#${attempt.epoch} by ${attempt.worker} (${by})`);
  }

  /** A queue has an offer. */
  queued(body: Uint8Array): void {
    this.catchUp();
    this.#show({ kind: 'queued', offer: decodeTaskOffer(body) });
  }

  /** Somebody said that an event need not come again. */
  acknowledged(body: Uint8Array): void {
    this.catchUp();
    const event = decodeTaskEvent(body);
    const state = this.states.get(event.run) ?? emptyState();
    this.#show({ kind: 'acknowledged', event, state });
  }

  /** A coordinator confirmed that it has the run. */
  submitted(plan: RunPlan): void {
    this.note('submitted', plan.run);
    this.#show({ kind: 'submitted', plan });
  }

  /** How a coordinator sees a run of which everything is stored. */
  compare(run: RunId, live: readonly TaskView[]): void {
    this.catchUp();
    const state = this.states.get(run);
    if (state === undefined) return;
    const replayed = [...state.tasks.values()].map((task) => viewOf(state, task));
    this.#show({ kind: 'compared', run, live, replayed });
  }

  /** Everything is over. */
  end(openMessages: readonly string[], runningCount: number): void {
    this.catchUp();
    this.#show({ kind: 'end', states: this.states, openMessages, runningCount });
  }

  /** One line of the trace: virtual time, what, about whom. */
  note(what: string, about: string): void {
    const line = `${String(this.#options.nowMs()).padStart(9)} ${what.padEnd(18)} ${about}`;
    this.#hash.update(line);
    this.trace.push(line);
  }

  /** The first one counts: what follows from it says nothing. */
  violate(invariant: Invariant, detail: string): void {
    if (this.violations.length === 0) this.violations.push(`${invariant}: ${detail}`);
  }

  /** Of everything that was stored and done so far. */
  get hash(): string {
    return this.#hash.copy().digest('hex');
  }

  #read(named: RunId | undefined, facts: readonly Fact[]): void {
    const plan = this.#options.plans.find(({ run }) => run === (named ?? run));
    if (plan === undefined) return this.violate('conservation', `${named} was never submitted`);
    const { run } = plan;
    const state = this.states.get(run) ?? emptyState();
    this.states.set(run, state);
    for (const fact of facts) {
      const epoch = 'epoch' in fact ? `#${fact.epoch}` : '';
      this.note(`  ${fact.kind}`, `${'task' in fact ? fact.task : run}${epoch}`);
      this.#show({ kind: 'fact', run, state, fact, plan });
      if (this.violations.length > 0) return;
      apply(state, fact);
    }
    this.#show({ kind: 'step', run, state, plan });
  }

  #show(sighting: Sighting): void {
    for (const checker of this.#checkers) {
      const detail = checker.see(sighting, this.#world);
      if (detail !== undefined) this.violate(checker.name, detail);
    }
  }
}

function artifactOf(store: FakeBlobStore, ref: BlobRef): BlobRef | undefined {
  const bytes = store.blobs.get(ref.digest);
  if (bytes === undefined) return undefined;
  const output = readTaskOutput(new TextDecoder().decode(bytes));
  return output.kind === 'package' ? output.artifact : undefined;
}
