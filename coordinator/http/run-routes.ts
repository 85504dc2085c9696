/** What is asked about runs: submit, list, look, follow, change, results and logs of tasks. */
import { once } from 'node:events';
import { StageyardError } from '#proto/errors.ts';
import { runId, taskId } from '#proto/ids.ts';
import { objectMember } from '#proto/json-shape.ts';
import { readPlan } from '#coordinator/core/fact-codec.ts';
import type { Farm, FarmRun } from '#coordinator/shell/farm.ts';
import { endedAttempt, type RunEvent, type TaskView } from '#coordinator/shell/run-events.ts';
import type { Call } from './call.ts';
import { answerJson, RefusedRequest } from './failures.ts';
import { untilGone } from './gone.ts';
import { tellAtLength } from './large-answers.ts';
import { LineStream } from './line-stream.ts';
import { readJsonBody } from './request-body.ts';

/** Runs in one answer. */
const LISTED_RUNS_MAX = 1_000;
const LISTED_RUNS_DEFAULT = 100;
const TEXT = 'text/plain; charset=utf-8';

/** `POST /runs`: resolves when the run is journaled. The same run again is fine. */
export async function submitRun({ request, response }: Call, farm: Farm): Promise<void> {
  const body = await readJsonBody(request);
  const plan = readPlan(objectMember(body, 'plan'));
  await farm.submit(plan);
  answerJson(response, 201, { run: plan.run });
}

/** `GET /runs`: newest first. */
export async function listRuns({ response, url }: Call, farm: Farm): Promise<void> {
  const asked = url.searchParams.get('limit') ?? String(LISTED_RUNS_DEFAULT);
  const limit = /^\d{1,6}$/.test(asked) ? Number(asked) : 0;
  if (limit < 1 || limit > LISTED_RUNS_MAX) {
    throw new RefusedRequest(400, `limit: give a whole number from 1 to ${LISTED_RUNS_MAX}`);
  }
  answerJson(response, 200, { runs: farm.runs().slice(0, limit) });
}

/** `GET /workers`. */
export async function listWorkers({ response }: Call, farm: Farm): Promise<void> {
  answerJson(response, 200, { workers: farm.workers(), unreachable: farm.unreachable() });
}

/** `GET /runs/ID`. */
export async function showRun(call: Call, farm: Farm): Promise<void> {
  const run = runOf(call, farm);
  await tellAtLength(call.response, run.listing(), async () =>
    answerJson(call.response, 200, { listing: run.listing(), tasks: await run.tasks() }),
  );
}

/** `GET /runs/ID/plan`: as it was submitted. */
export async function showPlan(call: Call, farm: Farm): Promise<void> {
  const run = runOf(call, farm);
  await tellAtLength(call.response, run.listing(), async () =>
    answerJson(call.response, 200, { plan: await run.plan() }),
  );
}

/** `POST /runs/ID/cancel`, `pause`, `resume`: resolves when it is journaled. */
export async function changeRun(call: Call, farm: Farm): Promise<void> {
  const run = runOf(call, farm);
  const [, wish] = call.words;
  if (wish === 'cancel') await run.cancel();
  else await run.setPaused(wish === 'pause');
  answerJson(call.response, 200, { listing: run.listing() });
}

/**
 * `GET /runs/ID/events`: one JSON object a line, first of all `opened`; ends after `finished`. The answer begins with
 * the first event: what fails before has a status.
 */
export async function followRun(call: Call, farm: Farm): Promise<void> {
  const { response, clock } = call;
  const gone = untilGone(response);
  let lines: LineStream | undefined;
  const run = runOf(call, farm);
  const tell = (event: RunEvent): void => {
    lines ??= new LineStream(response, 'application/x-ndjson', gone);
    lines.send(lineOf(event), event.kind === 'news' ? 'best-effort' : 'needed');
    if (event.kind === 'finished') lines.end();
  };
  const unfollow = await tellAtLength(response, run.listing(), () => run.follow(tell));
  void lines?.showLife(clock);
  // Whoever leads next, this coordinator or another one, tells the rest to those who ask again.
  const over = AbortSignal.any([gone, farm.closing]);
  if (!over.aborted) await once(over, 'abort');
  response.destroy();
  unfollow();
  if (lines?.isCut === true)
    call.logger.info({ path: call.url.pathname }, 'a slow viewer was cut off');
}

let told: { readonly event: RunEvent; readonly line: string } | undefined;

/** All viewers of a run are told the same event, one after the other. */
function lineOf(event: RunEvent): string {
  if (event.kind === 'opened') return JSON.stringify(event);
  if (told?.event !== event) told = { event, line: JSON.stringify(event) };
  return told.line;
}

/** `GET /runs/ID/tasks/TASK/output`: the document of a done task, null before. */
export async function showOutput(call: Call, farm: Farm): Promise<void> {
  const { run, task } = await taskOf(call, farm);
  answerJson(call.response, 200, { output: (await run.outputOf(task.id)) ?? null });
}

/**
 * `GET /runs/ID/tasks/TASK/log[?attempt=N]`: the stored log if that attempt (or, without a number, the newest) has
 * ended and left one, else the last lines that were heard. The head says of which attempt it is and with which line
 * it begins: it need not be the one that was asked for.
 */
export async function showLog(call: Call, farm: Farm): Promise<void> {
  const { run, task } = await taskOf(call, farm);
  const { response, url } = call;
  const ended = endedAttempt(task);
  const newest = task.phase === 'running' ? task.epoch : ended;
  const asked = Number(url.searchParams.get('attempt') ?? newest);
  const stored = asked <= ended ? await run.storedLog(task.id) : undefined;
  if (stored !== undefined) {
    const headers = logHeaders('whole', ended, 0);
    return call.transfers.send(response, stored, { type: TEXT, headers });
  }
  const { epoch, first, lines } = run.logLines(task.id) ?? { epoch: 0, first: 0, lines: [] };
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  const headers = logHeaders('end', epoch, first);
  response.writeHead(200, { 'content-type': TEXT, 'content-length': bytes.length, ...headers });
  response.end(bytes);
}

function logHeaders(
  kind: 'whole' | 'end',
  attempt: number,
  first: number,
): Readonly<Record<string, string>> {
  return {
    'x-stageyard-log': kind,
    'x-stageyard-attempt': String(attempt),
    'x-stageyard-first-line': String(first),
  };
}

function runOf({ words }: Call, farm: Farm): FarmRun {
  const [name = ''] = words;
  const run = branded(name, runId);
  const found = run === undefined ? undefined : farm.run(run);
  if (found !== undefined) return found;
  throw new StageyardError('RUN_UNKNOWN', `this farm has no run ${name.slice(0, 80)}`);
}

async function taskOf(call: Call, farm: Farm): Promise<{ run: FarmRun; task: TaskView }> {
  const run = runOf(call, farm);
  const [, name = ''] = call.words;
  const id = branded(name, taskId);
  const task = id === undefined ? undefined : await run.task(id);
  if (task !== undefined) return { run, task };
  const text = `run ${run.listing().run} has no task ${name.slice(0, 80)}`;
  throw new StageyardError('RUN_UNKNOWN', text);
}

function branded<T>(text: string, brand: (text: string) => T): T | undefined {
  try {
    return brand(text);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
