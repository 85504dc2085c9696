/** Words for why a task waits. */
import type { WaitingReason } from '#coordinator/core/waiting-reasons.ts';
import type { TaskView } from '#coordinator/shell/run-events.ts';
import type { ReasonShown } from './build-event.ts';
import { formatMoment, printable } from './text.ts';

/** One task's reason. `titleOf` names other tasks. */
export function reasonText(reason: WaitingReason, titleOf: (task: string) => string): string {
  switch (reason.kind) {
    case 'needs-tasks': {
      const named = reason.tasks.map(titleOf).join(', ');
      const more = reason.count - reason.tasks.length;
      return `waits for ${named}${more > 0 ? ` and ${more} more` : ''}`;
    }
    case 'needs-slot':
    case 'needs-worker':
      return `waits for a worker of ${reason.pool}`;
    case 'no-worker':
      return `no worker of ${reason.platform}${whoElse(reason)}`;
    case 'missing':
      return `no worker has ${missingNames(reason)}`;
    case 'slots-full':
      return `waits for a slot: position ${reason.position}`;
    case 'unreachable':
      return reason.what === 'bus' ? 'the bus can’t be reached' : 'the store can’t be reached';
    case 'run-paused':
      return 'the run is paused: stageyard resume continues it';
    case 'backs-off':
      return `an attempt failed${reason.code === null ? '' : ` (${reason.code})`}, the next one follows at ${formatMoment(reason.untilMs, reason.untilMs)}`;
    case 'blocked':
      return `needs ${titleOf(reason.root)}, which failed`;
    case 'stopped':
      return reason.reason === 'run-cancelled'
        ? 'the run was cancelled'
        : 'not begun after another task failed';
    default:
      return unknownReason(reason);
  }
}

/** A coordinator that is newer than this program knows more reasons. */
function unknownReason(reason: { readonly kind: string }): string {
  return reason.kind.replaceAll('-', ' ');
}

function whoElse({
  platforms,
  closedCount,
}: Extract<WaitingReason, { kind: 'no-worker' }>): string {
  if (closedCount > 0)
    return ` takes tasks: stageyard workers shows the ${closedCount} that are there`;
  if (platforms.length === 0) return ': there is none at all';
  return `: there are workers of ${platforms.join(', ')}`;
}

function missingNames({ labels, secrets }: Extract<WaitingReason, { kind: 'missing' }>): string {
  const named = (what: string, names: readonly string[]): string[] =>
    names.length === 0 ? [] : [`${names.length === 1 ? what : `${what}s`} ${names.join(', ')}`];
  return [...named('label', labels), ...named('secret', secrets)].join(' and ');
}

/** Whoever looks at plain lines wants to know them: otherwise nothing is said for long. */
const stuckKinds: ReadonlySet<string> = new Set([
  'backs-off',
  'no-worker',
  'missing',
  'unreachable',
  'run-paused',
]);
/** They say nothing that the list of tasks doesn't. */
const quietKinds: ReadonlySet<string> = new Set(['needs-tasks', 'blocked', 'stopped']);

/**
 * Reasons by their text, in order of the plan. Of places in queues the first is told; a run of which nothing goes on
 * while others are before it is as stuck as one without workers. `views` are all tasks of a run.
 */
export function waitingReasons(views: readonly TaskView[]): readonly ReasonShown[] {
  const byText = new Map<string, { kind: string; tasks: string[] }>();
  const first = firstPosition(views);
  const isBehindOthers = first > 1 && !views.some(({ phase }) => phase === 'running');
  for (const { id, reason } of views) {
    if (reason === undefined || quietKinds.has(reason.kind)) continue;
    const { kind } = reason;
    const text =
      kind === 'slots-full'
        ? `waits for a slot: from position ${first} on`
        : reasonText(reason, (task) => task);
    const entry = byText.get(text) ?? { kind, tasks: [] };
    entry.tasks.push(id);
    byText.set(text, entry);
  }
  return [...byText].map(([text, { kind, tasks }]) => {
    const isStuck = stuckKinds.has(kind) || (kind === 'slots-full' && isBehindOthers);
    return { kind, text, tasks, isStuck };
  });
}

function firstPosition(views: readonly TaskView[]): number {
  const positions = views.map(({ reason }) =>
    reason?.kind === 'slots-full' ? reason.position : Number.POSITIVE_INFINITY,
  );
  return positions.reduce((least, position) => Math.min(least, position), Number.POSITIVE_INFINITY);
}

/** `2 tasks: no worker of osx-64: …`. */
export function reasonLine({ text, tasks }: ReasonShown): string {
  return `${tasks.length} ${tasks.length === 1 ? 'task' : 'tasks'}: ${printable(text)}`;
}
