import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { StageyardError } from '#proto/errors.ts';
import type { TaskNews } from '#proto/ports/task-reporter.ts';
import { createHttpTransfer } from '#workers/environment/http-transfer.ts';
import { redactUrl } from '#workers/environment/redacted-url.ts';
import { startServer } from '../../../support/http-server.ts';
import { temporaryDirectory } from '../../../support/test-directory.ts';

const transfer = createHttpTransfer({ retryDelayMs: 1, silenceMsMax: 300 });
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const failsWith =
  (code: string, ...patterns: RegExp[]) =>
  (error: unknown) => {
    assert.ok(error instanceof StageyardError, String(error));
    assert.equal(error.code, code, error.message);
    for (const pattern of patterns) assert.match(error.message, pattern);
    return true;
  };

/** Answers the first requests from the list, later ones with `last`. */
function inTurn(
  list: readonly ((response: ServerResponse) => void)[],
  last: (response: ServerResponse) => void,
): (request: unknown, response: ServerResponse) => void {
  let count = 0;
  return (_request, response) => {
    (list[count] ?? last)(response);
    count += 1;
  };
}

const hello = (response: ServerResponse): void => {
  response.setHeader('etag', '"1"').end('hello');
};
const broken = (response: ServerResponse): void => {
  response.writeHead(503).end();
};
const truncated = (response: ServerResponse): void => {
  response.writeHead(200, { 'content-length': '5' });
  response.write('he', () => response.destroy());
};

test('a file is fetched with its sums and validators, and nothing else is left', async (t) => {
  const directory = await temporaryDirectory(t);
  const server = await startServer(t, (_request, response) => hello(response));
  const result = await transfer.fetchFile({
    url: `${server.url}/x`,
    path: join(directory, 'x'),
    sizeBytesMax: 5,
  });
  assert.deepEqual(result, {
    status: 'fetched',
    sizeBytes: 5,
    sha256: sha256('hello'),
    etag: '"1"',
  });
  assert.equal(await readFile(join(directory, 'x'), 'utf8'), 'hello');
  assert.deepEqual(await readdir(directory), ['x']);
});

test('a large file arrives whole, with progress', async (t) => {
  const directory = await temporaryDirectory(t);
  const bytes = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => index % 251));
  const server = await startServer(t, (_request, response) => {
    response.setHeader('content-length', bytes.length).end(bytes);
  });
  const news: TaskNews[] = [];
  await transfer.fetchFile({
    url: `${server.url}/x`,
    path: join(directory, 'x'),
    sizeBytesMax: bytes.length,
    label: 'x',
    reporter: { report: (item) => news.push(item) },
  });
  assert.ok((await readFile(join(directory, 'x'))).equals(bytes));
  assert.equal(news.length, 2);
  const [first] = news;
  assert.ok(first?.kind === 'progress' && first.totalBytes === bytes.length);
});

test('what may pass is tried again: refusals of a busy server, truncated bodies, silence', async (t) => {
  const directory = await temporaryDirectory(t);
  const silent = (): void => undefined;
  const server = await startServer(t, inTurn([broken, truncated, silent], hello));
  const path = join(directory, 'x');
  const result = await transfer.fetchFile({ url: `${server.url}/x`, path, sizeBytesMax: 100 });
  assert.equal(result.status, 'fetched');
  assert.equal(server.requests.length, 4);
  assert.deepEqual(await readdir(directory), ['x']);
});

test('what does not pass ends after four attempts with the URL, and leaves no file', async (t) => {
  const directory = await temporaryDirectory(t);
  const server = await startServer(t, inTurn([], truncated));
  const path = join(directory, 'x');
  await assert.rejects(
    transfer.fetchFile({ url: `${server.url}/x`, path, sizeBytesMax: 100 }),
    failsWith('CHANNEL_UNREACHABLE', /127\.0\.0\.1.*\/x/, /4 attempts/),
  );
  assert.equal(server.requests.length, 4);
  assert.deepEqual(await readdir(directory), []);
});

