import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { after, before } from 'node:test';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { NatsJournal, type NatsJournalOptions } from '#proto/adapters/nats-journal.ts';
import { StageyardError } from '#proto/errors.ts';
import { farmNames } from '#proto/subjects.ts';
import { describeJournalContract } from '../contract/journal.contract.ts';
import { NatsServer } from '../support/services/nats-server.ts';
import { SilentLogger } from '../support/silent-logger.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (body: Uint8Array | undefined): string => new TextDecoder().decode(body);
const isCode =
  (code: string, message = /./) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof StageyardError);
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    return true;
  };

let server: NatsServer;
let farmCount = 0;
before(async () => {
  server = await NatsServer.start({ syncInterval: 'always' });
});
after(() => server.dispose());

function nextFarm(): string {
  farmCount += 1;
  return `test-${farmCount}`;
}

function openJournal(
  farm: string,
  options: Partial<NatsJournalOptions> = {},
): Promise<NatsJournal> {
  return NatsJournal.open({
    servers: [server.url],
    name: 'test',
    farm,
    journal: 'main',
    assurance: { kind: 'monitoring', url: server.monitoringUrl },
    logger: new SilentLogger(),
    ...options,
  });
}

describeJournalContract('NatsJournal', async () => {
  const farm = nextFarm();
  return { open: () => openJournal(farm), dispose: async () => undefined };
});

async function withJournal(use: (journal: NatsJournal, farm: string) => Promise<void>) {
  await server.ensureRunning();
  const farm = nextFarm();
  const journal = await openJournal(farm);
  try {
    await use(journal, farm);
  } finally {
    await journal.close();
  }
}

test('NatsJournal: what was appended survives a crash of the server', () =>
  withJournal(async (journal) => {
    await journal.append(bytes('one'), 0);
    await server.kill();
    await assert.rejects(journal.append(bytes('two'), 1), isCode('JOURNAL_UNAVAILABLE'));
    await server.restart();
    const again = await openJournal('test-after-crash');
    await again.close();
    const deadlineMs = performance.now() + 5000;
    let last = await journal.last().catch(() => undefined);
    while (last === undefined && performance.now() < deadlineMs) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      last = await journal.last().catch(() => undefined);
    }
    assert.equal(text(last?.body), 'one');
    assert.deepEqual(await journal.append(bytes('two'), 1), { kind: 'appended', sequence: 2 });
  }));

test('NatsJournal: a replay goes on within seconds when the server crashes in its middle', () =>
  withJournal(async (journal) => {
    const count = 500;
    for (let index = 0; index < count; index += 1) {
      await journal.append(bytes(`entry ${index + 1}`), index);
    }
    const seen: number[] = [];
    const startMs = performance.now();
    for await (const { sequence } of journal.read(1)) {
      seen.push(sequence);
      if (sequence === 150) {
        await server.kill();
        await server.restart();
      }
    }
    assert.deepEqual(
      seen,
      Array.from({ length: count }, (_, index) => index + 1),
    );
    assert.ok(performance.now() - startMs < 8000, 'the replay took too long');
  }));

test('NatsJournal: of many racing appends at one sequence exactly one wins', () =>
  withJournal(async (journal, farm) => {
    const others = await Promise.all([openJournal(farm), openJournal(farm), openJournal(farm)]);
    const racers = [journal, ...others, journal, ...others];
    const outcomes = await Promise.all(
      racers.map((racer, index) => racer.append(bytes(`racer ${index}`), 0)),
    );
    assert.equal(outcomes.filter(({ kind }) => kind === 'appended').length, 1);
    for (const other of others) await other.close();
  }));

test('NatsJournal: a large entry is compressed and comes back, one beyond the bound is refused', () =>
  withJournal(async (journal) => {
    const large = bytes('{"fact":"the same words again and again"}'.repeat(100_000));
    await journal.append(large, 0);
    assert.ok(Buffer.from(large).equals((await journal.last())?.body ?? new Uint8Array()));
    const tooLarge = new Uint8Array(17 * 1024 * 1024);
    await assert.rejects(journal.append(tooLarge, 1), isCode('MESSAGE_INVALID'));
  }));

test('NatsJournal: a server that does not sync every append is refused', async () => {
  const lazy = await NatsServer.start();
  const options = { servers: [lazy.url] };
  const assurance = { kind: 'monitoring', url: lazy.monitoringUrl } as const;
  const refused = openJournal('lazy', { ...options, assurance });
  await assert.rejects(refused, isCode('CONFIG_INVALID', /sync_interval: always/));
  const assumed = openJournal('lazy', { ...options, assurance: { kind: 'assumed' } });
  await (await assumed).close();
  await lazy.dispose();
});

const unverified =
  /^can't verify the sync setting: use --journal sqlite:PATH \(one coordinator\) or --assume-sync-always/;

test('NatsJournal: a sync setting that cannot be seen is no proof, and the message says what to do', async () => {
  const strange = createServer((_, response) => response.end('{"server_id":"another"}'));
  await new Promise<void>((resolve) => strange.listen(0, '127.0.0.1', resolve));
  const { port } = strange.address() as AddressInfo;
  const assurances = [
    { kind: 'unknown' },
    { kind: 'monitoring', url: 'http://127.0.0.1:1' },
    { kind: 'monitoring', url: `http://127.0.0.1:${port}` },
  ] as const;
  for (const assurance of assurances) {
    await assert.rejects(openJournal('any', { assurance }), isCode('CONFIG_INVALID', unverified));
  }
  strange.close();
});

test('NatsJournal: a stream that forgets is refused', async () => {
  const farm = nextFarm();
  const names = farmNames(farm);
  const connection = await connect({ servers: server.url });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({
    name: names.journalStream('main'),
    subjects: [names.journalSubject('main')],
    max_age: 60_000_000_000,
  });
  await connection.close();
  await assert.rejects(openJournal(farm), isCode('CONFIG_INVALID', /max_age is 60000000000/));
});

test('NatsJournal: nobody at the address says so', async () => {
  const opening = openJournal('any', { servers: ['nats://127.0.0.1:1'] });
  await assert.rejects(opening, isCode('JOURNAL_UNAVAILABLE', /127\.0\.0\.1:1/));
});
