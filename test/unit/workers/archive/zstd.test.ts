import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import {
  ZstdFileWriter,
  createZstdSink,
  decompressZstd,
  decompressZstdFile,
} from '#workers/archive/zstd.ts';
import { chunked } from '../../../support/tar-bytes.ts';
import { temporaryDirectory } from '../../../support/test-directory.ts';

const sample = Buffer.concat([Buffer.alloc(1_500_000, 'abcdefg'), randomBytes(300_000)]);
const bounds = { code: 'PACKAGE_INVALID', maxOutputBytes: 10_000_000 } as const;

async function compressed(chunkBytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  const sink = createZstdSink(
    { level: 3, pledgedSizeBytes: sample.length },
    (bytes) => void parts.push(Buffer.from(bytes)),
  );
  for await (const chunk of chunked(sample, chunkBytes)) await sink.write(chunk);
  await sink.finish();
  return Buffer.concat(parts);
}

async function gathered(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

describe('zstd', () => {
  it('gives the same single frame for every size of chunks, and states the size', async () => {
    const first = await compressed(1000);
    assert.ok(first.equals(await compressed(65_536)));
    assert.ok(first.equals(await compressed(sample.length)));
    assert.equal(first.readUInt32LE(0), 0xfd2fb528);
    // No second frame, and a content size in the header (descriptor bits 7 and 6, or single segment).
    assert.equal(first.indexOf(Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), 4), -1);
    assert.notEqual((first[4] ?? 0) & 0xe0, 0);
  });

  it('comes back through a file', async (test) => {
    const path = join(await temporaryDirectory(test), 'x.zst');
    const writer = new ZstdFileWriter(path, { level: 1 });
    await writer.write(sample);
    const { sizeBytes } = await writer.finish();
    assert.equal((await readFile(path)).length, sizeBytes);
    assert.ok((await gathered(decompressZstdFile(path, bounds))).equals(sample));
  });

  it('refuses input that is longer or shorter than pledged', async () => {
    const sink = createZstdSink({ level: 1, pledgedSizeBytes: 5 }, () => undefined);
    const write = async () => {
      await sink.write(Buffer.from('four'));
      await sink.finish();
    };
    await assert.rejects(write());
  });

  it('passes a failure of the receiver on', async () => {
    const sink = createZstdSink({ level: 1 }, () => {
      throw new Error('disk gone');
    });
    const write = async () => {
      await sink.write(sample);
      await sink.finish();
    };
    await assert.rejects(write(), /disk gone/);
  });

  it('reads several frames in a row, as other writers make them', async () => {
    const two = Buffer.concat([
      zstdCompressSync(Buffer.from('one ')),
      zstdCompressSync(Buffer.from('two')),
    ]);
    assert.equal((await gathered(decompressZstd(chunked(two), bounds))).toString(), 'one two');
  });

  it('refuses truncated, damaged and unbounded data', async () => {
    const good = zstdCompressSync(sample);
    const cut = good.subarray(0, good.length - 10);
    await assert.rejects(gathered(decompressZstd(chunked(cut), bounds)), {
      code: 'PACKAGE_INVALID',
    });
    const noise = Buffer.from('this is no zstd data at all');
    await assert.rejects(gathered(decompressZstd(chunked(noise), bounds)), {
      code: 'PACKAGE_INVALID',
    });
    const bomb = zstdCompressSync(Buffer.alloc(50_000_000));
    assert.ok(bomb.length < 10_000);
    await assert.rejects(
      gathered(decompressZstd(chunked(bomb), bounds)),
      /more than 10000000 bytes/,
    );
  });

  it('ends cleanly when the reader stops early, and when its input fails', async () => {
    for await (const chunk of decompressZstd(chunked(zstdCompressSync(sample)), bounds)) {
      assert.ok(chunk.length > 0);
      break;
    }
    async function* failing(): AsyncGenerator<Buffer> {
      yield zstdCompressSync(sample).subarray(0, 100);
      throw new Error('network gone');
    }
    await assert.rejects(gathered(decompressZstd(failing(), bounds)), /network gone/);
  });
});
