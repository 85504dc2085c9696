/** Slots, questions and goodbyes of a worker. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MemoryBus } from '#proto/adapters/memory-bus.ts';
import { MemoryRunRegister } from '#proto/adapters/memory-run-register.ts';
import { controlText, coordinatorAddress, readWorkerAnswer } from '#proto/control-messages.ts';
import { type BlobRef, sha256Digest } from '#proto/digest.ts';
import { StageyardError } from '#proto/errors.ts';
import { attemptId, runId, taskId, workerId } from '#proto/ids.ts';
import { decodeTaskEvent, encodeTaskOffer } from '#proto/messages/task-codec.ts';
import { type TaskEvent, taskOfferVersion } from '#proto/task-messages.ts';
import { NO_REQUESTS } from '#proto/task-requests.ts';
import { planRun } from '#coordinator/plan/plan-run.ts';
import type { TaskExecutor, TaskRequest } from '#workers/shell/task-executor.ts';
import { WorkerPool, type WorkerPoolOptions } from '#workers/shell/worker-pool.ts';
import { altered } from '../../../support/altered.ts';
import { FakeBlobStore } from '../../../support/fake-blob-store.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { MadeUpExecutor } from '../../../support/made-results.ts';
import { output, planInput, recipe } from '../../../support/rendered-outputs.ts';
import { SilentLogger } from '../../../support/silent-logger.ts';

const queue = { pool: 'linux-64', lane: 'n' } as const;
const LEASE_MS = 60_000;

class Bench {
  readonly clock = new FakeClock();
  readonly bus = new MemoryBus({ clock: this.clock, leaseMs: LEASE_MS });
  readonly blobs = new FakeBlobStore();
  readonly logger = new SilentLogger();
  readonly events: TaskEvent[] = [];

  async pool(
    executor: MadeUpExecutor,
    slots = 1,
    more: Partial<WorkerPoolOptions> = {},
  ): Promise<WorkerPool> {
    await this.bus.consumeEvents((event) => {
      this.events.push(decodeTaskEvent(event.body));
      void event.ack();
    });
    const { bus, blobs, clock, logger } = this;
    return WorkerPool.start({
      bus,
      blobs,
      clock,
      logger,
      executor,
      worker: workerId('w1'),
      pools: () => ['linux-64'],
      slots,
      ...more,
    });
  }

  async offer(epoch = 1, task = 'a', requests = NO_REQUESTS): Promise<void> {
    const planned = planRun(planInput([recipe([output({ name: 'a' })])]));
    assert.ok(planned.ok && planned.value.tasks[0] !== undefined);
    const store = (value: object) =>
      this.blobs.putBytes(new TextEncoder().encode(JSON.stringify(value)));
    const body = encodeTaskOffer({
      protocolVersion: taskOfferVersion(requests),
      run: runId('r1'),
      generation: 1,
      task: taskId(task),
      attempt: attemptId(`${task}#${epoch}`),
      epoch,
      term: 1,
      kind: 'package',
      spec: await store(planned.value.tasks[0].spec),
      inputs: await store({ artifacts: [], snapshots: [] }),
      limits: { wallTimeMs: 1, silentTimeMs: 1, logSizeBytesMax: 1 },
      requests,
      trace: '',
    });
    await this.bus.offer(queue, `${task}#${epoch}`, body);
  }

  get kinds(): string[] {
    return this.events.map(({ body }) => body.kind);
  }

  async ask(kind: 'cancel' | 'holds', epoch = 1, term = 1): Promise<boolean> {
    const attempt = { run: runId('r1'), generation: 1, task: taskId('a'), epoch };
    const question = new TextEncoder().encode(controlText({ kind, attempt, term }));
    const reply = await this.bus.request('w1', question, 1_000);
    assert.ok(reply !== undefined);
    return readWorkerAnswer(new TextDecoder().decode(reply)).holds;
  }
}

const untilAborted = ({ signal }: TaskRequest): Promise<void> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

describe('a pool of workers', () => {
  it('does a task, reports it, and has nothing left', async () => {
    const bench = new Bench();
    const pool = await bench.pool(new MadeUpExecutor());
    await bench.offer();
    await bench.clock.advance(1_000);
    assert.deepEqual(bench.kinds, ['accepted', 'done']);
    assert.equal(pool.runningCount, 0);
    await pool.drain();
    assert.equal(await bench.bus.pull(queue, 0), undefined);
  });

  it('stores an output once, where its executor has not stored it', async () => {
    const stored: BlobRef = { digest: sha256Digest('a'.repeat(64)), sizeBytes: 9, location: 'x' };
    for (const more of [{}, { stored }]) {
      const bench = new Bench();
      const made = new MadeUpExecutor();
      const execute: TaskExecutor['execute'] = async (request) => ({
        ...(await made.execute(request)),
        ...more,
      });
      const pool = await bench.pool(made, 1, { executor: { execute } });
      await bench.offer();
      const before = bench.blobs.blobs.size;
      await bench.clock.advance(1_000);
      const done = bench.events.at(-1)?.body;
      assert.ok(done?.kind === 'done');
      assert.equal(bench.blobs.blobs.size - before, 'stored' in more ? 0 : 1);
      if ('stored' in more) assert.deepEqual(done.output, stored);
      await pool.drain();
    }
  });

  it('reports a failure with class, code and the last lines', async () => {
    const bench = new Bench();
    const executor = new MadeUpExecutor(async ({ reporter }) => {
      reporter.report({ kind: 'line', text: 'no rule to make target' });
      throw new StageyardError('SCRIPT_FAILED', 'exit status 2');
    });
    const pool = await bench.pool(executor);
    await bench.offer();
    await bench.clock.advance(1_000);
    const failed = bench.events.at(-1)?.body;
    assert.ok(failed?.kind === 'failed');
    assert.deepEqual(
      [failed.class, failed.code, failed.message],
      ['user', 'SCRIPT_FAILED', 'exit status 2'],
    );
    assert.deepEqual(failed.logTail, ['no rule to make target']);
    assert.deepEqual(bench.logger.lines, [
      {
        level: 'info',
        message: 'an attempt failed',
        fields: { run: 'r1', task: 'a', epoch: 1, code: 'SCRIPT_FAILED', cause: 'exit status 2' },
      },
    ]);
    await pool.drain();
  });

  it('sends all output before it says how the attempt ended', async () => {
    const bench = new Bench();
    const told: string[] = [];
    await bench.bus.onLog('r1', (_task, chunk) => {
      const text = new TextDecoder().decode(chunk);
      if (text.includes('last words')) told.push(...bench.kinds);
    });
    const executor = new MadeUpExecutor(async ({ reporter }) => {
      reporter.report({ kind: 'line', text: 'first' });
      reporter.report({ kind: 'line', text: 'last words' });
    });
    const pool = await bench.pool(executor);
    await bench.offer();
    await bench.clock.advance(5_000);
    assert.deepEqual(bench.kinds, ['accepted', 'done']);
    assert.deepEqual(told, ['accepted']);
    await pool.drain();
  });

  it('calls an exception that nobody meant a bug', async () => {
    const bench = new Bench();
    const pool = await bench.pool(
      new MadeUpExecutor(() => Promise.reject(new TypeError('x is undefined'))),
    );
    await bench.offer();
    await bench.clock.advance(1_000);
    const failed = bench.events.at(-1)?.body;
    assert.ok(failed?.kind === 'failed');
    assert.deepEqual([failed.class, failed.code], ['infra', 'INTERNAL']);
    assert.deepEqual(
      bench.logger.lines.map(({ level }) => level),
      ['error', 'info'],
    );
    await pool.drain();
  });

  it('keeps its lease for as long as the task takes', async () => {
    const bench = new Bench();
    const finish = Promise.withResolvers<void>();
    const pool = await bench.pool(new MadeUpExecutor(() => finish.promise), 2);
    await bench.offer();
    await bench.clock.advance(LEASE_MS * 20);
    assert.deepEqual(bench.kinds, ['accepted']);
    finish.resolve();
    await bench.clock.advance(1_000);
    assert.deepEqual(bench.kinds, ['accepted', 'done']);
    await pool.drain();
  });

  it('answers what it is at work on, and stops what is cancelled', async () => {
    const bench = new Bench();
    const pool = await bench.pool(new MadeUpExecutor(untilAborted));
    await bench.offer();
    await bench.clock.advance(1_000);
    assert.equal(await bench.ask('holds'), true);
    assert.equal(await bench.ask('holds', 2), false);
    // A former leader's.
    await bench.ask('cancel', 1, 0);
    assert.equal(await bench.ask('cancel'), true);
    await bench.clock.advance(1_000);
    const failed = bench.events.at(-1)?.body;
    assert.ok(failed?.kind === 'failed');
    assert.equal(failed.class, 'cancelled');
    assert.equal(await bench.ask('holds'), false);
    await pool.drain();
  });

  it('keeps no lease of a delivery that it gave up, or that came again', async () => {
    const bench = new Bench();
    const abandoned: number[] = [];
    let isStale = false;
    const pull: WorkerPoolOptions['bus']['pull'] = async (...wish) => {
      const found = await bench.bus.pull(...wish);
      if (found === undefined) return undefined;
      const extend = async (): Promise<void> => {
        if (isStale) throw new StageyardError('LEASE_STALE_EPOCH', 'it has run out');
      };
      const abandon = (): void => void abandoned.push(found.deliveryCount);
      return altered(found, { extend, abandon });
    };
    const pool = await bench.pool(new MadeUpExecutor(untilAborted), 2, {
      bus: altered(bench.bus, { pull }),
    });
    await bench.offer();
    // Nobody renews it at the bus: it comes again, to the other slot.
    await bench.clock.advance(LEASE_MS + 1_000);
    assert.deepEqual(abandoned, [1]);
    isStale = true;
    await bench.clock.advance(LEASE_MS / 2);
    assert.deepEqual(abandoned, [1, 2]);
    assert.equal(pool.runningCount, 0);
    await pool.stop();
  });

  it('keeps no lease of a delivery that came while it acknowledged the one before', async () => {
    const bench = new Bench();
    const acknowledged = Promise.withResolvers<void>();
    const abandoned = new Set<number>();
    const pull: WorkerPoolOptions['bus']['pull'] = async (...wish) => {
      const found = await bench.bus.pull(...wish);
      const ack = (): Promise<void> => acknowledged.promise;
      const extend = async (): Promise<void> => undefined;
      const abandon = (): void => void abandoned.add(found?.deliveryCount ?? 0);
      return found && altered(found, { ack, extend, abandon });
    };
    const bus = altered(bench.bus, { pull });
    const pool = await bench.pool(new MadeUpExecutor(), 1, { bus });
    await bench.offer();
    await bench.clock.advance(LEASE_MS + 1_000);
    acknowledged.resolve();
    await bench.clock.advance(1_000);
    assert.deepEqual([...abandoned], [1, 2]);
    await pool.stop();
  });

  it('begins nothing once it is stopped', async () => {
    const bench = new Bench();
    const executor = new MadeUpExecutor();
    const standing = Promise.withResolvers<undefined>();
    const standings = { read: () => standing.promise };
    const pool = await bench.pool(executor, 1, { standings });
    await bench.offer();
    await bench.clock.advance(1_000);
    const stopped = pool.stop();
    standing.resolve(undefined);
    await stopped;
    assert.deepEqual(executor.requests, []);
    assert.ok((await bench.bus.pull(queue, 0)) !== undefined, 'it was handed back');
  });

  it('hands its tasks back when it is stopped', async () => {
    const bench = new Bench();
    const pool = await bench.pool(new MadeUpExecutor(untilAborted));
    await bench.offer();
    await bench.clock.advance(1_000);
    await pool.stop();
    assert.deepEqual(bench.kinds, ['accepted']);
    const again = await bench.bus.pull(queue, 0);
    assert.equal(again?.deliveryCount, 2);
  });

  it('does not begin with a second delivery: it asks, and drops or waits', async () => {
    const answers = [
      { verdict: 'drop', term: 1 },
      { verdict: 'wait', term: 1 },
      // Of a former leader, who doesn't know of the attempt.
      { verdict: 'drop', term: 0 },
    ] as const;
    for (const answer of answers) {
      const bench = new Bench();
      await bench.offer();
      const before = await bench.bus.pull(queue, 0);
      await before?.release(0);
      const asked: string[] = [];
      await bench.bus.serveRequests(coordinatorAddress(runId('r1')), async (body) => {
        asked.push(new TextDecoder().decode(body));
        return new TextEncoder().encode(controlText(answer));
      });
      const executor = new MadeUpExecutor();
      const pool = await bench.pool(executor);
      await bench.clock.advance(1_000);
      assert.equal(asked.length, 1);
      assert.deepEqual(executor.requests, []);
      await pool.drain();
      await bench.clock.advance(40_000);
      const left = await bench.bus.pull(queue, 0);
      assert.equal(left === undefined, answer === answers[0]);
    }
  });

  it('puts a message aside that nobody can read: it never comes again', async () => {
    const bench = new Bench();
    await bench.bus.offer(queue, 'x', Uint8Array.of(255, 255, 255));
    const pool = await bench.pool(new MadeUpExecutor());
    await bench.clock.advance(1_000);
    await pool.drain();
    assert.deepEqual(
      bench.logger.lines.map(({ level }) => level),
      ['error'],
    );
    await bench.clock.advance(61_000);
    assert.equal(await bench.bus.pull(queue, 0), undefined);
    assert.equal(bench.bus.putAsideCount, 1);
  });

  it('hands an offer of a newer protocol back: it is for a newer worker', async () => {
    const bench = new Bench();
    // Only field 1, the version: what follows may be anything.
    await bench.bus.offer(queue, 'x', Uint8Array.of(8, 99));
    const pool = await bench.pool(new MadeUpExecutor());
    await bench.clock.advance(1_000);
    await pool.drain();
    await bench.clock.advance(61_000);
    assert.equal((await bench.bus.pull(queue, 0))?.deliveryCount, 2);
    assert.equal(bench.bus.putAsideCount, 0);
  });

  it('hands an offer back that needs what it does not have, and takes one that it has all for', async () => {
    const bench = new Bench();
    const executor = new MadeUpExecutor();
    const able = { platform: 'linux-64', labels: ['gpu'], secretNames: ['KEY'] };
    const pool = await bench.pool(executor, 1, { able });
    await bench.offer(1, 'a', { ...NO_REQUESTS, labels: ['gpu'], secrets: ['KEY', 'OTHER'] });
    await bench.clock.advance(1_000);
    assert.equal(executor.requests.length, 0);
    await bench.offer(1, 'b', { ...NO_REQUESTS, labels: ['gpu'], secrets: ['KEY'] });
    await bench.clock.advance(1_000);
    assert.equal(executor.requests.length, 1);
    await pool.stop();
    const back = await bench.bus.pull(queue, 0);
    assert.equal(back, undefined, 'it comes later');
    await bench.clock.advance(10_000);
    assert.ok((await bench.bus.pull(queue, 0)) !== undefined);
    assert.ok(bench.logger.lines.some(({ fields }) => fields['secrets'] === 'KEY,OTHER'));
  });

  it('drops an offer of a run that is over, and cancels what it does for one that was cancelled', async () => {
    const bench = new Bench();
    const gate = Promise.withResolvers<void>();
    const executor = new MadeUpExecutor(({ signal }) => {
      signal.addEventListener('abort', () => gate.reject(signal.reason));
      return gate.promise;
    });
    const register = new MemoryRunRegister();
    const standing = { generation: 1, term: 1 };
    await register.publish(runId('r1'), { ...standing, state: 'finished' });
    await bench.offer(1);
    const pool = await bench.pool(executor, 1, { standings: register });
    await bench.clock.advance(1_000);
    assert.deepEqual(bench.kinds, []);
    await register.publish(runId('r1'), { ...standing, state: 'open' });
    await bench.offer(2);
    await bench.clock.advance(1_000);
    assert.equal(pool.runningCount, 1);
    await register.publish(runId('r1'), { ...standing, generation: 2, state: 'cancelled' });
    await bench.clock.advance(LEASE_MS);
    assert.deepEqual(bench.kinds, ['accepted', 'failed']);
    assert.equal(pool.runningCount, 0);
    await pool.drain();
  });

  it('begins nothing that a former coordinator offered: it asks the one that leads', async () => {
    const bench = new Bench();
    const asked: string[] = [];
    await bench.bus.serveRequests(coordinatorAddress(runId('r1')), async (body) => {
      asked.push(new TextDecoder().decode(body));
      return new TextEncoder().encode(controlText({ verdict: 'drop', term: 2 }));
    });
    const standings = new MemoryRunRegister();
    await standings.publish(runId('r1'), { generation: 1, term: 2, state: 'open' });
    const executor = new MadeUpExecutor();
    const pool = await bench.pool(executor, 1, { standings });
    await bench.offer();
    await bench.clock.advance(1_000);
    assert.equal(asked.length, 1);
    assert.deepEqual([executor.requests.length, bench.kinds], [0, []]);
    await pool.drain();
    await bench.clock.advance(LEASE_MS * 2);
    assert.equal(await bench.bus.pull(queue, 0), undefined);
  });

  it('finishes what it began under a former coordinator', async () => {
    const bench = new Bench();
    const finish = Promise.withResolvers<void>();
    const standings = new MemoryRunRegister();
    const pool = await bench.pool(new MadeUpExecutor(() => finish.promise), 1, { standings });
    await bench.offer();
    await bench.clock.advance(1_000);
    await standings.publish(runId('r1'), { generation: 1, term: 2, state: 'open' });
    await bench.clock.advance(LEASE_MS);
    finish.resolve();
    await bench.clock.advance(1_000);
    assert.deepEqual(bench.kinds, ['accepted', 'done']);
    await pool.drain();
  });

  it('works on while the register cannot be read', async () => {
    const bench = new Bench();
    const standings = {
      read: () => Promise.reject(new StageyardError('BUS_UNAVAILABLE', 'away')),
    };
    const pool = await bench.pool(new MadeUpExecutor(), 1, { standings });
    await bench.offer();
    await bench.clock.advance(1_000);
    assert.deepEqual(bench.kinds, ['accepted', 'done']);
    await pool.drain();
  });

  it('rests when attempt after attempt fails on its machine, and takes tasks again later', async () => {
    const bench = new Bench();
    let isBroken = true;
    const executor = new MadeUpExecutor(async () => {
      if (isBroken) throw new StageyardError('DISK_FULL', 'no space');
    });
    const pool = await bench.pool(executor);
    for (const task of ['a', 'b', 'c', 'd']) await bench.offer(1, task);
    for (let second = 0; second < 5; second += 1) await bench.clock.advance(1_000);
    assert.equal(executor.requests.length, 3);
    assert.ok(pool.isSick);
    isBroken = false;
    await bench.clock.advance(61_000);
    assert.equal(executor.requests.length, 4);
    assert.ok(!pool.isSick);
    await pool.drain();
  });

  it('fails an attempt whose specification is damaged or gone', async () => {
    const bench = new Bench();
    await bench.offer();
    bench.blobs.blobs.clear();
    const pool = await bench.pool(new MadeUpExecutor());
    await bench.clock.advance(1_000);
    const failed = bench.events.at(-1)?.body;
    assert.ok(failed?.kind === 'failed');
    assert.deepEqual([failed.class, failed.code], ['infra', 'BLOB_MISSING']);
    await pool.drain();
  });
});
