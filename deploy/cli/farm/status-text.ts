/** Runs, tasks and workers as tables for people. Pure: data in, lines out. */
import type { RunListing } from '#coordinator/core/run-listing.ts';
import { type TaskPhase, TASK_PHASES } from '#coordinator/core/state.ts';
import type { TaskView } from '#coordinator/shell/run-events.ts';
import type { FarmStatus, RunStatus } from '../../farm-client/farm-client.ts';
import type { WorkerRow } from '../../farm-client/run-answers.ts';
import { reasonText } from '../present/reason-text.ts';
import {
  columns,
  formatDuration,
  formatMoment,
  formatSize,
  headOf,
  type Palette,
  printable,
} from '../present/text.ts';

/** A worker that lives is heard every 5 seconds. */
const SILENT_MS = 15_000;

/** What the tables are made with. */
export interface TableStyle {
  readonly colors: Palette;
  readonly nowMs: number;
}

/** How a run stands, in a word. */
export function standingOf({ outcome, isCancelled, isPaused }: RunListing): string {
  if (outcome !== null) return outcome;
  if (isCancelled) return 'cancelling';
  return isPaused ? 'paused' : 'going on';
}

function paintStanding(listing: RunListing, { colors }: TableStyle): string {
  const word = standingOf(listing);
  if (word === 'succeeded') return colors.green(word);
  return word === 'failed' || word === 'cancelled' ? colors.red(word) : colors.yellow(word);
}

/** `12 done, 1 running`. */
function countsText(counts: Readonly<Record<TaskPhase, number>>): string {
  const parts = TASK_PHASES.filter((phase) => counts[phase] > 0).map(
    (phase) => `${counts[phase]} ${phase}`,
  );
  return parts.join(', ');
}

/** All runs, newest first. */
export function runLines(runs: readonly RunListing[], style: TableStyle): readonly string[] {
  if (runs.length === 0) return ['no runs yet: `stageyard submit` hands one in'];
  const rows = runs.map((listing) => [
    listing.run,
    standingOf(listing),
    formatMoment(listing.about.submittedAtMs, style.nowMs),
    printable(listing.about.submittedBy),
    printable(listing.about.label),
    countsText(listing.taskCounts),
  ]);
  return columns([['RUN', 'STATE', 'SUBMITTED', 'BY', 'BUILDS', 'TASKS'], ...rows], '');
}

/** One run with its tasks; of each that waits, why. */
export function statusLines({ listing, tasks }: RunStatus, style: TableStyle): readonly string[] {
  const { about, run } = listing;
  const titles = new Map(tasks.map(({ id, kind, title }) => [id as string, `${kind} ${title}`]));
  const rows = tasks.map((task) => [
    task.phase,
    task.kind,
    printable(task.title),
    detailOf(task, titles, style),
  ]);
  return [
    `run ${run}: ${paintStanding(listing, style)}, ${countsText(listing.taskCounts)}`,
    `${printable(about.label)}, submitted ${formatMoment(about.submittedAtMs, style.nowMs)} by ${printable(about.submittedBy)}`,
    '',
    ...columns(rows, '  '),
  ];
}

function detailOf(
  task: TaskView,
  titles: ReadonlyMap<string, string>,
  { nowMs }: TableStyle,
): string {
  const titleOf = (id: string): string => printable(titles.get(id) ?? id);
  if (task.reason !== undefined) return printable(reasonText(task.reason, titleOf));
  const attempt = task.epoch > 1 ? `, attempt ${task.epoch}` : '';
  switch (task.phase) {
    case 'running':
      return `on ${task.worker ?? 'a worker'} for ${formatDuration(Math.max(0, nowMs - task.sinceMs))}${attempt}`;
    case 'done':
      return doneText(task, titleOf);
    case 'failed':
      return failedText(task.error);
    default:
      return '';
  }
}

function failedText(error: TaskView['error']): string {
  const worker = error?.context['worker'];
  const where = typeof worker === 'string' ? ` (on ${printable(worker)})` : '';
  return `${headOf(error?.message ?? 'failed')}${where}`;
}

function doneText(
  { result, publication, withheldBy }: TaskView,
  titleOf: (id: string) => string,
): string {
  const how =
    result === null ? '' : result.reused ? 'reused' : `in ${formatDuration(result.wallMs)}`;
  if (publication.kind === 'failed')
    return `${how}, not published: ${printable(publication.error.message)}`;
  if (publication.kind === 'settled') {
    return publication.place === 'broken' ? `${how}, its test failed` : `${how}, published`;
  }
  return withheldBy === undefined ? how : `${how}, withheld: needs ${titleOf(withheldBy)}`;
}

/** All workers, and what doesn't answer. */
export function workerLines(
  { workers, unreachable }: FarmStatus,
  style: TableStyle,
): readonly string[] {
  const trouble = unreachable.map((what) => style.colors.red(`the ${what} can’t be reached`));
  if (workers.length === 0) return [...trouble, 'no workers: start one with `stageyard worker`'];
  const rows = workers.map((worker) => [
    printable(worker.worker),
    worker.platform,
    `${worker.running.length}/${worker.slots}`,
    stateOf(worker),
    formatSize(worker.memoryBytes),
    formatSize(worker.freeDiskBytes),
    printable([...worker.labels, ...worker.secretNames.map((name) => `$${name}`)].join(' ')),
    printable(worker.system),
    printable(worker.running.map(({ title }) => title).join(', ')),
  ]);
  const head = [
    'WORKER',
    'PLATFORM',
    'SLOTS',
    'STATE',
    'MEMORY',
    'DISK',
    'LABELS',
    'SYSTEM',
    'RUNS',
  ];
  const problems = workers.flatMap(({ worker, problem }) =>
    problem === undefined ? [] : [style.colors.red(printable(`${worker}: ${problem}`))],
  );
  return [...trouble, ...columns([head, ...rows], ''), ...problems];
}

function stateOf({ isSick, isDraining, problem, silentMs = 0 }: WorkerRow): string {
  if (problem !== undefined) return 'does not fit';
  if (silentMs > SILENT_MS) return `silent for ${formatDuration(silentMs)}`;
  if (isSick) return 'out of order';
  return isDraining ? 'leaving' : 'ready';
}
