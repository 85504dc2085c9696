import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { isVersionAtLeast } from '#proto/adapters/nats-connection.ts';
import { blobKey, isKeyOfBlob, objectPrefix } from '#proto/object-keys.ts';
import { sha256Digest } from '#proto/digest.ts';
import { farmNames, subjectToken, textOfToken } from '#proto/subjects.ts';

test('a subject token carries any text, without a character that NATS reads', () => {
  const anyText = fc.string({ minLength: 1, maxLength: 60, unit: 'binary' });
  fc.assert(
    fc.property(anyText, (text) => {
      const token = subjectToken(text);
      assert.match(token, /^[A-Za-z0-9_=-]+$/);
      assert.equal(textOfToken(token), text);
    }),
  );
});

test('a token that nobody made has no text', () => {
  for (const token of ['', '=', '=4', '=zz', '=ff', 'a.b', '=41', 'a*']) {
    assert.equal(textOfToken(token), undefined, token);
  }
  assert.throws(() => subjectToken(''), RangeError);
  assert.throws(() => subjectToken('.'.repeat(300)), RangeError);
});

test('two farms share no subject and no stream', () => {
  const [one, other] = [farmNames('one'), farmNames('other')];
  const queue = { pool: 'linux-64.small', lane: 'u' } as const;
  assert.equal(one.taskSubject(queue), 'one.task.linux-64=2esmall.u');
  assert.notEqual(one.taskSubject(queue), other.taskSubject(queue));
  assert.equal(one.taskConsumer(queue), 'linux-64=2esmall_u');
  for (const name of ['', 'A', 'a.b', '-a', 'a'.repeat(41), 'a>']) {
    assert.throws(() => farmNames(name), RangeError, name);
  }
});

test('an object key names run, blob and upload, and only its own blob accepts it', () => {
  const digest = sha256Digest('ab'.repeat(32));
  const nonce = '0123456789abcdef';
  const prefix = objectPrefix('farm/one', 'the store');
  const key = blobKey({ prefix, digest, owner: 'Run-1/../stage:a#2', nonce });
  assert.equal(key, `farm/one/blob/ab/${digest}/run-1-stage-a-2-${nonce}`);
  assert.equal(isKeyOfBlob(key, prefix, digest), true);
  assert.equal(isKeyOfBlob(key, prefix, sha256Digest('cd'.repeat(32))), false);
  assert.equal(isKeyOfBlob(key, 'farm/two/', digest), false);
  assert.equal(isKeyOfBlob(`${key}/../x`, prefix, digest), false);
  assert.equal(isKeyOfBlob('', prefix, digest), false);
  assert.throws(() => blobKey({ prefix, digest, owner: 'a', nonce: 'short' }), RangeError);
});

test('an object prefix is a plain path', () => {
  assert.equal(objectPrefix('', 'the store'), '');
  assert.equal(objectPrefix('a/b/', 'the store'), 'a/b/');
  for (const text of ['/a', 'a//b', '../a', 'A', 'a b', `${'x'.repeat(101)}`]) {
    assert.throws(() => objectPrefix(text, 'the store'), /prefix of the store is not usable/, text);
  }
});

test('server versions are compared by number', () => {
  assert.equal(isVersionAtLeast('2.10.0', '2.9.10'), true);
  assert.equal(isVersionAtLeast('2.9.10', '2.9.10'), true);
  assert.equal(isVersionAtLeast('2.9.9', '2.9.10'), false);
  assert.equal(isVersionAtLeast('v3.0.0-RC.1', '2.9.10'), true);
  assert.equal(isVersionAtLeast('unknown', '2.9.10'), false);
});
