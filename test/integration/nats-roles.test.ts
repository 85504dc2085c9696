/** The users of deploy/compose/accounts.conf on a real server: each may do what its role needs, and a worker nothing else. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { NatsBus } from '#proto/adapters/nats-bus.ts';
import { NatsJournal } from '#proto/adapters/nats-journal.ts';
import { NatsLastValues } from '#proto/adapters/nats-last-values.ts';
import { NatsRunRegister } from '#proto/adapters/nats-run-register.ts';
import { runId } from '#proto/ids.ts';
import { NatsServer } from '../support/services/nats-server.ts';
import { SilentLogger } from '../support/silent-logger.ts';
import { checkout } from '../support/stageyard.ts';

const conf = readFileSync(join(checkout, 'deploy', 'compose', 'accounts.conf'), 'utf8');
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('a coordinator and a worker do all that they do, and a worker makes no stream and writes no register', async (t) => {
  const lines = conf.replaceAll(/\$NATS_[A-Z_]+/g, 'throwaway').split('\n');
  const server = await NatsServer.start({ lines });
  t.after(() => server.dispose());
  const said: string[] = [];
  const as = (user: string) => ({
    servers: [server.url],
    name: user,
    publisher: user,
    farm: 'stageyard',
    logger: new SilentLogger(),
    credentials: { kind: 'password', user, password: 'throwaway' } as const,
    say: (line: string) => void said.push(line),
  });
  await assert.rejects(NatsBus.connect(as('worker')), { code: 'CONFIG_INVALID' });
  assert.match(said.splice(0).join(), /denies this user to publish \$JS\.API\.STREAM\.CREATE/);
  const assurance = { kind: 'assumed' } as const;
  const journal = await NatsJournal.open({ ...as('coordinator'), journal: 'farm', assurance });
  const values = await NatsLastValues.connect(as('coordinator'));
  const coordinator = await NatsBus.connect(as('coordinator'));
  const worker = await NatsBus.connect(as('worker'));
  const workerValues = await NatsLastValues.connect(as('worker'));
  t.after(() =>
    Promise.all([journal, values, coordinator, worker, workerValues].map((one) => one.close())),
  );

  const standing = { generation: 1, state: 'open', term: 1 } as const;
  await new NatsRunRegister(values).publish(runId('r1'), standing);
  const seen = new NatsRunRegister(workerValues);
  assert.deepEqual(await seen.read(runId('r1')), standing);

  const heard = Promise.withResolvers<string>();
  const news: string[] = [];
  const note = (text: string): void => {
    news.push(text);
    if (news.length === 3) heard.resolve(news.toSorted().join());
  };
  await coordinator.onPresence((name) => note(`presence of ${name}`));
  await coordinator.onLog('r1', (task) => note(`log of ${task}`));
  await coordinator.consumeEvents((event) => {
    void event.ack().then(() => note(new TextDecoder().decode(event.body)));
  });
  const queue = { pool: 'linux-64', lane: 'n' } as const;
  await coordinator.offer(queue, 'm1', bytes('an offer'));
  const delivery = await worker.pull(queue, 10_000, undefined);
  assert.ok(delivery !== undefined);
  await delivery.extend();
  await delivery.ack();
  worker.announce('worker', bytes('here'));
  worker.publishLog('r1', 'task', bytes('a line'));
  await worker.publishEvent('e1', bytes('event'));
  assert.equal(await heard.promise, 'event,log of task,presence of worker');
  await worker.putAside({ source: 'task', reason: 'unreadable', body: bytes('?') });
  const echo = async (body: Uint8Array): Promise<Uint8Array> => body;
  await worker.serveRequests('worker', echo);
  await coordinator.serveRequests('coordinator.r1', echo);
  assert.ok(await coordinator.request('worker', bytes('?'), 10_000));
  assert.ok(await worker.request('coordinator.r1', bytes('?'), 10_000));
  assert.deepEqual(said, []);

  await assert.rejects(seen.publish(runId('r1'), standing), { code: 'CONFIG_INVALID' });
});
