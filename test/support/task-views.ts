/** Tasks as a coordinator tells of them. */
import { taskId } from '#proto/ids.ts';
import type { TaskView } from '#coordinator/shell/run-events.ts';

/** When they began to stand as they do. */
export const VIEW_SINCE_MS = Date.UTC(2026, 0, 31, 12);

/** A package task that waits, unless `more` says otherwise. */
export function taskView(id: string, more: Partial<TaskView> = {}): TaskView {
  return {
    id: taskId(id),
    kind: 'package',
    title: `${id} 1.0`,
    phase: 'waiting',
    epoch: 0,
    sinceMs: VIEW_SINCE_MS,
    worker: null,
    result: null,
    error: null,
    publication: { kind: 'none' },
    ...more,
  };
}
