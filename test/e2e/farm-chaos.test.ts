/**
 * A run on a farm of which a process is killed again and again: NATS, the store, the coordinator that leads, the one
 * that waits, a worker. Each comes back before the next is killed. Then it is calm, and all tasks have to end.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { systemClock } from '#proto/adapters/system-clock.ts';
import type { TaskView } from '#coordinator/shell/run-events.ts';
import { freePort } from '#deploy/local-farm/services/free-port.ts';
import { FarmBench, within } from '../support/farm-processes/farm-bench.ts';
import { Supervised } from '../support/farm-processes/supervised.ts';
import { TestFarm } from '../support/farm-processes/test-farm.ts';
import { WorkLedger } from '../support/farm-processes/work-ledger.ts';
import type { NatsServer } from '../support/services/nats-server.ts';
import type { S3Server } from '../support/services/s3-server.ts';
import { SeededRandom } from '../sim/world/seeded-random.ts';

const KILLS = 30;
const PLAIN_PACKAGES = 30;
const TESTED_PACKAGES = 10;
const STAGED_PACKAGES = 9;
/** Between two kills, so that something is going on again. */
const PAUSE_MS_MAX = 500;
/** Everybody is back within this time. */
const READY_MS = 60_000;
/** After the last kill. */
const CALM_MS = 120_000;
const LOOK_MS = 100;

const seed = Number(process.env['STAGEYARD_CHAOS_SEED'] ?? Date.now() % 1_000_000);
let bench: FarmBench;

function packageText(name: string, slowly: string, tests = ''): string {
  const script = JSON.stringify(`${slowly}; echo ${name} > $PREFIX/x/${name}`);
  return `  - package: {name: ${name}}\n    build: {noarch: generic, script: ${script}}${tests}`;
}

/** 60 tasks: a staging output, packages of it and others, ten of them with a test. They take their time unless told to go. */
function recipeText(go: string): string {
  const slowly = `[ -e '${go}' ] || sleep 1.5; mkdir -p $PREFIX/x`;
  const names = (prefix: string, count: number): string[] =>
    Array.from({ length: count }, (_, index) => `${prefix}${index}`);
  const staged = names('s', STAGED_PACKAGES);
  const files = staged.map((name) => `echo ${name} > $PREFIX/x/${name}`).join('; ');
  return [
    'recipe: {name: chaos, version: "1"}',
    'outputs:',
    '  - staging: {name: common}',
    `    build: {script: ${JSON.stringify(`${slowly}; ${files}`)}}`,
    ...staged.map(
      (name) =>
        `  - package: {name: ${name}}\n    inherit: common\n    build: {files: [x/${name}]}`,
    ),
    ...names('p', PLAIN_PACKAGES).map((name) => packageText(name, slowly)),
    ...names('t', TESTED_PACKAGES).map((name) =>
      packageText(name, slowly, `\n    tests: [{package_contents: {files: [x/${name}]}}]`),
    ),
  ].join('\n');
}

const isLeading = (line: string): boolean => line === 'the coordinator leads';
const isWaiting = (line: string): boolean => line.startsWith('standby');
const isWorking = (line: string): boolean => line.includes('takes tasks');

interface Servers {
  readonly nats: NatsServer;
  readonly s3: S3Server;
}

/** All processes of the farm, and how to kill one. */
class Chaos {
  readonly kills = new Map<string, number>();
  readonly coordinators: readonly Supervised[];
  readonly workers: readonly Supervised[];
  readonly #farm: TestFarm;
  readonly #servers: Servers;
  readonly #ports: ReadonlyMap<Supervised, number>;
  readonly #random = new SeededRandom(seed);

  constructor(farm: TestFarm, servers: Servers, ports: readonly number[]) {
    this.#farm = farm;
    this.#servers = servers;
    this.coordinators = ports.map(
      (port) => new Supervised('coordinator', () => farm.coordinator({ port, isStandby: true })),
    );
    this.workers = ['one', 'two'].map((name) => new Supervised(name, () => farm.worker(name)));
    this.#ports = new Map(this.coordinators.map((one, index) => [one, ports[index] ?? 0]));
  }

