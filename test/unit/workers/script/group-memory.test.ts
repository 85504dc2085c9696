/** What a process group's memory is said to be, beside what its processes really take. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { groupMemoryBytes, GroupMemoryMeter } from '#workers/script/group-memory.ts';

const MIB = 1024 ** 2;
/** Takes and touches memory, says so, and ends when its input does. */
const HOLDER = `const taken = Buffer.alloc(Number(process.argv[1]), 1);
process.stdin.on('end', () => process.exit(taken.length > 0 ? 0 : 1)).resume();
process.stdout.write('ready');`;

async function holder(bytes: number) {
  const words = ['-e', HOLDER, String(bytes)];
  const child = spawn(process.execPath, words, { detached: true, stdio: 'pipe' });
  await once(child.stdout, 'data');
  assert.ok(child.pid !== undefined);
  return {
    group: child.pid,
    end: async () => {
      const exited = once(child, 'exit');
      child.stdin.end();
      await exited;
    },
  };
}

describe('the memory of a process group', () => {
  it('is about what its processes hold, and nothing for a group that is gone', async () => {
    const small = await holder(1);
    const large = await holder(200 * MIB);
    const [smallBytes = 0, largeBytes = 0] = [small, large].map(({ group }) =>
      groupMemoryBytes(group),
    );
    await Promise.all([small.end(), large.end()]);
    const difference = (largeBytes - smallBytes) / MIB;
    assert.ok(difference > 180 && difference < 220, `${difference} MiB`);
    assert.equal(groupMemoryBytes(large.group), 0);
  });

  it('is watched until that is stopped; only new peaks are told', async () => {
    const child = await holder(64 * MIB);
    const peaks: number[] = [];
    const first = Promise.withResolvers<void>();
    const meter = new GroupMemoryMeter(child.group, (bytes) => {
      peaks.push(bytes);
      first.resolve();
    });
    await first.promise;
    meter.stop();
    await child.end();
    assert.ok((peaks[0] ?? 0) > 64 * MIB);
    assert.deepEqual(
      peaks,
      peaks.toSorted((a, b) => a - b),
    );
  });
});
