/** Questions of our own making, on a real server that lets its user do little. */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { AuthorizationError, type NatsConnection, TimeoutError } from '@nats-io/transport-node';
import { connectNats, isNoResponder, natsError, refusal } from '#proto/adapters/nats-connection.ts';
import { NatsLink, type NatsLinkOptions } from '#proto/adapters/nats-link.ts';
import { NatsServer } from '../support/services/nats-server.ts';
import { SilentLogger } from '../support/silent-logger.ts';

const user = { user: 'u', password: 'throwaway' };
const credentials = { kind: 'password', ...user } as const;
const permissions =
  'permissions: { publish: { deny: ["forbidden", "far.>"] }, subscribe: { deny: ["unheard.>"] } }';
let server: NatsServer;
let peer: NatsConnection;

before(async () => {
  const line = `authorization { users: [{ user: u, password: throwaway, ${permissions} }] }`;
  server = await NatsServer.start({ lines: [line] });
  peer = await connectNats({ servers: [server.url], name: 'peer', credentials });
});

after(async () => {
  await peer.close();
  await server.dispose();
});

function linkOf(more: Partial<NatsLinkOptions> = {}): Promise<NatsLink> {
  const options = { servers: [server.url], name: 'test', credentials };
  return NatsLink.connect({ ...options, logger: new SilentLogger(), ...more });
}

const question = (subject: string, timeoutMs = 60_000) => ({ subject, body: subject, timeoutMs });

test('each of many questions gets its own answer, whatever the order', async () => {
  const waiting: (() => void)[] = [];
  const served = peer.subscribe('echo.*', {
    callback: (_error, message) => {
      waiting.push(() => void message.respond(message.data));
      if (waiting.length === 100) for (const answer of waiting.toReversed()) answer();
    },
  });
  await peer.flush();
  const link = await linkOf();
  const subjects = Array.from({ length: 100 }, (_, index) => `echo.${index}`);
  const answers = await Promise.all(subjects.map((subject) => link.ask(question(subject))));
  assert.deepEqual(
    answers.map((answer) => answer.string()),
    subjects,
  );
  served.unsubscribe();
  await link.close();
});

test('a question that nobody hears, that is denied, or whose answer is denied fails at once', async () => {
  const link = await linkOf();
  await assert.rejects(link.ask(question('nobody')), (error) => isNoResponder(error));
  await assert.rejects(link.ask(question('forbidden')), (error) => {
    assert.match(natsError(error, 'ask').message, /denies this user "publish forbidden"/);
    return true;
  });
  const deaf = await linkOf({ inboxPrefix: 'unheard' });
  await assert.rejects(deaf.ask(question('nobody')), (error) => {
    assert.match(natsError(error, 'ask').message, /denies this user "subscription unheard\./);
    return true;
  });
  await Promise.all([link.close(), deaf.close()]);
});

test('a question without an answer ends with its time, or with the connection', async () => {
  const served = peer.subscribe('mute', { callback: () => undefined });
  await peer.flush();
  const link = await linkOf();
  await assert.rejects(link.ask(question('mute', 20)), TimeoutError);
  const asked = link.ask(question('mute'));
  const refused = assert.rejects(asked, { code: 'BUS_UNAVAILABLE', message: /was closed/ });
  await link.close();
  await refused;
  await assert.rejects(link.ask(question('mute')), { code: 'BUS_UNAVAILABLE' });
  served.unsubscribe();
});

test('what a stream does not take is the server’s own error, what is no stream nobody answers', async () => {
  const link = await linkOf();
  const served = peer.subscribe('no-stream', {
    callback: (_error, message) => void message.respond('{"seq":"none"}'),
  });
  await peer.flush();
  await assert.rejects(link.stored(question('no-stream')), SyntaxError);
  await assert.rejects(link.stored(question('nobody')), (error) => isNoResponder(error));
  served.unsubscribe();
  await link.close();
});

test('what nobody waits for and the server does not take is told once, and so is an outage', async () => {
  const said: string[] = [];
  const isBack = Promise.withResolvers<void>();
  const say = (line: string): void => {
    said.push(line);
    if (line === 'NATS is back') isBack.resolve();
  };
  const link = await linkOf({ say });
  for (const task of ['a', 'b', 'c']) link.connection.publish(`far.log.run.${task}`);
  await link.connection.flush();
  await link.connection.reconnect();
  await isBack.promise;
  await link.close();
  assert.match(said.shift() ?? '', /denies this user to publish far\.log\.…: widen/);
  assert.deepEqual(said, ['NATS is away; the connection is being made again', 'NATS is back']);
  assert.match(refusal(new AuthorizationError('no')) ?? '', /restart the process/);
});
