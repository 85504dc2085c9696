/**
 * Snapshot manifests: views to bytes and back (see snapshot.proto), and how they are stored: one
 * single put, the commit; file lists that would make it too long go before it as blobs of their own.
 */
import type { BlobRef } from '../digest.ts';
import type { AbortSignalLike } from '../ports/clock.ts';
import type { BlobStore, UploadScope } from '../ports/blob-store.ts';
import type { Variant } from '../recipe/recipe.ts';
import type { SnapshotFile, SnapshotLayer, SnapshotManifest } from '../snapshot.ts';
import { checkAscending, viewFiles, wireFiles } from './file-list-codec.ts';
import { stageyard } from './generated/messages.js';
import { parseEnvironments, parseExports, parseSources } from './json-documents.ts';
import { viewLibraryMap, wireLibraryMap } from './library-map-codec.ts';
import {
  boundedMessage,
  checkFieldCounts,
  invalidField,
  nonEmpty,
  present,
  readMessage,
  viewBlobRef,
  viewScalar,
  wireBlobRef,
  wireScalar,
} from './wire.ts';

const { SnapshotManifest: WireManifest, SnapshotFileList: WireFileList } = stageyard.v1;

/** One single put. */
const MANIFEST_SIZE_BYTES_MAX = 16 * 1024 * 1024;
/** Files of one blob of the list: far below the same bound at the longest usual paths. */
const LISTED_FILES_MAX = 50_000;
/** Of one layer or library map inside one message: what 16 MiB of real entries can hold, and more. */
const ENTRIES_MAX = 400_000;
/** Field numbers of `prefix`, `work` and `library_map`. */
const LONG_FIELDS = [6, 7, 12];
/** 3.2 million files. */
const FILE_LISTS_MAX = 64;

/** Where a manifest is stored, and by whom. */
export interface ManifestPut {
  readonly store: BlobStore;
  readonly scope: UploadScope;
  readonly signal?: AbortSignalLike | undefined;
}

/** Bytes of the manifest with its file lists inside. Throws `MESSAGE_INVALID` when they are too long. */
export function encodeSnapshotManifest(manifest: SnapshotManifest): Uint8Array {
  return encodeManifest(manifest, { prefix: [], work: [] });
}

/** The manifest in foreign bytes. Throws `MESSAGE_INVALID` and nothing else, also for one whose file lists are apart. */
export function decodeSnapshotManifest(body: Uint8Array): SnapshotManifest {
  const { manifest, lists } = decodeManifest(body);
  if (lists.prefix.length + lists.work.length > 0) {
    throw invalidField('file_lists', 'the file lists of this manifest are blobs of their own');
  }
  return manifest;
}

/** Stores the manifest: the snapshot exists from then on. Its blobs MUST be stored already. */
export async function storeSnapshotManifest(
  manifest: SnapshotManifest,
  put: ManifestPut,
): Promise<BlobRef> {
  const fileCount = manifest.prefix.files.length + manifest.work.files.length;
  const isLong = fileCount > LISTED_FILES_MAX;
  const prefix = isLong ? await storeFileLists(manifest.prefix.files, put) : [];
  const work = isLong ? await storeFileLists(manifest.work.files, put) : [];
  return put.store.putBytes(encodeManifest(manifest, { prefix, work }), put.scope, put.signal);
}

/** The manifest behind a reference. Rejects as the store does, and with `MESSAGE_INVALID`. */
export async function loadSnapshotManifest(
  ref: BlobRef,
  store: BlobStore,
  signal?: AbortSignalLike,
): Promise<SnapshotManifest> {
  const body = await store.getBytes(ref, MANIFEST_SIZE_BYTES_MAX, signal);
  const { manifest, lists } = decodeManifest(body);
  const load = async (layer: SnapshotLayer, refs: readonly BlobRef[]): Promise<SnapshotLayer> =>
    refs.length === 0 ? layer : { ...layer, files: await loadFileLists(refs, store, signal) };
  const prefix = await load(manifest.prefix, lists.prefix);
  return { ...manifest, prefix, work: await load(manifest.work, lists.work) };
}

/** References to the file lists that are apart, by layer; empty: they are inside. */
interface FileLists {
  readonly prefix: readonly BlobRef[];
  readonly work: readonly BlobRef[];
}

async function storeFileLists(
  files: readonly SnapshotFile[],
  put: ManifestPut,
): Promise<BlobRef[]> {
  const refs: BlobRef[] = [];
  for (let start = 0; start < files.length; start += LISTED_FILES_MAX) {
    const chunk = wireFiles(files.slice(start, start + LISTED_FILES_MAX));
    const body = WireFileList.encode({ files: chunk }).finish();
    refs.push(await put.store.putBytes(body, put.scope, put.signal));
  }
  return refs;
}

async function loadFileLists(
  refs: readonly BlobRef[],
  store: BlobStore,
  signal: AbortSignalLike | undefined,
): Promise<SnapshotFile[]> {
  const files: SnapshotFile[] = [];
  for (const ref of refs) {
    const body = await store.getBytes(ref, MANIFEST_SIZE_BYTES_MAX, signal);
    for (const file of decodeFileList(body)) files.push(file);
  }
  checkAscending('file_lists', files);
  return files;
}

