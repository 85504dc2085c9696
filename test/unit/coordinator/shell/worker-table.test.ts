/** Who is known to be there, and who of them can't work for this coordinator. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { workerId } from '#proto/ids.ts';
import { encodeWorkerAnnouncement } from '#proto/messages/codec.ts';
import type { WorkerAnnouncement } from '#proto/worker-messages.ts';
import { WorkerTable } from '#coordinator/shell/worker-table.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { sampleAnnouncement } from '../../../support/sample-messages.ts';
import { SilentLogger } from '../../../support/silent-logger.ts';

function table() {
  const clock = new FakeClock();
  const logger = new SilentLogger();
  const workers = new WorkerTable(clock, logger);
  const hear = (name: string, said: Partial<WorkerAnnouncement> = {}): void => {
    const announcement = { ...sampleAnnouncement, worker: workerId(name), ...said };
    workers.hear(name, encodeWorkerAnnouncement(announcement));
  };
  return { clock, logger, workers, hear };
}

describe('the workers of a farm', () => {
  it('are those heard lately, sorted by name', async () => {
    const { clock, workers, hear } = table();
    for (const name of ['w2', 'w1', 'w3']) hear(name);
    await clock.advance(40_000);
    hear('w2');
    await clock.advance(30_000);
    assert.deepEqual(
      workers.list().map(({ announcement, silentMs }) => [announcement.worker, silentMs]),
      [['w2', 30_000]],
    );
  });

  it('are gone once the last task of one that leaves has ended', () => {
    const { workers, hear } = table();
    hear('w1');
    hear('w1', { running: [] });
    assert.deepEqual(workers.list(), []);
  });

  it('may be of the version before, or of a later one that knows ours', () => {
    const { workers, hear } = table();
    hear('before', { protocolVersions: [1] });
    hear('later', { protocolVersions: [2, 3, 4] });
    assert.ok(workers.list().every(({ problem }) => problem === undefined));
  });

  it('of no common version are named with what to do, in the log once', () => {
    const { logger, workers, hear } = table();
    for (let times = 0; times < 3; times += 1) hear('far', { protocolVersions: [7, 8] });
    const [far] = workers.list();
    assert.match(far?.problem ?? '', /reads version 7, 8 .* this coordinator 1, 2: run releases/);
    assert.equal(
      logger.lines.filter(({ message }) => message.includes('cannot work here')).length,
      1,
    );
    hear('far', { protocolVersions: [2] });
    assert.ok(!('problem' in (workers.list()[0] ?? {})));
  });

  it('are forgotten where they say too much in all, those first that were heard longest ago', () => {
    const { workers, hear } = table();
    // One field of a later release, of 300 KB.
    const field = Buffer.concat([Buffer.from('fa3e80a812', 'hex'), Buffer.alloc(0x4_9400)]);
    const count = 200;
    for (let index = 0; index < count; index += 1) {
      hear(`w${String(index).padStart(3, '0')}`, { unknownFields: [field] });
    }
    const names = workers.list().map(({ announcement }) => announcement.worker);
    assert.ok(names.length > 50 && names.length < 120, `${names.length} are remembered`);
    assert.equal(names.at(-1), 'w199');
  });

  it('speak for themselves only', () => {
    const { workers, hear } = table();
    hear('w1', { worker: workerId('w2') });
    assert.deepEqual(workers.list(), []);
  });

  it('that cannot be read are left out', () => {
    const { workers } = table();
    workers.hear('w1', new Uint8Array([1, 2, 3]));
    assert.deepEqual(workers.list(), []);
  });
});
