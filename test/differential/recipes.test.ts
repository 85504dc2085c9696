/**
 * Small offline recipes (test/fixtures/recipes) built by us in one run and by rattler-build 0.73.0, and compared package by
 * package; then each of our packages installed by py-rattler and checked against its `paths.json`.
 *
 * Made alike before comparing, since it can't agree:
 * - `timestamp`: theirs is the time of the build, ours the time of the commit.
 * - about.json `channels`: ours leaves directories of the building machine out.
 * - the place of the prefix, in files and sums: both are 255 characters long.
 * - the mode of links, which says nothing: 0777 as file systems have it, there 0755.
 * - the order of `depends` and `constrains`: run exports come in the order of a hash map there, sorted by exporter here.
 * - the order of members and paths: by bytes here (`a.h` before `a/b`), part by part there; each is checked.
 * - rendered_recipe.yaml, which tells of the building machine, is not compared.
 *
 * Everything else that differs is listed in `EXPLAINED`, and everything listed there must differ.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { pythonVenv } from '../support/python-venv.ts';
import { checkout, Yard } from '../support/stageyard.ts';
import { differencesOf, type PackedPackage, sortedByParts } from './package-differences.ts';

/** A difference that is meant. */
interface Explained {
  readonly name: RegExp;
  readonly where: RegExp;
  readonly why: string;
}

const EXPLAINED: readonly Explained[] = [
  {
    name: /placeholders-(plain|forced)-/,
    where: /paths\.json\/share\/p\/late-nul\.txt$/,
    why: 'a NUL behind the first 1,024 bytes makes a file binary here; there such a file counts as text and breaks when it is installed',
  },
  {
    name: /placeholders-no-binary-/,
    where: /paths\.json\/share\/p\/late-nul\.txt$/,
    why: 'the same file, where prefixes in binary files are not looked for',
  },
  {
    name: /zipped-staged-1\.0-h5ffb7f2_0/,
    where: /^(files|paths\.json)\/share\/staged-|^members\/pkg$/,
    why: 'the staging key there has no variant: the second variant gets the files of the first',
  },
  {
    name: /exports-(inherited|by-name|staging-name)-/,
    where: /^index\.json\/constrains$/,
    why: 'constraints that staging requirements export arrive here; there they get lost',
  },
];

/** rattler-build refuses the former `cache:`. */
const OURS_ONLY = ['old-cache'];
const VARIANT = 'backend=fast,slow';
const EXEC_BUFFER_BYTES = 256 * 1024 * 1024;

const recipesDir = join(checkout, 'test/fixtures/recipes');
const yard = new Yard();
const peerOutput = join(yard.directory, 'peer');
let python = '';
let ours: Record<string, PackedPackage> = {};
let theirs: Record<string, PackedPackage> = {};

const PEER_TRIES_MAX = 5;

/** A peer that crashes (by a signal, or without a word) is asked again; what it says against a package stands. */
async function runPython(script: string, ...words: string[]): Promise<string> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await askPython(script, words);
    } catch (error) {
      const signal = error instanceof Error && 'signal' in error ? error.signal : null;
      process.stderr.write(`${script}: try ${tries} ended by ${String(signal)}\n`);
      const isSilent = error instanceof Error && 'stderr' in error && error.stderr === '';
      if ((typeof signal !== 'string' && !isSilent) || tries === PEER_TRIES_MAX) throw error;
    }
  }
}

async function askPython(script: string, words: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(
    python,
    [join(import.meta.dirname, script), ...words],
    { maxBuffer: EXEC_BUFFER_BYTES, cwd: yard.directory, env: yard.environment() },
  );
  return stdout;
}

async function buildOurs(recipes: readonly string[]): Promise<void> {
  const words = recipes.flatMap((path) => ['-r', path]);
  const outcome = await yard.build([...words, '-c', yard.output, '--variant', VARIANT]);
  assert.equal(outcome.code, 0, outcome.stderr + outcome.stdout);
}

