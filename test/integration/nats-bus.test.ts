import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { NatsBus, type NatsBusOptions } from '#proto/adapters/nats-bus.ts';
import { NatsLink } from '#proto/adapters/nats-link.ts';
import { PlainMessages } from '#proto/adapters/nats-plain-messages.ts';
import { systemClock } from '#proto/adapters/system-clock.ts';
import { StageyardError } from '#proto/errors.ts';
import type { TaskDelivery } from '#proto/ports/bus.ts';
import { farmNames } from '#proto/subjects.ts';
import { describeBusContract } from '../contract/bus.contract.ts';
import { altered } from '../support/altered.ts';
import { NatsServer } from '../support/services/nats-server.ts';
import { SilentLogger } from '../support/silent-logger.ts';

/** Short, so that the contract's waits are; long enough for a busy machine. */
const LEASE_MS = 1600;
const queue = { pool: 'linux-64-small', lane: 'n' } as const;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (body: Uint8Array | undefined): string => new TextDecoder().decode(body);
const waited = (ms: number): Promise<void> => systemClock.sleep(ms);
const isCode =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof StageyardError && error.code === code;

let server: NatsServer;
let farmCount = 0;
before(async () => {
  server = await NatsServer.start();
});
after(() => server.dispose());

function nextFarm(): string {
  farmCount += 1;
  return `test-${farmCount}`;
}

function connectBus(options: Partial<NatsBusOptions> & { farm: string }): Promise<NatsBus> {
  return NatsBus.connect({
    servers: [server.url],
    name: 'test',
    publisher: 'w1',
    logger: new SilentLogger(),
    leaseMs: LEASE_MS,
    ...options,
  });
}

describeBusContract('NatsBus', async () => {
  const bus = await connectBus({ farm: nextFarm() });
  return { bus, advance: waited, dispose: () => bus.close() };
});

async function withBus(
  use: (bus: NatsBus, farm: string) => Promise<void>,
  options: Partial<NatsBusOptions> = {},
): Promise<void> {
  await server.ensureRunning();
  const farm = nextFarm();
  const bus = await connectBus({ farm, ...options });
  try {
    await use(bus, farm);
  } finally {
    await bus.close();
  }
}

async function pulled(bus: NatsBus, waitMs = 5000): Promise<TaskDelivery> {
  const delivery = await bus.pull(queue, waitMs);
  assert.ok(delivery !== undefined, 'a delivery was expected');
  return delivery;
}

test('NatsBus: a queued task and an unread event survive a crash of the server', () =>
  withBus(async (bus) => {
    await bus.offer(queue, 'm1', bytes('one'));
    await bus.publishEvent('e1', bytes('news'));
    await server.kill();
    await assert.rejects(bus.pull(queue, 0), isCode('BUS_UNAVAILABLE'));
    await server.restart();
    await (await pulled(bus)).ack();
    const event = Promise.withResolvers<string>();
    await bus.consumeEvents(({ body }) => event.resolve(text(body)));
    assert.equal(await event.promise, 'news');
  }));

test('NatsBus: a lease is renewed first after an outage, so the task is not given away', () => {
  const leaseMs = 8_000;
  return withBus(
    async (bus, farm) => {
      const other = await connectBus({ farm, leaseMs });
      await bus.offer(queue, 'm1', bytes('one'));
      const delivery = await pulled(bus);
      const endOfLeaseMs = performance.now() + leaseMs;
      // Not a crash: one may make the server forget that it delivered the message.
      await server.stop();
      await waited(1500);
      await server.restart();
      // Past the end of the first lease, before the end of the one that began at the reconnect.
      const given = await other.pull(queue, endOfLeaseMs + 700 - performance.now());
      await other.close();
      assert.equal(given, undefined);
      await delivery.ack();
    },
    { leaseMs },
  );
});

