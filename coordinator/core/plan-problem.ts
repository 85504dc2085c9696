/** What is wrong with a plan that came from outside, so that nothing later has to doubt it. */
import type { TaskId } from '#proto/ids.ts';
import { TASK_DOCUMENT_BYTES_MAX } from '#proto/task-documents.ts';
import { poolName, poolPlatform } from '#proto/task-requests.ts';
import type { RunAbout, RunOptions, RunPlan, RunTask } from './run-plan.ts';

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
/** Workers are told of all queues of all runs in one message. */
const POOLS_MAX = 64;
const NEEDS_LENGTH_MAX = 2_000;
/** What people read. */
const TEXT_LENGTH_MAX = 1_000;
/** The number of an attempt is appended to it. */
const ID_LENGTH_MAX = 240;
const LOCATION_LENGTH_MAX = 1_024;
/** The year 9999. */
const TIME_MS_MAX = 253_402_300_799_000;
const CONTROL_CHARACTER = /[\p{Cc}\u2028\u2029]/u;

/** A sentence without a subject, or undefined when nothing is wrong. `sha256Hex` is the digest of a text's UTF-8 bytes. */
export function planProblem(
  { about, submissionDigest, tasks, options }: RunPlan,
  sha256Hex: (text: string) => string,
): string | undefined {
  if (!isText(submissionDigest)) return 'no digest of a submission';
  if (tasks.length === 0) return 'the plan has no task';
  if (tasks.length > TASKS_MAX) return `${tasks.length} tasks; at most ${TASKS_MAX} fit a run`;
  const edgeCount = tasks.reduce((sum, { dependsOn }) => sum + dependsOn.length, 0);
  if (edgeCount > EDGES_MAX) return `${edgeCount} dependencies; at most ${EDGES_MAX} fit a run`;
  return (
    aboutProblem(about) ??
    optionsProblem(options) ??
    tasksProblem(tasks) ??
    poolsProblem(tasks, sha256Hex)
  );
}

/** A bounded line: whoever shows it need not fear it. */
function isText(text: string): boolean {
  return text.length <= TEXT_LENGTH_MAX && !CONTROL_CHARACTER.test(text);
}

function aboutProblem(about: RunAbout | undefined): string | undefined {
  if (about === undefined) return undefined;
  const { label, submittedBy, submittedAtMs } = about;
  if (!isText(label) || !isText(submittedBy)) return 'what is said about it is no short line';
  return submittedAtMs > TIME_MS_MAX ? 'submitted after the year 9999' : undefined;
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

/** A queue has the needs that it is named by: a plan can't change those of another run's. */
function poolsProblem(
  tasks: readonly RunTask[],
  sha256Hex: (text: string) => string,
): string | undefined {
  const pools = new Map<string, string>();
  for (const { id, pool, requests } of tasks) {
    const platform = poolPlatform(pool);
    const needs = JSON.stringify([platform, requests.labels, requests.secrets]);
    if (needs.length > NEEDS_LENGTH_MAX) return `task ${id}: too many labels and secrets`;
    const expected = pools.get(needs) ?? poolName(platform, requests, sha256Hex);
    if (pool !== expected) return `task ${id}: ${pool} is no pool of its labels and secrets`;
    pools.set(needs, pool);
  }
  return pools.size > POOLS_MAX ? `its tasks need ${pools.size} kinds of workers` : undefined;
}

function taskProblem(
  task: RunTask,
  before: ReadonlySet<TaskId>,
  all: ReadonlySet<TaskId>,
): string | undefined {
  const { id, pool, dependsOn, testedBy } = task;
  if (before.has(id)) return 'it is there twice';
  if (id.length > ID_LENGTH_MAX) return `its name has more than ${ID_LENGTH_MAX} characters`;
  if (!isText(task.title)) return 'its title is no short line';
  if (pool.length > POOL_LENGTH_MAX || !POOL_PATTERN.test(pool)) return `no pool: ${pool}`;
  const late = dependsOn.find((earlier) => !before.has(earlier));
  if (late !== undefined) return `it depends on ${late}, which doesn't come before it`;
  const { sizeBytes, location } = task.spec;
  if (sizeBytes > TASK_DOCUMENT_BYTES_MAX || location.length > LOCATION_LENGTH_MAX)
    return 'its specification is too large';
  if (Object.values(task.limits).some((limit) => limit < 1)) return 'a limit of 0';
  if (new Set(dependsOn).size < dependsOn.length) return 'a dependency is there twice';
  return testedBy !== null && !all.has(testedBy) ? `there is no test ${testedBy}` : undefined;
}
