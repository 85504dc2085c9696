/**
 * What every bus promises. Written against the port alone: a harness for a real server waits where
 * the in-process one moves its clock, and names its queues apart from other tests, which run meanwhile.
 */
import assert from 'node:assert/strict';
import test, { describe } from 'node:test';
import { StageyardError } from '#proto/errors.ts';
import type { Bus, EventDelivery, QueueName, TaskDelivery } from '#proto/ports/bus.ts';
import type { DeadLetters } from '#proto/ports/dead-letters.ts';
import type { Presence } from '#proto/ports/presence.ts';

/** They wait for leases most of the time. */
const TESTS_AT_A_TIME = 6;

/** One bus for one test. */
export interface BusHarness {
  readonly bus: Bus & Presence & DeadLetters;
  /** Lets time pass on the bus's clock. */
  readonly advance: (ms: number) => Promise<void>;
  /** Ends the bus and whatever is behind it. */
  readonly dispose: () => Promise<void>;
}

const queue: QueueName = { pool: 'linux-64-small', lane: 'n' };
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (body: Uint8Array | undefined): string => new TextDecoder().decode(body);

/** Registers the suite. `makeHarness` is called once per test. */
export function describeBusContract(name: string, makeHarness: () => Promise<BusHarness>): void {
  const it: Register = (title, body) => {
    test(title, async () => {
      const harness = await makeHarness();
      try {
        await body(harness);
      } finally {
        await harness.dispose();
      }
    });
  };
  describe(name, { concurrency: TESTS_AT_A_TIME }, () => {
    describeQueues(it);
    describeLeases(it);
    describeEvents(it);
    describeRequestsAndLogs(it);
    describePresence(it);
  });
}

type Register = (title: string, body: (harness: BusHarness) => Promise<void>) => void;

async function pulled(bus: Bus): Promise<TaskDelivery> {
  const delivery = await bus.pull(queue, 1000);
  assert.ok(delivery !== undefined, 'a delivery was expected');
  return delivery;
}

function describeQueues(it: Register): void {
  it('a task is delivered once, with its bytes, to one of its queue', async ({ bus }) => {
    await bus.offer(queue, 'm1', bytes('one'));
    assert.equal(await bus.pull({ ...queue, lane: 'u' }, 0), undefined);
    assert.equal(await bus.pull({ ...queue, pool: 'osx-64-small' }, 0), undefined);
    const delivery = await pulled(bus);
    assert.equal(text(delivery.body), 'one');
    assert.equal(delivery.deliveryCount, 1);
    assert.equal(await bus.pull(queue, 0), undefined);
    await delivery.ack();
  });

  it('tasks of a queue come in the order of their offers', async ({ bus }) => {
    for (const body of ['one', 'two', 'three']) await bus.offer(queue, body, bytes(body));
    const order = [await pulled(bus), await pulled(bus), await pulled(bus)];
    assert.deepEqual(
      order.map(({ body }) => text(body)),
      ['one', 'two', 'three'],
    );
  });

  it('a waiting pull is served by the next offer', async ({ bus }) => {
    const waiting = bus.pull(queue, 5000);
    await bus.offer(queue, 'm1', bytes('one'));
    assert.equal(text((await waiting)?.body), 'one');
  });

  it('a pull ends empty after its time, and at once when aborted', async ({ bus, advance }) => {
    const patient = bus.pull(queue, 500);
    await advance(600);
    assert.equal(await patient, undefined);
    const control = new AbortController();
    const aborted = bus.pull(queue, 60_000, control.signal);
    control.abort();
    assert.equal(await aborted, undefined);
    await bus.offer(queue, 'm1', bytes('one'));
    assert.equal((await pulled(bus)).deliveryCount, 1);
  });

  it('the same message id is stored once', async ({ bus }) => {
    const first = await bus.offer(queue, 'm1', bytes('one'));
    const second = await bus.offer(queue, 'm1', bytes('one'));
    assert.equal(second.sequence, first.sequence);
    await (await pulled(bus)).ack();
    assert.equal(await bus.pull(queue, 0), undefined);
  });

  it('what nobody has taken can be withdrawn, once', async ({ bus }) => {
    const receipt = await bus.offer(queue, 'm1', bytes('one'));
    assert.equal(await bus.withdraw(receipt), true);
    assert.equal(await bus.withdraw(receipt), false);
    assert.equal(await bus.pull(queue, 0), undefined);
    const taken = await bus.offer(queue, 'm2', bytes('two'));
    await pulled(bus);
    assert.equal(await bus.withdraw(taken), false);
  });

  it('what is queued is known to be there until it is acknowledged', async ({ bus }) => {
    const receipt = await bus.offer(queue, 'm1', bytes('one'));
    assert.equal(await bus.isQueued(receipt), true);
    const taken = await pulled(bus);
    assert.equal(await bus.isQueued(receipt), true);
    await taken.ack();
    assert.equal(await bus.isQueued(receipt), false);
  });

  it('a message above the bound is refused', async ({ bus }) => {
    const body = new Uint8Array(bus.maxBodyBytes + 1);
    await assert.rejects(bus.offer(queue, 'm1', body), isCode('MESSAGE_INVALID'));
    await assert.rejects(bus.publishEvent('m1', body), isCode('MESSAGE_INVALID'));
  });

  it('a bus that was closed says so', async ({ bus }) => {
    await bus.close();
    await assert.rejects(bus.offer(queue, 'm1', bytes('one')), isCode('BUS_UNAVAILABLE'));
    await assert.rejects(bus.pull(queue, 10), isCode('BUS_UNAVAILABLE'));
  });
}

