/** Stores one large file after the other in the store named on the command line, until it is killed. */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DirectoryBlobStore } from '#proto/adapters/directory-blob-store.ts';

const SIZE_BYTES = 16 * 1024 * 1024;

const root = process.argv[2] ?? '';
const source = join(root, 'source');
const store = await DirectoryBlobStore.open(root);
const bytes = randomBytes(SIZE_BYTES);
for (let round = 0; ; round += 1) {
  bytes.writeUInt32LE(round);
  await writeFile(source, bytes);
  const putting = store.putFile(source, { owner: 'child' });
  process.send?.('began');
  await putting;
}
