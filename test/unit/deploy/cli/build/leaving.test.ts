import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import type { OpenRun } from '#coordinator/shell/open-run.ts';
import { watchForLeaving } from '#deploy/cli/build/leaving.ts';
import type { BuildEvent } from '#deploy/cli/present/build-event.ts';
import { HeldView } from '#deploy/cli/present/held-view.ts';

interface Wish {
  readonly isDetachable?: boolean;
  readonly isTerminal?: boolean;
}

/** A run that somebody watches; interrupts come half a second apart. */
function watched({ isDetachable = true, isTerminal = true }: Wish) {
  const told: string[] = [];
  const shown: string[] = [];
  const source = new EventEmitter();
  let take: ((line: string | undefined) => void) | undefined;
  let nowMs = 0;
  const inner = {
    show: (event: BuildEvent) =>
      void shown.push(event.event === 'notice' ? event.text : event.event),
    pause: () => void shown.push('pause'),
    close: () => void shown.push('close'),
  };
  const view = new HeldView(inner);
  const run = { cancel: () => void told.push('cancel') } as OpenRun;
  const leaving = watchForLeaving(
    { run, ...(isDetachable ? { detach: () => 'it goes on' } : {}) },
    view,
    {
      source,
      nowMs: () => nowMs,
      leave: () => void told.push('leave'),
      terminal: {
        isThere: isTerminal,
        write: (text) => void told.push(text.includes('[d]etach') ? 'ask' : text),
        readLine: (taker) => {
          take = taker;
          return { stop: () => (take = undefined) };
        },
      },
    },
  );
  void leaving.detached.then(() => told.push('detached'));
  const interrupt = (): void => {
    nowMs += 500;
    source.emit('SIGINT');
  };
  const answer = async (line: string | undefined): Promise<void> => {
    take?.(line);
    await Promise.resolve();
  };
  return { told, shown, view, leaving, interrupt, answer };
}

describe('Ctrl-C', () => {
  it('cancels a run of this process, and leaves at once when it is repeated', () => {
    const { told, leaving, interrupt } = watched({ isDetachable: false });
    interrupt();
    assert.equal(leaving.isCancelled(), true);
    interrupt();
    assert.deepEqual(told, ['cancel', 'leave']);
  });

  it('cancels a run on a farm where nobody can be asked', () => {
    const { told, interrupt } = watched({ isTerminal: false });
    interrupt();
    assert.deepEqual(told, ['cancel']);
  });

  it('on a terminal asks, and leaves the run alone', async () => {
    const { told, shown, leaving, interrupt, answer } = watched({});
    interrupt();
    assert.deepEqual(told, ['ask']);
    await answer('d');
    assert.deepEqual(told, ['ask', 'detached']);
    assert.ok(shown.includes('it goes on'));
    assert.equal(leaving.isCancelled(), false);
  });

  it('cancels when that is the answer, or the answer is another Ctrl-C', async () => {
    const first = watched({});
    first.interrupt();
    await first.answer('cancel');
    assert.deepEqual(first.told, ['ask', 'cancel']);
    const second = watched({});
    second.interrupt();
    second.interrupt();
    assert.deepEqual(second.told, ['ask', 'cancel']);
  });

  it('may be taken back, and asks again later', async () => {
    const { told, interrupt, answer } = watched({});
    interrupt();
    await answer('');
    interrupt();
    await answer('c');
    assert.deepEqual(told, ['ask', 'ask', 'cancel']);
  });

  it('leaves the run alone when the terminal is gone', async () => {
    const { told, interrupt, answer } = watched({});
    interrupt();
    await answer(undefined);
    assert.deepEqual(told, ['ask', 'detached']);
  });

  it('holds the view back while it asks', async () => {
    const { shown, view, interrupt, answer } = watched({});
    interrupt();
    view.show({ atMs: 1, event: 'notice', text: 'meanwhile' });
    assert.deepEqual(shown, ['pause']);
    await answer('');
    assert.deepEqual(shown, ['pause', 'meanwhile']);
  });
});
