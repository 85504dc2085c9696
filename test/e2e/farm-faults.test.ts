/**
 * One run on real processes and real servers, again and again, each time with another fault. Every time all
 * tasks end well, and the packages are those of a quiet build on one machine, byte for byte.
 */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { systemClock } from '#proto/adapters/system-clock.ts';
import type { Fact } from '#coordinator/core/facts.ts';
import type { RunEvent, TaskView } from '#coordinator/shell/run-events.ts';
import { freePort } from '#deploy/local-farm/services/free-port.ts';
import type { FarmProcess } from '../support/farm-processes/farm-process.ts';
import {
  epochEnvironment,
  type PackageDigests,
  packagesIn,
  TestFarm,
} from '../support/farm-processes/test-farm.ts';
import { type Fault, FaultProxy } from '../support/fault-proxy.ts';
import { NatsServer } from '../support/services/nats-server.ts';
import { RecipeYard } from '../support/recipe-yard.ts';
import { S3Server } from '../support/services/s3-server.ts';

const limits = { timeout: 240_000 };
/** Longest time of one case. */
const CASE_MS = 60_000;
const caseLimits = { timeout: CASE_MS + 10_000 };
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

/** Phases that no task leaves. */
const ended = new Set<TaskView['phase']>(['done', 'failed', 'blocked', 'stopped']);

const yard = new RecipeYard();
/** Scripts that wait do so until this file is there. */
const go = join(yard.directory, 'go');
const WAITING_SCRIPT = `while [ ! -e '${go}' ]; do sleep 0.05; done; mkdir -p $PREFIX/x; echo w > $PREFIX/x/w`;
const servers: { nats: NatsServer; s3: S3Server }[] = [];
let quiet: PackageDigests = new Map();
let recipe = '';

function packageText(name: string): string {
  const script = JSON.stringify(`mkdir -p $PREFIX/x; echo ${name} > $PREFIX/x/${name}`);
  return `  - package: {name: ${name}}\n    build: {noarch: generic, script: ${script}}`;
}

/** A staging output of which two packages are made, others beside them, one of which waits; and a test. */
function recipeText(): string {
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
    `    build: {noarch: generic, script: ${JSON.stringify(WAITING_SCRIPT)}}`,
    '    tests: [{package_contents: {files: [x/w]}}]',
    ...['one', 'two', 'three', 'four', 'five', 'six'].map(packageText),
  ].join('\n');
}

/** A package that fails, one that needs it, one that waits, and others. */
function failingText(): string {
  const needsBad = '    requirements: {host: [bad]}';
  return [
    'recipe: {name: failing, version: "1"}',
    'outputs:',
    '  - package: {name: waiting}',
    `    build: {noarch: generic, script: ${JSON.stringify(WAITING_SCRIPT)}}`,
    '  - package: {name: bad}',
    '    build: {noarch: generic, script: exit 1}',
    packageText('after-bad'),
    needsBad,
    ...['one', 'two', 'three'].map(packageText),
  ].join('\n');
}

/** The only server of the test file, running. */
async function farmServers(): Promise<{ nats: NatsServer; s3: S3Server }> {
  const [running] = servers;
  assert.ok(running !== undefined);
  await Promise.all([running.nats.ensureRunning(), running.s3.ensureRunning()]);
  return running;
}

/** Whatever `fault` does to a farm, its run ends as it should; if nothing else is said, well and with the right packages. */
async function withFarm(
  fault: (farm: TestFarm) => Promise<void>,
  run = { recipe, endsAsWished: endsWell },
): Promise<void> {
  const farm = await TestFarm.open(yard, await farmServers());
  const inTime = new AbortController();
  const isLate = systemClock.sleep(CASE_MS, inTime.signal).then(() => {
    throw new Error(`not over after ${CASE_MS} ms`);
  });
  const isOver = async (): Promise<void> => {
    await Promise.all([farm.submit([run.recipe]), fault(farm)]);
    await run.endsAsWished(farm);
  };
  try {
    await Promise.race([isOver(), isLate]);
  } catch (error) {
    throw new Error(farm.story, { cause: error });
  } finally {
    inTime.abort();
    isLate.catch(() => undefined);
    await farm.end();
  }
}

