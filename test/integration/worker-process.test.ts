/**
 * The process `stageyard worker` on a real server, beside a real coordinator: it waits for what isn't there, tells of
 * itself, stops what is cancelled, and leaves in good order.
 */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { systemClock } from '#proto/adapters/system-clock.ts';
import { runId } from '#proto/ids.ts';
import { FarmClient } from '#deploy/farm-client/farm-client.ts';
import { type HeardCommand, heard } from '../support/heard-command.ts';
import { RecipeYard } from '../support/recipe-yard.ts';
import { NatsServer } from '../support/services/nats-server.ts';
import type { CommandOutcome } from '../support/stageyard.ts';
import { TellingScripts } from '../support/telling-scripts.ts';

/** What the contract allows. */
const CANCEL_MS_MAX = 2_000;
/** An end that waits for no server. */
const END_MS_MAX = 15_000;
const limits = { timeout: 120_000 };
const yard = new RecipeYard();
const farms: Farm[] = [];
let server: NatsServer;
let farmCount = 0;

/** A coordinator and workers of one farm. */
class Farm {
  readonly url: string;
  readonly name: string;
  readonly #started: HeardCommand[] = [];
  coordinatorUrl = '';

  constructor(url = server.url) {
    farmCount += 1;
    this.url = url;
    this.name = `workers-${farmCount}`;
    farms.push(this);
  }

  async coordinator(): Promise<void> {
    const words = ['--listen', '127.0.0.1:0', '--assume-sync-always'];
    const started = this.#start('coordinator', words);
    const [, url = ''] = await started.says(/clients reach the coordinator at (\S+)/);
    this.coordinatorUrl = url;
    await started.says(/the coordinator leads/);
  }

  worker(name: string, words: readonly string[] = [], env = {}): HeardCommand {
    const cacheDir = join(yard.directory, this.name, name);
    const own = ['--name', name, '--cache-dir', cacheDir, '--build-root', yard.buildRoot];
    return this.#start('worker', [...own, ...words], env);
  }

  /** A client's command, to its end. */
  client(...words: readonly string[]): Promise<CommandOutcome> {
    return yard.run(words, { env: { STAGEYARD_FARM: this.coordinatorUrl } });
  }

  async json<T>(...words: readonly string[]): Promise<T> {
    const { stdout, stderr, code } = await this.client(...words, '--json');
    assert.equal(code, 0, stderr);
    const value: T = JSON.parse(stdout);
    return value;
  }

  /** Hands in a recipe of one package; answers the run's name. */
  async submit(name: string, script: string, more: readonly string[] = []): Promise<string> {
    const text = `package: {name: ${name}, version: "1"}\nbuild:\n  script:\n    content: |\n`;
    const lines = script.split('\n').map((line) => `      ${line}\n`);
    const recipe = yard.recipe(`${this.name}-${name}`, `${text}${lines.join('')}`);
    const channel = ['-c', yard.channel, '--bundle-channel'];
    const words = ['submit', '--recipe', recipe, ...channel, '--no-test', ...more];
    return (await this.json<{ run: string }>(...words)).run;
  }

  /** Resolves with how a run ended: 0 or 1. */
  async outcome(run: string): Promise<number | null> {
    return (await this.client('watch', run)).code;
  }

