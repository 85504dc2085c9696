/** What happened to a task between two looks at it, for viewers that were not told when it did. */
import type { RunEvent, TaskFactKind, TaskView } from '#coordinator/shell/run-events.ts';

/** Something that happened to a task. */
export type TaskEvent = Extract<RunEvent, { kind: 'task' }>;

const endings: Partial<Record<TaskView['phase'], TaskFactKind>> = {
  done: 'task-done',
  failed: 'attempt-failed',
  blocked: 'task-blocked',
  stopped: 'task-stopped',
};

/** A task of which nothing was heard yet. */
const unheard = { phase: 'waiting', epoch: 0, publication: { kind: 'none' } } as const;

/** In the order in which it must have happened. When something ended isn't known: by the time it is heard of. */
export function missedEvents(
  before: Pick<TaskView, 'phase' | 'epoch' | 'publication'> = unheard,
  now: TaskView,
  heardAtMs: number,
): readonly TaskEvent[] {
  const event = (what: TaskFactKind): TaskEvent => {
    const atMs = what === 'attempt-accepted' ? now.sinceMs : heardAtMs;
    return { kind: 'task', atMs, what, task: now, logTail: [] };
  };
  const isNew = now.phase !== before.phase || now.epoch !== before.epoch;
  const ending = endings[now.phase];
  return [
    ...(isNew && hasBegun(before, now) ? [event('attempt-accepted')] : []),
    ...(isNew && ending !== undefined ? [event(ending)] : []),
    ...(now.publication.kind === 'settled' && before.publication.kind !== 'settled'
      ? [event('task-published')]
      : []),
  ];
}

/** It runs, or it ran and was never seen to. */
function hasBegun(before: Pick<TaskView, 'epoch' | 'phase'>, { phase, epoch }: TaskView): boolean {
  if (phase === 'running') return true;
  const isOver = phase === 'done' || phase === 'failed';
  return isOver && (before.phase !== 'running' || before.epoch !== epoch);
}
