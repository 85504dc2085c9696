/** Single calls to an S3 server: deadlines of one that is slow or that many wait for, and its address. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { S3Calls } from '#proto/adapters/s3-calls.ts';
import { presignedUrl } from '#proto/adapters/s3-presigned-url.ts';
import { putBuffer, uploadFile } from '#proto/adapters/s3-upload.ts';
import { digestOfBytes } from '#proto/adapters/hashing.ts';
import { withTemporaryDirectory } from '../../../support/temporary-directory.ts';

const CALL_TIMEOUT_MS = 500;
const HEADERS = { etag: '"x"', 'last-modified': new Date(0).toUTCString(), 'content-length': 0 };

async function withCalls(
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  use: (calls: S3Calls) => Promise<void>,
  callTimeoutMs = CALL_TIMEOUT_MS,
): Promise<void> {
  const server = createServer((...call) => void answer(...call)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const place = { bucket: 'bucket', accessKey: 'a', secretKey: 's' };
  const limits = { callTimeoutMs, triesMax: 1 };
  const calls = new S3Calls({ ...place, endpoint: `http://127.0.0.1:${port}` }, limits);
  try {
    await use(calls);
  } finally {
    calls.close();
    server.closeAllConnections();
    server.close();
  }
}

function put(calls: S3Calls): Promise<void> {
  const bytes = Buffer.alloc(16 * 1024 * 1024);
  const ref = { digest: digestOfBytes(bytes), sizeBytes: bytes.length, location: 'k' };
  return putBuffer({ calls, key: 'k', ref, signal: undefined }, bytes);
}

it('an upload over a slow line takes its time', () =>
  withCalls(
    async (request, response) => {
      for await (const _chunk of request.iterator({ destroyOnReturn: false })) await pause(5);
      response.writeHead(200, HEADERS).end();
    },
    (calls) => put(calls),
  ));

it('an upload that stands still is given up', () =>
  withCalls(
    async () => undefined,
    (calls) => assert.rejects(put(calls), /no answer within 500 ms/),
  ));

it('a cancelled upload does not wait long for a server that is silent', {
  timeout: 20_000,
}, (t) => {
  const late = new AbortController();
  t.mock.method(AbortSignal, 'timeout', () => late.signal);
  const cancel = new AbortController();
  const { signal } = cancel;
  const isGivenUp = Promise.withResolvers<void>();
  const begun =
    '<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>';
  const answer = async ({ method }: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (method === 'POST') response.end(begun);
    if (method === 'PUT') cancel.abort();
    if (method === 'DELETE') isGivenUp.resolve();
  };
  const use = (calls: S3Calls): Promise<void> =>
    withTemporaryDirectory(async (directory) => {
      const path = join(directory, 'source');
      const bytes = Buffer.alloc(1024);
      await writeFile(path, bytes);
      const ref = { digest: digestOfBytes(bytes), sizeBytes: bytes.length, location: 'k' };
      const upload = { calls, key: 'k', path, ref, ledger: undefined, signal, partSizeBytes: 512 };
      const storing = assert.rejects(uploadFile(upload));
      await isGivenUp.promise;
      late.abort();
      await storing;
    });
  return withCalls(answer, use, 60_000);
});

it('a call that waits for a free connection is not late', () =>
  withCalls(
    async (_request, response) => {
      await pause(CALL_TIMEOUT_MS * 0.6);
      response.writeHead(200, HEADERS).end();
    },
    async (calls) => {
      const run = (client: { statObject: (bucket: string, key: string) => Promise<unknown> }) =>
        client.statObject('bucket', 'k');
      await Promise.all(Array.from({ length: 40 }, () => calls.call({ what: 'look', run })));
    },
  ));

it('a server may have an IPv6 address', async () => {
  const keys = { accessKey: 'a', secretKey: 's' };
  const place = { bucket: 'channels', endpoint: 'http://[::1]:9000', ...keys };
  assert.match(await presignedUrl(place, 'k'), /^http:\/\/\[::1\]:9000\/channels\/k\?/);
});
