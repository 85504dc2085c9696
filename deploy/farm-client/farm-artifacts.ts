/** The packages of a run, as they can be taken from the farm. */
import type { RepodataRecord } from '#proto/conda/package-record.ts';
import type { BlobRef } from '#proto/digest.ts';
import type { RunId, TaskId } from '#proto/ids.ts';
import type { LinkReport } from '#proto/link-report.ts';
import type { PackageOutput } from '#proto/task-output.ts';
import type { Publication } from '#coordinator/core/state.ts';
import type { FarmClient, RunStatus } from './farm-client.ts';

/** Documents fetched at a time. */
const PARALLEL_MAX = 8;

/** One package. */
export interface FarmArtifact {
  readonly task: TaskId;
  readonly title: string;
  readonly record: RepodataRecord;
  readonly blob: BlobRef;
  readonly linkReport: LinkReport;
  /** The whole document of the task. */
  readonly output: PackageOutput;
  /** It has tests, and they passed. */
  readonly isTested: boolean;
  readonly publication: Publication;
}

/** A run with what it has made so far. */
export interface RunArtifacts extends RunStatus {
  /** In plan order. */
  readonly artifacts: readonly FarmArtifact[];
}

/** Rejects as the client does. */
export async function artifactsOf(client: FarmClient, run: RunId): Promise<RunArtifacts> {
  const plan = await client.plan(run);
  const status = await client.run(run);
  const testOf = new Map(plan.tasks.map(({ id, testedBy }) => [id, testedBy]));
  const viewOf = new Map(status.tasks.map((view) => [view.id, view]));
  const done = status.tasks.filter(({ kind, phase }) => kind === 'package' && phase === 'done');
  const artifacts: FarmArtifact[] = [];
  for (let start = 0; start < done.length; start += PARALLEL_MAX) {
    const outputs = await Promise.all(
      done.slice(start, start + PARALLEL_MAX).map(async (view) => {
        return { view, output: await client.outputOf(run, view.id) };
      }),
    );
    for (const { view, output } of outputs) {
      if (output?.kind !== 'package') continue;
      const { id: task, title, publication } = view;
      const test = testOf.get(task) ?? null;
      const isTested = test !== null && viewOf.get(test)?.phase === 'done';
      const { record, artifact: blob, linkReport } = output;
      artifacts.push({ task, title, record, blob, linkReport, output, isTested, publication });
    }
  }
  return { ...status, artifacts };
}
