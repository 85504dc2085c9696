/** A large blob from S3 to a worker's disk, its digest verified, beside `curl` of the same object. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3BlobStore } from '#proto/adapters/s3-blob-store.ts';
import { S3Server } from '../support/services/s3-server.ts';

const SIZE_MB = 256;
/** Best of: the machine may be busy with something else. */
const ROUNDS = 3;
const LINK_SECONDS = 600;

/** What is measured. */
export interface FetchSpeed {
  readonly oursMBPerSecond: number;
  readonly curlMBPerSecond: number;
}

/** See the file's head. */
export async function measureFetch(): Promise<FetchSpeed> {
  const server = await S3Server.start();
  const directory = await mkdtemp(join(tmpdir(), 'bench-fetch-'));
  const inside = (name: string): string => join(directory, name);
  try {
    const { place } = server;
    const blobs = await S3BlobStore.open(place);
    await writeFile(inside('blob'), randomBytes(SIZE_MB * 1024 * 1024));
    const ref = await blobs.putFile(inside('blob'), { owner: 'bench' });
    const link = await server.client().presignedGetObject(place.bucket, ref.location, LINK_SECONDS);
    const best = { ours: 0, curl: 0 };
    for (let round = 0; round < ROUNDS; round += 1) {
      const ours = await speedOf(() => blobs.getFile(ref, inside(`ours-${round}`)));
      const curl = await speedOf(async () => {
        execFileSync('curl', ['-sS', '--fail', '-o', inside(`curl-${round}`), link]);
      });
      best.ours = Math.max(best.ours, ours);
      best.curl = Math.max(best.curl, curl);
    }
    return { oursMBPerSecond: best.ours, curlMBPerSecond: best.curl };
  } finally {
    await server.dispose();
    await rm(directory, { recursive: true, force: true });
  }
}

async function speedOf(fetch: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await fetch();
  return (SIZE_MB * 1_000) / (performance.now() - startedAt);
}
