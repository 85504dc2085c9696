/**
 * Environments solved and installed by us and by py-rattler from the same channels: the same packages,
 * the same tree but for the prefix's own name, and records that py-rattler reads as it reads its own.
 * Not compared: `CACHEDIR.TAG`, which only py-rattler writes; `#!/usr/bin/env` lines with arguments, which
 * py-rattler writes without `-S`, so that Linux can't run them; `sha256_in_prefix`, which py-rattler writes for
 * rewritten files only; in a record the unpacked package and the spec that asked for it.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { lstat, mkdir, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'node:test';
import type { RepodataRecord } from '#proto/conda/package-record.ts';
import { createEnvironmentService } from '#workers/environment/environment-service.ts';
import {
  type PackageWish,
  directoryChannel,
  writePackage,
  writeRepodata,
} from '../support/conda-packages.ts';
import { FakeBlobStore } from '../support/fake-blob-store.ts';
import { pythonVenv } from '../support/python-venv.ts';
import { SilentLogger } from '../support/silent-logger.ts';
import { withTemporaryDirectory } from '../support/temporary-directory.ts';

interface Peer {
  readonly solved: readonly string[];
  /** Files by package. */
  readonly own: Readonly<Record<string, readonly string[]>>;
  readonly foreign: Readonly<Record<string, readonly string[]>>;
}

const PLACES: ReadonlySet<string> = new Set([
  'extracted_package_dir',
  'link',
  'requested_spec',
  'requested_specs',
  'sha256_in_prefix',
  'package_tarball_full_path',
]);

const placeholder = `/build${'_placehold'.repeat(24)}`;
const replaced = (content: string | Uint8Array, mode: 'text' | 'binary' = 'text') => ({
  content,
  mode: 0o755,
  prefix: { placeholder, mode },
});

const first: readonly PackageWish[] = [
  {
    name: 'libone',
    version: '1.2',
    depends: ['__glibc >=2.17'],
    files: {
      'lib/libone.so.1': {
        content: Buffer.from(
          `\x7fELF\0${placeholder}/lib:${placeholder}/lib64\0${placeholder}\0rest`,
          'latin1',
        ),
        mode: 0o755,
        prefix: { placeholder, mode: 'binary' },
      },
      'lib/libone.so': { link: 'libone.so.1' },
      'share/empty': '',
    },
  },
  { name: 'libone', version: '1.3', depends: ['__glibc >=2.90'] },
  {
    name: 'scripts',
    depends: ['libone >=1', 'data'],
    files: {
      'bin/sh-script': replaced(`#!${placeholder}/bin/sh\necho ${placeholder}\n`),
      'bin/py-script': replaced(`#!${placeholder}/bin/python3.11 -u\nimport sys\n`),
      'bin/perl-script': replaced(`#!${placeholder}/bin/perl\n`),
      'bin/env-script': replaced(`#!/usr/bin/env bash\n${placeholder}\n`),
      'etc/config': { content: 'copied', noLink: true },
      'lib/pkgconfig/x.pc': replaced(`prefix=${placeholder}\nlibdir=${placeholder}/lib\n`),
    },
  },
  {
    name: 'data',
    subdir: 'noarch',
    index: { noarch: 'generic' },
    files: { 'share/data/ünïcode': 'x' },
  },
];
const second: readonly PackageWish[] = [
  { name: 'libone', version: '2.0', files: { x: 'hidden by the first channel' } },
  { name: 'old', format: 'tar-bz2', files: { 'share/old/file': { content: 'old', mode: 0o640 } } },
];

async function treeOf(prefix: string): Promise<Record<string, unknown>> {
  const tree: Record<string, unknown> = {};
  for (const path of (await readdir(prefix, { recursive: true })).toSorted()) {
    if (path.startsWith('conda-meta') || path === 'CACHEDIR.TAG') continue;
    const stats = await lstat(join(prefix, path));
    if (stats.isDirectory()) tree[path] = 'directory';
    else if (stats.isSymbolicLink()) tree[path] = ['link', await readlink(join(prefix, path))];
    else
      tree[path] = [
        stats.mode & 0o777,
        (await readFile(join(prefix, path), 'latin1')).replaceAll(prefix, 'PREFIX'),
      ];
  }
  return tree;
}

function comparable(key: string, value: unknown): unknown {
  if (PLACES.has(key)) return undefined;
  return key === 'channel' && typeof value === 'string' ? value.replace(/\/$/, '') : value;
}

/** The records as written, without what says where things were and the sum of what
 * is in the prefix (the content itself is compared). */
async function recordsOf(prefix: string): Promise<unknown[]> {
  const records: unknown[] = [];
  for (const name of (await readdir(join(prefix, 'conda-meta'))).toSorted()) {
    if (!name.endsWith('.json')) continue;
    const text = await readFile(join(prefix, 'conda-meta', name), 'utf8');
    records.push(JSON.parse(text, comparable));
  }
  return records;
}

async function askPeer(job: object): Promise<Peer> {
  const script = join(import.meta.dirname, 'peer_environment.py');
  const child = spawn(await pythonVenv(), [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(job));
  let answer = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) answer += String(chunk);
  return JSON.parse(answer) as Peer;
}

async function writeChannel(directory: string, wishes: readonly PackageWish[]): Promise<void> {
  const records: RepodataRecord[] = [];
  for (const wish of wishes) records.push(await writePackage(directory, wish));
  for (const subdir of ['linux-64', 'noarch']) {
    await writeRepodata(
      directory,
      subdir,
      records.filter((record) => record.subdir === subdir),
    );
  }
}

it('solves and installs as py-rattler does, and py-rattler reads the records', async () => {
  await withTemporaryDirectory(async (directory) => {
    const channels = [join(directory, 'first'), join(directory, 'second')];
    await writeChannel(join(directory, 'first'), first);
    await writeChannel(join(directory, 'second'), second);
    const service = createEnvironmentService({
      cacheDir: join(directory, 'cache'),
      blobs: new FakeBlobStore(),
      logger: new SilentLogger(),
      environment: { CONDA_OVERRIDE_GLIBC: '2.36' },
    });
    const specs = ['scripts', 'old 1.*'];
    const environment = await service.solve({
      specs: specs.map((spec) => ({ source: spec, spec })),
      platform: 'linux-64',
      sources: {
        channels: channels.map(directoryChannel),
        artifacts: [],
        channelPriority: 'strict',
      },
    });
    // Both names have one length, long enough that `#!` lines need another form.
    const padding = 'p'.repeat(150);
    const ours = join(directory, `ours-${padding}`);
    const theirs = join(directory, `peer-${padding}`);
    await mkdir(theirs);
    await service.install({ environment, prefix: ours, artifacts: [] });
    const peer = await askPeer({
      channels,
      specs,
      virtual: [['__glibc', '2.36', '0']],
      prefix: theirs,
      cache: join(directory, 'peer-cache'),
      foreign: ours,
    });
    assert.deepEqual(
      environment.resolved.map(({ name, version, build }) => `${name} ${version} ${build}`),
      peer.solved,
    );
    assert.deepEqual(await treeOf(ours), await treeOf(theirs));
    assert.deepEqual(peer.foreign, peer.own);
    assert.deepEqual(await recordsOf(ours), await recordsOf(theirs));
  });
});
