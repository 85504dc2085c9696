/**
 * Two workers of one platform, one of which has a secret: only that one gets the task that declares it, the task waits
 * while it is away and says why, and the value is in no message, journal entry, blob or log.
 */
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { DirectoryBlobStore } from '#proto/adapters/directory-blob-store.ts';
import { MemoryBus } from '#proto/adapters/memory-bus.ts';
import { MemoryRunRegister } from '#proto/adapters/memory-run-register.ts';
import { SqliteResultIndex } from '#proto/adapters/sqlite-result-index.ts';
import { systemClock } from '#proto/adapters/system-clock.ts';
import { runId, taskId, workerId } from '#proto/ids.ts';
import { encodeWorkerAnnouncement } from '#proto/messages/codec.ts';
import { nameList, poolName } from '#proto/task-requests.ts';
import { farmRetryPolicy } from '#coordinator/core/retry-policy.ts';
import type { RunPlan } from '#coordinator/core/run-plan.ts';
import { planRun } from '#coordinator/plan/plan-run.ts';
import type { Farm } from '#coordinator/shell/farm.ts';
import { openFarm } from '#coordinator/shell/running-farm.ts';
import { storePlan } from '#coordinator/shell/stored-plan.ts';
import { bundleTree } from '#deploy/bundle/bundle-tree.ts';
import { createInspector } from '#wasm-inspect/host/inspector.ts';
import { createEnvironmentService } from '#workers/environment/environment-service.ts';
import { readWorkerSecrets } from '#workers/secrets/worker-secrets.ts';
import { PoolWatch } from '#workers/shell/pool-watch.ts';
import { WorkerPool } from '#workers/shell/worker-pool.ts';
import { createTaskExecutor } from '#workers/tasks/executor.ts';
import { altered } from '../support/altered.ts';
import { endOf, runOf } from '../support/farm-house.ts';
import { FakeJournal } from '../support/fake-journal.ts';
import { inlineScript, output, planInput, recipe, sha256Hex } from '../support/rendered-outputs.ts';
import { sampleAnnouncement } from '../support/sample-messages.ts';
import { SilentLogger } from '../support/silent-logger.ts';
import { filesWith } from '../support/stored-bytes.ts';
import { withTemporaryDirectory } from '../support/temporary-directory.ts';

const VALUE = 'battery-staple-77';
const SCRIPT = 'mkdir -p $PREFIX/share/a; echo "with $SIGN_KEY"; set; touch $PREFIX/share/a/b';

class SecretFarm {
  readonly bus = new MemoryBus({ clock: systemClock });
  readonly register = new MemoryRunRegister();
  readonly journal = new FakeJournal();
  readonly logger = new SilentLogger();
  readonly directory: string;
  /** Everything that went over the bus. */
  readonly messages: Uint8Array[] = [];
  readonly #blobs: DirectoryBlobStore;
  readonly #results: SqliteResultIndex;

  private constructor(directory: string, blobs: DirectoryBlobStore, results: SqliteResultIndex) {
    this.directory = directory;
    this.#blobs = blobs;
    this.#results = results;
  }

  static async open(directory: string): Promise<SecretFarm> {
    const blobs = await DirectoryBlobStore.open(join(directory, 'blobs'));
    const path = join(directory, 'results.sqlite');
    return new SecretFarm(
      directory,
      blobs,
      await SqliteResultIndex.open({ path, clock: systemClock }),
    );
  }

  async close(): Promise<void> {
    await this.bus.close();
    await this.#results.close();
  }