function describeLeases(it: Register): void {
  it('a task whose worker went silent goes to the next, with a higher count', async (harness) => {
    const { bus, advance } = harness;
    await bus.offer(queue, 'm1', bytes('one'));
    await pulled(bus);
    await advance(bus.leaseMs + 100);
    const second = await pulled(bus);
    assert.equal(text(second.body), 'one');
    assert.equal(second.deliveryCount, 2);
    await second.ack();
  });

  it('a task that its worker abandoned goes to the next, whoever kept its lease', async (harness) => {
    const { bus, advance } = harness;
    await bus.offer(queue, 'm1', bytes('one'));
    const first = await pulled(bus);
    first.abandon();
    await first.extend();
    await first.release(0);
    assert.equal(await bus.pull(queue, 0), undefined);
    await advance(bus.leaseMs + 100);
    await (await pulled(bus)).ack();
  });

  it('a lease that is renewed in time is kept', async ({ bus, advance }) => {
    await bus.offer(queue, 'm1', bytes('one'));
    const delivery = await pulled(bus);
    for (let renewal = 0; renewal < 3; renewal += 1) {
      await advance(bus.leaseMs * 0.6);
      await delivery.extend();
    }
    assert.equal(await bus.pull(queue, 0), undefined);
    await delivery.ack();
    await advance(bus.leaseMs * 2);
    assert.equal(await bus.pull(queue, 0), undefined);
  });

  it('an acknowledgement that comes late still ends the task', async ({ bus, advance }) => {
    await bus.offer(queue, 'm1', bytes('one'));
    const delivery = await pulled(bus);
    await advance(bus.leaseMs + 100);
    await delivery.ack();
    assert.equal(await bus.pull(queue, 0), undefined);
  });

  it('a task that a late acknowledgement ended is over for its next holder too', async ({
    bus,
    advance,
  }) => {
    await bus.offer(queue, 'm1', bytes('one'));
    const first = await pulled(bus);
    await advance(bus.leaseMs + 100);
    const second = await pulled(bus);
    await first.ack();
    await second.extend().catch(() => undefined);
    await advance(bus.leaseMs + 100);
    assert.equal(await bus.pull(queue, 0), undefined);
    await bus.offer(queue, 'm2', bytes('two'));
    assert.equal(text((await pulled(bus)).body), 'two');
  });

  it('a released task comes again after the delay and not before', async ({ bus, advance }) => {
    await bus.offer(queue, 'm1', bytes('one'));
    await (await pulled(bus)).release(1000);
    assert.equal(await bus.pull(queue, 0), undefined);
    await advance(1100);
    const again = await pulled(bus);
    assert.equal(again.deliveryCount, 2);
    await again.release(0);
    assert.equal((await pulled(bus)).deliveryCount, 3);
  });

  it('a worker waiting in line gets the task that another lost', async ({ bus, advance }) => {
    await bus.offer(queue, 'm1', bytes('one'));
    await pulled(bus);
    const waiting = bus.pull(queue, bus.leaseMs * 3);
    await advance(bus.leaseMs + 100);
    assert.equal((await waiting)?.deliveryCount, 2);
  });
}

/** Collects events; `next` waits for one. */
function eventInbox(): {
  onEvent: (event: EventDelivery) => void;
  next: () => Promise<EventDelivery>;
  count: () => number;
} {
  const arrived: EventDelivery[] = [];
  const waiting: ((event: EventDelivery) => void)[] = [];
  return {
    onEvent: (event) => {
      const waiter = waiting.shift();
      if (waiter === undefined) arrived.push(event);
      else waiter(event);
    },
    next: () => {
      const event = arrived.shift();
      if (event !== undefined) return Promise.resolve(event);
      const { promise, resolve } = Promise.withResolvers<EventDelivery>();
      waiting.push(resolve);
      return promise;
    },
    count: () => arrived.length,
  };
}

