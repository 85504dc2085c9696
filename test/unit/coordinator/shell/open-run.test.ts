/** A whole run through coordinator and pool on the in-process bus, with an executor that builds nothing. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StageyardError } from '#proto/errors.ts';
import { MadeUpExecutor } from '../../../support/made-results.ts';
import { calculator, House } from '../../../support/one-house.ts';

describe('a run', () => {
  it('builds every task once, in order, and publishes what passed its tests', async () => {
    const house = new House();
    const executor = new MadeUpExecutor();
    const { run, pool } = await house.live(executor, await house.plan([calculator()]));
    assert.equal(await run.finished, 'succeeded');
    await pool.drain();
    const done = executor.requests.map(({ spec }) => spec.task.replace(/:[0-9a-f]{8}$/, ''));
    assert.deepEqual(done.toSorted(), [
      'package:calculator-docs-1.0-h0123456_0',
      'package:calculator-lib-1.0-h0123456_0',
      'package:calculator-tools-1.0-h0123456_0',
      'stage:calculator-build',
      'test:calculator-lib-1.0-h0123456_0',
      'test:calculator-tools-1.0-h0123456_0',
    ]);
    const names = house.publisher.published.map(
      ({ output: { record }, place }) => `${place} ${record.name}`,
    );
    assert.deepEqual(names.toSorted(), [
      'channel calculator-docs',
      'channel calculator-lib',
      'channel calculator-tools',
    ]);
    const tools = executor.requests.find(({ spec }) =>
      spec.task.startsWith('test:calculator-tools'),
    );
    assert.deepEqual(
      tools?.inputs.artifacts.map(({ record }) => record.name),
      ['calculator-lib', 'calculator-tools'],
    );
    const lines = new Set(house.logger.lines.map(({ level, message }) => `${level}: ${message}`));
    assert.deepEqual([...lines], ['info: an attempt is done']);
    await run.close();
  });

  it('stops after the first failure, and blocks what needs the failed task', async () => {
    const house = new House();
    const executor = new MadeUpExecutor(async ({ spec }) => {
      if (spec.kind === 'stage') throw new StageyardError('SCRIPT_FAILED', 'exit status 1');
    });
    const { run, pool } = await house.live(executor, await house.plan([calculator()], true));
    assert.equal(await run.finished, 'failed');
    await pool.drain();
    const phases = Object.fromEntries(
      run.tasks().map(({ id, phase }) => [id.split(/-1|:[0-9a-f]{8}$/)[0], phase]),
    );
    assert.deepEqual(phases, {
      'stage:calculator-build': 'failed',
      'package:calculator-lib': 'blocked',
      'test:calculator-lib': 'blocked',
      'package:calculator-tools': 'blocked',
      'test:calculator-tools': 'blocked',
      'package:calculator-docs': 'done',
    });
    await run.close();
  });

  it('continues from the journal after its process died, without doing done tasks again', async () => {
    const house = new House();
    const plan = await house.plan([calculator()]);
    const hanging = new MadeUpExecutor(async ({ spec, signal }) => {
      if (spec.kind === 'stage') return;
      await new Promise((_, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason)),
      );
    });
    const first = await house.live(hanging, plan);
    while (!house.events.some((event) => event.kind === 'task' && event.what === 'task-done')) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    await first.run.close();
    await first.pool.stop();
    const executor = new MadeUpExecutor();
    const second = await house.live(executor, undefined);
    assert.equal(await second.run.finished, 'succeeded');
    await second.pool.drain();
    assert.ok(executor.requests.every(({ spec }) => spec.kind !== 'stage'));
    assert.equal(executor.requests.length, 5);
    await second.run.close();
  });

  it('is over at once when its journal is finished', async () => {
    const house = new House();
    const first = await house.live(new MadeUpExecutor(), await house.plan([calculator()]));
    await first.run.finished;
    await first.pool.drain();
    const entryCount = house.journal.entries.length;
    const second = await house.live(new MadeUpExecutor(), undefined);
    assert.equal(await second.run.finished, 'succeeded');
    await second.pool.drain();
    assert.equal(house.journal.entries.length, entryCount);
  });

  it('is cancelled: what runs is aborted, nothing is published', async () => {
    const house = new House();
    const aborted: string[] = [];
    const hanging = new MadeUpExecutor(
      ({ spec, signal }) =>
        new Promise((_, reject) =>
          signal.addEventListener('abort', () => {
            aborted.push(spec.kind);
            reject(signal.reason);
          }),
        ),
    );
    const { run, pool } = await house.live(hanging, await house.plan([calculator()]));
    while (pool.runningCount < 2) await new Promise((resolve) => setImmediate(resolve));
    run.cancel();
    assert.equal(await run.finished, 'cancelled');
    await pool.drain();
    assert.deepEqual(aborted.toSorted(), ['package', 'stage']);
    assert.deepEqual(house.publisher.published, []);
    await run.close();
  });
});
