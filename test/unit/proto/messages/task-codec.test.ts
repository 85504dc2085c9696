import assert from 'node:assert/strict';
import test from 'node:test';
import { StageyardError } from '#proto/errors.ts';
import {
  decodeTaskEvent,
  decodeTaskOffer,
  encodeTaskEvent,
  encodeTaskOffer,
} from '#proto/messages/codec.ts';
import {
  sampleDemandingOffer,
  sampleEvents,
  sampleMeasuredEvents,
  sampleOffer,
} from '../../../support/sample-messages.ts';

const isInvalid = (error: unknown): boolean =>
  error instanceof StageyardError && error.code === 'MESSAGE_INVALID';

/** Field 200, length-delimited, `new`: what a newer writer might add. */
const NEW_FIELD = Uint8Array.from([0xc2, 0x0c, 3, 0x6e, 0x65, 0x77]);

test('an offer survives the wire with every field', () => {
  assert.deepEqual(decodeTaskOffer(encodeTaskOffer(sampleOffer)), sampleOffer);
});

for (const [kind, event] of Object.entries(sampleEvents)) {
  test(`a ${kind} event survives the wire with every field`, () => {
    assert.deepEqual(decodeTaskEvent(encodeTaskEvent(event)), event);
  });
}

test('what an attempt used survives the wire, nothing used apart from not measured', () => {
  for (const event of sampleMeasuredEvents)
    assert.deepEqual(decodeTaskEvent(encodeTaskEvent(event)), event);
});

test('fields of a newer writer survive decoding and encoding again', () => {
  const newer = Buffer.concat([encodeTaskOffer(sampleOffer), NEW_FIELD]);
  const again = Buffer.from(encodeTaskOffer(decodeTaskOffer(newer)));
  assert.ok(again.includes(NEW_FIELD));
  const event = Buffer.concat([encodeTaskEvent(sampleEvents.accepted), NEW_FIELD]);
  assert.ok(Buffer.from(encodeTaskEvent(decodeTaskEvent(event))).includes(NEW_FIELD));
});

test('an offer that asks for labels and secrets survives the wire', () => {
  assert.deepEqual(decodeTaskOffer(encodeTaskOffer(sampleDemandingOffer)), sampleDemandingOffer);
});

test('messages of a protocol that nobody here reads are told apart from damaged ones', () => {
  const offer = encodeTaskOffer({ ...sampleOffer, protocolVersion: 3 });
  const event = encodeTaskEvent({ ...sampleEvents.accepted, protocolVersion: 3 });
  for (const decode of [() => decodeTaskOffer(offer), () => decodeTaskEvent(event)]) {
    assert.throws(decode, (error: unknown) => {
      assert.ok(error instanceof StageyardError && error.code === 'PROTOCOL_UNKNOWN');
      assert.match(error.message, /needs version 3 .* reads 1, 2/);
      return true;
    });
  }
  assert.throws(
    () => decodeTaskOffer(encodeTaskOffer({ ...sampleOffer, protocolVersion: 0 })),
    isInvalid,
  );
});

test('an offer with endless lists of labels is refused', () => {
  const labels = Array.from({ length: 257 }, (_, index) => `label${index}`);
  const requests = { ...sampleDemandingOffer.requests, labels };
  assert.throws(() => encodeTaskOffer({ ...sampleDemandingOffer, requests }), isInvalid);
});

test('an offer without a specification or with a limit of 0 is refused', () => {
  const bytes = Buffer.from(encodeTaskOffer(sampleOffer));
  const specTag =
    bytes.indexOf(Buffer.concat([Buffer.from([0x0a, 32]), Buffer.alloc(32, 0xaa)])) - 2;
  assert.equal(bytes[specTag], 0x2a);
  const specEnd = specTag + 2 + (bytes[specTag + 1] ?? 0);
  const withoutSpec = Buffer.concat([bytes.subarray(0, specTag), bytes.subarray(specEnd)]);
  assert.throws(() => decodeTaskOffer(withoutSpec), isInvalid);
  const limits = { ...sampleOffer.limits, wallTimeMs: 0 };
  assert.throws(() => encodeTaskOffer({ ...sampleOffer, limits }), isInvalid);
  assert.throws(() => encodeTaskOffer({ ...sampleOffer, generation: Number.NaN }), isInvalid);
});

test('an event of a body that nobody knows is refused', () => {
  const accepted = Buffer.from(encodeTaskEvent(sampleEvents.accepted));
  assert.equal(accepted.at(-2), 0x32);
  accepted[accepted.length - 2] = 0x7a;
  assert.throws(() => decodeTaskEvent(accepted), isInvalid);
});

test('a failure with endless texts is shortened so that its news arrives', () => {
  const failed = sampleEvents.failed.body;
  assert.ok(failed.kind === 'failed');
  const long = '€'.repeat(300_000);
  const context = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`k${i}${long}`, long]));
  const logTail = Array.from({ length: 1000 }, (_, i) => `${i}${long}`);
  const event = { ...sampleEvents.failed, body: { ...failed, message: long, context, logTail } };
  const { body } = decodeTaskEvent(encodeTaskEvent(event));
  assert.ok(body.kind === 'failed');
  assert.equal(body.logTail.length, 200);
  assert.ok(body.logTail.at(-1)?.startsWith('999'));
  assert.ok(body.message.endsWith('…'));
});

test('a failure code that the reader does not know arrives as INTERNAL', () => {
  const bytes = Buffer.from(encodeTaskEvent(sampleEvents.failed));
  const at = bytes.indexOf('SCRIPT_FAILED');
  bytes.write('SCRIPT_FUTURE', at);
  const { body } = decodeTaskEvent(bytes);
  assert.ok(body.kind === 'failed');
  assert.equal(body.code, 'INTERNAL');
});