before(async () => {
  python = await pythonVenv();
  const names = (await readdir(recipesDir)).toSorted();
  const pathOf = (name: string): string => join(recipesDir, name);
  await mkdir(peerOutput);
  const shared = names.filter((name) => !OURS_ONLY.includes(name));
  await Promise.all([
    runPython('peer_recipes.py', peerOutput, VARIANT, ...shared.map(pathOf)),
    buildOurs(names.map(pathOf)),
  ]);
  ours = JSON.parse(await runPython('read_packages.py', yard.output));
  theirs = JSON.parse(await runPython('read_packages.py', peerOutput));
});

after(() => yard.remove());

function* pairs(): Generator<[string, PackedPackage, PackedPackage]> {
  for (const [name, peer] of Object.entries(theirs)) {
    const mine = ours[name];
    assert.ok(mine !== undefined, `${name} is missing`);
    yield [name, mine, peer];
  }
}

const isOursOnly = (name: string): boolean =>
  OURS_ONLY.some((prefix) => name.includes(`/${prefix}`));

describe('packages of small recipes beside rattler-build', () => {
  it('have the same names, versions and build strings', () => {
    const mine = Object.keys(ours).filter((name) => !isOursOnly(name));
    assert.ok(mine.length > 100, `only ${mine.length} packages`);
    assert.deepEqual(mine.toSorted(), Object.keys(theirs).toSorted());
  });

  it('differ in nothing that is not explained', () => {
    const unexplained: unknown[] = [];
    for (const [name, mine, peer] of pairs()) {
      for (const difference of differencesOf(mine, peer)) {
        const isExplained = EXPLAINED.some(
          (item) => item.name.test(name) && item.where.test(difference.where),
        );
        if (!isExplained) unexplained.push({ name, ...difference });
      }
    }
    assert.deepEqual(unexplained, []);
  });

  it('differ where it is explained', () => {
    const found = [...pairs()].flatMap(([name, mine, peer]) =>
      differencesOf(mine, peer).map(({ where }) => ({ name, where })),
    );
    for (const { name, where, why } of EXPLAINED) {
      const isFound = found.some((item) => name.test(item.name) && where.test(item.where));
      assert.ok(isFound, `no longer different: ${name} ${where}: ${why}`);
    }
  });

  it('are ordered by bytes, and part by part there', () => {
    for (const [name, mine, peer] of pairs()) {
      const inBytes = mine.members.pkg.toSorted((a, b) => Buffer.from(a).compare(Buffer.from(b)));
      assert.deepEqual(mine.members.pkg, inBytes, name);
      assert.deepEqual(peer.members.pkg, sortedByParts(peer.members.pkg), name);
      const listed = mine.metadata['paths.json'].paths.map(({ _path }) => _path);
      assert.deepEqual(listed, mine.members.pkg, name);
    }
  });

  it('state sums and sizes that agree with the archive', () => {
    for (const [name, mine] of Object.entries(ours)) {
      for (const entry of mine.metadata['paths.json'].paths) {
        if (entry.path_type !== 'hardlink') continue;
        assert.equal(entry.sha256, mine.files[entry._path]?.sha256, `${name} ${entry._path}`);
        assert.equal(entry.size_in_bytes, mine.files[entry._path]?.size, `${name} ${entry._path}`);
      }
    }
  });
});

describe('packages of small recipes', () => {
  it('come from the former cache: as from a staging output', () => {
    const filesOf = (name: string): readonly string[] =>
      Object.entries(ours)
        .filter(([file]) => file.includes(`/${name}-`))
        .flatMap(([, { files }]) => Object.keys(files));
    assert.deepEqual(filesOf('old-cache-lib'), ['lib/old.txt']);
    assert.deepEqual(filesOf('old-cache-headers'), ['include/cached.h', 'include/old.h']);
  });

  it('are installed by py-rattler as their paths.json says', async () => {
    const tinyPython = Object.keys(ours).find((name) => name.includes('/python-3.12.1-')) ?? '';
    const work = join(yard.directory, 'installed');
    await mkdir(work);
    const report: Record<string, string[]> = JSON.parse(
      await runPython('install_all.py', yard.output, work, join(yard.output, tinyPython)),
    );
    assert.equal(Object.keys(report).length, Object.keys(ours).length);
    const wrong = Object.entries(report).filter(([, complaints]) => complaints.length > 0);
    assert.deepEqual(wrong, []);
  });
});