  async end(): Promise<void> {
    for (const { child } of this.#started) child.kill('SIGKILL');
    await Promise.all(this.#started.map(({ ended }) => ended));
  }

  #start(command: 'coordinator' | 'worker', words: readonly string[], env = {}): HeardCommand {
    const store = ['--store', `dir:${join(yard.directory, this.name, 'store')}`];
    const nats = ['--nats-servers', this.url, '--nats-farm', this.name];
    const started = heard(yard.start([command, ...nats, ...store, ...words], { env }));
    this.#started.push(started);
    return started;
  }
}

async function end({ child, ended }: HeardCommand): Promise<CommandOutcome> {
  child.kill('SIGTERM');
  return ended;
}

async function readiness(url: string): Promise<readonly [status: number, text: string]> {
  const response = await fetch(url);
  return [response.status, await response.text()];
}

before(async () => {
  server = await NatsServer.start();
});
after(async () => {
  await Promise.all(farms.map((farm) => farm.end()));
  await server.dispose();
  await yard.remove();
});

describe('a worker', { concurrency: 2, ...limits }, () => {
  it('waits for NATS, then for a coordinator, and tells of itself', async (t) => {
    const late = await NatsServer.start();
    t.after(() => late.dispose());
    const scripts = await TellingScripts.open();
    t.after(() => scripts.close());
    await late.kill();
    const farm = new Farm(late.url);
    const offers = ['--slots', '2', '--labels', 'big,gpu'];
    const worker = farm.worker('early', [...offers, '--health', '127.0.0.1:0']);
    const [, health = ''] = await worker.says(/health at (\S+)\/healthz/);
    await worker.says(/waiting for NATS at nats:\/\/127/);
    assert.equal((await fetch(`${health}/healthz`)).status, 200);
    const [status, text] = await readiness(`${health}/readyz`);
    assert.equal(status, 503);
    assert.match(text, /waits for NATS/);
    await late.restart();
    await worker.says(/early takes tasks \(\S+, 2 at a time\)/);
    assert.equal((await readiness(`${health}/readyz`))[0], 200);
    await farm.coordinator();
    const running = scripts.next();
    const run = await farm.submit('small', `echo a line of its log\n${scripts.text}`);
    const { goOn } = await running;
    const { workers } = await farm.json<{ workers: readonly Record<string, unknown>[] }>('workers');
    const [seen] = workers;
    assert.deepEqual([workers.length, seen?.['worker'], seen?.['slots']], [1, 'early', 2]);
    assert.deepEqual(seen?.['labels'], ['big', 'gpu']);
    goOn();
    assert.equal(await farm.outcome(run), 0);
    const { code, stderr } = await end(worker);
    assert.equal(code, 0, stderr);
    assert.equal(stderr.split('waiting for').length, 2, stderr);
    assert.match((await farm.client('logs', run)).stdout, /a line of its log/);
  });

  it('leaves the log of a failed attempt in the store', async () => {
    const farm = new Farm();
    await farm.coordinator();
    const worker = farm.worker('w');
    const run = await farm.submit('broken', 'echo all is lost\nexit 3');
    assert.equal(await farm.outcome(run), 1);
    await end(worker);
    assert.match((await farm.client('logs', run)).stdout, /all is lost/);
  });

  it('stops a script within two seconds after it was cancelled', async (t) => {
    const farm = new Farm();
    const scripts = await TellingScripts.open();
    t.after(() => scripts.close());
    await farm.coordinator();
    const worker = farm.worker('w');
    const running = scripts.next();
    const run = runId(await farm.submit('endless', `${scripts.text}`));
    const { gone } = await running;
    const { coordinatorUrl: url } = farm;
    const client = new FarmClient({
      addresses: [url],
      clock: systemClock,
      patienceMs: 0,
      say: () => undefined,
    });
    const cancelledAtMs = performance.now();
    await client.change(run, 'cancel');
    await gone;
    assert.ok(performance.now() - cancelledAtMs < CANCEL_MS_MAX);
    client.close();
    assert.equal(await farm.outcome(run), 1);
    assert.equal((await end(worker)).code, 0);
  });

  it('finishes what runs when it is told to end, and takes nothing new', async (t) => {
    const farm = new Farm();
    const scripts = await TellingScripts.open();
    t.after(() => scripts.close());
    await farm.coordinator();
    const worker = farm.worker('w', ['--health', '127.0.0.1:0']);
    const [, health = ''] = await worker.says(/health at (\S+)\/healthz/);
    const running = scripts.next();
    const run = await farm.submit('last', `${scripts.text}\necho finished in peace`);
    const later = await farm.submit('later', 'true');
    const { goOn } = await running;
    worker.child.kill('SIGTERM');
    await worker.says(/w finishes 1 task and ends/);
    assert.match((await readiness(`${health}/readyz`))[1], /it ends/);
    goOn();
    const { code, stderr } = await worker.ended;
    assert.equal(code, 0, stderr);
    assert.equal(await farm.outcome(run), 0);
    assert.deepEqual((await farm.json<{ workers: readonly unknown[] }>('workers')).workers, []);
    const { tasks } = await farm.json<{ tasks: readonly { phase: string }[] }>('status', later);
    assert.deepEqual(
      tasks.map(({ phase }) => phase),
      ['offered'],
    );
  });

  it('hands back what takes longer than its grace time; another one finishes it', async (t) => {
    const farm = new Farm();
    const scripts = await TellingScripts.open();
    t.after(() => scripts.close());
    await farm.coordinator();
    const worker = farm.worker('leaving', ['--grace', '0s']);
    const running = scripts.next();
    const run = await farm.submit('moved', scripts.text);
    const { gone } = await running;
    const [{ code, stderr }] = await Promise.all([end(worker), gone]);
    assert.equal(code, 0, stderr);
    const again = scripts.next();
    farm.worker('staying');
    (await again).goOn();
    assert.equal(await farm.outcome(run), 0);
    const { tasks } = await farm.json<{ tasks: readonly { epoch: number }[] }>('status', run);
    assert.deepEqual(
      tasks.map(({ epoch }) => epoch),
      [2],
    );
  });

  it('takes tasks with needs from their own queue when it has what they need', async (t) => {
    const farm = new Farm();
    const scripts = await TellingScripts.open();
    t.after(() => scripts.close());
    await farm.coordinator();
    const workers = [farm.worker('plain'), farm.worker('fit', ['--labels', 'gpu'])];
    for (const worker of workers) await worker.says(/takes tasks/);
    const running = scripts.next();
    const run = await farm.submit('needy', scripts.text, ['--require-label', 'gpu']);
    const { goOn } = await running;
    type Views = { tasks: readonly { worker: string | null }[] };
    const { tasks } = await farm.json<Views>('status', run);
    assert.deepEqual(
      tasks.map(({ worker }) => worker),
      ['fit'],
    );
    goOn();
    assert.equal(await farm.outcome(run), 0);
    for (const worker of workers) assert.equal((await end(worker)).code, 0);
  });

  it('does not take the name of one that runs, and takes that of one that was killed', async () => {
    const farm = new Farm();
    const first = farm.worker('twin');
    await first.says(/twin takes tasks/);
    const { code, stderr } = await farm.worker('twin').ended;
    assert.equal(code, 2, stderr);
    assert.match(stderr, /a worker named twin runs on this farm already: .*--name/);
    first.child.kill('SIGKILL');
    await first.ended;
    await farm.worker('twin').says(/twin takes tasks/);
  });

  it('waits for NATS that goes away while it starts', async (t) => {
    const own = await NatsServer.start();
    t.after(() => own.dispose());
    const scripts = await TellingScripts.open();
    t.after(() => scripts.close());
    // Asked for its version before tasks are taken.
    const tools = join(yard.directory, 'tools');
    await mkdir(tools);
    await writeFile(join(tools, 'cc'), `#!/bin/bash\n${scripts.text}\n`, { mode: 0o755 });
    const compiler = scripts.next();
    const PATH = `${tools}:${process.env['PATH'] ?? ''}`;
    const worker = new Farm(own.url).worker('patient', [], { PATH });
    const { goOn } = await compiler;
    await own.kill();
    goOn();
    await worker.says(/waiting for NATS/);
    await own.restart();
    await worker.says(/patient takes tasks/);
  });

  it('ends while NATS is away when told to', async (t) => {
    const own = await NatsServer.start();
    t.after(() => own.dispose());
    const farm = new Farm(own.url);
    const worker = farm.worker('w', ['--health', '127.0.0.1:0']);
    const [, health = ''] = await worker.says(/health at (\S+)\/healthz/);
    await worker.says(/takes tasks/);
    await own.kill();
    const toldAtMs = performance.now();
    const { code, stderr } = await end(worker);
    assert.equal(code, 0, stderr);
    assert.ok(performance.now() - toldAtMs < END_MS_MAX);
    await assert.rejects(fetch(`${health}/healthz`));
  });

  it('serves its health on loopback only', async () => {
    const worker = new Farm().worker('w', ['--health', '0.0.0.0:0']);
    const { code, stderr } = await worker.ended;
    assert.equal(code, 2, stderr);
    assert.match(stderr, /only this machine may ask: listen on 127/);
  });
});