/** Nothing else happens in this thread. */
function beBusy(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

for (const hasLeaseThread of [true, false]) {
  const title = hasLeaseThread ? 'keeps its lease with a thread' : 'loses its lease without one';
  test(`NatsBus: a worker whose main thread is busy for longer than a lease ${title}`, () =>
    withBus(
      async (bus, farm) => {
        const other = await connectBus({ farm });
        await bus.offer(queue, 'm1', bytes('one'));
        const delivery = await pulled(bus);
        await waited(LEASE_MS / 2);
        beBusy(LEASE_MS * 2);
        assert.equal((await other.pull(queue, 300)) === undefined, hasLeaseThread);
        if (hasLeaseThread) await delivery.extend();
        else await assert.rejects(delivery.extend(), isCode('LEASE_STALE_EPOCH'));
        await delivery.ack();
        await other.close();
      },
      { hasLeaseThread },
    ));
}

test('NatsBus: the lease of a delivery that was abandoned is kept by nobody', () =>
  withBus(
    async (bus) => {
      await bus.offer(queue, 'm1', bytes('one'));
      const first = await pulled(bus);
      await waited(LEASE_MS / 2);
      first.abandon();
      const second = await pulled(bus, LEASE_MS * 3);
      assert.equal(second.deliveryCount, 2);
      await second.ack();
    },
    { hasLeaseThread: true },
  ));

test('NatsBus: a lease that has run out is not renewed by the thread either', () =>
  withBus(
    async (bus) => {
      await bus.offer(queue, 'm1', bytes('one'));
      const delivery = await pulled(bus);
      await server.freeze();
      await waited(LEASE_MS * 1.5);
      server.thaw();
      await waited(LEASE_MS / 2);
      await assert.rejects(delivery.extend(), isCode('LEASE_STALE_EPOCH'));
    },
    { hasLeaseThread: true },
  ));

test('NatsBus: an acknowledgement after a crash is confirmed, or the message comes again', () =>
  withBus(async (bus) => {
    await bus.offer(queue, 'm1', bytes('one'));
    const delivery = await pulled(bus);
    await server.kill();
    const acknowledged = delivery.ack().then(
      () => true,
      () => false,
    );
    await server.restart();
    const isConfirmed = await acknowledged;
    const again = await bus.pull(queue, LEASE_MS + 300);
    assert.equal(again === undefined, isConfirmed);
    await again?.ack();
  }));

test('NatsBus: an acknowledgement given while the server is down arrives when it is back', () =>
  withBus(async (bus) => {
    await bus.offer(queue, 'm1', bytes('one'));
    const delivery = await pulled(bus);
    await server.stop();
    const acknowledged = delivery.ack();
    await waited(300);
    await server.restart();
    await acknowledged;
    await waited(LEASE_MS + 300);
    assert.equal(await bus.pull(queue, 0), undefined);
  }));

test('NatsBus: an offer and an event made while the server is down are stored once it is back', () =>
  withBus(async (bus) => {
    await server.kill();
    const made = [bus.offer(queue, 'm1', bytes('one')), bus.publishEvent('e1', bytes('news'))];
    await waited(300);
    await server.restart();
    await Promise.all(made);
    assert.equal(text((await pulled(bus)).body), 'one');
  }));

test('NatsBus: a pull that waits over a crash gets the next task', () =>
  withBus(async (bus) => {
    const waiting = bus.pull(queue, 20_000);
    await waited(100);
    await server.kill();
    await server.restart();
    await bus.offer(queue, 'm1', bytes('one'));
    assert.equal(text((await waiting)?.body), 'one');
  }));

test('NatsBus: calls end by themselves while the server is away', () =>
  withBus(
    async (bus) => {
      await server.kill();
      await waited(50);
      await assert.rejects(bus.pull(queue, 300), isCode('BUS_UNAVAILABLE'));
      await assert.rejects(bus.offer(queue, 'm1', bytes('one')), isCode('BUS_UNAVAILABLE'));
      await assert.rejects(bus.publishEvent('e1', bytes('one')), isCode('BUS_UNAVAILABLE'));
      await assert.rejects(bus.request('w1', bytes('?'), 200), isCode('BUS_UNAVAILABLE'));
      bus.publishLog('r1', 't1', bytes('lost'));
      bus.announce('w1', bytes('lost'));
      await server.restart();
    },
    { publishTimeoutMs: 500 },
  ));

test('NatsBus: events go on after a crash of the server, none is lost', () =>
  withBus(async (bus) => {
    const seen = new Set<string>();
    const acks: Promise<void>[] = [];
    const all = Promise.withResolvers<void>();
    await bus.consumeEvents((event) => {
      seen.add(text(event.body));
      acks.push(event.ack());
      if (seen.size === 60) all.resolve();
    });
    for (let index = 0; index < 60; index += 1) {
      if (index === 20) await server.kill();
      const publishing = bus.publishEvent(`e${index}`, bytes(`event ${index}`));
      if (index === 20) await server.restart();
      await publishing;
    }
    await all.promise;
    await Promise.all(acks);
  }));

test('NatsBus: a frozen server makes calls fail, and it goes on when it thaws', () =>
  withBus(
    async (bus) => {
      await bus.offer(queue, 'm1', bytes('one'));
      await server.freeze();
      try {
        await assert.rejects(bus.offer(queue, 'm2', bytes('two')), isCode('BUS_UNAVAILABLE'));
      } finally {
        server.thaw();
      }
      assert.equal(text((await pulled(bus)).body), 'one');
    },
    { publishTimeoutMs: 700 },
  ));

test('NatsBus: after its lease has run out a worker renews and releases nothing', () =>
  withBus(async (bus) => {
    await bus.offer(queue, 'm1', bytes('one'));
    const first = await pulled(bus);
    const second = await pulled(bus, LEASE_MS * 3);
    assert.equal(second.deliveryCount, 2);
    await assert.rejects(first.extend(), isCode('LEASE_STALE_EPOCH'));
    await first.release(0);
    assert.equal(await bus.pull(queue, 200), undefined);
    await second.ack();
  }));

test('NatsBus: a withdrawal never deletes another message of the same sequence', () =>
  withBus(async (bus) => {
    const receipt = await bus.offer(queue, 'm1', bytes('one'));
    assert.equal(await bus.withdraw({ ...receipt, messageId: 'another' }), false);
    assert.equal(text((await pulled(bus)).body), 'one');
  }));

test('NatsBus: two pools and lanes share nothing, and two workers share a queue', () =>
  withBus(async (bus, farm) => {
    const other = await connectBus({ farm, publisher: 'w2' });
    const ids = Array.from({ length: 40 }, (_, index) => `m${index}`);
    for (const id of ids) await bus.offer(queue, id, bytes(id));
    const taken: string[] = [];
    const drain = async (worker: NatsBus): Promise<void> => {
      for (let task = await worker.pull(queue, 200); task; task = await worker.pull(queue, 200)) {
        taken.push(text(task.body));
        await task.ack();
      }
    };
    await Promise.all([drain(bus), drain(other), drain(bus)]);
    assert.deepEqual(taken.toSorted(), ids.toSorted());
    await other.close();
  }));

test('NatsBus: presence and names with odd characters arrive as they were', () =>
  withBus(async (bus, farm) => {
    const other = await connectBus({ farm });
    const heard = Promise.withResolvers<string>();
    await other.onPresence((worker, body) => heard.resolve(`${worker}: ${text(body)}`));
    bus.announce('host.example~1:pool', bytes('alive'));
    assert.equal(await heard.promise, 'host.example~1:pool: alive');
    await other.close();
  }));

test('NatsBus: what nobody can read is kept, counted and never delivered', () =>
  withBus(async (bus, farm) => {
    await bus.putAside({
      source: 'task',
      reason: 'no protobuf\nat all',
      body: bytes('\u0000garbage'),
    });
    assert.equal(bus.putAsideCount, 1);
    const connection = await connect({ servers: server.url });
    const manager = await jetstreamManager(connection);
    const kept = await manager.streams.getMessage(farmNames(farm).deadStream, { seq: 1 });
    assert.equal(text(kept?.data), '\u0000garbage');
    assert.equal(kept?.header.get('Stageyard-Reason'), 'no protobuf at all');
    await connection.close();
  }));

test('NatsBus: a stream of another make is refused with what differs', async () => {
  const farm = nextFarm();
  const names = farmNames(farm);
  const connection = await connect({ servers: server.url });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: names.tasksStream, subjects: [names.tasksSubjects] });
  await assert.rejects(connectBus({ farm }), (error) => {
    assert.ok(error instanceof StageyardError);
    assert.equal(error.code, 'CONFIG_INVALID');
    assert.match(error.message, /retention is "limits", needed is "workqueue"/);
    return true;
  });
  await connection.close();
});

