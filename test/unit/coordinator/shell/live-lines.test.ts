/** The last lines of scripts: without gaps, bounded, of the newest attempt. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type LineSource, LiveLines } from '#coordinator/shell/live-lines.ts';
import { runId, taskId } from '#proto/ids.ts';

const task = sourceOf('a');

function sourceOf(name: string): LineSource {
  return { run: runId('r'), task: taskId(name) };
}

function heard(
  ...lines: readonly (readonly [epoch: number, index: number, text: string])[]
): LiveLines {
  const live = new LiveLines();
  for (const [epoch, index, text] of lines)
    live.add(task, { kind: 'line', text, at: { epoch, index } });
  return live;
}

describe('the last lines of a script', () => {
  it('begin anew after a gap and with another attempt; what is old or was there is ignored', () => {
    const lines = heard([1, 0, 'a'], [1, 3, 'd'], [1, 3, 'd'], [1, 4, 'e']);
    assert.deepEqual(lines.of(task)?.lines, ['d', 'e']);
    assert.equal(lines.of(task)?.first, 3);
    lines.add(task, { kind: 'line', text: 'A', at: { epoch: 2, index: 0 } });
    lines.add(task, { kind: 'line', text: 'f', at: { epoch: 1, index: 5 } });
    lines.begin(task, 2);
    assert.deepEqual(lines.of(task)?.lines, ['A']);
    lines.begin(task, 3);
    assert.deepEqual([lines.of(task)?.epoch, lines.of(task)?.lines], [3, []]);
  });

  it('are bounded by their size, and know how many went before', () => {
    const wide = 'x'.repeat(100_000);
    const lines = heard([1, 0, ''], [1, 1, wide], [1, 2, wide], [1, 3, wide], [1, 4, 'last']);
    assert.deepEqual(lines.of(task)?.lines, [wide, wide, 'last']);
    assert.equal(lines.of(task)?.first, 2);
    lines.add(task, { kind: 'line', text: wide.repeat(5), at: { epoch: 1, index: 5 } });
    assert.deepEqual(
      lines.of(task)?.lines.map(({ length }) => length),
      [500_000],
    );
  });

  it('are bounded for a whole farm: the task that was silent longest has none any more', () => {
    const live = new LiveLines();
    const text = 'x'.repeat(256 * 1024 - 1);
    const sources = Array.from({ length: 520 }, (_, index) => sourceOf(`t${index}`));
    for (const source of sources) live.add(source, { kind: 'line', text });
    const kept = sources.filter((source) => live.of(source) !== undefined);
    assert.deepEqual(kept, sources.slice(-512));
    const [eldest] = kept;
    assert.ok(eldest !== undefined);
    live.forget(eldest);
    live.add(sourceOf('new'), { kind: 'line', text });
    assert.equal(live.of(sourceOf('t9'))?.lines.length, 1);
  });

  it('cost the same however many there are', () => {
    const live = new LiveLines();
    const count = 1_000_000;
    const start = process.cpuUsage();
    for (let index = 0; index < count; index += 1)
      live.add(task, { kind: 'line', text: '1', at: { epoch: 1, index } });
    const { user } = process.cpuUsage(start);
    const { first = 0, lines = [] } = live.of(task) ?? {};
    assert.deepEqual([first + lines.length, lines.length], [count, 128 * 1024]);
    assert.ok(user < 5_000_000, `${user} µs`);
  });
});
