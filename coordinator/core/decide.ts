/**
 * What follows from news: facts (for the journal) and effects (to be performed once the facts are
 * stored). Every fact goes through `apply` as it is decided, so later decisions of a step see the
 * earlier ones; if the facts can't be stored the state is thrown away and replayed.
 *
 *     news ──> handler ──> facts ──> settle: block dependents, stop what must not run,
 *                                    offer what may run, finish when all is done
 *
 * Nothing here reads a clock, rolls dice or waits.
 */
import { unreachable } from '#proto/result.ts';
import { deadlineMs } from './lease.ts';
import type { Effect, Input } from './inputs.ts';
import { onAttemptNews, onRedelivery } from './attempt-news.ts';
import { loseOverdue, releaseAll, settle } from './scheduling.ts';
import type { RunState } from './state.ts';
import { Step } from './step.ts';
import type { Fact } from './facts.ts';

/** Facts in order, and what to do once they are stored. */
export interface Decision {
  readonly facts: readonly Fact[];
  readonly effects: readonly Effect[];
}

/** Decides about one piece of news; `state` has moved on by the facts it returns. */
export function decide(state: RunState, input: Input, nowMs: number): Decision {
  state.nowMs = Math.max(state.nowMs, nowMs);
  const step = new Step(state);
  handle(step, input);
  settle(step);
  return { facts: step.facts, effects: step.effects };
}

/** When `decide` wants a `tick` although nothing happens; undefined: not at all. */
export function nextWakeMs(state: RunState): number | undefined {
  if (state.outcome !== null) return undefined;
  const deadlines = [...state.running].map(deadlineMs);
  const wake = state.isHalted || state.isPaused ? undefined : state.queues.nextWakeMs;
  const times = wake === undefined ? deadlines : [...deadlines, wake];
  return times.length === 0 ? undefined : times.reduce((a, b) => Math.min(a, b));
}

/** Effects of facts stored earlier that may not have been performed: for a coordinator that starts. */
export function pendingEffects(state: RunState): readonly Effect[] {
  const offers = [...state.tasks.values()]
    .filter(({ phase }) => phase === 'offered')
    .map((task): Effect => ({ kind: 'offer', task: task.plan.id, epoch: task.epoch }));
  const publications = [...state.due].flatMap(({ plan, publication }): Effect[] =>
    publication.kind === 'due'
      ? [{ kind: 'publish', task: plan.id, place: publication.place }]
      : [],
  );
  return [...offers, ...publications];
}

function handle(step: Step, input: Input): void {
  const { state } = step;
  switch (input.kind) {
    case 'submit':
      if (state.plan === null)
        step.emit({ kind: 'run-submitted', atMs: state.nowMs, plan: input.plan });
      return;
    case 'resume':
      step.emit({ kind: 'run-resumed', atMs: state.nowMs, term: input.term });
      if (input.isBusLost) releaseAll(step);
      // Of a large step only the beginning may be stored.
      for (const task of state.tasks.values())
        if (task.phase === 'failed' || task.phase === 'blocked') step.failed.push(task);
      return;
    case 'accepted':
    case 'done':
    case 'failed':
      return onAttemptNews(step, input);
    case 'redelivered':
      return onRedelivery(step, input);
    case 'published':
      if (state.tasks.get(input.task)?.publication.kind !== 'due') return;
      step.emit({
        kind: 'task-published',
        atMs: state.nowMs,
        task: input.task,
        place: input.place,
      });
      return;
    case 'publish-failed':
      if (state.tasks.get(input.task)?.publication.kind !== 'due') return;
      step.emit({
        kind: 'publish-failed',
        atMs: state.nowMs,
        task: input.task,
        error: input.error,
      });
      return;
    case 'cancel':
      if (state.isCancelled || state.outcome !== null) return;
      step.emit({ kind: 'run-cancelled', atMs: state.nowMs, generation: state.generation + 1 });
      return;
    case 'pause':
      if (state.isPaused === input.isPaused || state.outcome !== null) return;
      step.emit({ kind: 'run-paused', atMs: state.nowMs, isPaused: input.isPaused });
      return;
    case 'tick':
      return loseOverdue(step);
    default:
      return unreachable(input);
  }
}
