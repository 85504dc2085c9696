import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import test from 'node:test';
import { currentProcessIdentity, isKnownDead } from '#proto/adapters/process-identity.ts';

test('a living process is not known to be dead, and its identity fits a file name', () => {
  assert.equal(isKnownDead(currentProcessIdentity()), false);
  assert.match(currentProcessIdentity(), /^[A-Za-z0-9._~-]+$/);
});

test('a process that ended is known to be dead', async () => {
  const child = spawn(process.execPath, ['--version']);
  const identity = currentProcessIdentity().replace(`~${process.pid}~`, `~${child.pid}~`);
  await once(child, 'exit');
  assert.equal(isKnownDead(identity), true);
});

test('a pid that another process has by now does not keep the old one alive', () => {
  const [, startTime = ''] = currentProcessIdentity().split(`~${process.pid}~`);
  const earlier = currentProcessIdentity().replace(`~${startTime}`, `~${Number(startTime) - 1}`);
  assert.equal(isKnownDead(earlier), true);
});

test('of a process on another host, after another boot, or of any other text nothing is known', () => {
  const own = currentProcessIdentity();
  for (const text of [
    `other-${own}`,
    own.replace('~', '~0'),
    '',
    '~~~~',
    'a~b~c~0~d',
    `${own}~x`,
  ]) {
    assert.equal(isKnownDead(text), false, text);
  }
});
