import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { crc32 } from 'node:zlib';
import { archiveFormatOf } from '#workers/source/archive-names.ts';
import { unpackArchive } from '#workers/source/unpack.ts';

/** A zip of stored members with any names, modes and (lied about) sizes. */
function zipOf(
  members: readonly { name: string; content?: string; mode?: number; statedBytes?: number }[],
): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { name, content = '', mode = 0o100644, statedBytes } of members) {
    const bytes = Buffer.from(content);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(0x2821, 8);
    fields.writeUInt32LE(crc32(bytes), 10);
    fields.writeUInt32LE(bytes.length, 14);
    fields.writeUInt32LE(statedBytes ?? bytes.length, 18);
    fields.writeUInt16LE(Buffer.byteLength(name), 22);
    const head = Buffer.concat([Buffer.from('PK\x03\x04'), fields, Buffer.from(name), bytes]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((mode << 16) >>> 0, 6);
    tail.writeUInt32LE(offset, 10);
    central.push(
      Buffer.concat([
        Buffer.from('PK\x01\x02'),
        Buffer.from([20, 3]),
        fields,
        tail,
        Buffer.from(name),
      ]),
    );
    local.push(head);
    offset += head.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(members.length, 4);
  end.writeUInt16LE(members.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...local, directory, Buffer.from('PK\x05\x06'), end]);
}

/** One tar member with any name and type. */
function tarMember(name: string, { type = '0', link = '', content = '' } = {}): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${Buffer.byteLength(content).toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write(type, 156);
  header.write(link, 157);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const body = Buffer.alloc(Math.ceil(Buffer.byteLength(content) / 512) * 512);
  body.write(content);
  return Buffer.concat([header, body]);
}

const tarOf = (...members: readonly Buffer[]): Buffer =>
  Buffer.concat([...members, Buffer.alloc(1024)]);

