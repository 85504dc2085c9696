/** A channel directory as the coordinator's publisher: passed packages into the channel, failed ones into `broken/`. */
import type { ErrorData } from '#proto/errors.ts';
import type { PackagePublisher, PackageToPublish } from '../shell/publication-queue.ts';
import { type ChannelAccess, moveToBroken, publishToChannel } from './publish.ts';

/** See the file's head. */
export class ChannelPublisher implements PackagePublisher {
  readonly #channel: ChannelAccess;

  constructor(channel: ChannelAccess) {
    this.#channel = channel;
  }

  async publish(packages: readonly PackageToPublish[]): Promise<readonly (ErrorData | null)[]> {
    const answers = new Map<PackageToPublish, ErrorData | null>();
    for (const place of ['channel', 'broken'] as const) {
      const group = packages.filter((item) => item.place === place);
      if (group.length === 0) continue;
      const artifacts = group.map(({ output }) => ({
        record: output.record,
        blob: output.artifact,
      }));
      const publish = place === 'channel' ? publishToChannel : moveToBroken;
      const found = await publish(this.#channel, artifacts);
      group.forEach((item, position) => answers.set(item, found[position] ?? null));
    }
    return packages.map((item) => answers.get(item) ?? null);
  }
}
