/**
 * One delivery of one task, from the queue to its end. Pure: events in, the next command out.
 *
 *     delivered ──first──────────────> accepting ──> loading ──> running ──> reporting ──> settling
 *         │ again, or of an older term                  │           │            │             │
 *         v                                             └───────────┴─ failure ──┘             v
 *      asking ──(the answer is never `go`: such a delivery is dropped or handed back)────────> over
 *
 *     event            while                       then
 *     cancel           accepting, loading, running  abort; report `cancelled` when it has stopped
 *     lease-lost       any but settling, over       abort; send nothing more for this delivery
 *     stop             any but settling, over       abort; hand the delivery back
 *
 * An offer that a former coordinator made is doubtful as a second delivery is: the one that leads now is asked, and
 * makes a new offer of what still counts.
 *
 * The order of the end is fixed: result stored → reported → acknowledged. A worker that dies between
 * two of them causes a second delivery, which the coordinator recognises.
 */
import { unreachable } from '#proto/result.ts';

/** Time until another worker may get a message that waits for its holder. */
export const WAIT_RELEASE_MS = 30_000;
/** Time until a message is delivered again that nobody could say anything about. */
export const UNANSWERED_RELEASE_MS = 5_000;

/** Where a session stands. */
export type SessionPhase =
  | 'new'
  | 'asking'
  | 'accepting'
  | 'loading'
  | 'running'
  | 'reporting'
  | 'settling'
  | 'over';

/** How it is to end: by itself, or because somebody interfered. */
export type SessionEnding = 'normal' | 'cancelled' | 'lost' | 'stopped';

/** See the file's head. */
export interface SessionState {
  readonly phase: SessionPhase;
  readonly ending: SessionEnding;
}

/** What happened. */
export type SessionEvent =
  | {
      readonly kind: 'delivered';
      readonly deliveryCount: number;
      /** A former coordinator offered it. */
      readonly isOfOlderTerm: boolean;
    }
  | { readonly kind: 'answered'; readonly verdict: 'wait' | 'drop' | 'unanswered' }
  | { readonly kind: 'accepted' }
  | { readonly kind: 'loaded' }
  | { readonly kind: 'finished' }
  /** Loading or the work itself failed. */
  | { readonly kind: 'failed' }
  | { readonly kind: 'reported' }
  /** The news couldn't be stored although the lease was kept. */
  | { readonly kind: 'unreported' }
  | { readonly kind: 'settled' };

/** Somebody interferes. */
export type SessionInterference = 'cancelled' | 'lost' | 'stopped';

/** What to do next; its outcome is the next event. */
export type SessionCommand =
  | { readonly kind: 'ask' }
  | { readonly kind: 'publish-accepted' }
  | { readonly kind: 'load' }
  | { readonly kind: 'execute' }
  | { readonly kind: 'publish-done' }
  | { readonly kind: 'publish-failed' }
  | { readonly kind: 'ack' }
  | { readonly kind: 'release'; readonly delayMs: number }
  /** Nothing more is sent for this delivery. */
  | { readonly kind: 'end' };

/** The next state and what to do. */
export interface SessionStep {
  readonly state: SessionState;
  readonly command: SessionCommand;
}

/** Before the delivery is looked at. */
export const newSession: SessionState = { phase: 'new', ending: 'normal' };

/** Moves a session on. An event that doesn't fit the phase is a bug: `RangeError`. */
export function advance(state: SessionState, event: SessionEvent): SessionStep {
  if (state.ending === 'lost') return step(state, 'over', { kind: 'end' });
  if (state.ending === 'stopped' && state.phase !== 'settling') {
    return step(state, 'settling', { kind: 'release', delayMs: 0 });
  }
  switch (state.phase) {
    case 'new':
      if (event.kind !== 'delivered') break;
      return event.deliveryCount > 1 || event.isOfOlderTerm
        ? step(state, 'asking', { kind: 'ask' })
        : step(state, 'accepting', { kind: 'publish-accepted' });
    case 'asking':
      if (event.kind !== 'answered') break;
      return step(state, 'settling', afterAnswer(event.verdict));
    case 'accepting':
      if (event.kind === 'unreported') return handBack(state);
      if (event.kind !== 'accepted') break;
      return isCancelled(state) ? failing(state) : step(state, 'loading', { kind: 'load' });
    case 'loading':
      if (event.kind === 'failed') return failing(state);
      if (event.kind !== 'loaded') break;
      return isCancelled(state) ? failing(state) : step(state, 'running', { kind: 'execute' });
    case 'running':
      if (event.kind === 'failed') return failing(state);
      if (event.kind !== 'finished') break;
      return step(state, 'reporting', { kind: 'publish-done' });
    case 'reporting':
      if (event.kind === 'unreported') return handBack(state);
      if (event.kind !== 'reported') break;
      return step(state, 'settling', { kind: 'ack' });
    case 'settling':
    case 'over':
      return step(state, 'over', { kind: 'end' });
    default:
      return unreachable(state.phase);
  }
  throw new RangeError(`session: ${event.kind} while ${state.phase}`);
}

/** Marks how the session is to end; true when its work must be aborted. The stronger ending stays. */
export function interfere(
  state: SessionState,
  ending: SessionInterference,
): { readonly state: SessionState; readonly abort: boolean } {
  const strength: Record<SessionEnding, number> = { normal: 0, cancelled: 1, stopped: 2, lost: 3 };
  const isTooLate = state.phase === 'settling' || state.phase === 'over';
  if (isTooLate || strength[ending] <= strength[state.ending]) return { state, abort: false };
  return { state: { ...state, ending }, abort: true };
}

function step(state: SessionState, phase: SessionPhase, command: SessionCommand): SessionStep {
  return { state: { ...state, phase }, command };
}

function failing(state: SessionState): SessionStep {
  return step(state, 'reporting', { kind: 'publish-failed' });
}

function handBack(state: SessionState): SessionStep {
  return step(state, 'settling', { kind: 'release', delayMs: UNANSWERED_RELEASE_MS });
}

function isCancelled(state: SessionState): boolean {
  return state.ending === 'cancelled';
}

function afterAnswer(verdict: 'wait' | 'drop' | 'unanswered'): SessionCommand {
  switch (verdict) {
    case 'drop':
      return { kind: 'ack' };
    case 'wait':
      return { kind: 'release', delayMs: WAIT_RELEASE_MS };
    case 'unanswered':
      return { kind: 'release', delayMs: UNANSWERED_RELEASE_MS };
  }
}
