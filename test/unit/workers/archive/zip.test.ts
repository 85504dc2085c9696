import assert from 'node:assert/strict';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { fromBuffer } from 'yauzl';
import { openFileAccess } from '#workers/archive/file-access.ts';
import { centralDirectory, dosTimeOf, localHeader } from '#workers/archive/zip-format.ts';
import type { ZipMember } from '#workers/archive/zip-format.ts';
import { readZipContent, readZipMembers } from '#workers/archive/zip-reader.ts';
import type { RandomAccess } from '#workers/archive/zip-reader.ts';
import { StoredZipWriter } from '#workers/archive/zip-writer.ts';
import { temporaryDirectory } from '../../../support/test-directory.ts';

const GIB = 1024 ** 3;

function inMemory(bytes: Buffer): RandomAccess {
  return {
    sizeBytes: bytes.length,
    readAt: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
  };
}

async function contentOf(input: RandomAccess, name: string): Promise<string> {
  const member = (await readZipMembers(input)).find((candidate) => candidate.name === name);
  assert.ok(member);
  let text = '';
  for await (const chunk of readZipContent(input, member)) text += chunk.toString();
  return text;
}

async function sampleZip(directory: string): Promise<Buffer> {
  const path = join(directory, 'x.zip');
  const zip = new StoredZipWriter(path, 1_700_000_001);
  zip.addBytes('metadata.json', Buffer.from('{}'));
  const member = zip.open('parts', 100);
  member.append(Buffer.from('hello '));
  member.append(Buffer.from('world'));
  member.finish();
  const { sizeBytes } = zip.finish();
  const bytes = await readFile(path);
  assert.equal(bytes.length, sizeBytes);
  return bytes;
}

describe('stored zips', () => {
  it('are read back, by us and by yauzl', async (test) => {
    const bytes = await sampleZip(await temporaryDirectory(test));
    assert.equal(await contentOf(inMemory(bytes), 'metadata.json'), '{}');
    assert.equal(await contentOf(inMemory(bytes), 'parts'), 'hello world');
    const zip = await promisify<Buffer, { lazyEntries: boolean }, import('yauzl').ZipFile>(
      fromBuffer,
    )(bytes, { lazyEntries: true });
    const names: string[] = [];
    await new Promise<void>((resolve, reject) => {
      zip.on('entry', (entry: import('yauzl').Entry) => {
        names.push(
          `${entry.fileName} ${entry.compressionMethod} ${entry.generalPurposeBitFlag} ${entry.crc32 === crc32(entry.fileName === 'parts' ? 'hello world' : '{}')}`,
        );
        zip.readEntry();
      });
      zip.on('end', resolve);
      zip.on('error', reject);
      zip.readEntry();
    });
    // Bit 11 (UTF-8 names) alone: no data descriptor, which streaming readers can't handle.
    assert.deepEqual(names, ['metadata.json 0 2048 true', 'parts 0 2048 true']);
  });

  it('give the same bytes for the same input', async (test) => {
    const first = await sampleZip(await temporaryDirectory(test));
    const second = await sampleZip(await temporaryDirectory(test));
    assert.ok(first.equals(second));
  });

  it('refuse a member that outgrows what was announced', async (test) => {
    const zip = new StoredZipWriter(join(await temporaryDirectory(test), 'x.zip'), 0);
    const member = zip.open('a', 3);
    member.append(Buffer.from('four'));
    assert.throws(() => member.finish(), /larger than announced/);
    zip.abort();
  });

  it('hold more than 4 GiB', async (test) => {
    const path = join(await temporaryDirectory(test), 'big.zip');
    const dos = dosTimeOf(0);
    const big: ZipMember = { name: 'big', crc32: 0, sizeBytes: 5 * GIB, headerOffset: 0 };
    const header = localHeader(big, true, dos);
    const small: ZipMember = {
      name: 'small',
      crc32: crc32('tail'),
      sizeBytes: 4,
      headerOffset: header.length + big.sizeBytes,
    };
    const smallHeader = localHeader(small, false, dos);
    const end = small.headerOffset + smallHeader.length + 4;
    const file = await open(path, 'w');
    await file.write(header, 0, header.length, 0);
    await file.write(
      Buffer.concat([smallHeader, Buffer.from('tail')]),
      0,
      smallHeader.length + 4,
      small.headerOffset,
    );
    const tail = centralDirectory([big, small], end, dos);
    await file.write(tail, 0, tail.length, end);
    await file.close();
    const access = await openFileAccess(path);
    try {
      const members = await readZipMembers(access);
      assert.deepEqual(
        members.map((member) => [member.name, member.sizeBytes]),
        [
          ['big', 5 * GIB],
          ['small', 4],
        ],
      );
      assert.equal(await members[0]?.contentOffset(), header.length);
      assert.equal(await contentOf(access, 'small'), 'tail');
    } finally {
      await access.close();
    }
  });

  it('put the layout of a member on its announced bound alone', () => {
    const dos = dosTimeOf(0);
    const member: ZipMember = { name: 'm', crc32: 1, sizeBytes: 2, headerOffset: 0 };
    assert.equal(localHeader(member, false, dos).length, 31);
    assert.equal(localHeader(member, true, dos).length, 51);
  });

  it('clamp years that DOS times cannot say', () => {
    assert.deepEqual(dosTimeOf(0), { date: 33, time: 0 });
    assert.deepEqual(dosTimeOf(Date.UTC(2023, 10, 14, 22, 13, 21) / 1000), {
      date: (43 << 9) | (11 << 5) | 14,
      time: (22 << 11) | (13 << 5) | 10,
    });
    assert.equal(dosTimeOf(Date.UTC(2300, 0, 1) / 1000).date, (127 << 9) | (12 << 5) | 31);
  });

  it('are refused when damaged: every truncation, every flipped byte of the records', async (test) => {
    const bytes = await sampleZip(await temporaryDirectory(test));
    for (let length = 0; length < bytes.length; length += 1) {
      await assert.rejects(readZipMembers(inMemory(bytes.subarray(0, length))), {
        code: 'PACKAGE_INVALID',
      });
    }
    for (let at = 0; at < bytes.length; at += 1) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0xff;
      const input = inMemory(damaged);
      try {
        for (const member of await readZipMembers(input)) {
          for await (const chunk of readZipContent(input, member))
            assert.ok(chunk.length <= bytes.length);
        }
      } catch (error) {
        assert.equal(
          (error as { code?: string }).code,
          'PACKAGE_INVALID',
          `byte ${at}: ${String(error)}`,
        );
      }
    }
  });

  it('are refused when two members share a name', async (test) => {
    const path = join(await temporaryDirectory(test), 'x.zip');
    const zip = new StoredZipWriter(path, 0);
    zip.addBytes('a', Buffer.from('1'));
    zip.addBytes('a', Buffer.from('2'));
    zip.finish();
    await assert.rejects(readZipMembers(inMemory(await readFile(path))), /two members/);
    await writeFile(path, '');
    await assert.rejects(readZipMembers(inMemory(Buffer.alloc(0))), /truncated/);
  });
});
