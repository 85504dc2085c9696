/** Threads that scripts may use are a matter of the worker: a submitter's machine has other cores. */
import type { TaskExecutor } from '#workers/shell/task-executor.ts';

/** The executor, with this number as `CPU_COUNT`. No key covers it. */
export function withOwnThreads(executor: TaskExecutor, cpuCount: number): TaskExecutor {
  return {
    execute(request) {
      const settings = { ...request.spec.settings, cpuCount };
      return executor.execute({ ...request, spec: { ...request.spec, settings } });
    },
  };
}
