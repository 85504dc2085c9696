/**
 * One stored sample of each message as the first version wrote it. Reading them proves that old bytes
 * stay readable; writing the same bytes proves that nothing changed by accident. After a deliberate
 * change add a sample beside the old one (STAGEYARD_REFRESH_GOLDEN=1 writes missing ones).
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
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
  sampleOffer,
} from '../support/sample-messages.ts';

const DIRECTORY = join(import.meta.dirname, 'messages');
const BYTES_PER_LINE = 32;

interface Sample {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly view: unknown;
  readonly decode: (body: Uint8Array) => unknown;
}

const samples: readonly Sample[] = [
  {
    name: 'task-offer.v1',
    bytes: encodeTaskOffer(sampleOffer),
    view: sampleOffer,
    decode: decodeTaskOffer,
  },
  {
    name: 'task-offer.v2',
    bytes: encodeTaskOffer(sampleDemandingOffer),
    view: sampleDemandingOffer,
    decode: decodeTaskOffer,
  },
  {
    name: 'worker-announcement.v1',
    bytes: encodeWorkerAnnouncement(sampleAnnouncement),
    view: sampleAnnouncement,
    decode: decodeWorkerAnnouncement,
  },
  ...Object.entries(sampleEvents).map(([kind, event]) => ({
    name: `task-event-${kind}.v1`,
    bytes: encodeTaskEvent(event),
    view: event,
    decode: decodeTaskEvent,
  })),
  {
    name: 'snapshot-manifest.v1',
    bytes: encodeSnapshotManifest(sampleManifest),
    view: sampleManifest,
    decode: decodeSnapshotManifest,
  },
];

for (const { name, bytes, view, decode } of samples) {
  test(`the stored ${name} is read, and written, as ever`, () => {
    const path = join(DIRECTORY, `${name}.hex`);
    if (process.env['STAGEYARD_REFRESH_GOLDEN'] === '1' && !existsSync(path)) {
      writeFileSync(path, toHexLines(bytes));
    }
    const stored = readFileSync(path, 'utf8');
    assert.deepEqual(decode(Buffer.from(stored.replaceAll('\n', ''), 'hex')), view);
    assert.equal(toHexLines(bytes), stored);
  });
}

function toHexLines(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += BYTES_PER_LINE) {
    lines.push(Buffer.from(bytes.subarray(at, at + BYTES_PER_LINE)).toString('hex'));
  }
  return `${lines.join('\n')}\n`;
}