function describeEvents(it: Register): void {
  it('events reach the consumer in order, also those from before it came', async ({ bus }) => {
    const inbox = eventInbox();
    await bus.publishEvent('e1', bytes('one'));
    await bus.consumeEvents(inbox.onEvent);
    await bus.publishEvent('e2', bytes('two'));
    await bus.publishEvent('e1', bytes('one'));
    const [first, second] = [await inbox.next(), await inbox.next()];
    assert.deepEqual([text(first.body), text(second.body)], ['one', 'two']);
    await first.ack();
    await second.ack();
    assert.equal(inbox.count(), 0);
  });

  it('an event comes again until it is acknowledged', async ({ bus, advance }) => {
    const inbox = eventInbox();
    await bus.consumeEvents(inbox.onEvent);
    await bus.publishEvent('e1', bytes('one'));
    await inbox.next();
    await advance(bus.leaseMs + 100);
    await (await inbox.next()).ack();
    await advance(bus.leaseMs * 2);
    assert.equal(inbox.count(), 0);
  });

  it('a consumer that stops leaves the unacknowledged events to the next', async ({ bus }) => {
    const first = eventInbox();
    const subscription = await bus.consumeEvents(first.onEvent);
    await bus.publishEvent('e1', bytes('one'));
    await bus.publishEvent('e2', bytes('two'));
    await (await first.next()).ack();
    await first.next();
    await subscription.stop();
    await subscription.stop();
    const second = eventInbox();
    await bus.consumeEvents(second.onEvent);
    assert.equal(text((await second.next()).body), 'two');
  });
}

function describeRequestsAndLogs(it: Register): void {
  it('a request is answered by its worker, and by nobody when there is none', async ({ bus }) => {
    const subscription = await bus.serveRequests('w1', async (body) => bytes(`${text(body)}!`));
    assert.equal(text(await bus.request('w1', bytes('ping'), 1000)), 'ping!');
    assert.equal(await bus.request('w2', bytes('ping'), 50), undefined);
    await subscription.stop();
    assert.equal(await bus.request('w1', bytes('ping'), 50), undefined);
  });

  it('a request to a worker that hangs ends by itself', async ({ bus, advance }) => {
    await bus.serveRequests('w1', () => new Promise(() => undefined));
    const asked = bus.request('w1', bytes('ping'), 500);
    await advance(600);
    assert.equal(await asked, undefined);
  });

  it('live text reaches those who listen to the run', async ({ bus }) => {
    const { promise, resolve } = Promise.withResolvers<string>();
    await bus.onLog('run-2', () => resolve('wrong run'));
    await bus.onLog('run-1', (task, chunk) => resolve(`${task}: ${text(chunk)}`));
    bus.publishLog('run-1', 'stage:a', bytes('cc -c a.c'));
    assert.equal(await promise, 'stage:a: cc -c a.c');
  });
}

function describePresence(it: Register): void {
  it('an announcement reaches those who listen, until they stop', async ({ bus }) => {
    const heard: string[] = [];
    const waiting: (() => void)[] = [];
    const listen = (name: string): ReturnType<Bus['consumeEvents']> =>
      bus.onPresence((worker, body) => {
        heard.push(`${name} ${worker} ${text(body)}`);
        waiting.shift()?.();
      });
    const first = await listen('a');
    await listen('b');
    const both = [1, 2].map(() => new Promise<void>((resolve) => waiting.push(resolve)));
    bus.announce('w.1', bytes('alive'));
    await Promise.all(both);
    assert.deepEqual(heard.toSorted(), ['a w.1 alive', 'b w.1 alive']);
    await first.stop();
    const again = new Promise<void>((resolve) => waiting.push(resolve));
    bus.announce('w.1', bytes('still'));
    await again;
    assert.deepEqual(heard.slice(2), ['b w.1 still']);
  });

  it('messages that are put aside are counted and never delivered', async ({ bus }) => {
    assert.equal(bus.putAsideCount, 0);
    await bus.putAside({ source: 'task', reason: 'no message at all', body: bytes('??') });
    assert.equal(bus.putAsideCount, 1);
    assert.equal(await bus.pull(queue, 0), undefined);
  });
}

function isCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof StageyardError && error.code === code;
}