function decodeFileList(body: Uint8Array): SnapshotFile[] {
  return readMessage(body, {
    name: 'snapshot file list',
    sizeBytesMax: MANIFEST_SIZE_BYTES_MAX,
    dropUnknowns: true,
    decode: (reader) => WireFileList.decode(reader),
    view: (wire) => viewFiles('file_list', wire.files),
  });
}

function encodeManifest(manifest: SnapshotManifest, lists: FileLists): Uint8Array {
  const variant = Object.entries(manifest.variant).map(([key, value]) => [key, wireScalar(value)]);
  const { byName, fromPackage } = manifest.ignoreRunExports;
  checkAscending('prefix', manifest.prefix.files);
  checkAscending('work', manifest.work.files);
  const wire = {
    schema: manifest.schema,
    stagingName: manifest.stagingName,
    variant: Object.fromEntries(variant),
    prefixPath: manifest.prefixPath,
    workPath: manifest.workPath,
    prefix: wireLayer(manifest.prefix, lists.prefix),
    work: wireLayer(manifest.work, lists.work),
    environmentsJson: JSON.stringify(manifest.environments),
    sourcesJson: JSON.stringify(manifest.sources),
    exportsJson: JSON.stringify(manifest.exports),
    ignoreRunExports: { byName: [...byName], fromPackage: [...fromPackage] },
    libraryMap: wireLibraryMap(manifest.libraryMap),
    unrewritable: [...manifest.unrewritable],
    ...(manifest.irreproducibleBecause === undefined
      ? {}
      : { irreproducibleBecause: manifest.irreproducibleBecause }),
  };
  const body = WireManifest.encode(wire).finish();
  return boundedMessage('snapshot manifest', body, MANIFEST_SIZE_BYTES_MAX);
}

function wireLayer(
  layer: SnapshotLayer,
  lists: readonly BlobRef[],
): stageyard.v1.SnapshotLayer.$Properties {
  const blob = wireBlobRef(layer.blob);
  if (lists.length > 0) return { blob, fileLists: lists.map(wireBlobRef) };
  return { blob, files: wireFiles(layer.files) };
}

function decodeManifest(body: Uint8Array): { manifest: SnapshotManifest; lists: FileLists } {
  return readMessage(body, {
    name: 'snapshot manifest',
    sizeBytesMax: MANIFEST_SIZE_BYTES_MAX,
    dropUnknowns: true,
    decode: (reader) => {
      checkFieldCounts(body, LONG_FIELDS, ENTRIES_MAX);
      return WireManifest.decode(reader);
    },
    view: (wire) => ({
      manifest: viewManifest(wire),
      lists: { prefix: viewLists('prefix', wire.prefix), work: viewLists('work', wire.work) },
    }),
  });
}

function viewManifest(wire: InstanceType<typeof WireManifest>): SnapshotManifest {
  if (wire.schema !== 1) throw invalidField('schema', `${wire.schema} is not known, 1 is`);
  const ignored = present('ignore_run_exports', wire.ignoreRunExports);
  return {
    schema: 1,
    stagingName: nonEmpty('staging_name', wire.stagingName),
    variant: viewVariant(wire.variant),
    prefixPath: nonEmpty('prefix_path', wire.prefixPath),
    workPath: nonEmpty('work_path', wire.workPath),
    prefix: viewLayer('prefix', wire.prefix),
    work: viewLayer('work', wire.work),
    environments: parseEnvironments(wire.environmentsJson),
    sources: parseSources(wire.sourcesJson),
    exports: parseExports(wire.exportsJson),
    ignoreRunExports: { byName: ignored.byName ?? [], fromPackage: ignored.fromPackage ?? [] },
    libraryMap: viewLibraryMap(present('library_map', wire.libraryMap)),
    unrewritable: wire.unrewritable,
    ...(wire.irreproducibleBecause === undefined || wire.irreproducibleBecause === null
      ? {}
      : { irreproducibleBecause: wire.irreproducibleBecause }),
  };
}

function viewVariant(
  wire: Readonly<Record<string, stageyard.v1.ScalarValue.$Properties>>,
): Variant {
  const entries = Object.entries(wire);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, viewScalar(`variant.${key}`, value)]),
  );
}

function viewLayer(
  field: string,
  wire: stageyard.v1.SnapshotLayer.$Properties | null | undefined,
): SnapshotLayer {
  const layer = present(field, wire);
  return {
    blob: viewBlobRef(`${field}.blob`, layer.blob),
    files: viewFiles(field, layer.files ?? []),
  };
}

function viewLists(
  field: string,
  wire: stageyard.v1.SnapshotLayer.$Properties | null | undefined,
): readonly BlobRef[] {
  const lists = wire?.fileLists ?? [];
  if (lists.length > FILE_LISTS_MAX) throw invalidField(`${field}.file_lists`, 'too many');
  return lists.map((list, index) => viewBlobRef(`${field}.file_lists[${index}]`, list));
}
