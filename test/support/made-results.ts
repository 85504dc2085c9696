/** Executors that build nothing, and the results that they make up for a task. */
import { sha256Digest } from '#proto/digest.ts';
import { inputKey } from '#proto/ids.ts';
import type { TaskOutput } from '#proto/task-output.ts';
import type { TaskSpec } from '#proto/task-spec.ts';
import type { PackagePublisher, PackageToPublish } from '#coordinator/shell/publication-queue.ts';
import type { TaskExecutor, TaskRequest } from '#workers/shell/task-executor.ts';
import { sha256Hex } from './rendered-outputs.ts';

/** A result for a task: the same task always has the same one. */
export function madeResult(spec: TaskSpec): TaskOutput {
  const digest = sha256Digest(sha256Hex(spec.staticKey));
  const blob = { digest, sizeBytes: 1, location: '' };
  const common = {
    schema: 1 as const,
    exactKey: inputKey(digest),
    builtAtMs: 0,
    measures: { wallMs: 1, scriptMs: 0 },
    findings: [],
  };
  switch (spec.kind) {
    case 'stage': {
      const counts = { prefixFileCount: 1, workFileCount: 1, snapshotSizeBytes: 1 };
      return {
        ...common,
        kind: 'stage',
        stagingName: spec.staging.name,
        manifest: blob,
        ...counts,
      };
    }
    case 'test':
      return { ...common, kind: 'test', tests: [{ index: 0, kind: 'script', passed: true }] };
    case 'package': {
      const { name, version, build, platforms } = spec.output;
      const environment = { platform: platforms.host, specs: [], resolved: [] };
      return {
        ...common,
        kind: 'package',
        record: {
          name,
          version,
          build: build.string,
          build_number: build.number,
          subdir: platforms.target,
          depends: [],
          channel: 'run',
          fn: `${name}-${version}-${build.string}.conda`,
          url: `blob:${digest}`,
        },
        artifact: blob,
        files: [`lib/${name}`],
        sizeBytes: 1,
        linkReport: { binaries: [], findings: [] },
        run: { depends: [], constraints: [] },
        environments: { build: null, host: environment, exports: [] },
      };
    }
  }
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
