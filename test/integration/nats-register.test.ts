/** The register of runs and the election, on a real server. */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { jetstream } from '@nats-io/jetstream';
import { connect as connectNats } from '@nats-io/transport-node';
import { NatsLastValues } from '#proto/adapters/nats-last-values.ts';
import { NatsLeaderRecord } from '#proto/adapters/nats-leader-record.ts';
import { NatsRunRegister } from '#proto/adapters/nats-run-register.ts';
import { StageyardError } from '#proto/errors.ts';
import { runId } from '#proto/ids.ts';
import { describeRunRegisterContract } from '../contract/run-register.contract.ts';
import { NatsServer } from '../support/services/nats-server.ts';
import { SilentLogger } from '../support/silent-logger.ts';

let server: NatsServer;
let farmCount = 0;
before(async () => {
  server = await NatsServer.start();
});
after(() => server.dispose());

function connect(farm: string): Promise<NatsLastValues> {
  return NatsLastValues.connect({
    servers: [server.url],
    name: 'test',
    farm,
    logger: new SilentLogger(),
  });
}

function nextFarm(): string {
  farmCount += 1;
  return `register-${farmCount}`;
}

describeRunRegisterContract('NatsRunRegister', async () => {
  const values = await connect(nextFarm());
  return { register: new NatsRunRegister(values), dispose: () => values.close() };
});

test('NatsRunRegister: what cannot be read is as if it were not there, and is replaced', async () => {
  const values = await connect(nextFarm());
  const register = new NatsRunRegister(values);
  const [run, { names }] = [runId('r1'), values];
  for (const text of [
    'no json',
    '{"term":"x"}',
    '{"generation":1,"state":"unheard-of","term":9}',
  ]) {
    const last = await values.get(names.standingSubject(run));
    await values.put(names.standingSubject(run), text, last?.sequence ?? 0);
    assert.equal(await register.read(run), undefined);
  }
  await register.publish(run, { generation: 1, state: 'open', term: 9 });
  assert.equal((await register.read(run))?.state, 'open');
  await values.put(names.poolsSubject, '[]', 0);
  assert.deepEqual(await register.readPools(), []);
  await values.close();
});

test('NatsLeaderRecord: of many who write behind the same record exactly one succeeds', async () => {
  const farm = nextFarm();
  const connections = await Promise.all([connect(farm), connect(farm), connect(farm)]);
  const records = connections.map((values) => new NatsLeaderRecord(values));
  let revision = 0;
  for (const round of [1, 2, 3]) {
    const outcomes = await Promise.all(
      records.map((record, index) => record.write(`${round}-${index}`, revision)),
    );
    const won = outcomes.filter((outcome) => outcome !== undefined);
    assert.equal(won.length, 1);
    const stored = await records[0]?.read();
    assert.equal(stored?.revision, won[0]);
    assert.equal(
      stored?.text,
      `${round}-${outcomes.findIndex((outcome) => outcome !== undefined)}`,
    );
    revision = won[0] ?? 0;
  }
  await Promise.all(connections.map((values) => values.close()));
});

test('NatsLeaderRecord: the record survives a crash of the server, and an outage is an error of its own', async () => {
  const values = await connect(nextFarm());
  const record = new NatsLeaderRecord(values);
  const revision = await record.write('one', 0);
  await server.kill();
  await assert.rejects(
    record.write('two', revision ?? 0),
    (error) => error instanceof StageyardError && error.code === 'BUS_UNAVAILABLE',
  );
  await server.restart();
  let stored = await record.read().catch(() => undefined);
  while (stored === undefined) {
    await new Promise((resolve) => setImmediate(resolve));
    stored = await record.read().catch(() => undefined);
  }
  assert.equal(stored.text, 'one');
  await values.close();
});

test('NatsLastValues: a server that answers but says nothing to publishers is told from one that is away', async () => {
  const connection = await connectNats({ servers: server.url });
  const manager = await jetstream(connection).jetstreamManager();
  const farm = nextFarm();
  const values = await connect(farm);
  const { registerStream } = values.names;
  const { config } = await manager.streams.info(registerStream);
  // As a stream behaves whose disk was full once.
  await manager.streams.update(registerStream, { ...config, no_ack: true });
  await assert.rejects(
    values.put(values.names.leaderSubject, 'a', 0),
    /NATS answers but stores nothing: its disk is slow, or full, or was full/,
  );
  await server.freeze();
  await assert.rejects(
    values.put(values.names.leaderSubject, 'a', 0),
    /cannot write the register: NATS gave no answer in time/,
  );
  server.thaw();
  await values.close();
  await connection.close();
});
