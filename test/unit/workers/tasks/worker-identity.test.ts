import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { probeWorkerIdentity } from '#workers/tasks/worker-identity.ts';

describe('worker identity', () => {
  it('names each compiler on PATH by resolved path and version', async (context) => {
    const directory = await mkdtemp(join(tmpdir(), 'identity-'));
    context.after(() => rm(directory, { recursive: true }));
    await writeFile(join(directory, 'real-cc'), '#!/bin/sh\necho "fakecc 1.2.3"\n');
    await chmod(join(directory, 'real-cc'), 0o755);
    await symlink('real-cc', join(directory, 'cc'));
    const identity = await probeWorkerIdentity({ system: 'linux x64', path: directory });
    assert.deepEqual(identity.tools, [
      { name: 'cc', path: join(directory, 'real-cc'), version: 'fakecc 1.2.3' },
    ]);
  });

  it('changes when the compiler changes its version', async (context) => {
    const directory = await mkdtemp(join(tmpdir(), 'identity-'));
    context.after(() => rm(directory, { recursive: true }));
    const probe = async (version: string) => {
      await writeFile(join(directory, 'c++'), `#!/bin/sh\necho "c++ ${version}"\n`);
      await chmod(join(directory, 'c++'), 0o755);
      return probeWorkerIdentity({ system: 'linux x64', path: directory });
    };
    assert.notDeepEqual(await probe('12.1'), await probe('12.2'));
  });

  it('survives a tool that cannot be started', async (context) => {
    const directory = await mkdtemp(join(tmpdir(), 'identity-'));
    context.after(() => rm(directory, { recursive: true }));
    await writeFile(join(directory, 'gcc'), '\u0000not a program');
    await chmod(join(directory, 'gcc'), 0o755);
    const identity = await probeWorkerIdentity({ system: 'linux x64', path: directory });
    assert.equal(identity.tools[0]?.version, '');
  });

  it('names the image where one is named, and refuses what is no digest', async (context) => {
    const path = await mkdtemp(join(tmpdir(), 'identity-'));
    context.after(() => rm(path, { recursive: true }));
    const probe = (imageDigest?: string) =>
      probeWorkerIdentity({ system: 'linux x64', path, imageDigest });
    const digest = `sha256:${'ab'.repeat(32)}`;
    assert.equal((await probe(digest)).imageDigest, digest);
    for (const none of [undefined, '']) assert.ok(!('imageDigest' in (await probe(none))));
    for (const wrong of ['latest', 'ab'.repeat(32), `builder@${digest}`])
      await assert.rejects(probe(wrong), /STAGEYARD_IMAGE_DIGEST is .* 64 hex digits/);
  });
});
