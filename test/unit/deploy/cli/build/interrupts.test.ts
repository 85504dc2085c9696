import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import { listenForInterrupts } from '#deploy/cli/build/interrupts.ts';

function listening() {
  const source = new EventEmitter();
  const clock = { nowMs: 1000 };
  const calls: string[] = [];
  const interrupts = listenForInterrupts({
    source,
    nowMs: () => clock.nowMs,
    onFirst: () => void calls.push('first'),
    onFurther: () => void calls.push('further'),
  });
  return { source, clock, calls, interrupts };
}

describe('interrupts', () => {
  it('count a Ctrl-C that a wrapper passes on once', () => {
    const { source, clock, calls, interrupts } = listening();
    source.emit('SIGINT');
    clock.nowMs += 5;
    source.emit('SIGINT');
    assert.deepEqual(calls, ['first']);
    assert.equal(interrupts.count(), 1);
  });

  it('leave at once when they are repeated', () => {
    const { source, clock, calls } = listening();
    source.emit('SIGINT');
    clock.nowMs += 400;
    source.emit('SIGTERM');
    assert.deepEqual(calls, ['first', 'further']);
  });

  it('are left to the process afterwards', () => {
    const { source, interrupts } = listening();
    interrupts.stop();
    assert.deepEqual(source.eventNames(), []);
  });
});