describe('unpacking', () => {
  let top = '';
  let directory = '';
  beforeEach(async () => {
    top = await mkdtemp(join(tmpdir(), 'unpack-'));
    directory = join(top, 'out');
    await mkdir(directory);
    await mkdir(join(top, 'in/p-1/sub'), { recursive: true });
    await writeFile(join(top, 'in/p-1/sub/f'), 'content');
    await writeFile(join(top, 'in/p-1/run'), '#!/bin/sh\n', { mode: 0o755 });
  });
  afterEach(async () => {
    await rm(top, { recursive: true, force: true });
  });

  const unpack = async (name: string): Promise<void> => {
    const format = archiveFormatOf(name);
    assert.ok(format);
    await unpackArchive({ archive: join(top, name), format, directory, label: name });
  };
  const unpackBytes = async (name: string, bytes: Buffer): Promise<void> => {
    await writeFile(join(top, name), bytes);
    await unpack(name);
  };
  const pack = (command: string): void => {
    execFileSync('bash', ['-ec', command], { cwd: join(top, 'in') });
  };

  const packed: Readonly<Record<string, string>> = {
    'p.tar': 'tar -cf ../p.tar p-1',
    'p.tar.gz': 'tar -czf ../p.tar.gz p-1',
    'p.tgz': 'tar -cf - p-1 | gzip > ../p.tgz; tar -cf /dev/null p-1',
    'p.tar.bz2': 'tar -cf - p-1 | bzip2 > ../p.tar.bz2',
    'p.tar.xz': 'tar -cf - p-1 | xz > ../p.tar.xz',
    'p.tar.lzma': 'tar -cf - p-1 | xz --format=lzma > ../p.tar.lzma',
    'p.tar.zst': 'tar -cf - p-1 | zstd -q > ../p.tar.zst',
    'p.zip': `python3 -c 'import shutil; shutil.make_archive("../p", "zip", ".", "p-1")'`,
  };
  for (const [name, command] of Object.entries(packed)) {
    it(`knows ${name.slice(1)}, strips the one top directory and keeps modes`, async () => {
      pack(command);
      await unpack(name);
      assert.deepEqual(readdirSync(directory).sort(), ['run', 'sub']);
      assert.equal(readFileSync(join(directory, 'sub/f'), 'utf8'), 'content');
      assert.equal(lstatSync(join(directory, 'run')).mode & 0o777, 0o755);
    });
  }

  it('goes by the end of the name alone', () => {
    assert.equal(archiveFormatOf('x.tar.gz'), 'tar.gz');
    assert.equal(archiveFormatOf('x.taZ'), 'tar.Z');
    assert.equal(archiveFormatOf('x.7z'), '7z');
    assert.equal(archiveFormatOf('x.gz'), undefined);
    assert.equal(archiveFormatOf('tar'), undefined);
  });

  it('leaves several top-level entries where they are', async () => {
    pack('touch other; tar -cf ../p.tar p-1 other');
    await unpack('p.tar');
    assert.deepEqual(readdirSync(directory).sort(), ['other', 'p-1']);
  });

  it('keeps links of zips as links, wherever they point', async () => {
    await unpackBytes(
      'p.zip',
      zipOf([
        { name: 'l', content: '/nowhere', mode: 0o120777 },
        { name: 'f', content: 'x' },
      ]),
    );
    assert.equal(lstatSync(join(directory, 'l')).isSymbolicLink(), true);
  });

  const hostile: Readonly<Record<string, readonly [string, () => Buffer]>> = {
    'a tar with ..': ['x.tar', () => tarOf(tarMember('../out-of-it', { content: 'x' }))],
    'a tar with an absolute name': [
      'x.tar',
      () => tarOf(tarMember('/tmp/stageyard-hostile', { content: 'x' })),
    ],
    'a tar that writes through a link': [
      'x.tar',
      () =>
        tarOf(
          tarMember('d', { type: '2', link: '..' }),
          tarMember('d/out-of-it', { content: 'x' }),
        ),
    ],
    'a tar with a hard link to the outside': [
      'x.tar',
      () => tarOf(tarMember('h', { type: '1', link: '../../etc/passwd' })),
    ],
    'a tar with a device': ['x.tar', () => tarOf(tarMember('dev', { type: '3' }))],
    'a truncated tar': [
      'x.tar',
      () => tarMember('f', { content: 'x'.repeat(2000) }).subarray(0, 700),
    ],
    'a tar.gz that is none': ['x.tar.gz', () => Buffer.from('no gzip')],
    'a tar.xz that is none': ['x.tar.xz', () => Buffer.from('no xz')],
    'a zip with ..': ['x.zip', () => zipOf([{ name: '../out-of-it', content: 'x' }])],
    'a zip with an absolute name': [
      'x.zip',
      () => zipOf([{ name: '/tmp/stageyard-hostile', content: 'x' }]),
    ],
    'a zip that writes through a link': [
      'x.zip',
      () =>
        zipOf([
          { name: 'd', content: '..', mode: 0o120777 },
          { name: 'd/out-of-it', content: 'x' },
        ]),
    ],
    'a zip with a device': ['x.zip', () => zipOf([{ name: 'dev', mode: 0o020644 }])],
    'a zip that says it is huge': [
      'x.zip',
      () =>
        zipOf([
          { name: 'a', statedBytes: 0xfffffff0 },
          { name: 'b', statedBytes: 0xfffffff0 },
        ]),
    ],
    'a zip that is none': ['x.zip', () => Buffer.from('no zip')],
  };
  for (const [what, [name, bytes]] of Object.entries(hostile)) {
    it(`refuses ${what}, writing nothing outside`, async () => {
      await assert.rejects(unpackBytes(name, bytes()), { code: 'SOURCE_UNSAFE' });
      assert.ok(!existsSync(join(top, 'out-of-it')) && !existsSync('/tmp/stageyard-hostile'));
    });
  }

  it('says which program a rare format needs', async () => {
    await assert.rejects(unpackBytes('x.tar.lzo', Buffer.from('x')), {
      code: 'SOURCE_TOOL_MISSING',
      message: /lzop/,
    });
  });
});
