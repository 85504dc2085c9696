/**
 * Random plans and random news, straight into the core: every task ends in exactly one terminal state,
 * none begins before its prerequisites, attempts are bounded, replaying gives the same state.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { canonicalJson } from '#proto/canonical-json.ts';
import type { ErrorCode } from '#proto/error-codes.ts';
import type { FailureClass } from '#proto/task-messages.ts';
import { apply, emptyState } from '#coordinator/core/apply.ts';
import { decide, nextWakeMs } from '#coordinator/core/decide.ts';
import { decodeStep, encodeStep } from '#coordinator/core/fact-codec.ts';
import { factViolation, stateViolations } from '#coordinator/core/invariants.ts';
import { durableView, isTerminal, type RunState } from '#coordinator/core/state.ts';
import { cutState, decodeState } from '#coordinator/core/state-codec.ts';
import { DrivenCore, runPlan, type TaskWish } from '../support/run-plans.ts';

const STEPS_MAX = 5_000;

/** One draw per piece of news: which task, and what becomes of its attempt. */
const news = fc.record({
  pick: fc.nat(1_000),
  what: fc.constantFrom(
    'done',
    'done',
    'done',
    'user',
    'infra',
    'lost',
    'released',
    'gone',
    'stale',
    'again',
    'pause',
  ),
});

const plans = fc
  .array(
    fc.record({
      edges: fc.array(fc.nat(30), { maxLength: 3 }),
      isTested: fc.boolean(),
      pool: fc.nat(1),
    }),
    {
      minLength: 1,
      maxLength: 14,
    },
  )
  .map((drawn) => {
    const wishes: Record<string, TaskWish> = {};
    for (const [index, { edges, isTested, pool }] of drawn.entries()) {
      const after = [...new Set(edges.filter((edge) => edge < index))].map((edge) => `p${edge}`);
      wishes[`p${index}`] = { after, kind: 'package', pool: `pool${pool}` };
      if (isTested) wishes[`t${index}`] = { tests: `p${index}` };
    }
    return wishes;
  });

class Story {
  readonly core: DrivenCore;
  readonly #draws: Iterator<{ pick: number; what: string }>;

  constructor(core: DrivenCore, draws: readonly { pick: number; what: string }[]) {
    this.core = core;
    this.#draws = draws.values();
  }

  /** One thing happens: the drawn one while draws last, then everything goes well. */
  step(): void {
    const { core } = this;
    for (const task of core.state.due) {
      if (task.publication.kind !== 'due') continue;
      core.tell({ kind: 'published', task: task.plan.id, place: task.publication.place });
      return;
    }
    const open = [...core.state.tasks.values()].filter(
      ({ phase }) => phase === 'offered' || phase === 'running',
    );
    const draw = this.#draws.next();
    const { pick, what } = draw.done === true ? { pick: 0, what: 'done' } : draw.value;
    const task = open[pick % Math.max(1, open.length)];
    if (task === undefined && core.state.isPaused) {
      core.tell({ kind: 'pause', isPaused: false });
    } else if (task === undefined) {
      core.nowMs = nextWakeMs(core.state) ?? core.nowMs;
      core.tell({ kind: 'tick' });
    } else {
      this.#happen(task.plan.id, what);
    }
  }

  #happen(name: string, what: string): void {
    const { core } = this;
    const { epoch, phase, prerequisites } = core.task(name);
    const fail = (kind: FailureClass, code: ErrorCode, producer?: string) =>
      core.fail(name, { class: kind, code, ...(producer === undefined ? {} : { producer }) });
    switch (what) {
      case 'user':
        return void fail('user', 'SCRIPT_FAILED');
      case 'infra':
        return void fail('infra', 'BLOB_STORE_UNAVAILABLE');
      case 'lost':
        return void fail('lost', 'WORKER_LOST');
      case 'released':
        return void fail('released', 'CANCELLED');
      case 'gone':
        return void fail('infra', 'BLOB_MISSING', prerequisites[0]?.plan.id ?? name);
      case 'stale':
        return void core.finish(name, 'w9', epoch - 1);
      case 'again':
        return void core.tell({ kind: 'resume', term: core.state.term + 1, isBusLost: epoch < 20 });
      case 'pause':
        return void core.tell({ kind: 'pause', isPaused: !core.state.isPaused });
      default:
        return void (phase === 'offered' ? core.accept(name) : core.finish(name));
    }
  }
}

/** A state that is written and read decides as one that was replayed. */
function assertStored(core: DrivenCore): void {
  const { state } = core;
  const restored = decodeState(canonicalJson(cutState(state)));
  assert.deepEqual(durableView(restored), durableView(state));
  assert.equal(nextWakeMs(restored), nextWakeMs(state));
  const replayed = emptyState();
  for (const fact of core.facts) apply(replayed, fact);
  const decideOn = (subject: RunState): object =>
    decide(subject, { kind: 'resume', term: 99, isBusLost: true }, state.nowMs + 1);
  assert.deepEqual(decideOn(restored), decideOn(replayed));
}

describe('any run', () => {
  it('ends with every task in one terminal state, in order, within its budgets, and replays equal', () => {
    const property = fc.property(
      plans,
      fc.array(news, { maxLength: 120 }),
      fc.boolean(),
      fc.integer({ min: 1, max: 4 }),
      (wishes, draws, continueOnFailure, queueDepth) => {
        const plan = runPlan(wishes, { continueOnFailure, queueDepth });
        const story = new Story(new DrivenCore(plan), draws);
        const { core } = story;
        let stepCount = 0;
        while (core.state.outcome === null) {
          stepCount += 1;
          assert.ok(stepCount < STEPS_MAX, 'it does not end');
          story.step();
          assert.deepEqual(stateViolations(core.state), []);
          if (stepCount % 5 === 0) assertStored(core);
        }
        for (const task of core.state.tasks.values()) assert.ok(isTerminal(task), task.plan.id);
        const replayed = emptyState();
        for (const fact of decodeStep(encodeStep({ term: 1, facts: core.facts })).facts) {
          assert.equal(factViolation(replayed, fact), undefined);
          apply(replayed, fact);
        }
        assert.deepEqual(durableView(replayed), durableView(core.state));
        const isGood = [...core.state.tasks.values()].every(({ phase }) => phase === 'done');
        assert.equal(core.state.outcome, isGood ? 'succeeded' : 'failed');
      },
    );
    fc.assert(property, { numRuns: 300, seed: 20261121 });
  });
});
