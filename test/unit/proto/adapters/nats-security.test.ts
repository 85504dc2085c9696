/** What a process shows to NATS and whom it trusts, before anybody is called. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { credentialOptions, distrust, tlsOptions } from '#proto/adapters/nats-security.ts';
import { StageyardError } from '#proto/errors.ts';
import { temporaryDirectory } from '../../../support/test-directory.ts';

/** Made for this test; opens nothing. */
const SEED = 'SUANQDPB2RUOE4ETUA26CNX7FUKE5ZZKFCQIIW63OX225F2CO7UEXTM7ZY';

const refused =
  (message: RegExp) =>
  (error: unknown): boolean =>
    error instanceof StageyardError &&
    error.code === 'CONFIG_INVALID' &&
    message.test(error.message);

describe('the security of a connection', () => {
  it('refuses keys that are none, without showing them', async (test) => {
    const directory = await temporaryDirectory(test);
    const path = join(directory, 'farm.creds');
    assert.throws(
      () => credentialOptions({ kind: 'nkey', seed: 'SUgarbage' }),
      (error) => refused(/no seed/)(error) && !String(error).includes('SUgarbage'),
    );
    const file = { kind: 'creds-file', path } as const;
    assert.throws(() => credentialOptions(file), refused(/farm\.creds\) can't be read: ENOENT/));
    writeFileSync(path, 'garbage');
    assert.throws(() => credentialOptions(file), refused(/farm\.creds is no NATS creds file/));
  });

  it('takes seeds, creds files, tokens and passwords', async (test) => {
    const path = join(await temporaryDirectory(test), 'farm.creds');
    const block = (name: string, text: string): string =>
      `-----BEGIN ${name}-----\n${text}\n------END ${name}------\n`;
    writeFileSync(path, block('NATS USER JWT', 'jwt') + block('USER NKEY SEED', SEED));
    for (const credentials of [
      { kind: 'nkey', seed: SEED },
      { kind: 'creds-file', path },
    ] as const) {
      assert.ok(credentialOptions(credentials).authenticator !== undefined);
    }
    assert.deepEqual(credentialOptions({ kind: 'none' }), {});
    assert.deepEqual(credentialOptions({ kind: 'token', token: 't' }), { token: 't' });
    const password = { kind: 'password', user: 'u', password: 'p' } as const;
    assert.deepEqual(credentialOptions(password), { user: 'u', pass: 'p' });
  });

  it('refuses certificates that are missing or none', async (test) => {
    const directory = await temporaryDirectory(test);
    const file = join(directory, 'ca.pem');
    assert.throws(() => tlsOptions({ caFile: file }), refused(/ca\.pem\) can't be read: ENOENT/));
    writeFileSync(file, 'garbage');
    assert.throws(() => tlsOptions({ caFile: file }), refused(/ca\.pem holds no certificate/));
    const pair = { certFile: file, keyFile: file };
    assert.throws(() => tlsOptions(pair), refused(/can't be used \(.*ca\.pem/));
    assert.deepEqual(tlsOptions(undefined), {});
  });

  it('knows a certificate that is not trusted from a server that is away', () => {
    const coded = (code: string): Error => Object.assign(new Error('no'), { code });
    assert.match(
      distrust(coded('CERT_HAS_EXPIRED')) ?? '',
      /not trusted here \(CERT_HAS_EXPIRED\)/,
    );
    assert.equal(distrust(coded('ECONNREFUSED')), undefined);
    assert.equal(distrust('no error'), undefined);
  });
});
