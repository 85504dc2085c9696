/**
 * The table of what can be asked. Everything below `/api/v1` needs a leading coordinator and, where there is one,
 * the token; `/healthz` and `/readyz` are for this machine.
 *
 *     GET /healthz, /readyz
 *     PUT|GET|HEAD /api/v1/blobs/SHA256
 *     GET|POST     /api/v1/runs
 *     GET          /api/v1/runs/ID, …/plan, …/events
 *     POST         /api/v1/runs/ID/cancel, …/pause, …/resume
 *     GET          /api/v1/runs/ID/tasks/TASK/output, …/log
 *     GET          /api/v1/workers
 */
import type { Farm } from '#coordinator/shell/farm.ts';
import { getBlob, headBlob, putBlob } from './blob-routes.ts';
import type { Call } from './call.ts';
import { RefusedRequest } from './failures.ts';
import {
  changeRun,
  followRun,
  listRuns,
  listWorkers,
  showLog,
  showOutput,
  showPlan,
  showRun,
  submitRun,
} from './run-routes.ts';

/** Answers a call. Rejects with what is to be told instead. */
type Handler = (call: Call, farm: Farm) => Promise<void>;

interface Route {
  readonly method: string;
  readonly pattern: RegExp;
  readonly handler: Handler;
}

/** Without a slash: names with one are encoded. */
const NAME = '([^/]+)';

const route = (method: string, path: string, handler: Handler): Route => ({
  method,
  pattern: new RegExp(`^/api/v1/${path}$`),
  handler,
});

const routes: readonly Route[] = [
  route('PUT', `blobs/${NAME}`, putBlob),
  route('GET', `blobs/${NAME}`, getBlob),
  route('HEAD', `blobs/${NAME}`, headBlob),
  route('POST', 'runs', submitRun),
  route('GET', 'runs', listRuns),
  route('GET', `runs/${NAME}`, showRun),
  route('GET', `runs/${NAME}/plan`, showPlan),
  route('GET', `runs/${NAME}/events`, followRun),
  route('POST', `runs/${NAME}/(cancel|pause|resume)`, changeRun),
  route('GET', `runs/${NAME}/tasks/${NAME}/output`, showOutput),
  route('GET', `runs/${NAME}/tasks/${NAME}/log`, showLog),
  route('GET', 'workers', listWorkers),
];

/** The handler of a request and its words. Throws a {@link RefusedRequest} where there is none. */
export function findRoute(
  method: string,
  pathname: string,
): { readonly handler: Handler; readonly words: readonly string[] } {
  const fitting = routes.filter(({ pattern }) => pattern.test(pathname));
  const found = fitting.find((candidate) => candidate.method === method);
  if (found !== undefined) {
    const [, ...words] = found.pattern.exec(pathname) ?? [];
    return { handler: found.handler, words: words.map(decoded) };
  }
  if (fitting.length === 0) throw new RefusedRequest(404, 'there is nothing at this path');
  const methods = fitting.map((candidate) => candidate.method).join(', ');
  throw new RefusedRequest(405, `this path takes ${methods}`);
}

function decoded(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch (error) {
    if (error instanceof URIError)
      throw new RefusedRequest(400, 'the path is not encoded as URLs are');
    throw error;
  }
}
