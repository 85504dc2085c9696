/** Which S3 server is taken. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { findS3Engine } from '#deploy/local-farm/services/s3-service.ts';

it('takes no other server than the one that somebody names', async () => {
  process.env['MINIO_BIN'] = '/nowhere/minio';
  await assert.rejects(findS3Engine(), /MINIO_BIN names \/nowhere\/minio, which isn't there/);
});
