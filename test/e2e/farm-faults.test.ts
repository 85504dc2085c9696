/**
 * One run on real processes and real servers, again and again, each time with another fault. Every time all
 * tasks end well, and the packages are those of a quiet build on one machine, byte for byte.
 */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { CoordinatorWish } from '../support/farm-processes/child-words.ts';
import type { FarmProcess } from '../support/farm-processes/farm-process.ts';
import { epochEnvironment, packagesIn, TestFarm } from '../support/farm-processes/test-farm.ts';
import { type Fault, FaultProxy } from '../support/fault-proxy.ts';
import { NatsServer } from '../support/nats-server.ts';
import { RecipeYard } from '../support/recipe-yard.ts';
import { S3Server } from '../support/s3-server.ts';

const limits = { timeout: 240_000 };
const caseLimits = { timeout: 60_000 };
/** Steps of a task between worker and bus; those between them are the phases that it reports. */
const outerSteps = [
  'delivered',
  'before-accepted',
  'accepted',
  'before-done',
  'done',
  'before-acknowledgement',
  'acknowledged',
];

const yard = new RecipeYard();
/** Scripts that wait do so until this file is there. */
const go = join(yard.directory, 'go');
const servers: { nats: NatsServer; s3: S3Server }[] = [];
let quiet: ReadonlyMap<string, Buffer> = new Map();
let recipe = '';

function packageText(name: string): string {
  const script = JSON.stringify(`mkdir -p $PREFIX/x; echo ${name} > $PREFIX/x/${name}`);
  return `  - package: {name: ${name}}\n    build: {noarch: generic, script: ${script}}`;
}

/** A staging output of which two packages are made, others beside them, one of which waits; and a test. */
function recipeText(): string {
  const wait = `while [ ! -e '${go}' ]; do sleep 0.05; done`;
  const staged = `mkdir -p $PREFIX/x; echo a > $PREFIX/x/a; echo b > $PREFIX/x/b`;
  return [
    'recipe: {name: faulty, version: "1"}',
    'outputs:',
    '  - staging: {name: common}',
    `    build: {script: ${JSON.stringify(staged)}}`,
    ...['a', 'b'].map(
      (name) =>
        `  - package: {name: staged-${name}}\n    inherit: common\n    build: {files: [x/${name}]}`,
    ),
    '  - package: {name: waiting}',
    `    build: {noarch: generic, script: ${JSON.stringify(`${wait}; mkdir -p $PREFIX/x; echo w > $PREFIX/x/w`)}}`,
    '    tests: [{package_contents: {files: [x/w]}}]',
    ...['one', 'two', 'three', 'four', 'five', 'six'].map(packageText),
  ].join('\n');
}

/** The only server of the test file, running. */
async function farmServers(): Promise<{ nats: NatsServer; s3: S3Server }> {
  const [running] = servers;
  assert.ok(running !== undefined);
  await Promise.all([running.nats.ensureRunning(), running.s3.ensureRunning()]);
  return running;
}

/** A farm with the run planned; whatever `fault` does, the run ends well and with the right packages. */
async function withFarm(fault: (farm: TestFarm) => Promise<FarmProcess>): Promise<void> {
  const farm = new TestFarm(yard, await farmServers());
  try {
    await farm.submit([recipe]);
    const coordinator = await fault(farm);
    const { outcome } = await coordinator.until('finished');
    assert.equal(outcome, 'succeeded', coordinator.story);
    assertSamePackages(farm.packages);
  } finally {
    await farm.end();
  }
}

function assertSamePackages(packages: ReadonlyMap<string, Buffer>): void {
  assert.deepEqual([...packages.keys()], [...quiet.keys()]);
  for (const [name, bytes] of packages) {
    assert.ok(quiet.get(name)?.equals(bytes), `${name} differs from that of a quiet build`);
  }
}

/** A worker that dies at one step after the other, and comes back each time; answers where it died. */
async function mortalWorker(farm: TestFarm, steps: readonly string[]): Promise<readonly string[]> {
  const deaths: string[] = [];
  for (let left = steps; ; ) {
    const worker = farm.worker('mortal', { diesAt: left });
    await worker.exited;
    const last = worker.sayings.at(-1);
    if (last?.event !== 'dying') return deaths;
    deaths.push(last.at);
    left = left.filter((step) => step !== last.at);
  }
}

/** A coordinator that dies after each second entry (its first one says that it is back). */
async function mortalCoordinator(farm: TestFarm): Promise<{ last: FarmProcess; deaths: number }> {
  for (let deaths = 0; ; deaths += 1) {
    const last = farm.coordinator({ diesAfterEntries: deaths === 0 ? 1 : 2 });
    await last.exited;
    if (last.sayings.at(-1)?.event !== 'dying') return { last, deaths };
  }
}

const letGo = (): void => writeFileSync(go, '');

/** The waiting script runs, on this worker. */
function untilItWaits(worker: FarmProcess): Promise<unknown> {
  const isIt = (saying: { task: string; phase: string }): boolean =>
    saying.task.startsWith('package:waiting') && saying.phase === 'script';
  return worker.until('working', isIt);
}

