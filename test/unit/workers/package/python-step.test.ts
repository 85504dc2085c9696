import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { mkdir } from 'node:fs/promises';
import { openCondaArchive } from '#workers/archive/conda-archive.ts';
import { changedOutput, createWorkshop } from '../../../support/package-workshop.ts';

const site = 'lib/python3.12/site-packages';

/** Any Python will do: byte code is compiled, not run. */
const executable = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], {
  encoding: 'utf8',
}).trim();
const python = { executable, minorVersion: '3.12' };
const tag = execFileSync(executable, ['-c', 'import sys; print(sys.implementation.cache_tag)'], {
  encoding: 'utf8',
}).trim();

describe('packages with Python code', () => {
  it('get byte code that is the same wherever and whenever it is compiled', async (test) => {
    const digests: string[] = [];
    for (let round = 0; round < 2; round += 1) {
      const workshop = await createWorkshop(test);
      await workshop.write(`prefix/${site}/m.py`, 'def f():\n    return 1\n');
      await workshop.write(`prefix/${site}/template.py`, 'def (: not python\n');
      await workshop.write(`prefix/${site}/left.py`, 'x = 1\n');
      const settings = { ...changedOutput().build.python, skip_pyc_compilation: ['**/left.py'] };
      const { files, sha256 } = await workshop.pack({ build: { python: settings } }, { python });
      assert.deepEqual(files, [
        `${site}/__pycache__/m.${tag}.pyc`,
        `${site}/left.py`,
        `${site}/m.py`,
        `${site}/template.py`,
      ]);
      digests.push(sha256);
    }
    assert.equal(digests[0], digests[1]);
  });

  it('replace byte code of the script, which holds its own time', async (test) => {
    const workshop = await createWorkshop(test);
    await workshop.write(`prefix/${site}/m.py`, 'x = 1\n');
    const cached = `${site}/__pycache__/m.${tag}.pyc`;
    await workshop.write(`prefix/${cached}`, 'with a time in it');
    const { path } = await workshop.pack({}, { python });
    const dest = join(workshop.root, 'dest');
    await mkdir(dest);
    const archive = await openCondaArchive(path);
    await archive.extractTo(dest);
    await archive.close();
    // Bits 0 and 1 of the second word: checked by hash, not by time.
    assert.equal((await readFile(join(dest, cached))).readUInt32LE(4), 3);
    assert.equal(await readFile(join(workshop.hostPrefix, cached), 'utf8'), 'with a time in it');
  });

  it('get scripts for entry points and conda as installer', async (test) => {
    const workshop = await createWorkshop(test);
    await workshop.write(`prefix/${site}/m-1.dist-info/INSTALLER`, 'pip\n');
    const settings = { ...changedOutput().build.python, entry_points: ['tool = m.cli:app.run'] };
    const { path, paths } = await workshop.pack({ build: { python: settings } }, { python });
    const dest = join(workshop.root, 'dest');
    await mkdir(dest);
    const archive = await openCondaArchive(path);
    await archive.extractTo(dest);
    await archive.close();
    assert.equal(await readFile(join(dest, site, 'm-1.dist-info/INSTALLER'), 'utf8'), 'conda\n');
    assert.equal(
      await readFile(join(workshop.hostPrefix, site, 'm-1.dist-info/INSTALLER'), 'utf8'),
      'pip\n',
    );
    const script = await readFile(join(dest, 'bin/tool'), 'utf8');
    assert.ok(script.startsWith(`#!${workshop.hostPrefix}/bin/python3.12\n`));
    assert.match(script, /from m\.cli import app\n/);
    assert.match(script, /sys\.exit\(app\.run\(\)\)/);
    assert.equal((await stat(join(dest, 'bin/tool'))).mode & 0o777, 0o755);
    assert.equal(paths[0]?.file_mode, 'text');
  });

  it('refuse entry points that are none', async (test) => {
    const workshop = await createWorkshop(test);
    for (const entry of ['tool', 'tool = m', '../up = m:f', 'a = m:f; import os']) {
      const settings = { ...changedOutput().build.python, entry_points: [entry] };
      await assert.rejects(workshop.pack({ build: { python: settings } }, { python }), {
        code: 'RECIPE_INVALID',
      });
    }
  });
});
