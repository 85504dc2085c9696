/** What viewers of a build are told of its tasks. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { taskId, workerId } from '#proto/ids.ts';
import type { RunEvent, TaskView } from '#coordinator/shell/run-events.ts';
import { RunFollower, summarizeTasks } from '#deploy/cli/build/run-view.ts';
import type { BuildEvent } from '#deploy/cli/present/build-event.ts';

const task: TaskView = {
  id: taskId('package:libz'),
  kind: 'package',
  title: 'libz 1.0 h0_0',
  phase: 'running',
  epoch: 1,
  sinceMs: 1_000,
  worker: workerId('w1'),
  result: null,
  error: null,
  publication: { kind: 'none' },
};

const slots = { slots: 1, threadsPerSlot: 1 };

it('tells a time from when a task began, not from when it was heard of', () => {
  const shown: BuildEvent[] = [];
  const show = (event: BuildEvent): void => void shown.push(event);
  const follower = new RunFollower({ show, slots, nowMs: () => 9_000 });
  const tell = (what: 'attempt-accepted' | 'attempt-failed', atMs: number): void => {
    const event: RunEvent = { kind: 'task', atMs, what, task, logTail: [] };
    follower.follow(event);
  };
  tell('attempt-accepted', 1_000);
  tell('attempt-failed', 5_000);
  const [started, ended] = shown;
  assert.equal(started?.atMs, 1_000);
  assert.equal(ended?.event === 'task-ended' ? ended.wallMs : undefined, 4_000);
});

it('looks each task up once for the summary, however many are blocked', async () => {
  let reads = 0;
  const reason = { kind: 'blocked', root: taskId('last') } as const;
  const ids = [...Array.from({ length: 300 }, (_, index) => `t${index}`), 'last'].map(taskId);
  const views = ids.map((id) => {
    const view: TaskView = { ...task, phase: id === 'last' ? 'failed' : 'blocked', reason };
    return Object.defineProperty(view, 'id', { get: () => ((reads += 1), id) });
  });
  const run = { tasks: () => views, outputOf: async () => undefined };
  const follower = new RunFollower({ show: () => undefined, slots, nowMs: () => 0 });
  const places = { publishedPath: () => '', logPathOf: () => '' };
  const rows = await summarizeTasks(run, { follower, ...places });
  assert.ok(rows.slice(0, -1).every(({ blockedBy }) => blockedBy === 'package libz 1.0 h0_0'));
  assert.ok(reads <= 10 * views.length, `${reads} names were read`);
});
