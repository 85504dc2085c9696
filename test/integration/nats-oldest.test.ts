/** The oldest server that a farm works with: its bus and register keep the contract too. */
import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import { NatsBus } from '#proto/adapters/nats-bus.ts';
import { NatsJournal } from '#proto/adapters/nats-journal.ts';
import { NatsLastValues } from '#proto/adapters/nats-last-values.ts';
import { NatsRunRegister } from '#proto/adapters/nats-run-register.ts';
import { systemClock } from '#proto/adapters/system-clock.ts';
import { describeBusContract } from '../contract/bus.contract.ts';
import { describeRunRegisterContract } from '../contract/run-register.contract.ts';
import { olderNatsServer } from '../support/services/older-nats.ts';
import { NatsServer } from '../support/services/nats-server.ts';
import { SilentLogger } from '../support/silent-logger.ts';

const LEASE_MS = 1600;

const server = await NatsServer.start({ program: await olderNatsServer() });
after(() => server.dispose());

let farmCount = 0;
function reach() {
  farmCount += 1;
  const farm = `test-${farmCount}`;
  return { servers: [server.url], name: 'test', farm, logger: new SilentLogger() };
}

describeBusContract('NatsBus on 2.9', async () => {
  const bus = await NatsBus.connect({ ...reach(), publisher: 'w1', leaseMs: LEASE_MS });
  return { bus, advance: (ms) => systemClock.sleep(ms), dispose: () => bus.close() };
});

describeRunRegisterContract('NatsRunRegister on 2.9', async () => {
  const values = await NatsLastValues.connect(reach());
  return { register: new NatsRunRegister(values), dispose: () => values.close() };
});

test('a journal in a server that does not write every append to disk is refused', async () => {
  const assurance = { kind: 'monitoring', url: server.monitoringUrl } as const;
  const opening = NatsJournal.open({ ...reach(), journal: 'main', assurance });
  await assert.rejects(
    opening,
    /2\.9\.\d+ can't sync every append; .*2\.10\.0 or newer: use --journal sqlite:PATH/,
  );
});
