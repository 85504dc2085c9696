/** A plan as it is submitted: specifications stored as blobs, the core's view with their references. */
import { canonicalJson } from '#proto/canonical-json.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { BuildSettings } from '#proto/task-spec.ts';
import type { TaskLimits } from '#proto/task-messages.ts';
import type { TaskRequests } from '#proto/task-requests.ts';
import type { RunOptions, RunPlan, RunTask } from '#coordinator/core/run-plan.ts';
import type { Plan, PlannedTask } from '#coordinator/plan/plan.ts';

/** Time of an attempt besides its script: sources, solving, packaging. */
const OVERHEAD_MS = 2 * 60 * 60 * 1000;
const LOG_SIZE_BYTES_MAX = 1024 * 1024 * 1024;
/** Specifications stored at a time. */
const PARALLEL_PUTS = 16;

/** What a plan needs to become a submission. */
export interface StorePlanOptions {
  readonly plan: Plan;
  readonly blobs: BlobStore;
  readonly options: RunOptions;
  /** Queue of the workers of a platform that have what a task requests. */
  readonly poolOf: (platform: string, requests: TaskRequests) => string;
}

/** Stores the specifications. Rejects with `BLOB_STORE_UNAVAILABLE` or `DISK_FULL`. */
export async function storePlan({
  plan,
  blobs,
  options,
  poolOf,
}: StorePlanOptions): Promise<RunPlan> {
  const testOf = new Map(
    plan.tasks.flatMap((task) =>
      task.spec.kind === 'test' ? [[task.spec.packageTask, task.id] as const] : [],
    ),
  );
  const store = async (task: PlannedTask): Promise<RunTask> => {
    const bytes = new TextEncoder().encode(canonicalJson(task.spec));
    const { id, kind, title, dependsOn, staticKey, requests } = task;
    return {
      id,
      kind,
      title,
      dependsOn,
      staticKey,
      pool: poolOf(task.platform, requests),
      requests,
      spec: await blobs.putBytes(bytes, { owner: `${plan.run}/plan` }),
      limits: limitsOf(task.spec.settings),
      estimateMs: 0,
      testedBy: testOf.get(id) ?? null,
    };
  };
  const tasks: RunTask[] = [];
  for (let start = 0; start < plan.tasks.length; start += PARALLEL_PUTS) {
    tasks.push(...(await Promise.all(plan.tasks.slice(start, start + PARALLEL_PUTS).map(store))));
  }
  return { run: plan.run, submissionDigest: plan.submissionDigest, tasks, options };
}

function limitsOf({ scriptTimeoutMs, silentTimeoutMs }: BuildSettings): TaskLimits {
  return {
    wallTimeMs: scriptTimeoutMs + OVERHEAD_MS,
    silentTimeMs: silentTimeoutMs,
    logSizeBytesMax: LOG_SIZE_BYTES_MAX,
  };
}
