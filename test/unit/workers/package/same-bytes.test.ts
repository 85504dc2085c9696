/** One build place, two builds: nothing but the inputs may show in a package's bytes. */
import assert from 'node:assert/strict';
import { mkdir, readFile, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Variant } from '#proto/recipe/recipe.ts';
import { createWorkshop, plainSettings } from '../../../support/package-workshop.ts';
import type { Workshop } from '../../../support/package-workshop.ts';

const names = ['b/x', 'a', 'B/x', 'ä/x', 'lib/a-b', 'lib/a/c', 'z'];

async function fill(
  workshop: Workshop,
  order: readonly string[],
  epochSeconds: number,
): Promise<void> {
  for (const name of order) {
    await workshop.write(
      `prefix/${name}`,
      `${name} in ${workshop.hostPrefix}`,
      name === 'a' ? 0o755 : 0o640,
    );
    await utimes(join(workshop.hostPrefix, name), epochSeconds, epochSeconds);
  }
  await workshop.link('prefix/lib/link', `${workshop.hostPrefix}/a`);
  await workshop.write('recipe/build.sh', 'make');
  await workshop.write('work/LICENSE', 'free');
}

function packed(workshop: Workshop, kind: 'conda' | 'tar-bz2', variant: Variant) {
  const settings = { ...plainSettings, packageFormat: { kind, level: 9 } };
  return workshop.pack({ variant, about: { license_file: ['LICENSE'] } }, { settings });
}

describe('a package that is built twice', () => {
  for (const kind of ['conda', 'tar-bz2'] as const) {
    it(`is the same file (${kind}), whatever the order, times and umask of its making`, async (test) => {
      const workshop = await createWorkshop(test);
      await fill(workshop, names, 1_000_000_000);
      const first = await packed(workshop, kind, { a: 1, b: '2' });
      const bytes = await readFile(first.path);
      await rm(workshop.hostPrefix, { recursive: true });
      await rm(first.path);
      await mkdir(workshop.hostPrefix);
      await fill(workshop, names.toReversed(), 1_600_000_000);
      const before = process.umask(0o077);
      const second = await packed(workshop, kind, { b: '2', a: 1 }).finally(() =>
        process.umask(before),
      );
      assert.deepEqual(second.files, [
        'B/x',
        'a',
        'b/x',
        'lib/a-b',
        'lib/a/c',
        'lib/link',
        'z',
        'ä/x',
      ]);
      assert.ok(bytes.equals(await readFile(second.path)));
    });
  }

  it('differs when the time of the build does', async (test) => {
    const workshop = await createWorkshop(test);
    await fill(workshop, names, 1);
    const first = await workshop.pack();
    const timestamp = { epochSeconds: 1_700_000_001, origin: 'git' } as const;
    const second = await workshop.pack({}, { timestamp });
    assert.notEqual(first.sha256, second.sha256);
  });
});
