/** A log that is followed while a script writes it: each line once, whoever goes away meanwhile. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { StageyardError } from '#proto/errors.ts';
import { runId } from '#proto/ids.ts';
import { isTerminal } from '#coordinator/core/state.ts';
import type { TaskView } from '#coordinator/shell/run-events.ts';
import { FollowedLog } from '#deploy/farm-client/followed-log.ts';
import type { TaskRequest } from '#workers/shell/task-executor.ts';
import type { WorkerPool } from '#workers/shell/worker-pool.ts';
import { FarmHouse } from '../../../support/farm-house.ts';
import { HttpFarm } from '../../../support/http-farm.ts';

const name = runId('r-1');

/** The first script of the farm: writes what it is told to, and keeps its log as a worker does. */
class Script {
  readonly #begun = Promise.withResolvers<TaskRequest>();
  readonly #end = Promise.withResolvers<StageyardError | undefined>();
  #lines: string[] = [];
  #isTaken = false;

  async run(house: FarmHouse, request: TaskRequest): Promise<void> {
    if (this.#isTaken) return;
    this.#isTaken = true;
    this.#begun.resolve(request);
    const failure = await this.#end.promise;
    const text = this.#lines.map((line) => `${line}\n`).join('');
    request.keepLog(await house.blobs.putBytes(new TextEncoder().encode(text)));
    if (failure !== undefined) throw failure;
  }

  get begun(): Promise<TaskRequest> {
    return this.#begun.promise;
  }

  async write(...lines: readonly string[]): Promise<void> {
    const { reporter } = await this.#begun.promise;
    for (const text of lines) reporter.report({ kind: 'line', text });
    this.keep(...lines);
  }

  /** They are in the stored log. */
  keep(...lines: readonly string[]): void {
    this.#lines.push(...lines);
  }

  end(failure?: StageyardError): void {
    this.#end.resolve(failure);
  }
}

describe('a followed log', () => {
  let house: FarmHouse;
  let door: HttpFarm;
  let script: Script;
  let worker: WorkerPool;
  let told: string[];
  const listeners = new Set<() => void>();

  beforeEach(async () => {
    script = new Script();
    told = [];
    house = new FarmHouse((request) => script.run(house, request));
    door = new HttpFarm(house);
    door.farm = await house.coordinator();
    await door.open();
    await door.client().submit(await house.plan(name));
    worker = await house.worker();
  });
  afterEach(async () => {
    script.end();
    await worker.stop();
    await door.close();
  });

  const tell = (text: string): void => {
    told.push(text);
    for (const listener of listeners) listener();
  };

  /** Follows the script's task to its end, as `stageyard logs -f` does. */
  async function follow(): Promise<TaskView> {
    const client = door.client();
    const task = (await script.begun).attempt.task;
    const onLine = async (text: string): Promise<void> => tell(text);
    const onMissing = (count: number | undefined): void => tell(`[${count ?? 'some'} missing]`);
    const log = new FollowedLog({ client, run: name, task, onLine, onMissing });
    for await (const event of client.events(name)) {
      if (event.kind === 'finished') break;
      if (event.kind === 'news') {
        const { news } = event;
        if (event.task === task && news.kind === 'line' && news.at !== undefined)
          await log.hear(news.text, news.at);
        continue;
      }
      const views = event.kind === 'opened' ? event.tasks : [event.task];
      const view = views.find(({ id }) => id === task);
      if (view === undefined) continue;
      await log.look(view);
      if (isTerminal(view)) return view;
    }
    throw new RangeError('the run ended before its task');
  }

  async function until(line: string): Promise<void> {
    while (!told.includes(line)) await new Promise<void>((resolve) => listeners.add(resolve));
  }

  it('goes on where it was when the connection was away', async () => {
    const followed = follow();
    await script.write('a', 'b');
    await until('b');
    const port = await door.shut();
    await script.write('c', 'd');
    await door.open(port);
    await script.write('e');
    await until('e');
    assert.deepEqual(told, ['a', 'b', 'c', 'd', 'e']);
    script.end();
    await followed;
    assert.deepEqual(told, ['a', 'b', 'c', 'd', 'e']);
  });

  it('says what nobody heard while the coordinator was away, and has all that follows', async () => {
    const followed = follow();
    await script.write('a', 'b');
    await until('b');
    const port = await door.shut();
    await door.farm?.close();
    await writeUnheard('c', 'd', 'e');
    door.farm = await house.coordinator();
    await door.open(port);
    await script.write('f');
    await until('f');
    script.end();
    await followed;
    assert.deepEqual(told, ['a', 'b', '[3 missing]', 'f']);
  });

  it('has from the stored log what was written last before the end, and while it was away', async () => {
    const followed = follow();
    await script.write('a');
    await until('a');
    const port = await door.shut();
    await door.farm?.close();
    await writeUnheard('b', 'c');
    script.end();
    door.farm = await house.coordinator();
    await door.open(port);
    assert.equal((await followed).phase, 'done');
    assert.deepEqual(told, ['a', 'b', 'c']);
  });

  it('tells lines of an older worker, which have no numbers, once', async () => {
    const followed = follow();
    const { task } = (await script.begun).attempt;
    const view = async (): Promise<TaskView | undefined> =>
      (await door.client().run(name)).tasks.find(({ id }) => id === task);
    while ((await view())?.phase !== 'running') await new Promise((next) => setImmediate(next));
    const chunk = new TextEncoder().encode('{"kind":"line","text":"a"}\n');
    house.bus.publishLog(name, task, chunk);
    await until('a');
    script.keep('a', 'b');
    script.end();
    await followed;
    assert.deepEqual(told, ['a', 'b']);
  });

  it('tells a log that is over as a whole, also of an attempt that failed', async () => {
    await script.write('a', 'b');
    script.end(new StageyardError('SCRIPT_FAILED', 'make: it failed'));
    const view = await follow();
    assert.equal(view.phase, 'failed');
    assert.deepEqual(told, ['a', 'b']);
  });

  /** Resolves when the lines were on the bus, where no coordinator listens. */
  async function writeUnheard(...lines: readonly string[]): Promise<void> {
    const gone = Promise.withResolvers<void>();
    const heard = await house.bus.onLog(name, (_task, chunk) => {
      if (new TextDecoder().decode(chunk).includes(`"text":"${lines.at(-1)}"`)) gone.resolve();
    });
    await script.write(...lines);
    await gone.promise;
    await heard.stop();
  }
});
