import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RunListing } from '#coordinator/core/run-listing.ts';
import type { WaitingReason } from '#coordinator/core/waiting-reasons.ts';
import { runLines, statusLines, workerLines } from '#deploy/cli/farm/status-text.ts';
import { reasonText, waitingReasons } from '#deploy/cli/present/reason-text.ts';
import { palette } from '#deploy/cli/present/text.ts';
import { readReason } from '#deploy/farm-client/read-reason.ts';
import type { WorkerRow } from '#deploy/farm-client/run-answers.ts';
import { runId, taskId, workerId } from '#proto/ids.ts';
import { parseJsonObject } from '#proto/json-shape.ts';
import { taskView, VIEW_SINCE_MS } from '../../../../support/task-views.ts';

const nowMs = VIEW_SINCE_MS + 61_000;
const style = { colors: palette(false), nowMs };

const counts = {
  waiting: 0,
  ready: 0,
  offered: 0,
  running: 0,
  done: 0,
  failed: 0,
  blocked: 0,
  stopped: 0,
};
const listing: RunListing = {
  run: runId('r1'),
  about: { label: 'zlib', submittedBy: 'me\u001b[2Jhost', submittedAtMs: nowMs },
  taskCounts: { ...counts, running: 1, waiting: 2 },
  outcome: null,
  isCancelled: false,
  isPaused: false,
  changedAtMs: nowMs,
};

const words = (reason: WaitingReason): string => reasonText(reason, (task) => `package ${task}`);

describe('a reason to wait', () => {
  it('says what would have to change', () => {
    const cases: [WaitingReason, string][] = [
      [{ kind: 'needs-tasks', tasks: [taskId('a')], count: 3 }, 'waits for package a and 2 more'],
      [
        { kind: 'no-worker', platform: 'osx-64', platforms: [], closedCount: 0 },
        'no worker of osx-64: there is none at all',
      ],
      [
        {
          kind: 'no-worker',
          platform: 'osx-64',
          platforms: ['linux-64', 'win-64'],
          closedCount: 0,
        },
        'no worker of osx-64: there are workers of linux-64, win-64',
      ],
      [
        { kind: 'no-worker', platform: 'osx-64', platforms: [], closedCount: 2 },
        'no worker of osx-64 takes tasks: stageyard workers shows the 2 that are there',
      ],
      [
        { kind: 'missing', labels: ['gpu'], secrets: ['KEY', 'PIN'] },
        'no worker has label gpu and secrets KEY, PIN',
      ],
      [{ kind: 'slots-full', position: 4 }, 'waits for a slot: position 4'],
      [{ kind: 'unreachable', what: 'store' }, 'the store can’t be reached'],
      [{ kind: 'blocked', root: taskId('a') }, 'needs package a, which failed'],
      [{ kind: 'stopped', reason: 'run-cancelled' }, 'the run was cancelled'],
    ];
    for (const [reason, expected] of cases) assert.equal(words(reason), expected);
    assert.match(words({ kind: 'run-paused' }), /stageyard resume/);
  });

  it('of a newer coordinator is shown by its name', () => {
    const told = parseJsonObject('{"kind":"full-moon","until":7}', 'reason');
    assert.equal(words(readReason(told)), 'full moon');
  });

  it('is told once for all tasks that share it; those that wait for tasks are not told of', () => {
    const reasons = waitingReasons([
      taskView('a', { reason: { kind: 'slots-full', position: 1 } }),
      taskView('b', { reason: { kind: 'slots-full', position: 2 } }),
      taskView('c', { reason: { kind: 'needs-tasks', tasks: [taskId('a')], count: 1 } }),
      taskView('d', {
        reason: { kind: 'no-worker', platform: 'win-64', platforms: [], closedCount: 0 },
      }),
      taskView('e'),
    ]);
    assert.deepEqual(
      reasons.map(({ kind, tasks, isStuck }) => [kind, tasks, isStuck]),
      [
        ['slots-full', ['a', 'b'], false],
        ['no-worker', ['d'], true],
      ],
    );
  });

  it('of a run behind others names its first place, and is told aloud while nothing of it runs', () => {
    const waiting = [7, 5].map((position) =>
      taskView(`t${position}`, { reason: { kind: 'slots-full', position } }),
    );
    const [behind] = waitingReasons(waiting);
    assert.deepEqual(
      [behind?.text, behind?.isStuck],
      ['waits for a slot: from position 5 on', true],
    );
    const [beside] = waitingReasons([...waiting, taskView('r', { phase: 'running' })]);
    assert.equal(beside?.isStuck, false);
  });
});

describe('the tables of a farm', () => {
  it('let no text of others move the cursor', () => {
    const text = runLines([listing], style).join('\n');
    assert.ok(!text.includes('\u001b'));
    assert.match(text, /r1 +going on .* zlib +2 waiting, 1 running/);
  });

  it('show every task with its worker, its result, or why it waits', () => {
    const tasks = [
      taskView('a', { phase: 'running', worker: workerId('w1'), epoch: 2 }),
      taskView('b', { reason: { kind: 'needs-tasks', tasks: [taskId('a')], count: 1 } }),
      taskView('c', {
        phase: 'failed',
        error: { code: 'SCRIPT_FAILED', message: 'exit status 1\nmore', context: { worker: 'w1' } },
      }),
      taskView('d', { phase: 'done', publication: { kind: 'settled', place: 'broken' } }),
      taskView('e', { phase: 'done', withheldBy: taskId('d') }),
    ];
    const lines = statusLines({ listing, tasks }, style);
    assert.match(lines[3] ?? '', /running +package +a 1\.0 +on w1 for 1 min 01 s, attempt 2/);
    assert.match(lines[4] ?? '', /waiting +package +b 1\.0 +waits for package a 1\.0/);
    assert.match(lines[5] ?? '', /failed .* exit status 1 \(on w1\)$/);
    assert.match(lines[6] ?? '', /done .* its test failed/);
    assert.match(lines[7] ?? '', /done .* withheld: needs package d 1\.0/);
  });

  it('say what to start where there is nothing', () => {
    assert.match(runLines([], style).join(), /stageyard submit/);
    assert.match(
      workerLines({ workers: [], unreachable: ['bus'] }, style).join(),
      /bus.*stageyard worker/,
    );
  });

  it('show what workers have and do', () => {
    const worker: WorkerRow = {
      worker: 'w1',
      platform: 'linux-64',
      system: 'debian 12, glibc 2.36',
      labels: ['gpu'],
      secretNames: ['KEY'],
      slots: 2,
      running: [{ run: 'r1', task: 'a', title: 'a 1.0' }],
      memoryBytes: 2 ** 34,
      freeDiskBytes: 2 ** 30,
      version: '1',
      isDraining: true,
      isSick: false,
      seenAtMs: nowMs,
    };
    const other = { ...worker, worker: 'w2', problem: 'it reads version 9\u001b[2J' };
    const away = { ...worker, worker: 'w3', silentMs: 40_000 };
    const lines = workerLines({ workers: [worker, other, away], unreachable: [] }, style);
    assert.match(lines[2] ?? '', /w2 +linux-64 +1\/2 +does not fit +/);
    assert.match(lines[3] ?? '', /w3 +linux-64 +1\/2 +silent for 40 s +/);
    assert.match(lines[4] ?? '', /^w2: it reads version 9\S+2J$/);
    const [, line = ''] = lines;
    assert.match(
      line,
      /w1 +linux-64 +1\/2 +leaving +16\.0 GiB +1\.0 GiB +gpu \$KEY +debian 12, glibc 2\.36 +a 1\.0/,
    );
  });
});
