/** Law: capture, then restore elsewhere, gives the same tree up to the paths (`restore-equals-capture`). */
import assert from 'node:assert/strict';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { DirectoryBlobStore } from '#proto/adapters/directory-blob-store.ts';
import { removeTree } from '#workers/script/forced-removal.ts';
import { captureTrees } from '#workers/staging/capture.ts';
import { restoreSnapshot } from '#workers/staging/restore.ts';

/** Stands for the paths until the place is known. */
type Piece =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'prefix' | 'work' | 'filler' };
type Node =
  | { readonly kind: 'file'; readonly pieces: readonly Piece[]; readonly mode: number }
  | { readonly kind: 'link'; readonly to: 'prefix' | 'work' | 'relative' }
  | {
      readonly kind: 'directory';
      readonly mode: number;
      readonly children: Readonly<Record<string, Node>>;
    };

/** Longer than the archive writer's buffer less a bit: pieces behind it are split between two chunks. */
const FILLER = Buffer.alloc(1024 * 1024 - 700, 'f');

const name = fc.constantFrom(
  'a',
  'b-1',
  'é',
  '\u{1f600}',
  '\uff5e',
  'x'.repeat(120),
  '.hidden',
  'with space',
);
const piece: fc.Arbitrary<Piece> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.uint8Array({ maxLength: 40 }).map((bytes) => ({ kind: 'bytes' as const, bytes })),
  },
  { weight: 3, arbitrary: fc.constantFrom<Piece>({ kind: 'prefix' }, { kind: 'work' }) },
  { weight: 1, arbitrary: fc.constant<Piece>({ kind: 'filler' }) },
);
const node = fc.letrec<{ node: Node; directory: Node }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3 },
    fc.record({
      kind: fc.constant('file' as const),
      pieces: fc.array(piece, { maxLength: 6 }),
      mode: fc.constantFrom(0o644, 0o755, 0o444, 0o600, 0o4755),
    }),
    fc.record({
      kind: fc.constant('link' as const),
      to: fc.constantFrom('prefix', 'work', 'relative'),
    }),
    tie('directory'),
  ),
  directory: fc.record({
    kind: fc.constant('directory' as const),
    mode: fc.constantFrom(0o755, 0o555, 0o700),
    children: fc.dictionary(name, tie('node'), { maxKeys: 4 }),
  }),
})).directory;

interface Place {
  readonly prefix: string;
  readonly work: string;
}

function contentOf(pieces: readonly Piece[], place: Place): Buffer {
  return Buffer.concat(
    pieces.map((part) => {
      if (part.kind === 'bytes') return part.bytes;
      return part.kind === 'filler' ? FILLER : Buffer.from(`${place[part.kind]}/lib`);
    }),
  );
}

function make(path: string, made: Node, place: Place): void {
  if (made.kind === 'link') {
    symlinkSync(made.to === 'relative' ? '../a' : `${place[made.to]}/lib/a`, path);
    return;
  }
  if (made.kind === 'file') {
    writeFileSync(path, contentOf(made.pieces, place));
    utimesSync(path, 1_600_000_000, 1_600_000_000 + (path.length % 100));
  } else {
    mkdirSync(path, { recursive: true });
    for (const [child, below] of Object.entries(made.children))
      make(join(path, child), below, place);
  }
  chmodSync(path, made.mode);
}

/** Everything there is to know about a tree, except times of links and usual directories. */
function describeTree(root: string, path = ''): readonly string[] {
  const state = lstatSync(join(root, path));
  const mode = (state.mode & 0o7777).toString(8);
  if (state.isSymbolicLink()) return [`${path} -> ${readlinkSync(join(root, path))}`];
  if (state.isFile()) {
    return [
      `${path} ${mode} ${state.mtimeMs} ${readFileSync(join(root, path)).toString('base64')}`,
    ];
  }
  const below = readdirSync(join(root, path)).sort();
  return [`${path}/ ${mode}`, ...below.flatMap((child) => describeTree(root, join(path, child)))];
}

describe('a snapshot', () => {
  it('restored elsewhere is the tree that the script would have left there', async () => {
    await fc.assert(
      fc.asyncProperty(node, node, async (prefixTree, workTree) => {
        const top = mkdtempSync(join(tmpdir(), 'snapshot-'));
        try {
          const place = (where: string): Place => ({
            prefix: join(top, where, 'prefix'),
            work: join(top, where, 'work'),
          });
          const [old, expected, restored] = [place('1'), place('2'), place('2')];
          for (const { prefix, work } of [old, expected]) {
            mkdirSync(dirname(prefix), { recursive: true });
            make(prefix, prefixTree, prefix === old.prefix ? old : expected);
            make(work, workTree, work === old.work ? old : expected);
            for (const root of [prefix, work]) chmodSync(root, 0o755);
          }
          const before = [expected.prefix, expected.work].map((root) => describeTree(root));
          await removeTree(join(top, '2'));
          const blobs = await DirectoryBlobStore.open(join(top, 'store'));
          const captured = await captureTrees({
            hostPrefix: old.prefix,
            workDir: old.work,
            owned: new Set(),
            blobs,
            scope: { owner: 'test' },
            scratchDir: top,
          });
          await restoreSnapshot({
            manifest: captured,
            blobs,
            hostPrefix: restored.prefix,
            workDir: restored.work,
            layers: 'both',
            scratchDir: top,
          });
          assert.deepEqual(
            [restored.prefix, restored.work].map((root) => describeTree(root)),
            before,
          );
        } finally {
          await removeTree(top);
        }
      }),
      { numRuns: 60 },
    );
  });
});