async function endsWell(farm: TestFarm): Promise<void> {
  assert.equal(await farm.outcome(), 'succeeded');
  const tasks = await farm.tasks();
  assert.deepEqual(
    tasks.filter(({ phase }) => phase !== 'done'),
    [],
  );
  assert.deepEqual(await farm.packages(), quiet);
}

async function endsCancelled(farm: TestFarm): Promise<void> {
  assert.equal(await farm.outcome(), 'cancelled');
  const tasks = await farm.tasks();
  const phases = tasks.map(({ title, phase }) => `${title.split(' ')[0]} ${phase}`);
  for (const expected of ['bad failed', 'after-bad blocked', 'waiting stopped']) {
    assert.ok(phases.includes(expected), `${expected}, not: ${phases.join(', ')}`);
  }
  const open = tasks.filter(({ phase }) => !ended.has(phase));
  assert.deepEqual(open, []);
}

/** A worker that dies at one step after the other, and comes back each time; answers where it died. */
async function mortalWorker(farm: TestFarm, steps: readonly string[]): Promise<readonly string[]> {
  const deaths: string[] = [];
  for (let left = steps; ; ) {
    const worker = farm.worker('mortal', { diesAt: left });
    await worker.exited;
    const last = worker.sayings.at(-1);
    if (last?.event !== 'dying' || farm.isOver) return deaths;
    deaths.push(last.at);
    left = left.filter((step) => step !== last.at);
  }
}

/**
 * A coordinator that dies after having stored its first entry (which keeps former ones out), its second (which says
 * that its runs go on; or the first run's submission) or its third, and comes back each time: every entry with news
 * of the run is the last one of a life. Answers the kinds of all facts after which it died.
 */
async function mortalCoordinator(farm: TestFarm): Promise<ReadonlySet<string>> {
  const lives = [2, 3, 1, 3];
  const kinds = new Set<string>();
  for (let deaths = 0; ; deaths += 1) {
    const coordinator = farm.coordinator({ diesAfterEntries: lives[deaths % lives.length] ?? 3 });
    await coordinator.exited;
    const last = coordinator.sayings.at(-1);
    if (last?.event !== 'dying' || farm.isOver) return kinds;
    for (const kind of last.facts) kinds.add(kind);
  }
}

/** While two workers build and `meanwhile` happens, the coordinator dies after each entry; after all these facts. */
async function diesAfterFacts(
  farm: TestFarm,
  expected: readonly Fact['kind'][],
  meanwhile: () => Promise<void>,
): Promise<void> {
  farm.worker('one');
  farm.worker('two');
  const mortal = mortalCoordinator(farm);
  await Promise.all([meanwhile(), farm.until(({ kind }) => kind === 'finished')]);
  farm.endCoordinators();
  const kinds = await mortal;
  const missing = expected.filter((kind) => !kinds.has(kind));
  assert.deepEqual(missing, [], 'facts after which it did not die');
  farm.coordinator();
}

const letGo = (): void => writeFileSync(go, '');

const leads = ({ line }: { readonly line: string }): boolean => line === 'the coordinator leads';

/** The news that a task whose name begins like this is done. */
const isDone =
  (name: string) =>
  (event: RunEvent): boolean =>
    event.kind === 'task' && event.what === 'task-done' && event.task.id.startsWith(name);

