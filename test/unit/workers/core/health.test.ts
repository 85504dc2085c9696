/** When a worker's machine is trusted, and when it rests. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ErrorCode } from '#proto/error-codes.ts';
import { type EndedAttempt, healthAfter, isResting, wellWorker } from '#workers/core/health.ts';

const REST_MS = 60_000;

function ended(task: string, code?: ErrorCode): EndedAttempt {
  return { task, failure: code === undefined ? undefined : { code, message: '', context: {} } };
}

/** True when it rests after these attempts, which all end at time 0. */
function rests(...attempts: readonly EndedAttempt[]): boolean {
  const health = attempts.reduce((before, attempt) => healthAfter(before, attempt, 0), wellWorker);
  return isResting(health, 0);
}

describe('the health of a worker', () => {
  it('suffers from three different tasks in a row that fail by infrastructure', () => {
    const full = (task: string): EndedAttempt => ended(task, 'DISK_FULL');
    assert.equal(rests(full('a'), full('b')), false);
    assert.equal(rests(full('a'), full('b'), full('c')), true);
    assert.equal(rests(full('a'), full('b'), full('b'), full('a')), false);
    assert.equal(rests(full('a'), full('b'), ended('x'), full('c')), false);
  });

  it('has nothing to do with what recipes get wrong', () => {
    const wrong = (task: string): EndedAttempt => ended(task, 'SCRIPT_FAILED');
    assert.equal(rests(wrong('a'), wrong('b'), wrong('c'), wrong('d')), false);
    const full = (task: string): EndedAttempt => ended(task, 'DISK_FULL');
    assert.equal(rests(full('a'), wrong('x'), full('b'), wrong('y'), full('c')), true);
  });

  it('is tried with one task after a rest, which decides', () => {
    const sick = ['a', 'b', 'c'].reduce(
      (before, task) => healthAfter(before, ended(task, 'DISK_FULL'), 0),
      wellWorker,
    );
    assert.equal(isResting(sick, REST_MS - 1), true);
    assert.equal(isResting(sick, REST_MS), false);
    const worse = healthAfter(sick, ended('d', 'DISK_FULL'), REST_MS);
    assert.equal(isResting(worse, REST_MS), true);
    const well = healthAfter(sick, ended('d'), REST_MS);
    assert.deepEqual(well, wellWorker);
  });
});
