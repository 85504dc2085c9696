/** What an attempt tells while it runs, and what a failure shows of it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MemoryBus } from '#proto/adapters/memory-bus.ts';
import { runId, taskId } from '#proto/ids.ts';
import { readTaskNews } from '#proto/task-news.ts';
import { AttemptLog } from '#workers/shell/attempt-log.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

async function logged() {
  const clock = new FakeClock();
  const bus = new MemoryBus({ clock });
  const chunks: string[] = [];
  await bus.onLog('r1', (_task, chunk) => void chunks.push(new TextDecoder().decode(chunk)));
  const log = new AttemptLog({ bus, clock, run: runId('r1'), task: taskId('a'), epoch: 3 });
  return { clock, chunks, log };
}

describe('the log of an attempt', () => {
  it('collects lines for a moment, numbers them and sends them in order', async () => {
    const { clock, chunks, log } = await logged();
    log.report({ kind: 'line', text: 'one' });
    log.report({ kind: 'line', text: 'two' });
    await clock.advance(50);
    assert.equal(chunks.length, 0);
    await clock.advance(60);
    assert.deepEqual(chunks.map(readTaskNews), [
      [
        { kind: 'line', text: 'one', at: { epoch: 3, index: 0 } },
        { kind: 'line', text: 'two', at: { epoch: 3, index: 1 } },
      ],
    ]);
  });

  it('sends what is left when it is closed, and leaves no timer', async () => {
    const { clock, chunks, log } = await logged();
    log.report({ kind: 'notice', text: 'last' });
    log.close();
    await clock.advance(0);
    assert.deepEqual(chunks.flatMap(readTaskNews), [{ kind: 'notice', text: 'last' }]);
    assert.equal(clock.sleeperCount, 0);
  });

  it('measures the whole and the script, and remembers the last lines', async () => {
    const { clock, log } = await logged();
    await clock.advance(1_000);
    log.report({ kind: 'phase', phase: 'script' });
    await clock.advance(5_000);
    for (let line = 0; line < 300; line += 1) log.report({ kind: 'line', text: `${line}` });
    log.report({ kind: 'phase', phase: 'packaging' });
    await clock.advance(500);
    assert.deepEqual(log.measures, { wallMs: 6_500, scriptMs: 5_000 });
    log.use({ peakMemoryBytes: 9 });
    log.use({ peakMemoryBytes: 5, diskBytes: 1 });
    const use = { peakMemoryBytes: 9, diskBytes: 1 };
    assert.deepEqual(log.measures, { wallMs: 6_500, scriptMs: 5_000, ...use });
    assert.equal(log.tail.length, 200);
    assert.equal(log.tail.at(-1), '299');
    log.close();
  });
});
