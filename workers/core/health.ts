/**
 * Whether a worker's machine is to be trusted with tasks: after attempts at three different tasks in a row that failed
 * by infrastructure it takes none for a minute, then one, and all again when that goes well. Different tasks: one
 * that fails everywhere says nothing about the machine.
 *
 *     well ──third task in a row fails──> rests ──1 min──> trial ──success──> well
 *                                           ^                │
 *                                           └────failure─────┘
 */
import { errorCodes } from '#proto/error-codes.ts';
import type { ErrorData } from '#proto/errors.ts';

const FAILED_TASKS_MAX = 3;
const REST_MS = 60_000;

/** Of one worker. */
export interface WorkerHealth {
  /** Names of the tasks that failed since the last one that didn't. */
  readonly failedTasks: ReadonlySet<string>;
  /** Nothing is taken before this time. */
  readonly restsUntilMs: number;
}

/** At the start. */
export const wellWorker: WorkerHealth = { failedTasks: new Set(), restsUntilMs: 0 };

/** How an attempt ended. */
export interface EndedAttempt {
  /** Run and task. */
  readonly task: string;
  /** Undefined when it didn't fail. */
  readonly failure: ErrorData | undefined;
}

/** After an attempt. */
export function healthAfter(
  health: WorkerHealth,
  { task, failure }: EndedAttempt,
  nowMs: number,
): WorkerHealth {
  if (failure === undefined) return wellWorker;
  // What the recipe or its user got wrong says nothing about the machine; what no other worker does better neither.
  if (errorCodes[failure.code].retry !== 'other-worker') return health;
  const failedTasks = new Set([...health.failedTasks, task].slice(-FAILED_TASKS_MAX));
  return { failedTasks, restsUntilMs: failedTasks.size < FAILED_TASKS_MAX ? 0 : nowMs + REST_MS };
}

/** True while nothing is to be taken. */
export function isResting(health: WorkerHealth, nowMs: number): boolean {
  return nowMs < health.restsUntilMs;
}
