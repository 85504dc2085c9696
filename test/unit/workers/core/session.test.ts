/** The states of a session, and what interference does to it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  advance,
  interfere,
  newSession,
  type SessionEvent,
  type SessionInterference,
  type SessionState,
  UNANSWERED_RELEASE_MS,
  WAIT_RELEASE_MS,
} from '#workers/core/session.ts';

/** Commands of a session that sees these events, interfered with after some of them. */
function commands(events: readonly (SessionEvent | SessionInterference)[]): string[] {
  let state: SessionState = newSession;
  const seen: string[] = [];
  for (const event of events) {
    if (typeof event === 'string') {
      const changed = interfere(state, event);
      state = changed.state;
      if (changed.abort) seen.push('abort');
      continue;
    }
    const step = advance(state, event);
    state = step.state;
    const { command } = step;
    seen.push(command.kind === 'release' ? `release ${command.delayMs}` : command.kind);
  }
  return seen;
}

const first: SessionEvent = { kind: 'delivered', deliveryCount: 1, isOfOlderTerm: false };
const second: SessionEvent = { kind: 'delivered', deliveryCount: 2, isOfOlderTerm: false };
const outdated: SessionEvent = { kind: 'delivered', deliveryCount: 1, isOfOlderTerm: true };
const accepted: SessionEvent = { kind: 'accepted' };
const loaded: SessionEvent = { kind: 'loaded' };
const finished: SessionEvent = { kind: 'finished' };
const failed: SessionEvent = { kind: 'failed' };
const reported: SessionEvent = { kind: 'reported' };
const unreported: SessionEvent = { kind: 'unreported' };
const settled: SessionEvent = { kind: 'settled' };
const answered = (verdict: 'wait' | 'drop' | 'unanswered'): SessionEvent => ({
  kind: 'answered',
  verdict,
});

describe('a session', () => {
  it('accepts, loads, works, reports, and only then acknowledges', () => {
    assert.deepEqual(commands([first, accepted, loaded, finished, reported, settled]), [
      'publish-accepted',
      'load',
      'execute',
      'publish-done',
      'ack',
      'end',
    ]);
  });

  it('reports a failure of loading and of the work', () => {
    assert.deepEqual(commands([first, accepted, failed]).at(-1), 'publish-failed');
    assert.deepEqual(commands([first, accepted, loaded, failed, reported, settled]).slice(-3), [
      'publish-failed',
      'ack',
      'end',
    ]);
  });

  it('asks about an offer that a former coordinator made, too', () => {
    assert.deepEqual(commands([outdated, answered('drop'), settled]), ['ask', 'ack', 'end']);
  });

  it('never builds a second delivery: it asks, and drops it or hands it back', () => {
    assert.deepEqual(commands([second, answered('drop'), settled]), ['ask', 'ack', 'end']);
    assert.deepEqual(commands([second, answered('wait')]), ['ask', `release ${WAIT_RELEASE_MS}`]);
    assert.deepEqual(commands([second, answered('unanswered')]), [
      'ask',
      `release ${UNANSWERED_RELEASE_MS}`,
    ]);
  });

  it('hands the delivery back when its news can’t be stored', () => {
    assert.deepEqual(commands([first, unreported]).at(-1), `release ${UNANSWERED_RELEASE_MS}`);
    assert.deepEqual(
      commands([first, accepted, loaded, finished, unreported]).at(-1),
      `release ${UNANSWERED_RELEASE_MS}`,
    );
  });

  it('that is cancelled aborts its work and reports it', () => {
    assert.deepEqual(commands([first, accepted, loaded, 'cancelled', failed, reported]), [
      'publish-accepted',
      'load',
      'execute',
      'abort',
      'publish-failed',
      'ack',
    ]);
    assert.deepEqual(commands([first, 'cancelled', accepted]), [
      'publish-accepted',
      'abort',
      'publish-failed',
    ]);
    assert.deepEqual(commands([first, accepted, 'cancelled', loaded]).at(-1), 'publish-failed');
  });

  it('that finishes although it was cancelled reports its result', () => {
    assert.deepEqual(
      commands([first, accepted, loaded, 'cancelled', finished]).at(-1),
      'publish-done',
    );
  });

  it('that lost its lease sends nothing more', () => {
    assert.deepEqual(commands([first, accepted, loaded, 'lost', finished]), [
      'publish-accepted',
      'load',
      'execute',
      'abort',
      'end',
    ]);
    assert.deepEqual(commands([first, accepted, loaded, finished, 'lost', reported]).at(-1), 'end');
  });

  it('that is stopped hands its delivery back', () => {
    assert.deepEqual(commands([first, accepted, loaded, 'stopped', failed, settled]).slice(-3), [
      'abort',
      'release 0',
      'end',
    ]);
  });

  it('takes the stronger interference and ignores what comes too late', () => {
    assert.deepEqual(
      commands([
        first,
        accepted,
        loaded,
        'cancelled',
        'cancelled',
        'lost',
        'stopped',
        failed,
      ]).slice(-3),
      ['abort', 'abort', 'end'],
    );
    assert.deepEqual(
      commands([first, accepted, loaded, finished, reported, 'stopped', settled]).slice(-2),
      ['ack', 'end'],
    );
  });

  it('refuses events that do not fit', () => {
    assert.throws(() => commands([first, finished]), RangeError);
    assert.throws(() => commands([reported]), RangeError);
  });
});
