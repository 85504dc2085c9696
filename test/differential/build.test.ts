/**
 * The examples built by us and by rattler-build 0.73.0. Compared: names, versions, build strings, file lists,
 * `index.json`, `run_exports.json`, `hash_input.json` and `paths.json` (path, type, mode, placeholder; size and
 * sum where no prefix is inside).
 *
 * Explained differences:
 * - `timestamp`: theirs is the time of the build, ours the time of the commit.
 * - sizes and sums of ELF files: theirs were linked below another prefix and hold other run paths and build-ids.
 * - `prefix_placeholder`: theirs is their own build prefix; that it is there, and its mode, is compared.
 * - about.json `channels`: ours leaves directories of the building machine out.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { pythonVenv } from '../support/python-venv.ts';
import { checkout, Yard } from '../support/stageyard.ts';

interface PackedFile {
  readonly mode: number;
  readonly link: string | null;
  readonly mtime: number;
  readonly sha256?: string;
  readonly size?: number;
}

interface PathEntry {
  readonly _path: string;
  readonly path_type: string;
  readonly sha256: string;
  readonly size_in_bytes: number;
  readonly file_mode?: string;
  readonly prefix_placeholder?: string;
}

interface PackedPackage {
  readonly order: readonly string[];
  readonly info: readonly string[];
  readonly metadata: {
    readonly 'index.json': Record<string, unknown>;
    readonly 'paths.json': { readonly paths: readonly PathEntry[]; readonly paths_version: number };
    readonly 'run_exports.json'?: unknown;
    readonly 'hash_input.json': unknown;
  };
  readonly files: Record<string, PackedFile>;
}

const examples = ['adder', 'calculator'].map((name) => join(checkout, 'examples', name));
const yard = new Yard();
let ours: Record<string, PackedPackage> = {};
let theirs: Record<string, PackedPackage> = {};

async function read(python: string, directory: string): Promise<Record<string, PackedPackage>> {
  const { stdout } = await promisify(execFile)(
    python,
    [join(import.meta.dirname, 'read_packages.py'), directory],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  return JSON.parse(stdout);
}

before(async () => {
  const python = await pythonVenv();
  const peer = join(yard.directory, 'peer');
  await mkdir(peer);
  await promisify(execFile)(
    python,
    [join(import.meta.dirname, 'peer_build.py'), peer, ...examples],
    { cwd: yard.directory },
  );
  const outcome = await yard.build([
    ...examples.flatMap((path) => ['-r', path]),
    '-c',
    yard.output,
  ]);
  assert.equal(outcome.code, 0, outcome.stderr + outcome.stdout);
  ours = await read(python, yard.output);
  theirs = await read(python, peer);
});

after(() => yard.remove());

function each(compare: (mine: PackedPackage, peer: PackedPackage, name: string) => void): void {
  assert.ok(Object.keys(theirs).length === 5);
  for (const [name, peer] of Object.entries(theirs)) {
    const mine = ours[name];
    assert.ok(mine !== undefined, `${name} is missing`);
    compare(mine, peer, name);
  }
}

/** ELF files and links to them: the sum of a link is that of the file it leads to. */
const isBinary = (path: string): boolean => /^bin\/|\.so/.test(path);

describe('packages of the examples beside rattler-build', () => {
  it('have the same names, versions and build strings', () => {
    assert.deepEqual(Object.keys(ours).toSorted(), Object.keys(theirs).toSorted());
  });

  it('have the same members in the same order', () => {
    each((mine, peer, name) => assert.deepEqual(mine.order, peer.order, name));
  });

  it('hold the same files, links and modes', () => {
    const shape = (one: PackedPackage): unknown =>
      Object.entries(one.files).map(([path, file]) => [
        path,
        file.link,
        file.link === null ? file.mode : 0,
      ]);
    each((mine, peer, name) => assert.deepEqual(shape(mine), shape(peer), name));
  });

  it('hold the same metadata files', () => {
    each((mine, peer, name) => assert.deepEqual(mine.info, peer.info, name));
  });

  it('have the same index.json but for the time', () => {
    each((mine, peer, name) => {
      const timeless = (one: PackedPackage): unknown => ({
        ...one.metadata['index.json'],
        timestamp: 0,
      });
      assert.deepEqual(timeless(mine), timeless(peer), name);
    });
  });

  it('have the same run exports and hash input', () => {
    each((mine, peer, name) => {
      assert.deepEqual(mine.metadata['run_exports.json'], peer.metadata['run_exports.json'], name);
      assert.deepEqual(mine.metadata['hash_input.json'], peer.metadata['hash_input.json'], name);
    });
  });

  it('have the same paths.json but for the bytes of binaries', () => {
    each((mine, peer, name) => {
      const shape = (one: PackedPackage): unknown =>
        one.metadata['paths.json'].paths.map((entry) => ({
          ...entry,
          prefix_placeholder: entry.prefix_placeholder?.length,
          ...(isBinary(entry._path) ? { sha256: '', size_in_bytes: 0 } : {}),
        }));
      assert.deepEqual(shape(mine), shape(peer), name);
    });
  });

  it('state sums and sizes that agree with the archive', () => {
    each((mine, _, name) => {
      for (const entry of mine.metadata['paths.json'].paths.filter(
        ({ path_type }) => path_type === 'hardlink',
      )) {
        assert.equal(entry.sha256, mine.files[entry._path]?.sha256, `${name} ${entry._path}`);
        assert.equal(entry.size_in_bytes, mine.files[entry._path]?.size, `${name} ${entry._path}`);
      }
    });
  });
});