  /** Kills somebody and sees to it that all are there again. */
  async killOne(): Promise<void> {
    const { nats, s3 } = this.#servers;
    const victims: Readonly<Record<string, () => Promise<void>>> = {
      nats: () => restarted(nats),
      s3: () => restarted(s3),
      coordinator: () => this.#leader.restart(),
      standby: () => this.#standby.restart(),
      'worker one': async () => this.workers[0]?.restart(),
      'worker two': async () => this.workers[1]?.restart(),
    };
    const name = this.#random.pick('victim', Object.keys(victims)) ?? 'nats';
    this.kills.set(name, (this.kills.get(name) ?? 0) + 1);
    await victims[name]?.();
    await this.untilReady();
    await systemClock.sleep(this.#random.integer('pause', 0, PAUSE_MS_MAX));
  }

  /** One coordinator leads, the other waits, and workers take tasks. */
  async untilReady(): Promise<void> {
    for (const sinceMs = performance.now(); !this.#isReady; ) {
      assert.ok(performance.now() - sinceMs < READY_MS, `somebody is missing\n${this.#farm.story}`);
      await systemClock.sleep(LOOK_MS);
    }
    this.#farm.moveTo(this.#ports.get(this.#leader) ?? 0);
  }

  end(): void {
    for (const one of [...this.coordinators, ...this.workers]) one.end();
  }

  get #isReady(): boolean {
    const leaders = this.coordinators.filter((one) => one.said(isLeading));
    const waiting = this.coordinators.filter((one) => one.said(isWaiting) && !one.said(isLeading));
    const areWorking = this.workers.every((one) => one.said(isWorking));
    return leaders.length === 1 && waiting.length === 1 && areWorking;
  }

  get #leader(): Supervised {
    return this.#coordinator((one) => one.said(isLeading));
  }

  get #standby(): Supervised {
    return this.#coordinator((one) => !one.said(isLeading));
  }

  #coordinator(fits: (one: Supervised) => boolean): Supervised {
    const found = this.coordinators.find(fits);
    assert.ok(found !== undefined, 'everybody was there');
    return found;
  }
}

async function restarted(server: NatsServer | S3Server): Promise<void> {
  await server.kill();
  await server.restart();
}

/** How bad it was. Fails when something was built twice and not the same. */
function report(chaos: Chaos, tasks: readonly TaskView[], calmMs: number): string {
  const ledger = new WorkLedger(
    chaos.workers.flatMap(({ name, incarnations }) =>
      incarnations.map(({ sayings, endedAtMs }) => ({ worker: name, sayings, endedAtMs })),
    ),
  );
  const retries = tasks.reduce((sum, { epoch }) => sum + epoch - 1, 0);
  const kills = [...chaos.kills].map(([name, count]) => `${name} ${count}`).join(', ');
  const different = ledger.contradictions(bench.quiet);
  assert.deepEqual(different, [], 'built twice, and not the same');
  return [
    `seed ${seed}; killed: ${kills}`,
    `${tasks.length} tasks; redeliveries ${ledger.redeliveryCount}, retries ${retries}`,
    `built more than once ${ledger.rebuiltCount}, each time the same`,
    `wasted slot-seconds ${ledger.wastedSeconds(tasks).toFixed(1)}`,
    `all ended ${(calmMs / 1000).toFixed(1)} s after the last kill`,
  ].join('\n');
}

describe('a run during which processes are killed all the time', { timeout: 420_000 }, () => {
  before(async () => {
    bench = await FarmBench.open(recipeText);
  });

  after(() => bench.dispose());

  it(`ends well after ${KILLS} kills, and nothing was built twice to a different result`, async (test) => {
    const farm = await TestFarm.open(bench.yard, bench);
    const chaos = new Chaos(farm, bench, [await freePort(), await freePort()]);
    try {
      await chaos.untilReady();
      await farm.submit([bench.recipe]);
      for (let kill = 0; kill < KILLS; kill += 1) await chaos.killOne();
      const calmAtMs = performance.now();
      await within(CALM_MS, farm.outcome());
      const calmMs = performance.now() - calmAtMs;
      await bench.endsWell(farm);
      const tasks = await farm.tasks();
      assert.equal(tasks.length, 60);
      test.diagnostic(report(chaos, tasks, calmMs));
    } catch (error) {
      throw new Error(farm.story, { cause: error });
    } finally {
      chaos.end();
      await farm.end();
    }
  });
});