test('a server that is not there is unreachable', async (t) => {
  const directory = await temporaryDirectory(t);
  await assert.rejects(
    transfer.fetchFile({
      url: 'http://127.0.0.1:1/x',
      path: join(directory, 'x'),
      sizeBytesMax: 100,
    }),
    failsWith('CHANNEL_UNREACHABLE', /127\.0\.0\.1:1/),
  );
});

test('a body with another sum is fetched again, then refused naming both sums', async (t) => {
  const directory = await temporaryDirectory(t);
  const other = (response: ServerResponse): void => {
    response.end('other');
  };
  const server = await startServer(t, inTurn([other], hello));
  const at = { url: `${server.url}/x`, path: join(directory, 'x'), sizeBytesMax: 100 };
  const result = await transfer.fetchFile({ ...at, sha256: sha256('hello') });
  assert.equal(result.status, 'fetched');
  await assert.rejects(
    transfer.fetchFile({ ...at, sha256: sha256('never') }),
    failsWith('PACKAGE_INVALID', new RegExp(sha256('never')), new RegExp(sha256('hello'))),
  );
});

test('answers that stay the same are not asked for again', async (t) => {
  const directory = await temporaryDirectory(t);
  const status = (code: number) => (response: ServerResponse) => {
    response.writeHead(code).end();
  };
  const server = await startServer(
    t,
    inTurn([status(404), status(304), status(403), status(403)], hello),
  );
  const at = { url: `${server.url}/x`, path: join(directory, 'x'), sizeBytesMax: 2 };
  assert.deepEqual(await transfer.fetchFile(at), { status: 'absent' });
  assert.deepEqual(await transfer.fetchFile(at), { status: 'not-modified' });
  await assert.rejects(transfer.fetchFile(at), failsWith('CHANNEL_INVALID', /403/, /credentials/));
  const told = transfer.fetchFile({ ...at, refusal: 'these keys may not' });
  await assert.rejects(told, failsWith('CHANNEL_INVALID', /403/, /these keys may not$/));
  await assert.rejects(transfer.fetchFile(at), failsWith('CHANNEL_INVALID', /larger than the 2/));
  assert.equal(server.requests.length, 5);
  assert.deepEqual(await readdir(directory), []);
});

test('credentials are sent as a header and never shown', async (t) => {
  const directory = await temporaryDirectory(t);
  const seen: (string | undefined)[] = [];
  const server = await startServer(t, (request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(401).end();
  });
  const url = `${server.url.replace('://', '://me:s%40cret@')}/t/tok-123/main/x?key=hidden`;
  await assert.rejects(
    transfer.fetchFile({ url, path: join(directory, 'x'), sizeBytesMax: 100 }),
    (error) => {
      assert.ok(error instanceof StageyardError);
      assert.doesNotMatch(error.message, /cret|tok-123|hidden|me:/);
      return true;
    },
  );
  assert.equal(seen[0], `Basic ${Buffer.from('me:s@cret').toString('base64')}`);
});

test('a cancelled transfer ends at once', async (t) => {
  const directory = await temporaryDirectory(t);
  const cancel = new AbortController();
  const server = await startServer(t, () => cancel.abort());
  await assert.rejects(
    transfer.fetchFile({
      url: `${server.url}/x`,
      path: join(directory, 'x'),
      sizeBytesMax: 100,
      signal: cancel.signal,
    }),
    failsWith('CANCELLED'),
  );
});

test('URLs for people have no user, password, token, query or fragment', () => {
  const table: [string, string][] = [
    ['https://me:pw@host/main', 'https://host/main'],
    ['https://host/t/abc-123/main/linux-64', 'https://host/t/********/main/linux-64'],
    ['https://host/x?sig=1#frag', 'https://host/x'],
    ['https://a@b:c@host/x', 'https://host/x'],
    ['file:///srv/channel', 'file:///srv/channel'],
    ['conda-forge', 'conda-forge'],
  ];
  for (const [url, expected] of table) assert.equal(redactUrl(url), expected);
});