  coordinator(): Promise<Farm> {
    const { journal, register, logger } = this;
    const ports = { journal, register, logger, blobs: this.#blobs, clock: systemClock, term: 1 };
    return openFarm({ ...ports, bus: this.#heardBus() });
  }

  /** A package whose script declares the secret, and one whose doesn't. */
  async plan(): Promise<RunPlan> {
    const recipeDir = join(this.directory, 'recipe');
    await mkdir(recipeDir);
    const target = { store: this.#blobs, owner: 'test' };
    const tree = await bundleTree({ root: recipeDir, useGitignore: false, exclude: [], ...target });
    const bundle = { recipeFile: 'recipe.yaml', recipeDir: tree, pathSources: {} };
    const outputs = [
      output({ name: 'signed', script: { ...inlineScript(SCRIPT), secrets: ['SIGN_KEY'] } }),
      output({ name: 'plain', script: inlineScript(SCRIPT) }),
    ];
    const planned = planRun(planInput([recipe(outputs, { bundle })], { channels: [] }));
    assert.ok(planned.ok);
    const run = runId('r1');
    const tasks = planned.value.tasks.map((task) => ({ ...task, spec: { ...task.spec, run } }));
    return storePlan({
      plan: { ...planned.value, run, tasks },
      blobs: this.#blobs,
      options: { continueOnFailure: true, queueDepth: 2, retry: farmRetryPolicy },
      poolOf: (platform, requests) => poolName(platform, requests, sha256Hex),
    });
  }

  /** Announces itself once, and works until it is drained. */
  async worker(
    name: string,
    environment: Readonly<Record<string, string>>,
  ): Promise<() => Promise<void>> {
    const { logger, register } = this;
    const secrets = await readWorkerSecrets({ environment });
    const able = { platform: 'linux-64', labels: [], secretNames: secrets.names };
    const clock = systemClock;
    const watch = new PoolWatch({ register, clock, logger, able });
    const bus = this.#heardBus();
    const directory = join(this.directory, name);
    const logDir = join(directory, 'logs');
    await mkdir(logDir, { recursive: true });
    const caller = { PATH: process.env['PATH'] ?? '' };
    const blobs = this.#blobs;
    const cacheDir = join(directory, 'environments');
    const environments = createEnvironmentService({ cacheDir, blobs, logger, environment: caller });
    const executor = createTaskExecutor({
      environments,
      blobs,
      results: this.#results,
      clock,
      inspector: createInspector(),
      sourceCacheDir: join(directory, 'sources'),
      logDirOf: () => logDir,
      identity: sampleAnnouncement.identity,
      caller,
      secrets,
      buildRoot: join(this.directory, 'b'),
    });
    const worker = workerId(name);
    const ports = { bus, blobs, clock, logger, executor, worker };
    const pool = await WorkerPool.start({ ...ports, pools: () => watch.pools, slots: 1 });
    const about = { ...sampleAnnouncement, ...able, worker, running: [] };
    const state = { isDraining: false, isSick: false };
    bus.announce(name, encodeWorkerAnnouncement({ ...about, ...state }));
    return async () => {
      await pool.drain();
      await watch.stop();
      await environments.close();
    };
  }

  #heardBus(): MemoryBus {
    const { bus, messages } = this;
    const heard = (body: Uint8Array): Uint8Array => {
      messages.push(Uint8Array.from(body));
      return body;
    };
    return altered(bus, {
      offer: (queue, id, body) => bus.offer(queue, id, heard(body)),
      publishEvent: (id, body) => bus.publishEvent(id, heard(body)),
      publishLog: (run, task, chunk) => bus.publishLog(run, task, heard(chunk)),
      request: (address, body, timeoutMs) => bus.request(address, heard(body), timeoutMs),
      announce: (worker, body) => bus.announce(worker, heard(body)),
    });
  }
}

/** The task's reason when it waits for nothing but a worker. */
async function reasonOf(farm: Farm, task: string): Promise<unknown> {
  const views = await runOf(farm, 'r1').tasks();
  return views.find(({ id }) => id === taskId(task))?.reason;
}

async function done(farm: Farm, task: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = await runOf(farm, 'r1').follow((event) => {
    if (event.kind === 'task' && event.task.id === task && event.task.phase === 'done') resolve();
  });
  const view = (await runOf(farm, 'r1').tasks()).find(({ id }) => id === task);
  if (view?.phase === 'done') resolve();
  await promise;
  stop();
}

describe('a farm on which one worker has a secret', { timeout: 60_000 }, () => {
  it('gives it the task that declares it, and the value to nobody', () =>
    withTemporaryDirectory(async (directory) => {
      const house = await SecretFarm.open(directory);
      const farm = await house.coordinator();
      await farm.submit(await house.plan());
      const stopPlain = await house.worker('plain', { STAGEYARD_SECRET_OTHER: 'other-value' });
      await done(farm, 'package:plain-1.0-h0123456_0');
      const signed = 'package:signed-1.0-h0123456_0';
      assert.deepEqual(await reasonOf(farm, signed), {
        kind: 'missing',
        labels: [],
        secrets: ['SIGN_KEY'],
      });
      const stopKeyed = await house.worker('keyed', { STAGEYARD_SECRET_SIGN_KEY: VALUE });
      assert.equal(await endOf(farm, 'r1'), 'succeeded');
      const journal = house.journal.entries.map(({ body }) => Buffer.from(body).toString());
      const accepted = journal.join('\n').match(/"kind":"attempt-accepted"[^}]*/g) ?? [];
      assert.deepEqual(
        nameList(
          accepted.map(
            (text) =>
              `${/"task":"package:(\w+)/.exec(text)?.[1]} by ${/"worker":"(\w+)/.exec(text)?.[1]}`,
          ),
        ),
        ['plain by plain', 'signed by keyed'],
      );
      await Promise.all([stopPlain(), stopKeyed()]);
      await farm.close();
      await house.close();
      const said = Buffer.concat(house.messages).toString('latin1');
      assert.match(said, /with \*{8}/);
      assert.match(said, /SIGN_KEY/);
      const ourLog = JSON.stringify(house.logger.lines);
      for (const text of [said, journal.join('\n'), ourLog]) {
        assert.ok(!text.includes(VALUE));
        assert.ok(!text.includes('other-value'));
      }
      assert.deepEqual(await filesWith(directory, [VALUE, 'other-value']), []);
    }));
});
