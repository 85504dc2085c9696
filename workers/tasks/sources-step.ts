/** Brings the sources of a task into its build place. */
import type { Source } from '#proto/recipe/recipe.ts';
import type { TaskRequest } from '../shell/task-executor.ts';
import { type FetchedSources, fetchSources } from '../source/fetch-sources.ts';
import type { BuildSession } from './build-session.ts';
import type { TaskServices } from './services.ts';

/** Which sources, and for whom. */
export interface SourcesJob {
  readonly services: TaskServices;
  readonly request: TaskRequest;
  readonly session: BuildSession;
  readonly sources: readonly Source[];
}

/** Fetches them; no sources, no work. Rejects with the codes of {@link fetchSources}. */
export async function fetchTaskSources(job: SourcesJob): Promise<FetchedSources> {
  const { services, request, session, sources } = job;
  if (sources.length === 0) return { finalized: [], findings: [] };
  request.reporter.report({ kind: 'phase', phase: 'sources' });
  return fetchSources({
    sources,
    bundle: request.spec.recipe,
    blobs: services.blobs,
    workDir: session.place.workDir,
    scratchDir: session.scratchDir,
    cacheDir: services.sourceCacheDir,
    recipeDir: session.recipeDir,
    reporter: request.reporter,
    signal: request.signal,
  });
}
