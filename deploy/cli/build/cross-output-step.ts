/** Gathers what `cross-output.ts` looks at: snapshots and packages of a finished run. */
import type { Plan, PlannedTask } from '#coordinator/plan/plan.ts';
import type { OpenRun } from '#coordinator/shell/open-run.ts';
import type { Finding } from '#proto/link-report.ts';
import { loadSnapshotManifest } from '#proto/messages/codec.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import { isSkipped } from '#workers/package/skip-rules.ts';
import {
  overlappingFiles,
  type PackagedOutput,
  type StagedOutput,
  unusedStagingFiles,
} from './cross-output.ts';

/** Byte code of Python sources comes and goes with the interpreter: nobody misses it. */
const BYTE_CODE = /\.pyc$/;

function isDropped(path: string): boolean {
  const nothing = (): boolean => false;
  const build = {
    noarch: null,
    python: {
      entry_points: [],
      skip_pyc_compilation: [],
      use_python_app_entrypoint: false,
      version_independent: false,
    },
  };
  return BYTE_CODE.test(path) || isSkipped(path, { build, exists: nothing, isSelected: nothing });
}

/** Package tasks that inherit directly from a stage task; packages whose paths are rewritten are left out. */
function inheritorsOf(stage: PlannedTask, plan: Plan): readonly PlannedTask[] {
  return plan.tasks.filter(({ spec, dependsOn }) => {
    if (spec.kind !== 'package' || stage.spec.kind !== 'stage') return false;
    const { output } = spec;
    return output.inherit?.from === stage.spec.staging.name && dependsOn.includes(stage.id);
  });
}

async function packagedOutput(
  task: PlannedTask,
  run: OpenRun,
): Promise<PackagedOutput | undefined> {
  const output = await run.outputOf(task.id);
  return output?.kind === 'package' ? { name: output.record.name, files: output.files } : undefined;
}

async function stagedOutput(
  stage: PlannedTask,
  plan: Plan,
  parts: { run: OpenRun; blobs: BlobStore },
): Promise<StagedOutput | undefined> {
  const inheritors = inheritorsOf(stage, plan);
  const isRemapped = inheritors.some(
    ({ spec }) => spec.kind === 'package' && spec.output.build.noarch === 'python',
  );
  const output = await parts.run.outputOf(stage.id);
  if (inheritors.length === 0 || isRemapped || output?.kind !== 'stage') return undefined;
  const manifest = await loadSnapshotManifest(output.manifest, parts.blobs);
  return {
    name: output.stagingName,
    files: manifest.prefix.files.filter(({ kind }) => kind !== 'directory').map(({ path }) => path),
    inheritors: await Promise.all(inheritors.map((task) => packagedOutput(task, parts.run))),
  };
}

/** Findings across the outputs of a run (spec 3.12). Rejects as the blob store does. */
export async function crossOutputFindings(
  plan: Plan,
  parts: { run: OpenRun; blobs: BlobStore },
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const stage of plan.tasks.filter(({ kind }) => kind === 'stage')) {
    const staged = await stagedOutput(stage, plan, parts);
    if (staged !== undefined)
      findings.push(...overlappingFiles(staged), ...unusedStagingFiles(staged, isDropped));
  }
  return findings;
}
