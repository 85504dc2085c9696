/**
 * A run on real processes while somebody writes junk and lies to every subject that they listen to, or removes what
 * they keep in NATS: the run ends well, with the packages of a quiet build.
 */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { jetstream, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { systemClock } from '#proto/adapters/system-clock.ts';
import { sha256Digest } from '#proto/digest.ts';
import { attemptId, runId, taskId, workerId } from '#proto/ids.ts';
import { encodeTaskEvent, encodeTaskOffer } from '#proto/messages/task-codec.ts';
import { type FarmNames, farmNames } from '#proto/subjects.ts';
import type { FarmProcess } from '../support/farm-processes/farm-process.ts';
import {
  epochEnvironment,
  type PackageDigests,
  packagesIn,
  TestFarm,
} from '../support/farm-processes/test-farm.ts';
import { sampleEvents, sampleOffer } from '../support/sample-messages.ts';
import { NatsServer } from '../support/services/nats-server.ts';
import { RecipeYard } from '../support/recipe-yard.ts';
import { S3Server } from '../support/services/s3-server.ts';

const limits = { timeout: 160_000 };
/** Longest time of one case. */
const CASE_MS = 40_000;
const caseLimits = { timeout: CASE_MS + 10_000 };
/** Nothing that anybody sends. */
const junk = [
  new Uint8Array(0),
  Buffer.from('junk'),
  Buffer.alloc(900_000, 0xff),
  Buffer.alloc(900_000, 0x0a),
];
const noBlob = { digest: sha256Digest('7'.repeat(64)), sizeBytes: 10, location: 'blob/nowhere' };

const yard = new RecipeYard();
/** Scripts wait until this file is there. */
const go = join(yard.directory, 'go');
const servers: { nats: NatsServer; s3: S3Server }[] = [];
let quiet: PackageDigests = new Map();
let recipe = '';

/** Somebody with a connection to the farm's server. */
interface Attacker {
  readonly farm: TestFarm;
  readonly coordinator: FarmProcess;
  /** The attempt whose script waits. */
  readonly attempt: { readonly task: string; readonly epoch: number };
  readonly names: FarmNames;
  readonly connection: NatsConnection;
  readonly stream: JetStreamClient;
  readonly manager: JetStreamManager;
}

function recipeText(): string {
  const wait = `while [ ! -e '${go}' ]; do sleep 0.05; done`;
  const staged = `${wait}; mkdir -p $PREFIX/x; echo a > $PREFIX/x/a; echo b > $PREFIX/x/b`;
  return [
    'recipe: {name: calm, version: "1"}',
    'outputs:',
    '  - staging: {name: common}',
    `    build: {script: ${JSON.stringify(staged)}}`,
    ...['a', 'b'].map(
      (name) =>
        `  - package: {name: calm-${name}}\n    inherit: common\n    build: {files: [x/${name}]}`,
    ),
  ].join('\n');
}

/** `attack` while the script of the only runnable task waits; it lets it go. */
async function underAttack(attack: (attacker: Attacker) => Promise<void>): Promise<void> {
  const [running] = servers;
  assert.ok(running !== undefined);
  const farm = await TestFarm.open(yard, running);
  const connection = await connect({ servers: running.nats.url });
  const inTime = new AbortController();
  const isLate = systemClock.sleep(CASE_MS, inTime.signal).then(() => {
    throw new Error(`not over after ${CASE_MS} ms`);
  });
  const isOver = async (): Promise<void> => {
    const coordinator = farm.coordinator();
    await farm.submit([recipe]);
    const attempt = await farm.worker('one').until('working', ({ phase }) => phase === 'script');
    const stream = jetstream(connection);
    const manager = await stream.jetstreamManager();
    const names = farmNames(farm.name);
    await attack({ farm, coordinator, attempt, names, connection, stream, manager });
    assert.equal(await farm.outcome(), 'succeeded');
    assert.deepEqual(await farm.packages(), quiet);
  };
  try {
    await Promise.race([isOver(), isLate]);
  } catch (error) {
    throw new Error(farm.story, { cause: error });
  } finally {
    inTime.abort();
    isLate.catch(() => undefined);
    await connection.close();
    await farm.end();
  }
}

const letGo = (): void => writeFileSync(go, '');

/** Resolves when the coordinator leads for the `count`th time. */
async function leads(coordinator: FarmProcess, count: number): Promise<void> {
  const isLead = (line: string): boolean => line === 'the coordinator leads';
  await coordinator.until('said', () => {
    const said = coordinator.sayings.filter(
      ({ event, ...it }) => event === 'said' && 'line' in it && isLead(it.line),
    );
    return said.length === count;
  });
}

describe('a run among junk and lies', limits, () => {
  before(async () => {
    const [nats, s3] = await Promise.all([NatsServer.start(), S3Server.start()]);
    servers.push({ nats, s3 });
    recipe = yard.recipe('calm', recipeText());
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

  it('goes on when nobody can read what comes, and keeps it for people', caseLimits, async () => {
    await underAttack(async ({ farm, attempt, names, connection, stream, manager }) => {
      const offers = names.taskSubject({ pool: 'linux-64', lane: 'n' });
      const stored = [
        names.eventSubject('a'),
        offers,
        names.standingSubject(farm.run),
        names.poolsSubject,
      ];
      const heard = [
        names.presenceSubject('a'),
        names.controlSubject('one'),
        names.controlSubject(`coordinator.${farm.run}`),
        names.logSubject(farm.run, attempt.task),
      ];
      for (const body of junk) {
        for (const subject of heard) connection.publish(subject, body);
        for (const subject of stored) await stream.publish(subject, body);
      }
      letGo();
      await farm.outcome();
      const { state } = await manager.streams.info(names.deadStream);
      assert.equal(state.messages, 2 * junk.length);
    });
  });

  it(
    'believes no news of other runs, plans and attempts, and no result that is not there',
    caseLimits,
    async () => {
      await underAttack(async ({ farm, attempt, names, stream }) => {
        const { task, epoch } = attempt;
        const name = { task: taskId(task), attempt: attemptId(`${task}#${epoch}`), epoch };
        const head = { ...sampleEvents.done, ...name, run: farm.run, generation: 1 };
        const lie = {
          ...head,
          worker: workerId('liar'),
          body: { ...sampleEvents.done.body, output: noBlob },
        };
        const lies = [
          { ...lie, run: runId('r-other') },
          { ...lie, task: taskId('package:none') },
          { ...lie, generation: 7 },
          { ...lie, epoch: 99 },
          // The last one is believed at first: its result is looked at when somebody needs it.
          lie,
        ];
        for (const one of lies)
          await stream.publish(names.eventSubject('liar'), encodeTaskEvent(one));
        const offer = { ...sampleOffer, ...name, run: farm.run, spec: noBlob, inputs: noBlob };
        const pool = { pool: 'linux-64', lane: 'n' } as const;
        await stream.publish(names.taskSubject(pool), encodeTaskOffer(offer));
        await stream.publish(
          names.standingSubject(farm.run),
          '{"generation":9,"state":"finished","term":0}',
        );
        letGo();
      });
    },
  );

  it(
    'begins its attempts anew when the streams of offers and news are removed',
    caseLimits,
    async () => {
      await underAttack(async ({ names, manager, coordinator }) => {
        await manager.streams.delete(names.tasksStream);
        await manager.streams.delete(names.eventsStream);
        letGo();
        await coordinator.until('said', ({ line }) => /streams are gone from NATS/.test(line));
      });
    },
  );

  it('goes on when the register is emptied, and when it is removed', caseLimits, async () => {
    await underAttack(async ({ names, manager, coordinator }) => {
      await manager.streams.purge(names.registerStream);
      await coordinator.until('said', ({ line }) => /record of who leads is gone/.test(line));
      await leads(coordinator, 2);
      await manager.streams.delete(names.registerStream);
      await leads(coordinator, 3);
      letGo();
    });
  });
});
