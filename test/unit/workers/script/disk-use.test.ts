import assert from 'node:assert/strict';
import { link, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { diskUseBytes } from '#workers/script/disk-use.ts';
import { temporaryDirectory } from '../../../support/test-directory.ts';

const MIB = 1024 ** 2;

describe('the space of a tree', () => {
  it('is that of its files, each once however many names it has', async (context) => {
    const root = await temporaryDirectory(context);
    await mkdir(join(root, 'deep', 'er'), { recursive: true });
    await writeFile(join(root, 'deep', 'er', 'a'), Buffer.alloc(3 * MIB, 1));
    await link(join(root, 'deep', 'er', 'a'), join(root, 'again'));
    const bytes = await diskUseBytes(root);
    assert.ok(bytes !== undefined && bytes >= 3 * MIB && bytes < 4 * MIB, `${bytes}`);
  });

  it('is unknown where there is no tree', async (context) => {
    const root = await temporaryDirectory(context);
    assert.equal(await diskUseBytes(join(root, 'none')), undefined);
  });
});
