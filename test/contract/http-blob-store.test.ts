/** The blob store of a farm's clients: through a coordinator's door to a directory store. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryBlobStore } from '#proto/adapters/directory-blob-store.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import { altered } from '../support/altered.ts';
import { diskFaults } from '../support/directory-blobs.ts';
import { FarmHouse } from '../support/farm-house.ts';
import { HttpFarm } from '../support/http-farm.ts';
import { describeBlobStoreContract } from './blob-store.contract.ts';

describeBlobStoreContract('http blob store', async () => {
  const root = await mkdtemp(join(tmpdir(), 'stageyard-http-store-'));
  const directory = await DirectoryBlobStore.open(root);
  const house = new FarmHouse();
  const door = new HttpFarm(house, { blobs: directory });
  door.farm = await house.coordinator();
  await door.open();
  // Clients delete nothing: that is the store's own part of the contract.
  const store = (): BlobStore =>
    altered<BlobStore>(door.client({ patienceMs: 0 }).blobs, {
      delete: (ref) => directory.delete(ref),
    });
  return {
    store: store(),
    openAnother: async () => store(),
    ...diskFaults(root),
    async dispose() {
      await door.close();
      await rm(root, { recursive: true, force: true });
    },
  };
});
