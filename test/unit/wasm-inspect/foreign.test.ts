import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createInspector } from '#wasm-inspect/host/inspector.ts';
import { ByteWriter } from '../../support/byte-writer.ts';
import { buildFat } from '../../support/mach-o-builder.ts';

const inspector = createInspector();

function reasonOf(content: string | Uint8Array): string {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'latin1') : content;
  const report = inspector.inspectBytes(bytes);
  return report.kind === 'not-binary' ? report.reason : JSON.stringify(report);
}

const zeros = '\0'.repeat(64);

describe('a file that is no linked binary', () => {
  it('is answered with a reason', () => {
    assert.equal(reasonOf(''), 'empty');
    assert.equal(reasonOf('#!/bin/sh\n'), 'script');
    assert.equal(reasonOf('x'), 'unknown-format');
    assert.equal(reasonOf('\x7fEL'), 'unknown-format');
    assert.equal(
      reasonOf('some text that is long enough for any header there is'),
      'unknown-format',
    );
    assert.equal(reasonOf('!<arch>\n'), 'archive');
    assert.equal(reasonOf('!<thin>\n//'), 'archive');
    assert.equal(reasonOf('BC\xc0\xde'), 'bitcode');
    assert.equal(reasonOf(`\xde\xc0\x17\x0b${zeros}`), 'bitcode');
    assert.equal(reasonOf('\0asm\x01\0\0\0'), 'wasm');
  });

  it('may be a Java class, which begins as universal Mach-O files do', () => {
    assert.equal(reasonOf(`\xca\xfe\xba\xbe\0\0\0\x34${zeros}`), 'java-class');
    assert.equal(reasonOf(`\xca\xfe\xba\xbe\0\0\0\x2d${zeros}`), 'java-class');
    assert.equal(reasonOf(`\xca\xfe\xba\xbe\xff\xff\0\x43${zeros}`), 'java-class');
    assert.equal(reasonOf('\xca\xfe\xba\xbe\0\0\0\0'), 'unknown-format');
  });

  it('may be a program for DOS and what came after', () => {
    const program = (magic: string): Uint8Array =>
      new ByteWriter().put(0, 'MZ').u32(60, 9000).put(9000, magic).extend(10_000).bytes;
    assert.equal(reasonOf('MZ'), 'dos');
    assert.equal(reasonOf(program('')), 'dos');
    assert.equal(reasonOf(program('NE\x05\x3c')), 'ne');
    assert.equal(reasonOf(program('LE\0\0')), 'le');
    assert.equal(reasonOf(program('LX\0\0')), 'le');
  });

  it('may be an archive for each of several architectures', () => {
    const archive = Buffer.from(`!<arch>\n${zeros}`);
    assert.equal(reasonOf(buildFat([archive, archive])), 'archive');
  });

  it('may be an object file of Windows compilers, which has no magic number', () => {
    const object = new ByteWriter().u16(0, 0x8664, 2).extend(100);
    assert.equal(reasonOf(object.bytes), 'coff-object');
    assert.equal(
      reasonOf(new ByteWriter().u16(0, 0x8664, 200).extend(100).bytes),
      'unknown-format',
    );
    assert.equal(
      reasonOf(new ByteWriter().u16(0, 0, 0xffff, 2, 0xaa64).extend(56).bytes),
      'coff-object',
    );
  });
});
