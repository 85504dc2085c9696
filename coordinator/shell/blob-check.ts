/** The publisher of a farm: packages stay in the run's own channel, which is the store; it sees that they are there. */
import { type ErrorData, StageyardError } from '#proto/errors.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import type { PackagePublisher, PackageToPublish } from './publication-queue.ts';

/** See the file's head. */
export class BlobCheck implements PackagePublisher {
  readonly #blobs: BlobStore;

  constructor(blobs: BlobStore) {
    this.#blobs = blobs;
  }

  publish(packages: readonly PackageToPublish[]): Promise<readonly (ErrorData | null)[]> {
    return Promise.all(packages.map((item) => this.#check(item)));
  }

  async #check({ output }: PackageToPublish): Promise<ErrorData | null> {
    if (await this.#blobs.has(output.artifact)) return null;
    const message = `${output.record.fn}: the package is gone from the store`;
    return new StageyardError('BLOB_MISSING', message).toData();
  }
}
