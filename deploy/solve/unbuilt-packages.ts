/**
 * Packages of a run that nobody has built: records made from what is rendered and solved, so that outputs that need
 * their siblings can be solved before anything exists.
 */
import type { RepodataRecord, RunExportsJson } from '#proto/conda/package-record.ts';
import { sha256Digest } from '#proto/digest.ts';
import type { FinalizedRun } from '#proto/environment.ts';
import { taskId } from '#proto/ids.ts';
import type { RenderedOutput } from '#proto/recipe/recipe.ts';
import type { RunArtifact } from '#proto/task-spec.ts';
import type { EnvironmentService } from '#workers/environment/environment-service.ts';
import { nameOfSpec } from '#workers/environment/spec-text.ts';
import { indexRecord } from '#workers/package/metadata/index-json.ts';

/** Says in an answer that a package is one of this run. */
const CHANNEL = 'this run';
const NO_TASK = taskId('unbuilt');
const NO_DIGEST = sha256Digest('0'.repeat(64));

/** See the file's head. */
export class UnbuiltPackages {
  readonly #byName = new Map<string, RunArtifact[]>();
  readonly #exports = new Map<string, RunExportsJson>();

  /** Adds an output whose requirements are known. */
  add(output: RenderedOutput, run: FinalizedRun, runExports: RunExportsJson): void {
    const { timestamp: _, ...index } = indexRecord({ output, run, epochSeconds: 0 });
    const stem = `${output.name}-${output.version}-${output.build.string}`;
    const fn = `${stem}.conda`;
    const url = `unbuilt:${index.subdir}/${fn}`;
    const record: RepodataRecord = { ...index, fn, url, channel: CHANNEL };
    const artifact: RunArtifact = {
      task: NO_TASK,
      record,
      blob: { digest: NO_DIGEST, sizeBytes: 0, location: '' },
      files: [],
    };
    const named = this.#byName.get(output.name);
    if (named === undefined) this.#byName.set(output.name, [artifact]);
    else named.push(artifact);
    this.#exports.set(url, runExports);
  }

  /** Packages that an environment of these requirements may hold: by name, and by the names those need or export. */
  neededBy(names: Iterable<string>): readonly RunArtifact[] {
    const found = new Set<string>();
    const open = [...names].map((name) => name.toLowerCase());
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      const artifacts = this.#byName.get(name);
      if (artifacts === undefined || found.has(name)) continue;
      found.add(name);
      for (const { record } of artifacts) {
        const exported = Object.values(this.#exports.get(record.url) ?? {}).flat();
        for (const spec of [...record.depends, ...exported]) open.push(nameOfSpec(spec) ?? '');
      }
    }
    return [...found].sort().flatMap((name) => this.#byName.get(name) ?? []);
  }

  /** The same service, which knows the run exports of these packages without their files. */
  knownTo(service: EnvironmentService): EnvironmentService {
    return {
      solve: (request) => service.solve(request),
      install: (request) => service.install(request),
      warmUp: () => service.warmUp(),
      close: () => service.close(),
      runExportsOf: async (records, artifacts, context) => {
        const built = records.filter(({ url }) => !this.#exports.has(url));
        const found = new Map(await service.runExportsOf(built, artifacts, context));
        for (const { name, url } of records) {
          const exports = this.#exports.get(url);
          if (exports !== undefined) found.set(name, exports);
        }
        return found;
      },
    };
  }
}
