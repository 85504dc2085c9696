/** Facts as text and back; foreign text is refused with its place. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StageyardError } from '#proto/errors.ts';
import { runId } from '#proto/ids.ts';
import {
  decodeFarmEntry,
  decodeStep,
  encodeFarmStep,
  encodeStep,
  joinFarmEntry,
} from '#coordinator/core/fact-codec.ts';
import type { Fact } from '#coordinator/core/facts.ts';
import { blobOf, DrivenCore, runPlan } from '../../../support/run-plans.ts';

/** Every kind of fact, from a run that had all of it. */
function everyKind(): readonly Fact[] {
  const plan = {
    a: {},
    b: { after: ['a'] },
    p: {},
    t: { tests: 'p' },
    q: { kind: 'package' as const },
    z: { after: ['b'] },
  };
  const core = new DrivenCore(runPlan(plan, { continueOnFailure: true, queueDepth: 9 }));
  core.build('a');
  core.accept('b');
  core.fail('b', { class: 'infra', code: 'BLOB_MISSING', producer: 'a' });
  core.build('q');
  core.tell({ kind: 'published', task: core.task('q').plan.id, place: 'channel' });
  core.build('p');
  core.build('t');
  const error = {
    code: 'DISK_FULL',
    message: 'full',
    context: { path: '/x', freeBytes: 0, isRoot: true },
  } as const;
  core.tell({ kind: 'publish-failed', task: core.task('p').plan.id, error });
  core.tell({ kind: 'resume', term: 7, isBusLost: true });
  core.build('a');
  core.nowMs += 1_000_000;
  core.tell({ kind: 'tick' });
  core.accept('b');
  core.fail('b');
  const cancelled = new DrivenCore(runPlan({ a: {} }));
  cancelled.tell({ kind: 'pause', isPaused: true });
  cancelled.tell({ kind: 'cancel' });
  return [...core.facts, ...cancelled.facts];
}

describe('journal entries', () => {
  it('say every kind of fact and read back equal', () => {
    const facts = everyKind();
    assert.equal(new Set(facts.map(({ kind }) => kind)).size, 14);
    const step = { term: 3, facts };
    assert.deepEqual(decodeStep(encodeStep(step)), step);
  });

  it('of a farm say several runs, and where the plan of a new one lies', () => {
    const [first, ...facts] = everyKind();
    assert.equal(first?.kind, 'run-submitted');
    const submitted = { atMs: 5, plan: blobOf('plan') };
    const entry = {
      term: 4,
      steps: [
        { run: runId('r1'), facts },
        { run: runId('r2'), submitted, facts: [] },
      ],
    };
    assert.deepEqual(decodeFarmEntry(joinFarmEntry(4, entry.steps.map(encodeFarmStep))), entry);
  });

  it('of another version are refused with what to do', () => {
    const refused = (text: string): StageyardError => {
      try {
        decodeStep(text);
      } catch (error) {
        assert.ok(error instanceof StageyardError);
        return error;
      }
      return assert.fail('it was read');
    };
    const newer = refused('{"schema":2,"term":1,"facts":[]}');
    assert.equal(newer.code, 'JOURNAL_CORRUPT');
    assert.match(newer.message, /another version/);
    const texts = [
      '',
      'null',
      '[]',
      '{"schema":1,"term":1}',
      '{"schema":1,"term":-1,"facts":[]}',
      '{"schema":1,"term":1,"facts":[{"kind":"toString","atMs":1}]}',
      '{"schema":1,"term":1,"facts":[{"kind":"task-offered","atMs":1,"task":"a b","epoch":1}]}',
      '{"schema":1,"term":1,"facts":[{"kind":"task-offered","atMs":1,"task":"a","epoch":1.5}]}',
      '{"schema":1,"term":1,"facts":[{"kind":"run-finished","atMs":1,"outcome":"won"}]}',
    ];
    for (const text of texts) assert.equal(refused(text).code, 'MESSAGE_INVALID', text);
    assert.match(refused(texts.at(-1) ?? '').message, /journal entry\.facts\[0\]\.outcome/);
  });
});
