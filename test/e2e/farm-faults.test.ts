/**
 * One run on real processes and real servers, again and again, each time with another fault. Every time all
 * tasks end well, and the packages are those of a quiet build on one machine, byte for byte.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { RunEvent, TaskView } from '#coordinator/shell/run-events.ts';
import { freePort } from '#deploy/local-farm/services/free-port.ts';
import { FarmBench, stagedPair, waitFor } from '../support/farm-processes/farm-bench.ts';
import type { FarmProcess } from '../support/farm-processes/farm-process.ts';
import { diesAfterFacts } from '../support/farm-processes/mortal-coordinator.ts';
import type { TestFarm } from '../support/farm-processes/test-farm.ts';
import { type Fault, FaultProxy } from '../support/fault-proxy.ts';

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

let bench: FarmBench;

function packageText(name: string): string {
  const script = JSON.stringify(`mkdir -p $PREFIX/x; echo ${name} > $PREFIX/x/${name}`);
  return `  - package: {name: ${name}}\n    build: {noarch: generic, script: ${script}}`;
}

function waitingText(go: string): string {
  const script = `${waitFor(go)}; mkdir -p $PREFIX/x; echo w > $PREFIX/x/w`;
  return `  - package: {name: waiting}\n    build: {noarch: generic, script: ${JSON.stringify(script)}}`;
}

/** A staging output of which two packages are made, others beside them, one of which waits; and a test. */
function recipeText(go: string): string {
  return [
    'recipe: {name: faulty, version: "1"}',
    'outputs:',
    ...stagedPair(),
    waitingText(go),
    '    tests: [{package_contents: {files: [x/w]}}]',
    ...['one', 'two', 'three', 'four', 'five', 'six'].map(packageText),
  ].join('\n');
}

/** What a failing script waits for. */
const toFail = (go: string): string => `${go}-and-fail`;

/** A package that fails once it may, one that needs it, one that waits, and others. */
function failingText(go: string): string {
  const needsBad = '    requirements: {host: [bad]}';
  return [
    'recipe: {name: failing, version: "1"}',
    'outputs:',
    waitingText(go),
    '  - package: {name: bad}',
    `    build: {noarch: generic, script: ${JSON.stringify(`${waitFor(toFail(go))}; exit 1`)}}`,
    packageText('after-bad'),
    needsBad,
    ...['one', 'two', 'three'].map(packageText),
  ].join('\n');
}

/** Whatever `fault` does to a farm, its run ends as it should; if nothing else is said, well and with the right packages. */
async function withFarm(
  fault: (farm: TestFarm) => Promise<void>,
  recipe = bench.recipe,
  endsAsWished = (farm: TestFarm): Promise<void> => bench.endsWell(farm),
): Promise<void> {
  await bench.withFarm(CASE_MS, async (farm) => {
    await Promise.all([farm.submit([recipe]), fault(farm)]);
    await endsAsWished(farm);
  });
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

function startTwo(farm: TestFarm): void {
  for (const name of ['one', 'two']) farm.worker(name);
}

const leads = ({ line }: { readonly line: string }): boolean => line === 'the coordinator leads';

/** The news that a task whose name begins like this is done. */
const isDone =
  (name: string) =>
  (event: RunEvent): boolean =>
    event.kind === 'task' && event.what === 'task-done' && event.task.id.startsWith(name);

/** A task whose name begins like this is in that phase: told as it happens, or by the next coordinator. */
const anyIs =
  (phase: TaskView['phase'], name = '') =>
  (event: RunEvent): boolean => {
    const tasks = event.kind === 'opened' ? event.tasks : event.kind === 'task' ? [event.task] : [];
    return tasks.some((task) => task.phase === phase && task.id.startsWith(name));
  };

/** The waiting script runs, on this worker. */
function untilItWaits(worker: FarmProcess): Promise<unknown> {
  const isIt = (saying: { task: string; phase: string }): boolean =>
    saying.task.startsWith('package:waiting') && saying.phase === 'script';
  return worker.until('working', isIt);
}

describe('a run on a farm of real processes', limits, () => {
  before(async () => {
    bench = await FarmBench.open(recipeText);
  });

  after(() => bench.dispose());

  beforeEach(() => bench.reset());

  it('ends well when its worker is killed at each step of a task', caseLimits, async () => {
    bench.letGo();
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
      bench.letGo();
      const kinds = ['run-submitted', 'run-resumed', 'task-offered', 'attempt-accepted'] as const;
      const last = ['task-done', 'task-published', 'run-finished'] as const;
      const fault = (farm: TestFarm): Promise<void> =>
        diesAfterFacts(farm, [...kinds, ...last], async () => {
          startTwo(farm);
        });
      await withFarm(fault);
    },
  );

  it(
    'ends once when its coordinator is killed after each entry about failures, pauses and the end',
    caseLimits,
    async () => {
      const failing = bench.yard.recipe('failing', failingText(bench.go));
      const kinds = ['attempt-failed', 'task-blocked', 'task-stopped', 'run-paused'] as const;
      const last = ['run-cancelled', 'run-finished'] as const;
      const fault = (farm: TestFarm): Promise<void> =>
        diesAfterFacts(farm, [...kinds, ...last], async () => {
          startTwo(farm);
          // Who hasn't begun, as far as a coordinator knows, when something fails never will.
          await farm.until(anyIs('running', 'package:waiting'));
          writeFileSync(toFail(bench.go), '');
          await farm.until(anyIs('blocked'));
          for (const wish of ['pause', 'resume', 'cancel'] as const) await farm.change(wish);
        });
      await withFarm(fault, failing, endsCancelled);
    },
  );

  for (const server of ['nats', 's3'] as const) {
    it(
      `ends well when ${server} is killed while a script runs, and is back after it`,
      caseLimits,
      async () => {
        await withFarm(async (farm) => {
          farm.coordinator();
          await untilItWaits(farm.worker('one'));
          await bench[server].kill();
          bench.letGo();
          await bench[server].restart();
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
      bench.letGo();
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
      bench.letGo();
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
        bench.letGo();
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
      bench.letGo();
      const { s3 } = bench;
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
        bench.letGo();
        farm.moveTo(port);
      });
    },
  );
});
