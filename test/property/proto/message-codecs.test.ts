import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { StageyardError } from '#proto/errors.ts';
import {
  decodeSnapshotManifest,
  decodeTaskEvent,
  decodeTaskOffer,
  decodeWorkerAnnouncement,
  encodeSnapshotManifest,
  encodeTaskEvent,
  encodeTaskOffer,
  encodeWorkerAnnouncement,
} from '#proto/messages/codec.ts';
import {
  sampleAnnouncement,
  sampleDemandingOffer,
  sampleEvents,
  sampleManifest,
  sampleMeasuredEvents,
  sampleOffer,
} from '../../support/sample-messages.ts';

const decoders = {
  decodeTaskOffer,
  decodeTaskEvent,
  decodeSnapshotManifest,
  decodeWorkerAnnouncement,
};
const REFUSALS: ReadonlySet<string> = new Set(['MESSAGE_INVALID', 'PROTOCOL_UNKNOWN']);

const samples: readonly Uint8Array[] = [
  encodeTaskOffer(sampleOffer),
  encodeTaskOffer(sampleDemandingOffer),
  encodeWorkerAnnouncement(sampleAnnouncement),
  encodeSnapshotManifest(sampleManifest),
  ...[...Object.values(sampleEvents), ...sampleMeasuredEvents].map(encodeTaskEvent),
];

/** Real messages with a few bytes changed, cut or doubled: gets deeper than random bytes do. */
const damaged = fc
  .record({
    sample: fc.constantFrom(...samples),
    edits: fc.array(fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }) }), {
      maxLength: 6,
    }),
    keep: fc.nat(),
  })
  .map(({ sample, edits, keep }) => {
    const bytes = Uint8Array.from(sample);
    for (const { at, byte } of edits) bytes[at % bytes.length] = byte;
    return keep % 3 === 0 ? bytes.slice(0, keep % bytes.length) : bytes;
  });

/** True when the bytes were refused in the one allowed way. */
function isRefused(decode: (body: Uint8Array) => unknown, bytes: Uint8Array): boolean {
  try {
    decode(bytes);
    return false;
  } catch (error) {
    assert.ok(error instanceof StageyardError, String(error));
    assert.ok(REFUSALS.has(error.code), error.code);
    return true;
  }
}

for (const [name, decode] of Object.entries(decoders)) {
  test(`${name} answers or refuses whatever the bytes are`, () => {
    let refused = 0;
    const check = (bytes: Uint8Array): void => {
      if (isRefused(decode, bytes)) refused += 1;
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 4096 }), check), { numRuns: 500 });
    fc.assert(fc.property(damaged, check), { numRuns: 2000 });
    assert.ok(refused > 100);
  });
}
