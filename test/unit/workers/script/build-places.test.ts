import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import {
  openBuildPlace,
  PREFIX_PATH_LENGTH,
  removeAbandonedPlaces,
  WORK_PATH_LENGTH,
} from '#workers/script/build-places.ts';

const identity = { name: 'libfoo', version: '1.0', build: 'h0123456_0' };

describe('a build place', () => {
  let root = '';
  beforeEach(async () => {
    root = join(await mkdtemp(join(tmpdir(), 'places-')), 'root');
  });
  afterEach(async () => {
    await rm(dirname(root), { recursive: true, force: true });
  });

  it('has paths of fixed lengths, whatever the root', async () => {
    const place = await openBuildPlace({ root, identity });
    const other = await openBuildPlace({ root: `${root}-longer`, identity });
    for (const { hostPrefix, workDir, buildPrefix } of [place, other]) {
      assert.equal(hostPrefix.length, PREFIX_PATH_LENGTH);
      assert.equal(workDir.length, WORK_PATH_LENGTH);
      assert.equal(buildPrefix.length, place.buildPrefix.length);
      assert.ok(buildPrefix.startsWith(workDir));
      assert.match(hostPrefix, /\/host_env_placehold_placehold/);
    }
    assert.match(basename(place.directory), /^[0-9a-f]{16}$/);
    assert.equal(basename(place.directory), basename(other.directory));
    await place.close();
    await other.close();
  });

  it('is private and holds an empty work directory only', async () => {
    const place = await openBuildPlace({ root, identity });
    assert.equal((await stat(root)).mode & 0o7777, 0o1777);
    assert.equal((await stat(place.directory)).mode & 0o777, 0o700);
    assert.deepEqual((await readdir(place.directory)).sort(), ['.lock', basename(place.workDir)]);
    assert.deepEqual(await readdir(place.workDir), []);
    assert.ok(place.canonical);
    await place.close();
  });

  it('is another one of equal length while the first is in use, and says so', async () => {
    const first = await openBuildPlace({ root, identity });
    const second = await openBuildPlace({ root, identity });
    assert.ok(!second.canonical);
    assert.notEqual(second.directory, first.directory);
    assert.equal(second.directory.length, first.directory.length);
    await first.close();
    const third = await openBuildPlace({ root, identity });
    assert.equal(third.directory, first.directory);
    await third.close();
    await second.close();
  });

  it('is another one when its directory is open to others or a link', async () => {
    const first = await openBuildPlace({ root, identity });
    await first.close();
    await mkdir(first.directory);
    await chmod(first.directory, 0o777);
    const second = await openBuildPlace({ root, identity });
    assert.ok(!second.canonical);
    await second.close();
    await rm(first.directory, { recursive: true });
    await symlink(tmpdir(), first.directory);
    const third = await openBuildPlace({ root, identity });
    assert.ok(!third.canonical);
    await third.close();
  });

  it('is removed at close, read-only trees included', async () => {
    const place = await openBuildPlace({ root, identity });
    await mkdir(join(place.workDir, 'cache', 'module'), { recursive: true });
    await writeFile(join(place.workDir, 'cache', 'module', 'file'), '');
    await chmod(join(place.workDir, 'cache', 'module'), 0o555);
    await chmod(join(place.workDir, 'cache'), 0o555);
    await place.close();
    await place.close();
    assert.deepEqual(await readdir(root), []);
  });

  it('that somebody removed meanwhile is lost, and there again for the next one', async () => {
    for (const end of ['close', 'keep'] as const) {
      const place = await openBuildPlace({ root, identity });
      await rm(root, { recursive: true });
      await assert.rejects(place[end](), { code: 'BUILD_PLACE_LOST' });
    }
    await (await openBuildPlace({ root, identity })).close();
  });

  it('that was kept stays until the same output name is kept again', async () => {
    const first = await openBuildPlace({ root, identity });
    await writeFile(join(first.workDir, 'left'), '');
    assert.equal(await first.keep(), first.directory);
    assert.deepEqual(await readdir(first.workDir), ['left']);
    const second = await openBuildPlace({ root, identity: { ...identity, build: 'h7654321_1' } });
    const unrelated = await openBuildPlace({ root, identity: { ...identity, name: 'libbar' } });
    await unrelated.keep();
    await second.keep();
    assert.deepEqual(
      (await readdir(root)).sort(),
      [basename(second.directory), basename(unrelated.directory)].sort(),
    );
  });

  it('that was kept is emptied when it is opened again', async () => {
    const first = await openBuildPlace({ root, identity });
    await writeFile(join(first.workDir, 'left'), '');
    await first.keep();
    const again = await openBuildPlace({ root, identity });
    assert.equal(again.directory, first.directory);
    assert.deepEqual(await readdir(again.workDir), []);
    await again.close();
  });

  it('is free again after its process was killed', async () => {
    const program = `
      import { openBuildPlace } from '#workers/script/build-places.ts';
      const place = await openBuildPlace(${JSON.stringify({ root, identity })});
      process.stdout.write(place.directory);
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [directory] = await once(child.stdout, 'data');
    const busy = await openBuildPlace({ root, identity });
    assert.ok(!busy.canonical);
    await busy.close();
    child.kill('SIGKILL');
    await once(child, 'exit');
    const place = await openBuildPlace({ root, identity });
    assert.equal(place.directory, String(directory));
    assert.ok(place.canonical);
    await place.close();
  });

  it('that a killed process left is removed on demand; those in use, kept or of others stay', async () => {
    const open = await openBuildPlace({ root, identity });
    const kept = await openBuildPlace({ root, identity: { ...identity, name: 'kept' } });
    await kept.keep();
    const make = (path: string, mode: number): Promise<unknown> =>
      mkdir(join(root, path), { mode });
    // As after a kill: the lock is gone, the tree isn't.
    await make('fedcba9876543210', 0o700);
    await make('fedcba9876543210/work', 0o500);
    await make('0123456789abcdef~', 0o700);
    await make('somebody-else', 0o700);
    await make('00000000000000ff', 0o755);
    await make('00000000000000ff/shared', 0o755);
    await removeAbandonedPlaces(root);
    const stay = [open, kept].map(({ directory }) => basename(directory));
    assert.deepEqual(
      (await readdir(root)).sort(),
      [...stay, '00000000000000ff', 'somebody-else'].sort(),
    );
    assert.ok((await readdir(open.directory)).length > 1);
    await open.close();
  });

  it('that a killed process left is removed although another one cannot be, or its removal was cut off', async () => {
    const names = ['0000000000000000', 'ffffffffffffffff'];
    for (const name of names) {
      for (const path of [`${name}~/work`, `${name}/work`])
        await mkdir(join(root, path), { recursive: true, mode: 0o700 });
    }
    // No file that could be locked.
    const stuck = ['1111111111111111', '7777777777777777', 'eeeeeeeeeeeeeeee'];
    for (const name of stuck) {
      for (const path of ['.lock', 'work'])
        await mkdir(join(root, name, path), { recursive: true, mode: 0o700 });
    }
    await assert.rejects(removeAbandonedPlaces(root), /unable to open/);
    assert.deepEqual((await readdir(root)).sort(), stuck);
  });

  it('below a root that is too long is refused with the limit', async () => {
    await assert.rejects(openBuildPlace({ root: `/tmp/${'x'.repeat(60)}`, identity }), {
      code: 'CONFIG_INVALID',
    });
  });

  it('below a root that is a file is refused', async () => {
    await writeFile(root, '');
    await assert.rejects(openBuildPlace({ root, identity }), { code: 'STORE_UNWRITABLE' });
  });
});
