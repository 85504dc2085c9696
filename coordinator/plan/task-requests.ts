/** What a planned task asks of its worker. Sizes are guesses by kind until the past says more. */
import { nameList, type TaskRequests } from '#proto/task-requests.ts';
import { scriptsOf, type TaskSpec } from '#proto/task-spec.ts';

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
