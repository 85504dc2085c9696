/** Whatever a worker says of itself and a task asks for comes back from the wire as it went in. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { runId, taskId, workerId } from '#proto/ids.ts';
import {
  decodeTaskEvent,
  decodeTaskOffer,
  decodeWorkerAnnouncement,
  encodeTaskEvent,
  encodeTaskOffer,
  encodeWorkerAnnouncement,
} from '#proto/messages/codec.ts';
import { taskOfferVersion } from '#proto/task-messages.ts';
import { nameList, type TaskRequests } from '#proto/task-requests.ts';
import type { WorkerAnnouncement } from '#proto/worker-messages.ts';
import { sampleEvents, sampleOffer } from '../../support/sample-messages.ts';

/** Plain objects: without a prototype they compare as different. */
const plain = { noNullPrototype: true } as const;
const count = fc.maxSafeNat();
const text = fc.string({ unit: 'grapheme', maxLength: 40 });
const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
const names = fc.array(name, { maxLength: 6 }).map(nameList);
const id = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:#@=+~!-]{0,40}$/);

const requests: fc.Arbitrary<TaskRequests> = fc.record(
  {
    memoryBytes: count,
    diskBytes: count,
    labels: names,
    secrets: names,
  },
  plain,
);

const announcements: fc.Arbitrary<WorkerAnnouncement> = fc.record(
  {
    protocolVersion: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
    protocolVersions: fc
      .uniqueArray(fc.integer({ min: 1, max: 2 ** 32 - 1 }), { minLength: 1, maxLength: 5 })
      .map((list) => list.toSorted((a, b) => a - b)),
    worker: id.map(workerId),
    identity: fc
      .record(
        {
          system: text,
          distribution: text,
          cLibrary: text,
          tools: fc
            .uniqueArray(name, { maxLength: 4 })
            .map((list) =>
              nameList(list).map((tool) => ({ name: tool, path: `/${tool}`, version: '' })),
            ),
          image: fc.constantFrom('', `sha256:${'0'.repeat(64)}`),
        },
        plain,
      )
      .map(({ image, ...rest }) => (image === '' ? rest : { ...rest, imageDigest: image })),
    platform: name,
    labels: names,
    secretNames: names,
    slots: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    running: fc.array(
      fc.record(
        {
          run: id.map(runId),
          generation: count,
          task: id.map(taskId),
          epoch: count,
          kind: fc.constantFrom('stage', 'package', 'test'),
          title: text,
        },
        plain,
      ),
      { maxLength: 4 },
    ),
    memoryBytes: count,
    freeDiskBytes: count,
    version: text,
    isDraining: fc.boolean(),
    isSick: fc.boolean(),
  },
  plain,
);

test('every announcement survives the wire', () => {
  fc.assert(
    fc.property(announcements, (announcement) => {
      const again = decodeWorkerAnnouncement(encodeWorkerAnnouncement(announcement));
      assert.deepEqual(again, announcement);
    }),
  );
});

test('every request survives the wire, and its version is one that both know', () => {
  fc.assert(
    fc.property(requests, (asked) => {
      const offer = { ...sampleOffer, protocolVersion: taskOfferVersion(asked), requests: asked };
      assert.deepEqual(decodeTaskOffer(encodeTaskOffer(offer)), offer);
    }),
  );
});

test('every measure survives the wire', () => {
  const measures = fc.record(
    { wallMs: count, scriptMs: count, peakMemoryBytes: count, diskBytes: count },
    { requiredKeys: ['wallMs', 'scriptMs'], ...plain },
  );
  fc.assert(
    fc.property(measures, (one) => {
      const { body } = sampleEvents.done;
      assert.ok(body.kind === 'done');
      const event = { ...sampleEvents.done, body: { ...body, measures: one } };
      assert.deepEqual(decodeTaskEvent(encodeTaskEvent(event)), event);
    }),
  );
});