test('NatsBus: a consumer that an operator deleted is made again', () =>
  withBus(async (bus, farm) => {
    const names = farmNames(farm);
    await bus.offer(queue, 'm1', bytes('one'));
    const connection = await connect({ servers: server.url });
    const manager = await jetstreamManager(connection);
    await manager.consumers.delete(names.tasksStream, names.taskConsumer(queue));
    await connection.close();
    assert.equal(text((await pulled(bus)).body), 'one');
  }));

test(
  'NatsBus: a consumer of events that an operator deleted is made again',
  { timeout: 20_000 },
  () =>
    withBus(async (bus, farm) => {
      const heard = Promise.withResolvers<string>();
      await bus.consumeEvents((event) => {
        heard.resolve(text(event.body));
        void event.ack();
      });
      const operator = await connect({ servers: server.url });
      const { eventsStream, eventsConsumer } = farmNames(farm);
      await (await jetstreamManager(operator)).consumers.delete(eventsStream, eventsConsumer);
      await operator.close();
      await bus.publishEvent('e1', bytes('news'));
      assert.equal(await heard.promise, 'news');
    }),
);

test('PlainMessages: who could not begin to listen hears nothing later', async () => {
  const connection = await connect({ servers: server.url });
  const flush = (): Promise<void> => Promise.reject(new Error('the connection was lost'));
  const logger = new SilentLogger();
  const link = new NatsLink(altered<NatsConnection>(connection, { flush }), { logger });
  let heardCount = 0;
  const listening = new PlainMessages(link, logger).listen('news', () => (heardCount += 1));
  await assert.rejects(listening, isCode('BUS_UNAVAILABLE'));
  connection.publish('news');
  await connection.flush();
  assert.equal(heardCount, 0);
  await link.close();
});

