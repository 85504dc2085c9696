/** One executor for all kinds of tasks. */
import type { TaskExecution, TaskExecutor } from '../shell/task-executor.ts';
import { AttemptWatch, type WatchedRequest } from './attempt-watch.ts';
import { executePackage } from './package-task.ts';
import type { TaskServices } from './services.ts';
import { executeStage } from './stage-task.ts';
import { executeTest } from './test-task.ts';

/** The executor that a worker pool gets. */
export function createTaskExecutor(services: TaskServices): TaskExecutor {
  return {
    execute: async (request) => {
      const watch = new AttemptWatch(request, services);
      try {
        return await execute(services, { ...request, reporter: watch, meter: watch });
      } catch (error) {
        throw watch.safeError(error);
      }
    },
  };
}

async function execute(services: TaskServices, request: WatchedRequest): Promise<TaskExecution> {
  const { spec } = request;
  switch (spec.kind) {
    case 'stage':
      return executeStage(services, request, spec);
    case 'package':
      return executePackage(services, request, spec);
    case 'test':
      return executeTest(services, request, spec);
  }
}
