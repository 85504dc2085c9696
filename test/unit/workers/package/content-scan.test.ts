import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ContentScan, scanPatternsOf } from '#workers/package/content-scan.ts';
import type { ContentFacts } from '#workers/package/content-scan.ts';
import { createPrefixDetector } from '#workers/package/prefix-detection.ts';
import { changedOutput } from '../../../support/package-workshop.ts';

const PREFIX = '/opt/build/place_placehold_placehold';
const patterns = scanPatternsOf(PREFIX);

function scan(content: Uint8Array | string, chunkBytes = 1_000_000): ContentFacts {
  const bytes = Buffer.from(content);
  const scanner = new ContentScan(patterns);
  for (let offset = 0; offset < bytes.length || offset === 0; offset += chunkBytes) {
    scanner.update(
      bytes.subarray(offset, offset + chunkBytes),
      offset + chunkBytes >= bytes.length,
    );
  }
  return scanner.finish();
}

function swapped(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}

describe('ContentScan', () => {
  it('judges text by the whole file', () => {
    const table: readonly (readonly [string, Uint8Array | string, boolean])[] = [
      ['ASCII', 'hello', true],
      ['nothing', '', true],
      ['UTF-8', 'grüße', true],
      ['UTF-8 with a byte order mark', '\ufeffx', true],
      ['Latin-1', Buffer.from('caf\xe9', 'latin1'), true],
      ['a NUL at the end', `${'x'.repeat(5000)}\0`, false],
      ['UTF-16', Buffer.from('hello', 'utf16le'), false],
      ['PDF', '%PDF-1.7 text', false],
      ['PNG', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d]), false],
    ];
    for (const [what, content, isText] of table) assert.equal(scan(content).isText, isText, what);
  });

  it('finds the prefix in UTF-16 and UTF-32 of either byte order', () => {
    const utf32 = Buffer.concat(
      PREFIX.split('').map((char) => Buffer.from([0, 0, 0, char.charCodeAt(0)])),
    );
    for (const bytes of [Buffer.from(PREFIX, 'utf16le'), swapped(PREFIX), utf32]) {
      const facts = scan(Buffer.concat([Buffer.from('xy'), bytes]));
      assert.deepEqual([facts.hasPrefix, facts.hasWidePrefix], [false, true]);
    }
    assert.deepEqual([scan(PREFIX).hasPrefix, scan(PREFIX).hasWidePrefix], [true, false]);
  });

  it('sees the same whatever the chunks', () => {
    const part = fc.oneof(
      fc.constantFrom(
        PREFIX,
        PREFIX.slice(0, -1),
        '\0',
        Buffer.from(PREFIX, 'utf16le').toString('latin1'),
      ),
      fc.string({ maxLength: 60 }),
    );
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 6 }),
        fc.integer({ min: 1, max: 90 }),
        (parts, chunkBytes) => {
          const bytes = Buffer.from(parts.join(''), 'latin1');
          const facts = scan(bytes, chunkBytes);
          assert.deepEqual(facts, {
            sha256: createHash('sha256').update(bytes).digest('hex'),
            sizeBytes: bytes.length,
            isText: !bytes.includes(0),
            hasPrefix: bytes.includes(PREFIX),
            hasWidePrefix:
              bytes.includes(patterns.wide[0] ?? '') || bytes.includes(patterns.wide[1] ?? ''),
          });
        },
      ),
    );
  });
});

describe('prefix detection', () => {
  const settings = changedOutput().build.prefix_detection;
  const text = scan(`#!${PREFIX}/bin/sh`);
  const binary = scan(`\0${PREFIX}\0`);
  const modeOf = (
    path: string,
    facts: ContentFacts,
    options: { changes?: Partial<typeof settings>; platform?: string } = {},
  ) =>
    createPrefixDetector(
      { ...settings, ...options.changes },
      options.platform ?? 'linux-64',
    ).modeOf(path, facts);

  it('answers text or binary where the prefix occurs', () => {
    assert.equal(modeOf('a', text), 'text');
    assert.equal(modeOf('a', binary), 'binary');
    assert.equal(modeOf('a', scan('nothing here')), undefined);
    assert.equal(modeOf('m.pyc', binary), undefined);
  });

  it('follows the recipe', () => {
    assert.equal(modeOf('a', text, { changes: { force_binary: ['a'] } }), 'binary');
    assert.equal(modeOf('a', binary, { changes: { force_text: ['a'] } }), 'text');
    assert.equal(
      modeOf('a', text, { changes: { force_binary: ['a'], force_text: ['a'] } }),
      'binary',
    );
    assert.equal(modeOf('a', text, { changes: { ignore: true } }), undefined);
    assert.equal(modeOf('d/a', text, { changes: { ignore: ['d/'] } }), undefined);
    assert.equal(modeOf('e/a', text, { changes: { ignore: ['d/'] } }), 'text');
    assert.equal(modeOf('a', binary, { changes: { ignore_binary_files: true } }), undefined);
    assert.equal(modeOf('a', text, { changes: { ignore_binary_files: true } }), 'text');
  });

  it('leaves binaries for Windows alone', () => {
    assert.equal(modeOf('a', binary, { platform: 'win-64' }), undefined);
    assert.equal(modeOf('a', text, { platform: 'win-64' }), 'text');
  });

  it('warns about a prefix that nobody replaces', () => {
    const detector = createPrefixDetector(settings, 'linux-64');
    const finding = detector.findingOf('a.dll', scan(Buffer.from(PREFIX, 'utf16le')));
    assert.equal(finding?.kind, 'unrewritable-path');
    assert.equal(detector.findingOf('a', text), undefined);
  });
});
