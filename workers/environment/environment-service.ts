/**
 * Environments of a worker, from requirements to files: read the channels, solve (or remember), fetch
 * and unpack, install. One service per process; tasks share its solver, its cache and what it knows
 * of channels.
 */
import { join } from 'node:path';
import type { RepodataRecord, RunExportsJson } from '#proto/conda/package-record.ts';
import type { FinalizedDependency, LockedEnvironment } from '#proto/environment.ts';
import { StageyardError } from '#proto/errors.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { Logger } from '#proto/ports/logger.ts';
import type { TaskReporter } from '#proto/ports/task-reporter.ts';
import type { ChannelRef, RunArtifact } from '#proto/task-spec.ts';
import { type ChannelIndex, type ChannelsWanted, createChannelIndex } from './channel-index.ts';
import { createHttpTransfer, type HttpTransfer } from './http-transfer.ts';
import { type InstalledEnvironment, installEnvironment, originOf } from './installer.ts';
import { createPackageCache, type PackageCache } from './package-cache.ts';
import { readRunExports } from './package-contents.ts';
import { mapFew, shareWork } from './shared-work.ts';
import { digestOfQuestion, SolveMemory } from './solve-memory.ts';
import { createSolver, type Solver } from './solver.ts';
import type { SolveQuestion } from './solver-protocol.ts';
import { machineFacts, virtualPackagesOf } from './virtual-packages.ts';

/** A channel that is published into while it is read gives several chances. */
const STALE_INDEX_ATTEMPTS_MAX = 4;

/** Who wants something, and may stop it. */
export interface RequestContext {
  readonly reporter?: TaskReporter;
  readonly signal?: AbortSignal;
}

/** Where packages may come from. */
export interface PackageSources {
  /** In order of priority. */
  readonly channels: readonly ChannelRef[];
  /** What this run has built; goes before all channels. */
  readonly artifacts: readonly RunArtifact[];
  readonly channelPriority: 'strict' | 'disabled';
  readonly excludeNewerMs?: number;
}

/** One environment to solve. */
export interface SolveEnvironmentRequest extends RequestContext {
  readonly specs: readonly FinalizedDependency[];
  readonly platform: string;
  readonly sources: PackageSources;
}

/** One environment to install. */
export interface InstallEnvironmentRequest extends RequestContext {
  readonly environment: LockedEnvironment;
  /** Absolute path of the prefix. */
  readonly prefix: string;
  readonly artifacts: readonly RunArtifact[];
  /** Whose files are in the prefix already, for notices: `staging output NAME`. */
  readonly ownerOfExistingFiles?: string;
}

/** See the file's head. */
export interface EnvironmentService {
  /**
   * `resolved` is sorted by name. No specs: an empty environment, without a solve. Rejects with
   * `ENV_UNSOLVABLE`, `CHANNEL_INVALID`, `CHANNEL_UNREACHABLE` or `CANCELLED`.
   */
  solve(request: SolveEnvironmentRequest): Promise<LockedEnvironment>;
  /** Run exports by package name; fetches packages that aren't unpacked yet. Codes of {@link PackageCache.obtain}. */
  runExportsOf(
    records: readonly RepodataRecord[],
    artifacts: readonly RunArtifact[],
    context?: RequestContext,
  ): Promise<ReadonlyMap<string, RunExportsJson>>;
  /** Codes of {@link installEnvironment}. */
  install(request: InstallEnvironmentRequest): Promise<InstalledEnvironment>;
  /** Starts the solver's thread, so that the first solve needn't wait for it. */
  warmUp(): void;
  /** Waits for the solve under way and ends the thread. */
  close(): Promise<void>;
}

/** Options of {@link createEnvironmentService}. */
export interface EnvironmentServiceOptions {
  /** Directory that processes of this user share; made if missing. */
  readonly cacheDir: string;
  readonly blobs: BlobStore;
  readonly logger: Logger;
  /** Environment variables of the process (`CONDA_OVERRIDE_*`). */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** For tests. */
  readonly transfer?: HttpTransfer;
  readonly solver?: Solver;
}

interface Parts {
  readonly index: ChannelIndex;
  readonly cache: PackageCache;
  readonly solver: Solver;
  readonly memory: SolveMemory;
  readonly options: EnvironmentServiceOptions;
}

