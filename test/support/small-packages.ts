/** Real, tiny `.conda` packages in a blob store, for tests of channels. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChannelArtifact } from '#coordinator/channel/publish.ts';
import type { PackageRecord } from '#proto/conda/package-record.ts';
import type { BlobStore } from '#proto/ports/blob-store.ts';
import { writeCondaArchive, type WrittenArchive } from '#workers/archive/conda-archive.ts';

/** What differs between two of them. */
export interface PackageWish {
  readonly name: string;
  readonly version?: string;
  readonly build?: string;
  readonly subdir?: string;
  /** Its only file. */
  readonly content?: string;
}

/** The `index.json` of the package. */
export function recordOf({
  name,
  version = '1.0',
  build = 'h0123456_0',
  subdir = 'linux-64',
}: PackageWish): PackageRecord {
  return {
    name,
    version,
    build,
    build_number: 0,
    subdir,
    depends: name === 'libc' ? [] : ['libc >=2'],
    timestamp: 1_700_000_000_000,
    arch: null,
  };
}

/** `NAME-VERSION-BUILD.conda`. */
export function fileNameOf(wish: PackageWish): string {
  const { name, version, build } = recordOf(wish);
  return `${name}-${version}-${build}.conda`;
}

/** Writes the package file itself. */
export async function writePackage(path: string, wish: PackageWish): Promise<WrittenArchive> {
  const member = { kind: 'file', mode: 0o644, mtimeSeconds: 0 } as const;
  const index = JSON.stringify(recordOf(wish));
  return writeCondaArchive({
    path,
    stem: fileNameOf(wish).replace(/\.conda$/, ''),
    infoEntries: [{ ...member, path: 'info/index.json', content: { bytes: Buffer.from(index) } }],
    pkgEntries: [
      { ...member, path: 'share/text', content: { bytes: Buffer.from(wish.content ?? '') } },
    ],
    level: 1,
    timestampSeconds: 1_700_000_000,
  });
}

/** The package as a task leaves it: record and blob. */
export async function storedPackage(
  store: BlobStore,
  { scratch, ...wish }: PackageWish & { readonly scratch: string },
): Promise<ChannelArtifact> {
  await mkdir(scratch, { recursive: true });
  const path = join(scratch, fileNameOf(wish));
  const { sha256, md5, sizeBytes } = await writePackage(path, wish);
  const blob = await store.putFile(path, { owner: 'test' });
  await rm(path);
  const fn = fileNameOf(wish);
  const record = { ...recordOf(wish), sha256, md5, size: sizeBytes };
  return { record: { ...record, fn, url: `blob:${blob.digest}`, channel: 'run' }, blob };
}
