/** Laws of the archives: what is written comes back, and damage never does anything but a clear refusal. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { extractTar } from '#workers/archive/tar-extract.ts';
import type { ExtractOptions } from '#workers/archive/tar-extract.ts';
import { TarParser } from '#workers/archive/tar-parser.ts';
import type { TarMember } from '#workers/archive/tar-parser.ts';
import { tarSizeBytes } from '#workers/archive/tar-writer.ts';
import type { TarEntry } from '#workers/archive/tar-writer.ts';
import { chunked, tarOf } from '../support/tar-bytes.ts';

const component = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
  .map((text) => text.replace(/[/\0]/g, '_'))
  .filter(
    (text) =>
      text.isWellFormed() && text !== '.' && text !== '..' && Buffer.byteLength(text) <= 255,
  );
const path = fc.array(component, { minLength: 1, maxLength: 8 }).map((parts) => parts.join('/'));
const common = {
  path,
  mode: fc.integer({ min: 0, max: 0o7777 }),
  mtimeSeconds: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
};
const linkTarget = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 300 })
  .map((text) => text.replaceAll('\0', '_'))
  .filter((text) => text.isWellFormed());
const entry: fc.Arbitrary<TarEntry> = fc.oneof(
  fc.record({
    ...common,
    kind: fc.constant('file' as const),
    content: fc.uint8Array({ maxLength: 2000 }).map((bytes) => ({ bytes })),
  }),
  fc.record({ ...common, kind: fc.constant('symlink' as const), linkTarget }),
  fc.record({ ...common, kind: fc.constant('directory' as const) }),
);

interface Seen {
  readonly member: TarMember;
  readonly content: string;
}

async function parse(archive: Buffer, chunkBytes: number): Promise<Seen[]> {
  const seen: Seen[] = [];
  let current: { member: TarMember; parts: Buffer[] } | undefined;
  const parser = new TarParser(
    {
      start: (member) => {
        current = { member, parts: [] };
      },
      content: (chunk) => void current?.parts.push(Buffer.from(chunk)),
      end: () => {
        if (current === undefined) throw new TypeError('end without start');
        seen.push({
          member: current.member,
          content: Buffer.concat(current.parts).toString('hex'),
        });
        current = undefined;
      },
    },
    'PACKAGE_INVALID',
  );
  for await (const chunk of chunked(archive, chunkBytes)) parser.push(chunk);
  parser.finish();
  return seen;
}

describe('tar archives', () => {
  it('come back as they were written, whatever the chunks', async () => {
    const chunkSizes = fc.constantFrom(1, 7, 511, 512, 513, 100_000);
    await fc.assert(
      fc.asyncProperty(
        fc.array(entry, { maxLength: 8 }),
        chunkSizes,
        async (entries, chunkBytes) => {
          const archive = await tarOf(entries);
          assert.equal(archive.length, tarSizeBytes(entries));
          const seen = await parse(archive, chunkBytes);
          assert.deepEqual(
            seen.map(({ member, content }) => ({
              path: member.path.replace(/\/$/, ''),
              kind: member.kind,
              mode: member.mode,
              mtimeSeconds: member.mtimeSeconds,
              link: member.linkTarget,
              content,
            })),
            entries.map((written) => ({
              path: written.path,
              kind: written.kind,
              mode: written.mode,
              mtimeSeconds: written.mtimeSeconds,
              link: written.linkTarget ?? '',
              content:
                written.content !== undefined && 'bytes' in written.content
                  ? Buffer.from(written.content.bytes).toString('hex')
                  : '',
            })),
          );
        },
      ),
      { numRuns: 150 },
    );
  });

  it('that were damaged are unpacked inside their directory or refused with a code', async () => {
    const root = mkdtempSync(join(tmpdir(), 'stageyard-test-'));
    const options: ExtractOptions = { code: 'SOURCE_UNSAFE', maxBytes: 100_000, maxFiles: 50 };
    let runs = 0;
    try {
      const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
        maxLength: 6,
      });
      await fc.assert(
        fc.asyncProperty(
          fc.array(entry, { minLength: 1, maxLength: 4 }),
          changes,
          async (entries, edits) => {
            const archive = await tarOf(entries);
            for (const [at, value] of edits) archive[at % archive.length] = value;
            const dest = join(root, `run-${(runs += 1)}`);
            mkdirSync(dest);
            try {
              await extractTar(chunked(archive, 777), dest, options);
            } catch (error) {
              const code = (error as { code?: string }).code ?? '';
              assert.ok(['SOURCE_UNSAFE', 'STORE_UNWRITABLE'].includes(code), String(error));
            }
            rmSync(dest, { recursive: true });
          },
        ),
        { numRuns: 150 },
      );
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
});
