import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { ChannelPublisher } from '#coordinator/channel/channel-publisher.ts';
import type { ChannelArtifact } from '#coordinator/channel/publish.ts';
import type { PackageToPublish } from '#coordinator/shell/publication-queue.ts';
import { packageIndexReader } from '#deploy/package-index-reader.ts';
import { DirectoryBlobStore } from '#proto/adapters/directory-blob-store.ts';
import { systemClock } from '#proto/adapters/system-clock.ts';
import { inputKey, taskId } from '#proto/ids.ts';
import { SilentLogger } from '../../../support/silent-logger.ts';
import { fileNameOf, storedPackage } from '../../../support/small-packages.ts';
import { withTemporaryDirectory } from '../../../support/temporary-directory.ts';

function toPublish(place: PackageToPublish['place'], artifact: ChannelArtifact): PackageToPublish {
  const { record, blob } = artifact;
  const environment = { platform: 'linux-64', specs: [], resolved: [] };
  return {
    task: taskId(`package:${record.name}`),
    place,
    output: {
      schema: 1,
      kind: 'package',
      exactKey: inputKey('a'.repeat(64)),
      measures: { wallMs: 1, scriptMs: 0 },
      builtAtMs: 1_760_000_000_000,
      findings: [],
      record,
      artifact: blob,
      files: [],
      sizeBytes: blob.sizeBytes,
      linkReport: { binaries: [], findings: [] },
      run: { depends: [], constraints: [] },
      environments: { build: null, host: environment, exports: [] },
    },
  };
}

test('each package goes to its place, and the answers keep the order', () =>
  withTemporaryDirectory(async (directory) => {
    const store = await DirectoryBlobStore.open(join(directory, 'store'));
    const channelDir = join(directory, 'output');
    const logger = new SilentLogger();
    const reader = packageIndexReader;
    const publisher = new ChannelPublisher({
      channelDir,
      store,
      clock: systemClock,
      reader,
      logger,
    });
    const scratch = join(directory, 'scratch');
    const make = (name: string, content = '') => storedPackage(store, { scratch, name, content });
    const first = toPublish('channel', await make('a'));
    assert.deepEqual(await publisher.publish([first]), [null]);
    const answers = await publisher.publish([
      toPublish('channel', await make('a', 'other')),
      toPublish('broken', await make('b')),
      toPublish('channel', await make('c')),
    ]);
    assert.deepEqual(
      answers.map((answer) => answer?.code),
      ['OUTPUT_EXISTS', undefined, undefined],
    );
    assert.deepEqual(await readdir(join(channelDir, 'broken')), [fileNameOf({ name: 'b' })]);
    assert.deepEqual(await readdir(join(channelDir, 'linux-64')), [
      fileNameOf({ name: 'a' }),
      fileNameOf({ name: 'c' }),
      'repodata.json',
    ]);
  }));
