/**
 * Watches the journal and what processes do, from outside: keeps a state of its own by replaying, and
 * collects what breaks an invariant. Also hashes everything, for the comparison of two runs.
 */
import { createHash } from 'node:crypto';
import type { TaskId, WorkerId } from '#proto/ids.ts';
import { apply, emptyState } from '#coordinator/core/apply.ts';
import { decodeStep } from '#coordinator/core/fact-codec.ts';
import type { Fact, PublicationPlace } from '#coordinator/core/facts.ts';
import { factViolation, stateViolations } from '#coordinator/core/invariants.ts';
import { withholder } from '#coordinator/core/promotion.ts';
import { isTerminal, type RunState } from '#coordinator/core/state.ts';
import type { FakeJournal } from '../../support/fake-journal.ts';

/** See the file's head. */
export class Observer {
  readonly violations: string[] = [];
  readonly state: RunState = emptyState();
  readonly trace: string[] = [];
  /** Where each package was put, by task. */
  readonly channel = new Map<TaskId, PublicationPlace>();
  readonly #journal: FakeJournal;
  readonly #hash = createHash('sha256');
  readonly #offered = new Set<string>();
  readonly #executed = new Set<string>();
  #seen = 0;

  constructor(journal: FakeJournal) {
    this.#journal = journal;
  }

  /** Reads what was stored since the last time. */
  catchUp(): void {
    for (; this.#seen < this.#journal.entries.length; this.#seen += 1) {
      const body = this.#journal.entries[this.#seen]?.body ?? new Uint8Array();
      this.#hash.update(body);
      for (const fact of decodeStep(new TextDecoder().decode(body)).facts) this.#see(fact);
      for (const { invariant, detail } of stateViolations(this.state))
        this.violate(invariant, detail);
    }
  }

  /** A worker begins to work on an attempt. */
  executes(worker: WorkerId, task: TaskId, epoch: number): void {
    this.catchUp();
    this.note(`execute ${task}#${epoch} by ${worker}`);
    this.#executed.add(`${task}#${epoch}@${worker}`);
    if (!this.#offered.has(`${task}#${epoch}`)) {
      this.violate('journal-before-effect', `${task}#${epoch} runs and was never offered`);
    }
  }

  /** A package is put somewhere. */
  publishes(task: TaskId, place: PublicationPlace): void {
    this.catchUp();
    this.note(`publish ${task} to ${place}`);
    const publication = this.state.tasks.get(task)?.publication;
    const isDecided = publication?.kind === 'due' || publication?.kind === 'settled';
    if (!isDecided || publication.place !== place) {
      this.violate('journal-before-effect', `${task} is published and it was not decided`);
    }
    if ((this.channel.get(task) ?? place) !== place) {
      this.violate('single-outcome', `${task} is published in two places`);
    }
    this.channel.set(task, place);
    const before = this.state.tasks.get(task)?.prerequisites ?? [];
    for (const { plan, publication: other } of place === 'channel' ? before : []) {
      if (plan.kind === 'package' && other.kind === 'settled' && other.place === 'broken')
        this.violate('only-passed-is-published', `${task} needs ${plan.id}, which is broken`);
    }
  }

  /** Called when the run is over: everything terminal, and exactly what passed is published. */
  end(): void {
    this.catchUp();
    for (const task of this.state.tasks.values()) {
      const { id, kind, testedBy } = task.plan;
      if (!isTerminal(task)) this.violate('terminates', `${id} is ${task.phase}`);
      if (kind !== 'package' || task.phase !== 'done') continue;
      const test = testedBy === null ? undefined : this.state.tasks.get(testedBy);
      const isBroken = test?.phase === 'failed' && test.tally.user > 0;
      const isPassed =
        (testedBy === null || test?.phase === 'done') && withholder(task) === undefined;
      const wanted = isPassed ? 'channel' : isBroken ? 'broken' : undefined;
      const place = this.channel.get(id);
      if (task.publication.kind !== 'failed' && place !== wanted) {
        this.violate('only-passed-is-published', `${id} is in ${place}, not in ${wanted}`);
      }
    }
  }

  note(line: string): void {
    this.#hash.update(line);
    this.trace.push(line);
  }

  violate(invariant: string, detail: string): void {
    this.violations.push(`${invariant}: ${detail}`);
  }

  /** Of everything that was stored and done so far. */
  get hash(): string {
    return this.#hash.copy().digest('hex');
  }

  #see(fact: Fact): void {
    const violation = factViolation(this.state, fact);
    if (violation !== undefined) this.violate(violation.invariant, violation.detail);
    if (fact.kind === 'task-offered') this.#offered.add(`${fact.task}#${fact.epoch}`);
    if (
      fact.kind === 'task-done' &&
      !this.#executed.has(`${fact.task}#${fact.epoch}@${fact.worker}`)
    ) {
      this.violate('fenced-results', `${fact.task}#${fact.epoch} by ${fact.worker} never ran`);
    }
    const epoch = 'epoch' in fact ? `#${fact.epoch}` : '';
    this.trace.push(`${fact.atMs} ${fact.kind} ${'task' in fact ? fact.task : ''}${epoch}`);
    apply(this.state, fact);
  }
}
