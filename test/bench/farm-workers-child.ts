/** `farm-workers-child.ts URL WORKERS RUNS`: workers that build nothing, each with a bus of its own; ends when told. */
import { NatsBus } from '#proto/adapters/nats-bus.ts';
import { NatsLastValues } from '#proto/adapters/nats-last-values.ts';
import { NatsRunRegister } from '#proto/adapters/nats-run-register.ts';
import { systemClock } from '#proto/adapters/system-clock.ts';
import { workerId } from '#proto/ids.ts';
import { RecentStandings } from '#workers/shell/recent-standings.ts';
import { WorkerPool } from '#workers/shell/worker-pool.ts';
import { MadeUpExecutor } from '../support/made-results.ts';
import { SilentLogger } from '../support/silent-logger.ts';
import { LOAD_POOL, makeLoad } from './farm-load.ts';

const [url = '', workerCount, runCount] = process.argv.slice(2);
const logger = new SilentLogger();
const { blobs } = await makeLoad(Number(runCount));

async function start(name: string): Promise<void> {
  const connection = { servers: [url], farm: 'bench', logger, name };
  const values = await NatsLastValues.connect(connection);
  await WorkerPool.start({
    bus: await NatsBus.connect({ ...connection, publisher: name }),
    blobs,
    executor: new MadeUpExecutor(),
    clock: systemClock,
    logger,
    worker: workerId(name),
    pools: () => [LOAD_POOL],
    slots: 1,
    standings: new RecentStandings(new NatsRunRegister(values), systemClock),
  });
}

const names = Array.from({ length: Number(workerCount) }, (_, index) => `w${index}`);
await Promise.all(names.map(start));
process.once('message', () => process.exit(0));
process.send?.('ready');