class ComposedEnvironmentService implements EnvironmentService {
  readonly #parts: Parts;
  /** Questions under way: several tasks often ask the same at the same time. */
  readonly #open = new Map<string, Promise<readonly RepodataRecord[]>>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async solve(request: SolveEnvironmentRequest): Promise<LockedEnvironment> {
    const { specs, platform } = request;
    if (specs.length === 0) return { platform, specs, resolved: [] };
    for (let attempt = 1; ; attempt += 1) {
      const wanted: ChannelsWanted = { ...request.sources, platform, ...contextOf(request) };
      const question = await this.#questionOf(request, wanted);
      try {
        return { platform, specs, resolved: await this.#answer(question, request) };
      } catch (error) {
        if (!(error instanceof StageyardError) || error.code !== 'CHANNEL_INVALID') throw error;
        await this.#parts.index.forget(wanted);
        const isStale = error.context.isStale === true;
        if (!isStale || attempt === STALE_INDEX_ATTEMPTS_MAX) throw error;
      }
    }
  }

  async runExportsOf(
    records: readonly RepodataRecord[],
    artifacts: readonly RunArtifact[],
    context: RequestContext = {},
  ): Promise<ReadonlyMap<string, RunExportsJson>> {
    const found = await mapFew(records, async (record) => {
      const origin = originOf(record, { artifacts, ...context });
      const { directory } = await this.#parts.cache.obtain(record, origin);
      return [record.name, readRunExports(directory)] as const;
    });
    return new Map(found);
  }

  install(request: InstallEnvironmentRequest): Promise<InstalledEnvironment> {
    const { environment, ownerOfExistingFiles } = request;
    return installEnvironment({
      records: environment.resolved,
      prefix: request.prefix,
      cache: this.#parts.cache,
      platform: environment.platform,
      artifacts: request.artifacts,
      specs: environment.specs.map((dependency) => dependency.spec),
      ...(ownerOfExistingFiles === undefined ? {} : { ownerOfExistingFiles }),
      ...contextOf(request),
    });
  }

  warmUp(): void {
    this.#parts.solver.warmUp();
  }

  close(): Promise<void> {
    return this.#parts.solver.close();
  }

  async #questionOf(
    request: SolveEnvironmentRequest,
    wanted: ChannelsWanted,
  ): Promise<SolveQuestion> {
    const { sources, platform } = request;
    const texts = request.specs.map((dependency) => dependency.spec);
    return {
      // Order and repetition of requirements don't change an environment.
      specs: [...new Set(texts)].sort(),
      channels: await this.#parts.index.read(wanted),
      platform,
      virtualPackages: virtualPackagesOf(platform, machineFacts(this.#parts.options.environment)),
      channelPriority: sources.channelPriority,
      ...(sources.excludeNewerMs === undefined ? {} : { excludeNewerMs: sources.excludeNewerMs }),
    };
  }

  #answer(question: SolveQuestion, request: RequestContext): Promise<readonly RepodataRecord[]> {
    const digest = digestOfQuestion(question);
    return shareWork({
      find: () => this.#open.get(digest),
      start: () => {
        const answer = this.#recallOrSolve(question, digest, request).finally(() =>
          this.#open.delete(digest),
        );
        this.#open.set(digest, answer);
        return answer;
      },
      signal: request.signal,
    });
  }

  async #recallOrSolve(
    question: SolveQuestion,
    digest: string,
    request: RequestContext,
  ): Promise<readonly RepodataRecord[]> {
    const { memory, solver, options } = this.#parts;
    const remembered = await memory.recall(digest);
    if (remembered !== undefined) return remembered;
    const startMs = performance.now();
    const records = await solver.solve(question, request.signal);
    options.logger.debug(
      {
        platform: question.platform,
        specCount: question.specs.length,
        packageCount: records.length,
        durationMs: Math.round(performance.now() - startMs),
      },
      'environment solved',
    );
    await memory.remember(digest, records);
    return records;
  }
}

function contextOf(request: RequestContext): RequestContext {
  return {
    ...(request.reporter === undefined ? {} : { reporter: request.reporter }),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  };
}

/** A service over one cache directory. */
export function createEnvironmentService(options: EnvironmentServiceOptions): EnvironmentService {
  const transfer = options.transfer ?? createHttpTransfer();
  const cacheDir = join(options.cacheDir);
  const { blobs } = options;
  const index = createChannelIndex({ cacheDir, transfer, blobs });
  return new ComposedEnvironmentService({
    index,
    cache: createPackageCache({ cacheDir, transfer, blobs, blobOf: index.blobOf }),
    solver: options.solver ?? createSolver(),
    memory: new SolveMemory(cacheDir),
    options,
  });
}
