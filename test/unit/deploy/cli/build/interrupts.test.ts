import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import { listenForInterrupts } from '#deploy/cli/build/interrupts.ts';

function listening() {
  const source = new EventEmitter();
  const clock = { nowMs: 1000 };
  const told = { count: 0 };
  const interrupts = listenForInterrupts({
    source,
    nowMs: () => clock.nowMs,
    onInterrupt: () => (told.count += 1),
  });
  return { source, clock, told, interrupts };
}

describe('interrupts', () => {
  it('count a Ctrl-C that a wrapper passes on once', () => {
    const { source, clock, told } = listening();
    source.emit('SIGINT');
    clock.nowMs += 5;
    source.emit('SIGINT');
    assert.equal(told.count, 1);
  });

  it('are told each time they come', () => {
    const { source, clock, told } = listening();
    source.emit('SIGINT');
    clock.nowMs += 400;
    source.emit('SIGTERM');
    assert.equal(told.count, 2);
  });

  it('are left to the process afterwards', () => {
    const { source, interrupts } = listening();
    interrupts.stop();
    assert.deepEqual(source.eventNames(), []);
  });
});
