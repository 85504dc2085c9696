/**
 * A stored entry of each form of the journal as its first writer wrote it: what is in a journal is never changed,
 * so all forms are read for ever, and what a form doesn't say has its value from before there was a choice.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { canonicalJson } from '#proto/canonical-json.ts';
import { apply, emptyState } from '#coordinator/core/apply.ts';
import { decodeStep, encodeStep } from '#coordinator/core/fact-codec.ts';
import type { Fact } from '#coordinator/core/facts.ts';
import { cutState, decodeState } from '#coordinator/core/state-codec.ts';
import type { RunState } from '#coordinator/core/state.ts';
import { inputKey, workerId } from '#proto/ids.ts';
import { NO_REQUESTS } from '#proto/task-requests.ts';
import { sha256Hex } from '../support/rendered-outputs.ts';
import { blobOf, DrivenCore, runPlan } from '../support/run-plans.ts';

const DIRECTORY = join(import.meta.dirname, 'journal');

function stored(name: string): string {
  return readFileSync(join(DIRECTORY, name), 'utf8').trimEnd();
}

function replayed(facts: readonly Fact[]): RunState {
  const state = emptyState();
  for (const fact of facts) apply(state, fact);
  return state;
}

/** The facts of one run: up to the next plan. */
function firstRun(facts: readonly Fact[]): readonly Fact[] {
  const second = facts.findIndex(({ kind }, index) => index > 0 && kind === 'run-submitted');
  return second < 0 ? facts : facts.slice(0, second);
}

/** A run whose attempts were measured and whose tasks need something. */
function measuredRun(): readonly Fact[] {
  const plan = runPlan({ a: {}, b: { after: ['a'] } });
  const requests = { memoryBytes: 2 ** 33, diskBytes: 0, labels: ['gpu'], secrets: ['KEY'] };
  const core = new DrivenCore({
    ...plan,
    tasks: plan.tasks.map((task) => ({ ...task, requests, pool: 'linux-64.0123456789abcdef' })),
  });
  const measures = { wallMs: 9, scriptMs: 7, peakMemoryBytes: 2 ** 32, diskBytes: 4096 };
  const head = (name: string) => core.head(name, core.task(name).epoch);
  const worker = workerId('w1');
  core.accept('a');
  const result = { output: blobOf('a'), exactKey: inputKey(sha256Hex('a')), reused: false };
  core.tell({ kind: 'done', head: head('a'), worker, ...result, measures });
  core.accept('b');
  const error = { code: 'SCRIPT_FAILED', message: 'it failed', context: {} } as const;
  const failure = { class: 'user', error, logTail: [], measures } as const;
  core.tell({ kind: 'failed', head: head('b'), worker, ...failure });
  return core.facts;
}

describe('a journal of the first form', () => {
  const { term, facts } = decodeStep(stored('step.v1.txt'));

  it('is read; its tasks need nothing and its failures were not measured', () => {
    assert.equal(term, 3);
    const [first] = facts;
    assert.ok(first?.kind === 'run-submitted');
    assert.ok(first.plan.tasks.every(({ requests }) => requests === NO_REQUESTS));
    const failures = facts.filter(({ kind }) => kind === 'attempt-failed');
    assert.ok(failures.length > 1);
    assert.ok(failures.every((fact) => !('measures' in fact)));
  });

  it('leads to a state that today’s form holds as well', () => {
    const state = replayed(firstRun(facts));
    assert.deepEqual(
      [...state.tasks.values()].map(({ phase }) => phase),
      ['done', 'failed', 'done', 'done', 'done', 'blocked'],
    );
    const text = canonicalJson(cutState(state));
    assert.equal(canonicalJson(cutState(decodeState(text))), text);
  });

  it('says the same when it is written again', () => {
    const again = decodeStep(encodeStep({ term, facts }));
    assert.deepEqual(again, { term, facts });
  });
});

describe('a journal of the second form', () => {
  it('is read, and written, as ever', () => {
    const text = encodeStep({ term: 4, facts: measuredRun() });
    const path = join(DIRECTORY, 'step.v2.txt');
    if (process.env['STAGEYARD_REFRESH_GOLDEN'] === '1' && !existsSync(path))
      writeFileSync(path, `${text}\n`);
    assert.equal(text, stored('step.v2.txt'));
    const { facts } = decodeStep(text);
    assert.deepEqual(facts, measuredRun());
    const failed = facts.find(({ kind }) => kind === 'attempt-failed');
    assert.ok(failed?.kind === 'attempt-failed');
    assert.equal(failed.measures?.peakMemoryBytes, 2 ** 32);
  });
});
