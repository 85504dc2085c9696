/** The oldest server that a farm works with, where this machine has it: its bus and register keep the contract too. */
import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import { NatsBus } from '#proto/adapters/nats-bus.ts';
import { NatsJournal } from '#proto/adapters/nats-journal.ts';
import { NatsLastValues } from '#proto/adapters/nats-last-values.ts';
import { NatsRunRegister } from '#proto/adapters/nats-run-register.ts';
import { describeBusContract } from '../contract/bus.contract.ts';
import { describeRunRegisterContract } from '../contract/run-register.contract.ts';
import { olderNatsServer } from '../support/services/older-nats.ts';
import { NatsServer } from '../support/services/nats-server.ts';
import { SilentLogger } from '../support/silent-logger.ts';

const LEASE_MS = 1600;

const program = await olderNatsServer(() => undefined);
const server = program === undefined ? undefined : await NatsServer.start({ program });
after(() => server?.dispose());

let farmCount = 0;
function reach(url: string) {
  farmCount += 1;
  const farm = `test-${farmCount}`;
  return { servers: [url], name: 'test', farm, logger: new SilentLogger() };
}

function describeOn(url: string): void {
  describeBusContract('NatsBus on 2.9', async () => {
    const bus = await NatsBus.connect({ ...reach(url), publisher: 'w1', leaseMs: LEASE_MS });
    const advance = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
    return { bus, advance, dispose: () => bus.close() };
  });

  describeRunRegisterContract('NatsRunRegister on 2.9', async () => {
    const values = await NatsLastValues.connect(reach(url));
    return { register: new NatsRunRegister(values), dispose: () => values.close() };
  });
}

if (server !== undefined) describeOn(server.url);

test('a journal in a server that does not write every append to disk is refused', async (context) => {
  if (server === undefined) return context.skip('no nats-server 2.9 on this machine');
  const assurance = { kind: 'monitoring', url: server.monitoringUrl } as const;
  const opening = NatsJournal.open({ ...reach(server.url), journal: 'main', assurance });
  await assert.rejects(
    opening,
    /2\.9\.10 can't sync every append; .*2\.10\.0 or newer: use --journal sqlite:PATH/,
  );
});