describe('a run on a farm of real processes', limits, () => {
  before(async () => {
    const [nats, s3] = await Promise.all([NatsServer.start(), S3Server.start()]);
    servers.push({ nats, s3 });
    recipe = yard.recipe('faulty', recipeText());
    letGo();
    const outcome = await yard.buildRecipe(recipe, [], { env: epochEnvironment });
    assert.equal(outcome.code, 0, outcome.stdout + outcome.stderr);
    quiet = packagesIn(yard.output);
  });

  after(async () => {
    await Promise.all(servers.flatMap(({ nats, s3 }) => [nats.dispose(), s3.dispose()]));
    await yard.remove();
  });

  beforeEach(() => rmSync(go, { force: true }));

  it('ends well when its worker is killed at each step of a task', caseLimits, async () => {
    letGo();
    await withFarm(async (farm) => {
      const coordinator = farm.coordinator();
      const phases = ['script', 'capturing', 'restoring', 'selecting', 'checking'];
      const steps = [...outerSteps, ...phases, 'packaging', 'uploading', 'testing'];
      const mortal = mortalWorker(farm, steps);
      await coordinator.until('finished');
      await farm.end();
      const deaths = await mortal;
      assert.deepEqual(
        steps.filter((step) => !deaths.includes(step)),
        [],
        'steps at which it did not die',
      );
      return coordinator;
    });
  });

  it(
    'ends well when its coordinator is killed after each entry of its journal',
    caseLimits,
    async () => {
      letGo();
      await withFarm(async (farm) => {
        farm.worker('one');
        farm.worker('two');
        const { last, deaths } = await mortalCoordinator(farm);
        assert.ok(deaths > 10, `${deaths} deaths`);
        return last;
      });
    },
  );

  for (const server of ['nats', 's3'] as const) {
    it(
      `ends well when ${server} is killed while a script runs, and is back after it`,
      caseLimits,
      async () => {
        await withFarm(async (farm) => {
          const running = await farmServers();
          const coordinator = farm.coordinator();
          const worker = farm.worker('one');
          await untilItWaits(worker);
          await running[server].kill();
          letGo();
          await running[server].restart();
          return coordinator;
        });
      },
    );
  }

  it('refuses the result of a worker that was frozen past its lease', caseLimits, async () => {
    await withFarm(async (farm) => {
      const coordinator = farm.coordinator();
      const frozen = farm.worker('frozen');
      await untilItWaits(frozen);
      frozen.freeze();
      const other = farm.worker('other', { resultsPath: join(yard.directory, 'other.sqlite') });
      await untilItWaits(other);
      letGo();
      const { epoch } = await coordinator.until(
        'task',
        ({ what, task }) => what === 'task-done' && task.startsWith('package:waiting'),
      );
      assert.ok(epoch > 1);
      frozen.thaw();
      return coordinator;
    });
  });

  const offers: readonly [string, Partial<CoordinatorWish>][] = [
    ['every task is delivered twice', { offersTwice: true }],
    ['nothing goes wrong', {}],
  ];
  for (const [what, faults] of offers) {
    it(`ends well when ${what}`, caseLimits, async () => {
      letGo();
      await withFarm(async (farm) => {
        farm.worker('one');
        farm.worker('two');
        return farm.coordinator(faults);
      });
    });
  }

  it(
    'ends well when acknowledgements come after the lease has gone to somebody else',
    caseLimits,
    async () => {
      await withFarm(async (farm) => {
        const coordinator = farm.coordinator();
        await untilItWaits(farm.worker('one'));
        const late = farm.worker('late', { acksLateMs: 6_000 });
        await late.until('working');
        const other = farm.worker('other');
        await other.until('acknowledged', ({ deliveryCount }) => deliveryCount > 1);
        await late.until('acknowledged');
        letGo();
        return coordinator;
      });
    },
  );

  const faults: readonly Fault[] = [
    { kind: 'unavailable', times: 25 },
    { kind: 'reset', afterBytes: 300, times: 15 },
    { kind: 'corrupt', afterBytes: 600, times: 15 },
  ];
  for (const fault of faults) {
    it(`ends well when the answers of S3 are ${fault.kind} for a while`, caseLimits, async () => {
      letGo();
      const { s3 } = await farmServers();
      const proxy = await FaultProxy.start(s3.place.endpoint);
      const place = { ...s3.place, endpoint: proxy.url };
      try {
        await withFarm(async (farm) => {
          const worker = farm.worker('one', { s3: place });
          await worker.until('ready');
          proxy.fault = { ...fault };
          return farm.coordinator();
        });
        assert.equal('times' in proxy.fault && proxy.fault.times, 0, 'not all faults were made');
      } finally {
        await proxy.dispose();
      }
    });
  }

  it('has one leader when a second coordinator is started on its journal', caseLimits, async () => {
    await withFarm(async (farm) => {
      const first = farm.coordinator();
      const worker = farm.worker('one');
      await untilItWaits(worker);
      const second = farm.coordinator();
      await second.until('ready');
      letGo();
      const { code } = await first.until('ended');
      assert.equal(code, 'JOURNAL_CONFLICT');
      return second;
    });
  });
});
