import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createBzip2Writer, decompressBzip2File } from '#workers/archive/bzip2.ts';
import { temporaryDirectory } from '../../../support/test-directory.ts';

const sample = Buffer.alloc(2_500_000, 'some text that repeats\n');
const bounds = { code: 'PACKAGE_INVALID', maxOutputBytes: 10_000_000 } as const;

async function gathered(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

describe('bzip2', () => {
  it('comes back, through the tool and through JavaScript', async (test) => {
    const path = join(await temporaryDirectory(test), 'x.bz2');
    const writer = await createBzip2Writer(path, 9);
    await writer.write(sample.subarray(0, 1_000_000));
    await writer.write(sample.subarray(1_000_000));
    await writer.finish();
    for (const useTool of [true, false]) {
      assert.ok((await gathered(decompressBzip2File(path, { ...bounds, useTool }))).equals(sample));
    }
  });

  it('is refused when truncated, damaged or too large', async (test) => {
    const directory = await temporaryDirectory(test);
    const path = join(directory, 'x.bz2');
    await writeFile(join(directory, 'x'), sample);
    execFileSync('bzip2', ['-k', join(directory, 'x')]);
    const good = await readFile(path);
    for (const useTool of [true, false]) {
      await writeFile(path, good);
      await assert.rejects(
        gathered(decompressBzip2File(path, { ...bounds, useTool, maxOutputBytes: 1000 })),
        /more than 1000 bytes/,
      );
      for (const bad of [
        good.subarray(0, good.length - 20),
        Buffer.from('BZh9 nonsense'),
        Buffer.alloc(0),
      ]) {
        await writeFile(path, bad);
        if (bad.length === 0 && useTool) continue;
        await assert.rejects(gathered(decompressBzip2File(path, { ...bounds, useTool })), {
          code: 'PACKAGE_INVALID',
        });
      }
    }
  });

  it('fails when the file exists already', async (test) => {
    const path = join(await temporaryDirectory(test), 'x.bz2');
    await writeFile(path, '');
    await assert.rejects(createBzip2Writer(path, 9), { code: 'STORE_UNWRITABLE' });
  });
});
