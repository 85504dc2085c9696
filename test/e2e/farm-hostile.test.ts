/**
 * A run on real processes while somebody writes junk and lies to every subject that they listen to, or removes what
 * they keep in NATS: the run ends well, with the packages of a quiet build.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { jetstream, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { sha256Digest } from '#proto/digest.ts';
import { attemptId, runId, taskId, workerId } from '#proto/ids.ts';
import { encodeTaskEvent, encodeTaskOffer } from '#proto/messages/task-codec.ts';
import { type FarmNames, farmNames } from '#proto/subjects.ts';
import { FarmBench, heldRecipe } from '../support/farm-processes/farm-bench.ts';
import type { FarmProcess } from '../support/farm-processes/farm-process.ts';
import type { TestFarm } from '../support/farm-processes/test-farm.ts';
import { sampleEvents, sampleOffer } from '../support/sample-messages.ts';

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

let bench: FarmBench;

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

/** `attack` while the script of the only runnable task waits; it lets it go. */
async function underAttack(attack: (attacker: Attacker) => Promise<void>): Promise<void> {
  const connection = await connect({ servers: bench.nats.url });
  const use = async (farm: TestFarm): Promise<void> => {
    const coordinator = farm.coordinator();
    await farm.submit([bench.recipe]);
    const attempt = await farm.worker('one').until('working', ({ phase }) => phase === 'script');
    const stream = jetstream(connection);
    const manager = await stream.jetstreamManager();
    const names = farmNames(farm.name);
    await attack({ farm, coordinator, attempt, names, connection, stream, manager });
    await bench.endsWell(farm);
  };
  try {
    await bench.withFarm(CASE_MS, use);
  } finally {
    await connection.close();
  }
}

/** Resolves when the coordinator leads for the `count`th time. */
async function leads(coordinator: FarmProcess, count: number): Promise<void> {
  const isLead = (line: string): boolean => line === 'the coordinator leads';
  await coordinator.until('said', () => {
    const said = coordinator.sayings.filter(
      ({ event, ...it }) => event === 'said' && 'line' in it && isLead(it.line),
    );
    return said.length >= count;
  });
}

describe('a run among junk and lies', limits, () => {
  before(async () => {
    bench = await FarmBench.open(heldRecipe);
  });

  after(() => bench.dispose());

  beforeEach(() => bench.reset());

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
      bench.letGo();
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
        bench.letGo();
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
        bench.letGo();
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
      bench.letGo();
    });
  });
});