test('NatsBus: a server that takes only small messages is refused', async () => {
  const small = await NatsServer.start({ lines: ['max_payload: 65536'] });
  const asked = connectBus({ farm: nextFarm(), servers: [small.url] });
  await assert.rejects(asked, /takes messages of 65536 bytes.*max_payload/);
  await small.dispose();
});

test('NatsBus: nobody at the address, wrong credentials and a server without JetStream say so', async () => {
  const away = connectBus({ farm: nextFarm(), servers: ['nats://127.0.0.1:1'] });
  await assert.rejects(away, isCode('BUS_UNAVAILABLE'));
  const lines = ['authorization { user: yard, password: "right" }'];
  const guarded = await NatsServer.start({ lines });
  const password = (word: string) => ({ kind: 'password', user: 'yard', password: word }) as const;
  const options = { farm: nextFarm(), servers: [guarded.url] };
  const wrong = connectBus({ ...options, credentials: password('wrong') });
  await assert.rejects(wrong, (error) => {
    assert.ok(error instanceof StageyardError);
    assert.equal(error.code, 'CONFIG_INVALID');
    assert.doesNotMatch(error.message, /right|wrong/);
    return true;
  });
  await (await connectBus({ ...options, credentials: password('right') })).close();
  await guarded.dispose();
});
