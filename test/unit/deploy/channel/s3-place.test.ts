import assert from 'node:assert/strict';
import test from 'node:test';
import { S3ChannelPlace } from '#deploy/channel/s3-place.ts';
import { StageyardError } from '#proto/errors.ts';
import { FakeBlobStore } from '../../../support/fake-blob-store.ts';
import { startServer } from '../../../support/http-server.ts';

const file = `<Contents><Key>c/noarch/a-1-0.conda</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><Size>9</Size></Contents>`;

test('a list of packages that breaks off is no list of packages', async (context) => {
  const server = await startServer(context, (_, response) => {
    const page = `<ListBucketResult><IsTruncated>true</IsTruncated>${file}</ListBucketResult>`;
    response.writeHead(200, { 'content-type': 'application/xml' }).end(page);
  });
  const place = new S3ChannelPlace({
    endpoint: server.url,
    bucket: 'bucket',
    region: 'us-east-1',
    accessKey: 'a',
    secretKey: 's',
    prefix: 'c',
    store: new FakeBlobStore(),
    say: () => undefined,
  });
  await assert.rejects(place.contentOf('noarch'), (error) => {
    assert.ok(error instanceof StageyardError);
    assert.match(error.message, /bucket\/c\/noarch can't be listed to its end: after 1 files/);
    return true;
  });
  place.close();
});
