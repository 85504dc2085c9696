/** Executors that build nothing, and the results that they make up for a task. */
import type { PackageRecord } from '#proto/conda/package-record.ts';
import { type BlobRef, sha256Digest, type Sha256Digest } from '#proto/digest.ts';
import { inputKey } from '#proto/ids.ts';
import type { PackageOutput, TaskOutput } from '#proto/task-output.ts';
import type { TaskSpec } from '#proto/task-spec.ts';
import type { PackagePublisher, PackageToPublish } from '#coordinator/shell/publication-queue.ts';
import type { TaskExecutor, TaskRequest } from '#workers/shell/task-executor.ts';
import { sha256Hex } from './rendered-outputs.ts';

const commonOf = (digest: Sha256Digest) => ({
  schema: 1 as const,
  exactKey: inputKey(digest),
  builtAtMs: 0,
  measures: { wallMs: 1, scriptMs: 0 },
  findings: [],
});
const blobOf = (digest: Sha256Digest): BlobRef => ({ digest, sizeBytes: 1, location: '' });

/** A result for a task: the same task always has the same one. */
export function madeResult(spec: TaskSpec): TaskOutput {
  const digest = sha256Digest(sha256Hex(spec.staticKey));
  const common = commonOf(digest);
  switch (spec.kind) {
    case 'stage': {
      const counts = { prefixFileCount: 1, workFileCount: 1, snapshotSizeBytes: 1 };
      return {
        ...common,
        kind: 'stage',
        stagingName: spec.staging.name,
        manifest: blobOf(digest),
        ...counts,
      };
    }
    case 'test':
      return { ...common, kind: 'test', tests: [{ index: 0, kind: 'script', passed: true }] };
    case 'package': {
      const { name, version, build, platforms } = spec.output;
      const { string, number: build_number } = build;
      return madePackage(digest, {
        name,
        version,
        build: string,
        build_number,
        subdir: platforms.target,
        depends: [],
      });
    }
  }
}

/** The result of a package task: a package of one file. */
export function madePackage(digest: Sha256Digest, record: PackageRecord): PackageOutput {
  const { name, version, build, subdir } = record;
  const fn = `${name}-${version}-${build}.conda`;
  return {
    ...commonOf(digest),
    kind: 'package',
    record: { ...record, channel: 'run', fn, url: `blob:${digest}` },
    artifact: blobOf(digest),
    files: [`lib/${name}`],
    sizeBytes: 1,
    linkReport: { binaries: [], findings: [] },
    run: { depends: [], constraints: [] },
    environments: {
      build: null,
      host: { platform: subdir, specs: [], resolved: [] },
      exports: [],
    },
  };
}

/** An executor that answers at once, unless `work` says otherwise; it lists what it was asked to do. */
export class MadeUpExecutor implements TaskExecutor {
  readonly requests: TaskRequest[] = [];
  readonly #work: (request: TaskRequest) => Promise<void>;

  constructor(work: (request: TaskRequest) => Promise<void> = async () => undefined) {
    this.#work = work;
  }

  async execute(request: TaskRequest): Promise<{ output: TaskOutput; reused: boolean }> {
    this.requests.push(request);
    await this.#work(request);
    return { output: madeResult(request.spec), reused: false };
  }
}

/** A channel that only remembers what was put into it. */
export class RememberingPublisher implements PackagePublisher {
  readonly published: PackageToPublish[] = [];

  async publish(packages: readonly PackageToPublish[]): Promise<readonly null[]> {
    this.published.push(...packages);
    return packages.map(() => null);
  }
}
