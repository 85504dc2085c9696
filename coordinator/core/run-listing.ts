/** A run in a line: what is shown of it in lists, and all that is kept in memory of one that is over. */
import { type RunId, runId } from '#proto/ids.ts';
import {
  choiceMember,
  countMember,
  flagMember,
  idMember,
  type JsonObject,
  objectMember,
} from '#proto/json-shape.ts';
import { readAbout } from './fact-codec.ts';
import { RUN_OUTCOMES, type RunOutcome } from './facts.ts';
import type { RunAbout } from './run-plan.ts';
import { type RunState, TASK_PHASES, type TaskPhase } from './state.ts';

/** See the file's head. */
export interface RunListing {
  readonly run: RunId;
  readonly about: RunAbout;
  readonly taskCounts: Readonly<Record<TaskPhase, number>>;
  /** Null while it goes on. */
  readonly outcome: RunOutcome | null;
  readonly isCancelled: boolean;
  readonly isPaused: boolean;
  /** Time of its last fact. */
  readonly changedAtMs: number;
}

const NOBODY: RunAbout = { label: '', submittedBy: '', submittedAtMs: 0 };

/** The listing of a run; its state must have a plan. Throws `RangeError` otherwise. */
export function listingOf(state: RunState): RunListing {
  const { plan, counts, outcome, isCancelled, isPaused, nowMs } = state;
  if (plan === null) throw new RangeError('a run without a plan');
  const { run, about = NOBODY } = plan;
  const flags = { outcome, isCancelled, isPaused };
  return { run, about, taskCounts: { ...counts }, ...flags, changedAtMs: nowMs };
}

/** A listing as it stands in JSON. Throws `MESSAGE_INVALID`. */
export function readListing(object: JsonObject): RunListing {
  const counts = objectMember(object, 'taskCounts');
  const isOpen = object.members['outcome'] === null;
  const counted = TASK_PHASES.map((phase): [TaskPhase, number] => [
    phase,
    countMember(counts, phase),
  ]);
  return {
    run: idMember(object, 'run', runId),
    about: readAbout(objectMember(object, 'about')),
    taskCounts: Object.fromEntries(counted) as Record<TaskPhase, number>,
    outcome: isOpen ? null : choiceMember(object, 'outcome', RUN_OUTCOMES),
    isCancelled: flagMember(object, 'isCancelled'),
    isPaused: flagMember(object, 'isPaused'),
    changedAtMs: countMember(object, 'changedAtMs'),
  };
}
