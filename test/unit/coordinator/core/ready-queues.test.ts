/** The order in which ready tasks leave their queues. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ReadyQueues } from '#coordinator/core/ready-queues.ts';
import type { TaskState } from '#coordinator/core/state.ts';
import { DrivenCore, runPlan } from '../../../support/run-plans.ts';

function readyTasks(count: number, change: (task: TaskState, index: number) => void): TaskState[] {
  const names = Array.from({ length: count }, (_, index) => [`t${index}`, {}] as const);
  const core = new DrivenCore(runPlan(Object.fromEntries(names), { queueDepth: 0 }));
  const tasks = [...core.state.tasks.values()];
  for (const [index, task] of tasks.entries()) change(task, index);
  return tasks;
}

function drained(queues: ReadyQueues, nowMs: number): string[] {
  const order: string[] = [];
  for (
    let task = queues.first('linux-64', nowMs);
    task !== undefined;
    task = queues.first('linux-64', nowMs)
  ) {
    order.push(task.plan.id);
    task.phase = 'offered';
  }
  return order;
}

describe('the queues of ready tasks', () => {
  it('give the highest priority first, then plan order, whatever the order of arrival', () => {
    const tasks = readyTasks(200, (task, index) => {
      task.priority = (index * 7919) % 10;
    });
    const queues = new ReadyQueues();
    for (const task of tasks.toSorted((a, b) => ((a.index * 31) % 97) - ((b.index * 31) % 97)))
      queues.add(task, 0);
    const wanted = tasks.toSorted((a, b) => b.priority - a.priority || a.index - b.index);
    assert.deepEqual(
      drained(queues, 0),
      wanted.map(({ plan }) => plan.id),
    );
  });

  it('hold delayed tasks back until their time and say when that is', () => {
    const tasks = readyTasks(3, (task, index) => {
      task.notBeforeMs = 300 - index * 100;
    });
    const queues = new ReadyQueues();
    for (const task of tasks) queues.add(task, 0);
    assert.deepEqual(drained(queues, 0), []);
    assert.equal(queues.nextWakeMs, 100);
    queues.wake(200);
    assert.deepEqual(drained(queues, 200), ['t1', 't2']);
    assert.equal(queues.nextWakeMs, 300);
  });

  it('pass over entries whose task has moved on', () => {
    const [first, second] = readyTasks(2, () => undefined);
    assert.ok(first !== undefined && second !== undefined);
    const queues = new ReadyQueues();
    for (const task of [first, first, second]) queues.add(task, 0);
    first.phase = 'stopped';
    assert.equal(queues.first('linux-64', 0), second);
    assert.equal(queues.first('osx-64', 0), undefined);
  });
});
