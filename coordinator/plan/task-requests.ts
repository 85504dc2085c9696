/** What a planned task asks of its worker. Sizes are guesses by kind until the past says more. */
import type { Script } from '#proto/recipe/recipe.ts';
import { nameList, type TaskRequests } from '#proto/task-requests.ts';
import type { TaskSpec } from '#proto/task-spec.ts';

const MIB = 1024 ** 2;
const MEMORY_BYTES: Readonly<Record<TaskSpec['kind'], number>> = {
  stage: 1024 * MIB,
  package: 512 * MIB,
  test: 512 * MIB,
};
const DISK_BYTES: Readonly<Record<TaskSpec['kind'], number>> = {
  stage: 1024 * MIB,
  package: 512 * MIB,
  test: 256 * MIB,
};

/** `labels` are those that the submission asks for. */
export function taskRequests(spec: TaskSpec, labels: readonly string[]): TaskRequests {
  return {
    memoryBytes: MEMORY_BYTES[spec.kind],
    diskBytes: DISK_BYTES[spec.kind],
    labels: nameList(labels),
    secrets: nameList(
      scriptsOf(spec).flatMap(({ body, secrets }) => (body.kind === 'none' ? [] : secrets)),
    ),
  };
}

/** Scripts that the task runs on its worker. */
function scriptsOf(spec: TaskSpec): readonly Script[] {
  switch (spec.kind) {
    case 'stage':
      return [spec.staging.script];
    case 'package':
      return [spec.output.build.script];
    case 'test':
      return spec.output.tests.flatMap((test) => (test.kind === 'script' ? [test.script] : []));
  }
}
