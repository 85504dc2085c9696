import assert from 'node:assert/strict';
import test from 'node:test';
import { StageyardError } from '#proto/errors.ts';
import { decodeWorkerAnnouncement, encodeWorkerAnnouncement } from '#proto/messages/codec.ts';
import { sampleAnnouncement } from '../../../support/sample-messages.ts';

const isInvalid = (error: unknown): boolean =>
  error instanceof StageyardError && error.code === 'MESSAGE_INVALID';

/** Field 200, length-delimited, `new`: what a newer writer might add. */
const NEW_FIELD = Uint8Array.from([0xc2, 0x0c, 3, 0x6e, 0x65, 0x77]);

test('an announcement survives the wire with every field', () => {
  const again = decodeWorkerAnnouncement(encodeWorkerAnnouncement(sampleAnnouncement));
  assert.deepEqual(again, sampleAnnouncement);
});

test('an announcement of a worker outside of any image that does nothing survives the wire', () => {
  const { imageDigest: _image, ...identity } = sampleAnnouncement.identity;
  const idle = { ...sampleAnnouncement, identity, running: [], labels: [], secretNames: [] };
  assert.deepEqual(decodeWorkerAnnouncement(encodeWorkerAnnouncement(idle)), idle);
});

test('a worker of a later protocol can be read, so that it can be told', () => {
  const later = { ...sampleAnnouncement, protocolVersion: 9, protocolVersions: [8, 9] };
  const bytes = Buffer.concat([encodeWorkerAnnouncement(later), NEW_FIELD]);
  const read = decodeWorkerAnnouncement(bytes);
  assert.deepEqual(read.protocolVersions, [8, 9]);
  assert.ok(Buffer.from(encodeWorkerAnnouncement(read)).includes(NEW_FIELD));
});

test('a worker that does not say what it speaks speaks the first version', () => {
  const silent = encodeWorkerAnnouncement({ ...sampleAnnouncement, protocolVersions: [] });
  assert.deepEqual(decodeWorkerAnnouncement(silent).protocolVersions, [1]);
});

test('long titles are shortened and too many running attempts left out, so that the rest arrives', () => {
  const [attempt] = sampleAnnouncement.running;
  assert.ok(attempt !== undefined);
  const running = Array.from({ length: 1000 }, () => ({ ...attempt, title: '😀'.repeat(500) }));
  const read = decodeWorkerAnnouncement(
    encodeWorkerAnnouncement({ ...sampleAnnouncement, running }),
  );
  assert.equal(read.running.length, 256);
  assert.ok(read.running.every(({ title }) => title.isWellFormed() && title.endsWith('…')));
});

test('labels come out sorted by bytes, each once', () => {
  const labels = ['gpu', 'a', '', 'gpu'].filter(Boolean);
  const read = decodeWorkerAnnouncement(
    encodeWorkerAnnouncement({ ...sampleAnnouncement, labels }),
  );
  assert.deepEqual(read.labels, ['a', 'gpu']);
});

test('an announcement without a platform, with endless lists or damaged bytes is refused', () => {
  const without = encodeWorkerAnnouncement({ ...sampleAnnouncement, platform: '' });
  assert.throws(() => decodeWorkerAnnouncement(without), isInvalid);
  const labels = Array.from({ length: 65 }, (_, index) => `label${index}`);
  assert.throws(() => encodeWorkerAnnouncement({ ...sampleAnnouncement, labels }), isInvalid);
  const bytes = encodeWorkerAnnouncement(sampleAnnouncement);
  assert.throws(() => decodeWorkerAnnouncement(bytes.subarray(0, bytes.length - 4)), isInvalid);
  assert.throws(() => decodeWorkerAnnouncement(new Uint8Array(512 * 1024)), isInvalid);
  assert.throws(() => decodeWorkerAnnouncement(new Uint8Array()), isInvalid);
});
