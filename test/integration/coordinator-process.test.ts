/**
 * The process `stageyard coordinator` on a real server: it waits for what isn't there, says what is wrong, and of
 * several on one farm exactly one leads, however the others end or are held up.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { type HeardCommand, heard } from '../support/heard-command.ts';
import { NatsServer } from '../support/services/nats-server.ts';
import { type CommandOutcome, type StartedCommand, Yard } from '../support/stageyard.ts';

/** What the contract of a standby allows. */
const TAKE_OVER_MS_MAX = 15_000;
/** An end that waits for no server. */
const END_MS_MAX = 9_000;
/** Their processes wait most of the time. */
const TESTS_AT_A_TIME = 4;
const limits = { timeout: 120_000 };
const yards: Yard[] = [];
const started: StartedCommand[] = [];
let server: NatsServer;
let farmCount = 0;

interface Wish {
  readonly farm: string;
  readonly url?: string;
  readonly words?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

function startCoordinator({ farm, url = server.url, words = [], env = {} }: Wish): HeardCommand {
  const yard = new Yard();
  yards.push(yard);
  const own = ['--nats-servers', url, '--nats-farm', farm, '--listen', '127.0.0.1:0'];
  const journal = words.includes('--journal') ? [] : ['--assume-sync-always'];
  const command = yard.start(['coordinator', ...own, ...journal, ...words], { env });
  started.push(command);
  return heard(command);
}

function nextFarm(): string {
  farmCount += 1;
  return `leaders-${farmCount}`;
}

async function refusalOf(wish: Wish): Promise<CommandOutcome> {
  const { ended } = startCoordinator(wish);
  return ended;
}

async function end({ child, ended }: StartedCommand): Promise<CommandOutcome> {
  child.kill('SIGTERM');
  return ended;
}

/** Both of a farm of its own, the second one waiting. */
async function leaderAndStandby(journal: 'jetstream' | 'sqlite') {
  const farm = nextFarm();
  const place = new Yard();
  yards.push(place);
  const file = `sqlite:${join(place.directory, 'journal.sqlite')}`;
  const words = journal === 'sqlite' ? ['--journal', file] : [];
  const leader = startCoordinator({ farm, words });
  await leader.says(/the coordinator leads/);
  const standby = startCoordinator({ farm, words: [...words, '--standby'] });
  await standby.says(/another coordinator leads \(.+, process \d+\)/);
  return { leader, standby };
}

before(async () => {
  server = await NatsServer.start();
});
after(async () => {
  for (const { child } of started) child.kill('SIGKILL');
  await Promise.all(started.map(({ ended }) => ended));
  await Promise.all(yards.map((yard) => yard.remove()));
  await server.dispose();
});

describe('several coordinators of one farm', { concurrency: TESTS_AT_A_TIME, ...limits }, () => {
  it('take turns for as long as one of them lives, where both may wait', async () => {
    const farm = nextFarm();
    const words = ['--standby'];
    const first = startCoordinator({ farm, words });
    await first.says(/the coordinator leads/);
    const second = startCoordinator({ farm, words });
    await second.says(/another coordinator leads/);
    first.child.kill('SIGSTOP');
    await second.says(/the coordinator leads/);
    first.child.kill('SIGCONT');
    await first.says(/does not lead[^]*standby: another coordinator leads/);
    second.child.kill('SIGKILL');
    await first.says(/the coordinator leads[^]*the coordinator leads/);
    assert.equal((await end(first)).code, 0);
  });

  it('refuse to lead while one leads, and name it', async () => {
    const farm = nextFarm();
    const leader = startCoordinator({ farm });
    await leader.says(/the coordinator leads/);
    const { code, stderr } = await refusalOf({ farm });
    assert.equal(code, 3, stderr);
    assert.match(
      stderr,
      new RegExp(`another coordinator leads this farm \\(.+, process ${leader.child.pid}\\)`),
    );
    assert.match(stderr, /--standby/);
    assert.equal((await end(leader)).code, 0);
  });

  it('follow each other at once after a clean end', async () => {
    const { leader, standby } = await leaderAndStandby('jetstream');
    assert.equal((await end(leader)).code, 0);
    await standby.says(/the coordinator leads/);
    assert.equal((await end(standby)).code, 0);
  });

  for (const journal of ['jetstream', 'sqlite'] as const) {
    it(`let a standby take over from a killed one (${journal})`, async () => {
      const { leader, standby } = await leaderAndStandby(journal);
      const killedAtMs = performance.now();
      leader.child.kill('SIGKILL');
      await standby.says(/the coordinator leads/);
      assert.ok(performance.now() - killedAtMs < TAKE_OVER_MS_MAX);
      assert.equal((await end(standby)).code, 0);
    });

    it(`let a standby take over from a paused one, which ends when it wakes up (${journal})`, async () => {
      const { leader, standby } = await leaderAndStandby(journal);
      const pausedAtMs = performance.now();
      leader.child.kill('SIGSTOP');
      if (journal === 'sqlite') await standby.says(/\(the process that has .* open\)/);
      else await standby.says(/the coordinator leads/);
      assert.ok(performance.now() - pausedAtMs < TAKE_OVER_MS_MAX);
      leader.child.kill('SIGCONT');
      const { code, stderr } = await leader.ended;
      assert.equal(code, 3, stderr);
      assert.match(stderr, /another coordinator/);
      await standby.says(/the coordinator leads/);
      assert.equal((await end(standby)).code, 0);
    });
  }
});

describe('a coordinator', { concurrency: TESTS_AT_A_TIME, ...limits }, () => {
  it('waits for NATS, and says so once', async () => {
    const late = await NatsServer.start();
    await late.kill();
    const waiting = startCoordinator({ farm: 'late', url: late.url });
    await waiting.says(/waiting for NATS at nats:\/\/127/);
    await late.restart();
    await waiting.says(/NATS at nats:\S+ is there/);
    await waiting.says(/the coordinator leads/);
    const { code, stderr } = await end(waiting);
    assert.equal(code, 0);
    assert.equal(stderr.split('waiting for').length, 2, stderr);
    await late.dispose();
  });

  it('waits for an S3 server, and tells those who ask', async () => {
    const env = {
      STAGEYARD_S3_ENDPOINT: 'http://127.0.0.1:9',
      STAGEYARD_S3_ACCESS_KEY: 'a',
      STAGEYARD_S3_SECRET_KEY: 's',
    };
    const waiting = startCoordinator({ farm: nextFarm(), words: ['--store', 's3://bucket'], env });
    const [, url = ''] = await waiting.says(/clients reach the coordinator at (\S+)/);
    await waiting.says(/waiting for the S3 store/);
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
    const answer = await fetch(`${url}/readyz`);
    assert.equal(answer.status, 503);
    assert.match(await answer.text(), /waits for its store/);
    assert.equal((await end(waiting)).code, 0);
  });

  it('leads again after an outage that no leadership survives', async () => {
    const own = await NatsServer.start();
    const leader = startCoordinator({ farm: 'outage', url: own.url });
    await leader.says(/the coordinator leads/);
    await own.kill();
    await leader.says(/could not be confirmed for 7 s/);
    await own.restart();
    await leader.says(/the coordinator leads[^]*the coordinator leads/);
    assert.equal((await end(leader)).code, 0);
    await own.dispose();
  });

  it('ends while NATS is away when told to', async () => {
    const own = await NatsServer.start();
    const leader = startCoordinator({ farm: 'away', url: own.url });
    await leader.says(/the coordinator leads/);
    await own.kill();
    const toldAtMs = performance.now();
    const { code, stderr } = await end(leader);
    assert.equal(code, 0, stderr);
    assert.ok(performance.now() - toldAtMs < END_MS_MAX);
    await own.dispose();
  });

  it('refuses wrong credentials at once, without showing them', async () => {
    const lines = ['authorization { user: "farm", password: "right-password" }'];
    const guarded = await NatsServer.start({ lines });
    const env = { STAGEYARD_NATS_USER: 'farm', STAGEYARD_NATS_PASSWORD: 'wrong-password' };
    const { code, stderr } = await refusalOf({ farm: 'guarded', url: guarded.url, env });
    assert.equal(code, 2, stderr);
    assert.match(stderr, /refuses these credentials/);
    assert.doesNotMatch(stderr, /wrong-password/);
    const right = { ...env, STAGEYARD_NATS_PASSWORD: 'right-password' };
    const admitted = startCoordinator({ farm: 'guarded', url: guarded.url, env: right });
    await admitted.says(/the coordinator leads/);
    await end(admitted);
    await guarded.dispose();
  });

  it('refuses a server that is too old, and names the oldest that will do', async () => {
    const info = { server_id: 'old', version: '2.8.4', proto: 1, max_payload: 1_048_576 };
    const old = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.on('data', () => void socket.write('PONG\r\n'));
      socket.write(`INFO ${JSON.stringify({ ...info, host: '127.0.0.1', jetstream: true })}\r\n`);
    }).listen(0, '127.0.0.1');
    await once(old, 'listening');
    const { port } = old.address() as AddressInfo;
    const { code, stderr } = await refusalOf({ farm: 'old', url: `nats://127.0.0.1:${port}` });
    assert.equal(code, 2, stderr);
    assert.match(stderr, /version 2\.8\.4: too old, 2\.9\.10 or newer is needed/);
    old.close();
  });

  it('refuses a stream of another make, and says what differs', async () => {
    const farm = nextFarm();
    const connection = await connect({ servers: server.url });
    const manager = await jetstream(connection).jetstreamManager();
    await manager.streams.add({ name: `${farm}-register`, subjects: [`${farm}.register.>`] });
    await connection.close();
    const { code, stderr } = await refusalOf({ farm });
    assert.equal(code, 2, stderr);
    assert.match(
      stderr,
      /exists with another configuration \(max_msgs_per_subject is -1, needed is 1\)/,
    );
  });

  it('refuses a server whose sync setting it cannot see, with both ways out', async () => {
    const words = ['--journal', 'jetstream', '--nats-monitoring', 'http://127.0.0.1:9'];
    const { code, stderr } = await refusalOf({ farm: nextFarm(), words });
    assert.equal(code, 2, stderr);
    assert.match(
      stderr,
      /can't verify the sync setting: use --journal sqlite:PATH .* --assume-sync-always/,
    );
  });
});
