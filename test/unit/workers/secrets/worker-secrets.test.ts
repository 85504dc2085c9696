/** What a worker offers, and that nothing else of it can be asked for. */
import assert from 'node:assert/strict';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { StageyardError } from '#proto/errors.ts';
import { environmentForScripts, readWorkerSecrets } from '#workers/secrets/worker-secrets.ts';
import { temporaryDirectory } from '../../../support/test-directory.ts';

async function secretsFile(context: TestContext, text: string, mode = 0o600): Promise<string> {
  const file = join(await temporaryDirectory(context), 'secrets.yaml');
  await writeFile(file, text);
  await chmod(file, mode);
  return file;
}

async function refusal(file: string): Promise<string> {
  const error: unknown = await readWorkerSecrets({ environment: {}, file }).then(
    () => assert.fail('it was read'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof StageyardError && error.code === 'CONFIG_INVALID');
  return error.message;
}

describe('the secrets of a worker', () => {
  it('are those that its environment offers by name, and nothing else of it', async () => {
    const environment = {
      STAGEYARD_SECRET_TOKEN: 't0ken',
      STAGEYARD_NATS_PASSWORD: 'farm',
      AWS_SECRET_ACCESS_KEY: 'store',
    };
    const secrets = await readWorkerSecrets({ environment });
    assert.deepEqual(secrets.names, ['TOKEN']);
    assert.equal(secrets.value('TOKEN'), 't0ken');
    for (const name of ['STAGEYARD_NATS_PASSWORD', 'AWS_SECRET_ACCESS_KEY', 'NATS_PASSWORD'])
      assert.equal(secrets.value(name), undefined);
  });

  it('come from a file as well; the environment wins', async (context) => {
    const key = '-----BEGIN KEY-----\nabc\n';
    const text = `KEY: |\n  -----BEGIN KEY-----\n  abc\nTOKEN: from-file\nPIN: 0042\n`;
    const file = await secretsFile(context, text);
    const environment = { STAGEYARD_SECRET_TOKEN: 'from-environment' };
    const secrets = await readWorkerSecrets({ environment, file });
    assert.deepEqual(secrets.names, ['KEY', 'PIN', 'TOKEN']);
    assert.equal(secrets.value('KEY'), key);
    assert.equal(secrets.value('PIN'), '0042');
    assert.equal(secrets.value('TOKEN'), 'from-environment');
  });

  it('may be none at all', async (context) => {
    const file = await secretsFile(context, '# nothing yet\n');
    assert.deepEqual((await readWorkerSecrets({ environment: {}, file })).names, []);
  });

  it('are refused where the file is wrong, and no message shows a value', async (context) => {
    const wrong: readonly [string, RegExp][] = [
      ['- hunter2\n', /not a mapping/],
      ['TOKEN: [hunter2]\n', /TOKEN is no text/],
      ['my token: hunter2\n', /"my token" is no name/],
      ['TOKEN: "hunter2\n', /not valid YAML/],
      ['A: &a hunter2\nB: *a\n', /not valid YAML/],
    ];
    for (const [text, pattern] of wrong) {
      const message = await refusal(await secretsFile(context, text));
      assert.match(message, pattern);
      assert.ok(!message.includes('hunter2'), message);
    }
    assert.match(await refusal(join(await temporaryDirectory(context), 'none')), /ENOENT/);
    assert.match(await refusal(await secretsFile(context, '', 0o666)), /chmod go-w/);
    await assert.rejects(
      readWorkerSecrets({ environment: { 'STAGEYARD_SECRET_A-B': 'hunter2' } }),
      /STAGEYARD_SECRET_A-B names no secret/,
    );
  });
});

describe('what a worker gives to its scripts', () => {
  it('holds none of its own configuration', () => {
    const environment = {
      PATH: '/bin',
      STAGEYARD_NATS_PASSWORD: 'p',
      STAGEYARD_SECRET_A: 'a',
      AWS_SECRET_ACCESS_KEY: 's',
    };
    assert.deepEqual(environmentForScripts({ ...environment, UNSET: undefined }), { PATH: '/bin' });
  });
});
