/** What the containers of the servers are made with, beside a real server: no engine is needed for that. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import test from 'node:test';
import { wantedNats } from '#deploy/local-farm/services/nats-service.ts';
import { serverBinary } from '#deploy/local-farm/services/server-binary.ts';
import { NatsServer } from '../support/services/nats-server.ts';
import { checkout } from '../support/stageyard.ts';

const directory = join(checkout, 'deploy', 'compose');

test('the configuration of NATS is one that the server takes', async () => {
  const words = ['-c', join(directory, 'nats.conf'), '-t'];
  const env = { NATS_PASSWORD: 'k0123456789abcdef' };
  const outcome = spawnSync(await serverBinary(wantedNats), words, { env, encoding: 'utf8' });
  assert.equal(outcome.status, 0, outcome.stderr);
});

test('the health of a server is what it answers', async (context) => {
  const server = await NatsServer.start();
  context.after(() => server.dispose());
  const { port } = new URL(server.monitoringUrl);
  const asked = (path: string): number | null =>
    spawnSync('bash', [join(directory, 'http-ok.sh'), port, path], { stdio: 'ignore' }).status;
  assert.equal(asked('/healthz'), 0);
  assert.equal(asked('/no-such-page'), 1);
  await server.kill();
  assert.equal(asked('/healthz'), 1);
});
