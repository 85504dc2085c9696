/** What is wrong with a plan that came from outside, so that nothing later has to doubt it. */
import type { TaskId } from '#proto/ids.ts';
import type { RunOptions, RunPlan, RunTask } from './run-plan.ts';

/** Tasks of one run. */
const TASKS_MAX = 100_000;
/** Direct prerequisites of all tasks together. */
const EDGES_MAX = 2_000_000;
const QUEUE_DEPTH_MAX = 10_000;
const FAILURES_MAX = 100;
const BACKOFF_MS_MAX = 24 * 60 * 60 * 1000;
/** A pool becomes part of a subject's name. */
const POOL_PATTERN = /^[a-z0-9][a-z0-9_-]*(?:\.[a-z0-9]+)?$/;
const POOL_LENGTH_MAX = 100;

/** A sentence without a subject, or undefined when nothing is wrong. */
export function planProblem({ tasks, options }: RunPlan): string | undefined {
  if (tasks.length === 0) return 'the plan has no task';
  if (tasks.length > TASKS_MAX) return `${tasks.length} tasks; at most ${TASKS_MAX} fit a run`;
  const edgeCount = tasks.reduce((sum, { dependsOn }) => sum + dependsOn.length, 0);
  if (edgeCount > EDGES_MAX) return `${edgeCount} dependencies; at most ${EDGES_MAX} fit a run`;
  return optionsProblem(options) ?? tasksProblem(tasks);
}

function optionsProblem({ queueDepth, retry }: RunOptions): string | undefined {
  const { infraFailuresMax, lossesMax, backoffMs, backoffMsMax } = retry;
  if (queueDepth < 1 || queueDepth > QUEUE_DEPTH_MAX) return `a queue depth of ${queueDepth}`;
  const counts = [infraFailuresMax, lossesMax];
  if (counts.some((count) => count < 1 || count > FAILURES_MAX)) return 'unbounded retries';
  const isEndless = backoffMs < 1 || backoffMsMax < backoffMs || backoffMsMax > BACKOFF_MS_MAX;
  return isEndless ? 'a back-off without bounds' : undefined;
}

function tasksProblem(tasks: readonly RunTask[]): string | undefined {
  const before = new Set<TaskId>();
  const all = new Set(tasks.map(({ id }) => id));
  for (const task of tasks) {
    const problem = taskProblem(task, before, all);
    if (problem !== undefined) return `task ${task.id}: ${problem}`;
    before.add(task.id);
  }
  return undefined;
}

function taskProblem(
  { id, pool, dependsOn, testedBy }: RunTask,
  before: ReadonlySet<TaskId>,
  all: ReadonlySet<TaskId>,
): string | undefined {
  if (before.has(id)) return 'it is there twice';
  if (pool.length > POOL_LENGTH_MAX || !POOL_PATTERN.test(pool)) return `no pool: ${pool}`;
  const late = dependsOn.find((earlier) => !before.has(earlier));
  if (late !== undefined) return `it depends on ${late}, which doesn't come before it`;
  if (new Set(dependsOn).size < dependsOn.length) return 'a dependency is there twice';
  return testedBy !== null && !all.has(testedBy) ? `there is no test ${testedBy}` : undefined;
}
