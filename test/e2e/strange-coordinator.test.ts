/** A coordinator that answers what is made to do harm to the terminal of whoever asks. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { Yard } from '../support/stageyard.ts';

const HARM = '\u001b]0;owned\u0007\u001b[2Jtext';

const task = {
  id: 'a',
  kind: 'stage',
  title: HARM,
  phase: 'waiting',
  epoch: 0,
  sinceMs: 1,
  worker: null,
  result: null,
  error: null,
  publication: { kind: 'none' },
};
const events = [
  { kind: 'opened', run: 'r1', isResumed: false, tasks: [task] },
  { kind: 'task', atMs: 2, what: 'task-blocked', task: { ...task, phase: 'blocked' }, logTail: [] },
  { kind: 'finished', atMs: 3, outcome: 'failed' },
];
const counts = { waiting: 1, ready: 0, offered: 0, running: 0, done: 0, failed: 0 };
const listing = {
  run: 'r1',
  about: { label: HARM, submittedBy: HARM, submittedAtMs: 1 },
  outcome: null,
  isCancelled: false,
  isPaused: false,
  changedAtMs: 1,
  taskCounts: { ...counts, blocked: 0, stopped: 0 },
};

describe('a strange coordinator', () => {
  const yard = new Yard();
  let server: Server;
  let url: string;

  before(async () => {
    server = createServer(({ url: path = '' }, response) => {
      if (path.endsWith('/events')) {
        for (const event of events) response.write(`${JSON.stringify(event)}\n`);
        response.end();
      } else if (path.includes('workers')) {
        const error = { code: 'BUS_UNAVAILABLE', message: `${HARM}\n${HARM}`, context: {} };
        response.writeHead(503).end(JSON.stringify({ error }));
      } else {
        response.end(JSON.stringify({ runs: [listing], listing, tasks: [task] }));
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(async () => {
    server.close();
    await yard.remove();
  });

  it('moves no cursor of those who ask it', async () => {
    for (const words of [['status'], ['status', 'r1'], ['watch', 'r1'], ['workers']]) {
      const { stdout, stderr } = await yard.run([...words, '--farm', url]);
      assert.match(stdout + stderr, /text/, words.join(' '));
      assert.doesNotMatch(stdout + stderr, /[^\P{Cc}\n]/u, words.join(' '));
    }
  });
});