/** Something is blocked: told as it happens, or by the next coordinator. */
function isBlocked(event: RunEvent): boolean {
  const tasks = event.kind === 'opened' ? event.tasks : event.kind === 'task' ? [event.task] : [];
  return tasks.some(({ phase }) => phase === 'blocked');
}

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
    const phases = ['script', 'capturing', 'restoring', 'selecting', 'checking'];
    const steps = [...outerSteps, ...phases, 'packaging', 'uploading', 'testing'];
    await withFarm(async (farm) => {
      farm.coordinator();
      const mortal = mortalWorker(farm, steps);
      await farm.until(({ kind }) => kind === 'finished');
      farm.endWorkers();
      const deaths = await mortal;
      const spared = steps.filter((step) => !deaths.includes(step));
      assert.deepEqual(spared, [], 'steps at which it did not die');
    });
  });

  it(
    'ends well when its coordinator is killed after each entry it writes',
    caseLimits,
    async () => {
      letGo();
      const kinds = ['run-submitted', 'run-resumed', 'task-offered', 'attempt-accepted'] as const;
      const last = ['task-done', 'task-published', 'run-finished'] as const;
      await withFarm((farm) => diesAfterFacts(farm, [...kinds, ...last], async () => undefined));
    },
  );

  it(
    'ends once when its coordinator is killed after each entry about failures, pauses and the end',
    caseLimits,
    async () => {
      const failing = yard.recipe('failing', failingText());
      const kinds = ['attempt-failed', 'task-blocked', 'task-stopped', 'run-paused'] as const;
      const last = ['run-cancelled', 'run-finished'] as const;
      const fault = (farm: TestFarm): Promise<void> =>
        diesAfterFacts(farm, [...kinds, ...last], async () => {
          await farm.until(isBlocked);
          for (const wish of ['pause', 'resume', 'cancel'] as const) await farm.change(wish);
        });
      await withFarm(fault, { recipe: failing, endsAsWished: endsCancelled });
    },
  );

  for (const server of ['nats', 's3'] as const) {
    it(
      `ends well when ${server} is killed while a script runs, and is back after it`,
      caseLimits,
      async () => {
        await withFarm(async (farm) => {
          const running = await farmServers();
          farm.coordinator();
          await untilItWaits(farm.worker('one'));
          await running[server].kill();
          letGo();
          await running[server].restart();
        });
      },
    );
  }

  it('refuses the result of a worker that was frozen past its lease', caseLimits, async () => {
    await withFarm(async (farm) => {
      farm.coordinator();
      const frozen = farm.worker('frozen');
      await untilItWaits(frozen);
      frozen.freeze();
      await untilItWaits(farm.worker('other'));
      letGo();
      await farm.until(isDone('package:waiting'));
      frozen.thaw();
      const waiting = (await farm.tasks()).find(({ id }) => id.startsWith('package:waiting'));
      assert.equal(waiting?.result?.worker, 'other');
    });
  });

  const offers: readonly [string, { readonly offersTwice?: boolean }][] = [
    ['every task is delivered twice', { offersTwice: true }],
    ['nothing goes wrong', {}],
  ];
  for (const [what, faults] of offers) {
    it(`ends well when ${what}`, caseLimits, async () => {
      letGo();
      await withFarm(async (farm) => {
        farm.worker('one');
        farm.worker('two');
        farm.coordinator(faults);
      });
    });
  }

  it(
    'ends well when acknowledgements come after the lease has gone to somebody else',
    caseLimits,
    async () => {
      await withFarm(async (farm) => {
        farm.coordinator();
        await untilItWaits(farm.worker('one'));
        const late = farm.worker('late', { acksLateMs: 6_000 });
        await late.until('working');
        const other = farm.worker('other');
        await other.until('acknowledged', ({ deliveryCount }) => deliveryCount > 1);
        await late.until('acknowledged');
        letGo();
      });
    },
  );

  const faults: readonly Fault[] = [
    { kind: 'unavailable', times: 25 },
    { kind: 'reset', afterBytes: 300, times: 15 },
    { kind: 'truncate', afterBytes: 500, times: 15 },
    { kind: 'corrupt', afterBytes: 600, times: 15 },
  ];
  for (const fault of faults) {
    it(`ends well when S3 answers badly for a while (${fault.kind})`, caseLimits, async () => {
      letGo();
      const { s3 } = await farmServers();
      const proxy = await FaultProxy.start(s3.place.endpoint);
      try {
        await withFarm(async (farm) => {
          const worker = farm.worker('one', { s3: { ...s3.place, endpoint: proxy.url } });
          await worker.until('said', ({ line }) => line.includes('takes tasks'));
          proxy.fault = { ...fault };
          farm.coordinator();
        });
        assert.equal('times' in proxy.fault && proxy.fault.times, 0, 'not all faults were made');
      } finally {
        await proxy.dispose();
      }
    });
  }

  it(
    'has one leader: another one waits, leads when the first is frozen, and keeps it',
    caseLimits,
    async () => {
      await withFarm(async (farm) => {
        const first = farm.coordinator();
        await untilItWaits(farm.worker('one'));
        const refused = farm.coordinator({ port: await freePort() });
        await refused.until('ended', ({ code }) => code === 'LEADER_EXISTS');
        const port = await freePort();
        const standby = farm.coordinator({ port, isStandby: true });
        await standby.until('said', ({ line }) => line.startsWith('standby'));
        first.freeze();
        await standby.until('said', leads);
        first.thaw();
        await first.until('ended');
        letGo();
        farm.moveTo(port);
      });
    },
  );
});
