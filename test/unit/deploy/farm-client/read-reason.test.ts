import assert from 'node:assert/strict';
import test from 'node:test';
import type { WaitingReason } from '#coordinator/core/waiting-reasons.ts';
import { readReason } from '#deploy/farm-client/read-reason.ts';
import { StageyardError } from '#proto/errors.ts';
import { taskId } from '#proto/ids.ts';
import { parseJsonObject } from '#proto/json-shape.ts';

const read = (told: object): WaitingReason =>
  readReason(parseJsonObject(JSON.stringify(told), 'reason'));

/** One of every kind. */
const reasons: { readonly [K in WaitingReason['kind']]: Extract<WaitingReason, { kind: K }> } = {
  'needs-tasks': { kind: 'needs-tasks', tasks: [taskId('a')], count: 3 },
  'needs-slot': { kind: 'needs-slot', pool: 'linux-64' },
  'needs-worker': { kind: 'needs-worker', pool: 'linux-64' },
  'no-worker': { kind: 'no-worker', platform: 'osx-64', platforms: ['linux-64'], closedCount: 0 },
  missing: { kind: 'missing', labels: ['gpu'], secrets: ['KEY'] },
  'slots-full': { kind: 'slots-full', position: 4 },
  unreachable: { kind: 'unreachable', what: 'store' },
  'run-paused': { kind: 'run-paused' },
  'backs-off': { kind: 'backs-off', untilMs: 7, code: null },
  blocked: { kind: 'blocked', root: taskId('a') },
  stopped: { kind: 'stopped', reason: 'run-cancelled' },
};

test('every reason is read as it was told', () => {
  for (const reason of Object.values(reasons)) assert.deepEqual(read(reason), reason);
});

test('a reason without what belongs to it is refused, whatever is missing', () => {
  for (const reason of Object.values(reasons)) {
    for (const key of Object.keys(reason)) {
      const lacking = Object.entries(reason).filter(([name]) => name !== key);
      assert.throws(
        () => read(Object.fromEntries(lacking)),
        (error) => error instanceof StageyardError && error.code === 'MESSAGE_INVALID',
        `${reason.kind} without ${key}`,
      );
    }
  }
});
